package deferral

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fontis/internal/vocab"
)

// check holds what every row of the law has.
func (g Ground) check() error {
	switch {
	case g.Name == "" || g.Jurisdiction == "" || g.Citation == "":
		return vocab.FieldMissing.Because("a ground has a name, a jurisdiction and a citation")
	case !oneWord(g.Name) || !oneWord(g.Jurisdiction) || strings.ContainsFunc(g.Citation+g.Source, unicode.IsControl):
		return vocab.BadInput.Because("name and jurisdiction of a ground are one word each, and its texts stand on one line")
	case g.AskDays < 0 || g.AskDays > 366:
		return vocab.BadInput.Because("an entry's deferral is asked for within 0 to 366 days of it")
	case g.LongestDays < 1 || g.LongestDays > 3660 || g.Renewals < 0 || g.Renewals > 20:
		return vocab.BadInput.Because("a ground allows 1 to 3660 days and 0 to 20 renewals")
	case !g.Until.IsZero() && !g.Until.After(g.From):
		return vocab.BadInput.Because("a ground is in force before it ends")
	}
	return nil
}

// oneWord reports whether a name prints and has no blank, so that it stands on one
// line wherever it is shown.
func oneWord(v string) bool {
	return len(v) <= 200 && utf8.ValidString(v) && !strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
}

// within is the ground as far as what ships reaches: an older program let an import
// take a shipped row's place, or reach further than all of them, and such a row holds
// no longer than they do.
func (g Ground) within(shipped []Ground) Ground {
	most := Ground{}
	for _, s := range of(g.Name, shipped) {
		if s.Name == g.Name && s.Jurisdiction == g.Jurisdiction {
			most = s
			break
		}
		most.LongestDays, most.Renewals, most.AskDays = max(most.LongestDays, s.LongestDays), max(most.Renewals, s.Renewals), max(most.AskDays, s.AskDays)
	}
	g.LongestDays, g.Renewals, g.AskDays = min(g.LongestDays, most.LongestDays), min(g.Renewals, most.Renewals), min(g.AskDays, most.AskDays)
	return g
}

// of gives the rows by which a ground of the name is measured: those of that name,
// in whatever jurisdiction, or all where the name is new.
func of(name string, shipped []Ground) []Ground {
	same := slices.DeleteFunc(slices.Clone(shipped), func(s Ground) bool { return s.Name != name })
	if len(same) == 0 {
		return shipped
	}
	return same
}

// beyond reports whether the ground reaches further than every one of the list.
func (g Ground) beyond(list []Ground) bool {
	longest := func(of func(Ground) int) int {
		return of(slices.MaxFunc(list, func(a, b Ground) int { return of(a) - of(b) }))
	}
	for _, of := range []func(Ground) int{
		func(g Ground) int { return g.LongestDays }, func(g Ground) int { return g.Renewals }, func(g Ground) int { return g.AskDays },
	} {
		if of(g) > longest(of) {
			return true
		}
	}
	return false
}

func (g Ground) term() time.Duration { return time.Duration(g.LongestDays) * 24 * time.Hour }

// allows says whether the ground carries the order, given the orders that stood
// before on the same person. Terms add up over every ground and every author:
// what was deferred as long as the law allows appears, whoever asks next.
func (g Ground) allows(o Order, earlier []Order, now time.Time) error {
	if now.Before(g.From) || !g.Until.IsZero() && !now.Before(g.Until) {
		return vocab.DeferralTerm.Because("the ground %s of %s is not in force", g.Name, g.Jurisdiction)
	}
	if !o.Until.After(now) || o.Until.Sub(now) > g.term() {
		return vocab.DeferralTerm.Because("the ground %s allows %d days (%s), the order would end on %s", g.Name, g.LongestDays, g.Citation, o.Until.Format(time.DateOnly))
	}
	chain, begun := before(o, earlier)
	if len(chain) == 0 {
		if o.Renews != "" {
			return vocab.StateWrong.Because("the order that is to be renewed does not stand on this")
		}
		if o.Trace != "" && now.Sub(o.entry) > time.Duration(g.AskDays)*24*time.Hour {
			return vocab.DeferralTerm.Because("the entry has been shown since %s, and what has been shown is not hidden", o.entry.Format(time.DateOnly))
		}
		return nil
	}
	last := chain[len(chain)-1]
	switch {
	case o.Trace != "" && !now.Before(last.end()):
		return vocab.DeferralTerm.Because("the entry has appeared since %s, and what has been shown is not hidden again", last.end().Format(time.DateOnly))
	case len(chain) > g.Renewals:
		return vocab.DeferralTerm.Because("the ground %s allows %d renewals (%s), this would be number %d", g.Name, g.Renewals, g.Citation, len(chain))
	case o.Until.Sub(begun) > g.term()*time.Duration(g.Renewals+1):
		return vocab.DeferralTerm.Because("deferred since %s, the ground %s allows %d times %d days in all", begun.Format(time.DateOnly), g.Name, g.Renewals+1, g.LongestDays)
	case o.Renews != last.ID:
		return vocab.StateWrong.Because("the order %s stands on this until %s; a renewal names it", last.ID, last.end().Format(time.DateOnly))
	}
	return nil
}

// rest is how long after the end of an order a body may not ask again for the
// same person, so that a pause of a day does not make a new first order.
const rest = 90 * 24 * time.Hour

// before is the chain of orders on the same thing that the new one would prolong,
// oldest first, and when it began.
func before(o Order, earlier []Order) (chain []Order, begun time.Time) {
	for _, e := range earlier {
		if e.ID == o.ID || e.State == Refused || e.State == Proposed || !e.touches(o) {
			continue
		}
		if len(chain) > 0 && e.From.Sub(chain[len(chain)-1].end()) > rest {
			chain = nil
		}
		chain = append(chain, e)
	}
	if len(chain) == 0 || o.Made.Sub(chain[len(chain)-1].end()) > rest && o.Trace == "" {
		return nil, time.Time{}
	}
	return chain, chain[0].From
}

// touches reports whether the order kept from the person what the later one
// would keep: the same entry, the same body's uses, or an entry among them.
func (o Order) touches(later Order) bool {
	return o.Trace != "" && o.Trace == later.Trace || o.Member != "" && o.Member == later.Member ||
		o.Member != "" && later.Trace != "" && o.Member == later.Body && !later.entry.Before(o.From)
}

// end is when what the order hid appeared, or will.
func (o Order) end() time.Time {
	if o.State == Lifted {
		return o.Decided
	}
	return o.Until
}

// Hides reports whether the order hides anything at the moment.
func (o Order) Hides(now time.Time) bool { return o.State == InForce && now.Before(o.Until) }
