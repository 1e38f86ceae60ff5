package calendar

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Known is one calendar with the years that it knows, for list and show.
type Known struct {
	Calendar string   `json:"calendar"`
	Zone     string   `json:"zone"`
	Weekend  []string `json:"weekend"`
	Years    []Year   `json:"years"`
}

// ImportDays puts years of a calendar, each whole in place of what was known of it,
// and has every open clock of that calendar dated again. They are shown as unverified,
// whatever the file says. It concerns the whole node.
func (s *Service) ImportDays(ctx context.Context, a identity.Actor, f File) (Known, error) {
	if err := a.MustOnNode(vocab.Authority, vocab.Operator); err != nil {
		return Known{}, err
	}
	err := f.check()
	if err == nil {
		err = s.law.mayKeep(&f)
	}
	for i := range f.Years {
		f.Years[i].Verified = false // nobody but the program's own rows says that it was held against the notice
	}
	if err != nil {
		return Known{}, fmt.Errorf("import a calendar: %w", err)
	}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.keep(ctx, tx, f, own); err != nil {
			return err
		}
		names, err := areaNames(ctx, tx)
		if err != nil {
			return err
		}
		// A nearer calendar takes clocks from the wider ones, and years that it does not know.
		for _, name := range append(chain(f.Calendar), within(f.Calendar, names)...) {
			if err := putPending(ctx, tx, pending{name: name}); err != nil {
				return err
			}
		}
		tx.Announce(News)
		for _, y := range f.Years {
			err := s.p.Ledger.Act(ctx, tx, "calendar.import", map[string]string{
				"member": string(a.Member), "officer": author(a), "calendar": f.Calendar, "year": strconv.Itoa(y.Year),
				"citation": y.Citation, "verified": strconv.FormatBool(y.Verified), "replaces": strconv.FormatBool(y.Replaces),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Known{}, fmt.Errorf("import a calendar: %w", err)
	}
	if err := s.redate(ctx); err != nil {
		return Known{}, err
	}
	return s.Show(ctx, f.Calendar)
}

// ImportRules puts the node's own rules beside what ships, never in its place, and
// shows them as unverified, whatever the file says: nobody has held them against
// the law's text before the program shipped. It concerns the whole node.
func (s *Service) ImportRules(ctx context.Context, a identity.Actor, rules []Rule) error {
	if err := a.MustOnNode(vocab.Authority, vocab.Operator); err != nil {
		return err
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		for i := range rules {
			r := &rules[i]
			if err := r.check(); err != nil {
				return err
			}
			if err := s.law.mayPut(r); err != nil {
				return err
			}
			r.Verified, r.Own = false, true
			if err := putRule(ctx, tx, *r, own); err != nil {
				return err
			}
			err := s.p.Ledger.Act(ctx, tx, "calendar.rule", map[string]string{
				"member": string(a.Member), "officer": author(a), "rule": r.Name, "jurisdiction": r.Jurisdiction,
				"length": strconv.Itoa(r.Length), "kind": string(r.Kind), "citation": r.Citation, "verified": strconv.FormatBool(r.Verified),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("import rules: %w", err)
	}
	return nil
}

// keep writes the years of a file, and takes them into use with the commit.
func (s *Service) keep(ctx context.Context, tx *db.Tx, f File, origin string) error {
	area, known, err := loadArea(ctx, tx, f.Calendar)
	if err != nil {
		return err
	}
	if f.Zone == "" {
		f.Zone = area.Zone
	}
	if len(f.Weekend) == 0 {
		f.Weekend = area.Weekend
	}
	if f.Zone == "" || len(f.Weekend) == 0 {
		return vocab.FieldMissing.Because("the calendar %s is new: say its zone and weekend", f.Calendar)
	}
	if origin == own || !known {
		if err := putArea(ctx, tx, f.Calendar, f.Zone, strings.Join(f.Weekend, ",")); err != nil {
			return err
		}
	}
	for _, y := range f.Years {
		if err := putYear(ctx, tx, f.Calendar, y, origin, s.p.Clock.Now()); err != nil {
			return err
		}
	}
	t, err := readTable(ctx, tx, f.Calendar)
	if err != nil {
		return err
	}
	if origin == own {
		if err := s.staysNear(t); err != nil {
			return err
		}
	}
	tx.OnCommit(func() { s.put(t) })
	return nil
}

// staysNear refuses a region's calendar that takes many more working days away than the
// wider calendar in whose place it stands: every term of the region would grow by them.
func (s *Service) staysNear(t *Table) error {
	places := chain(t.Name)
	if len(places) == 1 {
		return nil // nothing is wider
	}
	wider := s.table(places[1])
	for year, last := range t.Years {
		before, most := DayOf(year, time.January, 1)-1, mostOwnDays
		if wider.Years[year] < last {
			most = mostUnknownDays
		}
		theirs, ours := wider.Count(before, last+1, WorkingDays), t.Count(before, last+1, WorkingDays)
		if theirs-ours > most {
			return vocab.BadInput.Because("%d has %d working days in %s and %d in %s; a calendar of its own takes at most %d away", year, ours, t.Name, theirs, wider.Name, most).
				WithFix("Give the days of the wider calendar, as fontis calendar show %s has them, and the region's own with its notice.", wider.Name)
		}
	}
	return nil
}

// A region adds its own feasts to the nation's holidays: the widest known take about a
// week. Where the wider calendar does not know the year yet, the nation's own are among them.
const (
	mostOwnDays     = 10
	mostUnknownDays = 30
)

// Calendars lists the calendars that the node knows, with the years of each.
func (s *Service) Calendars(ctx context.Context) ([]Known, error) {
	var out []Known
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		names, err := areaNames(ctx, tx)
		if err != nil {
			return err
		}
		for _, name := range names {
			k, _, err := loadArea(ctx, tx, name)
			if err != nil {
				return err
			}
			out = append(out, k)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list calendars: %w", err)
	}
	return out, nil
}

// Show gives one calendar with every day that differs from its weekday.
func (s *Service) Show(ctx context.Context, name string) (Known, error) {
	var out Known
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		k, found, err := loadArea(ctx, tx, name)
		if err != nil {
			return err
		}
		if !found {
			return vocab.NoSuchThing.Because("there is no calendar of that name").WithFix("See them: fontis calendar list")
		}
		for i := range k.Years {
			if k.Years[i].Days, err = loadDays(ctx, tx, name, k.Years[i].Year); err != nil {
				return err
			}
		}
		out = k
		return nil
	})
	if err != nil {
		return Known{}, fmt.Errorf("show a calendar: %w", err)
	}
	return out, nil
}

// warnBefore is how long before the last known day a node is told to import the
// next year.
const warnBefore = 60

// Warning is a calendar that will soon know no more days, or knows none now.
type Warning struct {
	Calendar string `json:"calendar"`
	Last     Day    `json:"last"` // the last day that it knows
}

// Warn tells which calendar of the jurisdiction ends within 60 days; nothing when
// all is well.
func (s *Service) Warn(jurisdiction string) []Warning {
	t := s.table(jurisdiction)
	today := t.DayOf(s.p.Clock.Now())
	if last := t.Last(today); last < today+warnBefore {
		return []Warning{{Calendar: t.Name, Last: last}}
	}
	return nil
}

// Working says whether a day is a working day of a jurisdiction, and whether its
// calendar knows the day.
func (s *Service) Working(jurisdiction string, d Day) (working, known bool) {
	return s.table(jurisdiction).Working(d)
}

// Add is the nth day of a kind after a day, in a jurisdiction, and whether the
// calendar knows all days up to it: a trial of a date, without a clock.
func (s *Service) Add(jurisdiction string, from Day, n int, kind Kind) (d Day, known bool) {
	return s.table(jurisdiction).Add(from, n, kind)
}

// redateChunk is how many clocks one transaction dates again.
const redateChunk = 500

// redate works out the dates of every open clock of the calendars that were
// imported, in chunks, and goes on where a stop left it.
func (s *Service) redate(ctx context.Context) error {
	for {
		more := false
		err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
			p, err := pendingCalendar(ctx, tx)
			more = p.name != ""
			return err
		})
		if err != nil || !more { // most often: no turn at the one writer is taken
			return err
		}
		err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
			p, err := pendingCalendar(ctx, tx)
			if err != nil || p.name == "" {
				return err
			}
			return s.redateChunk(ctx, tx, p)
		})
		if err != nil {
			return fmt.Errorf("date clocks again: %w", err)
		}
	}
}

func (s *Service) redateChunk(ctx context.Context, tx *db.Tx, p pending) error {
	chunk, err := clocksIn(ctx, tx, p.name, p.after, redateChunk)
	if err != nil {
		return err
	}
	for _, r := range chunk {
		p.after = r.ID
		before := r
		r.Calendar = s.table(r.Jurisdiction).Name
		s.date(&r)
		if r.DueAt.Equal(before.DueAt) && r.NextAt.Equal(before.NextAt) && r.Provisional == before.Provisional && r.Calendar == before.Calendar {
			continue
		}
		if err := updateClock(ctx, tx, &r); err != nil {
			return err
		}
		if r.DueAt.Equal(before.DueAt) && r.Provisional == before.Provisional {
			continue
		}
		if err := s.moved(ctx, tx, before, r); err != nil {
			return err
		}
	}
	if len(chunk) < redateChunk {
		return dropPending(ctx, tx, p.name)
	}
	return putPending(ctx, tx, p)
}

// moved tells both sides that a date has moved, or that it is certain now.
func (s *Service) moved(ctx context.Context, tx *db.Tx, before, now Running) error {
	t := s.table(now.Jurisdiction)
	kind := NoticeMoved
	if before.DueAt.Equal(now.DueAt) {
		kind = NoticeSettled
	}
	sides := []vocab.MemberID{now.Owner}
	if now.Other != now.Owner {
		sides = append(sides, now.Other)
	}
	for _, m := range slices.DeleteFunc(sides, func(m vocab.MemberID) bool { return m == "" }) {
		err := s.p.Notices.PutNotice(ctx, tx, identity.Notice{
			Member: m, Kind: kind, Link: link(now.Ref),
			Params: map[string]string{
				now.Ref.Kind: now.Ref.ID, "id": now.Ref.ID, "rule": now.Rule.Name,
				"from": t.DayOf(before.DueAt.Add(-time.Microsecond)).String(), "to": now.DueDay.String(),
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// The notices of this package.
const (
	NoticeMoved   = "clock-moved"
	NoticeSettled = "clock-settled"
)

// NoticeKinds lists the kinds of notices that this package sends.
func NoticeKinds() []string { return []string{NoticeMoved, NoticeSettled} }

// link is the page of what a clock runs for.
func link(r Ref) string {
	switch r.Kind {
	case "request", "contest", "grant", "dispute", "demand":
		return "/" + r.Kind + "s/" + r.ID
	}
	return ""
}

func author(a identity.Actor) string {
	if a.Officer != "" {
		return string(a.Officer)
	}
	return string(a.Machine)
}
