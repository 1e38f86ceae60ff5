package retention

import (
	"context"
	"slices"

	"fontis/internal/vocab"
)

// Least is a row of the law that says how long a kind of record is kept at least.
type Least struct {
	Kind         string
	Row          string // its name in the law
	Jurisdiction string
	Years        int
	Citation     string
	Source       string
	Verified     bool
}

// longEnough refuses a rule that is shorter than the law's row. Entries are the
// evidence: without a row nobody knows how long the law keeps them, so they have
// no rule either.
func (s *Service) longEnough(ctx context.Context, r Rule) error {
	least, err := s.p.Least(ctx)
	if err != nil {
		return err
	}
	l, ok := leastOf(least, r.Kind)
	switch {
	case !ok && slices.Contains(entryKinds(), r.Kind):
		return vocab.RuleMissing.Because("no row of the law says how long records of the kind %s are kept at least", r.Kind)
	case ok && r.Years < l.Years:
		return vocab.KeptTooShort.Because("%d years and %d days are less than the %d years of the row %s of %s: %s", r.Years, r.Days, l.Years, l.Row, l.Jurisdiction, l.Citation)
	}
	return nil
}

func leastOf(least []Least, kind string) (Least, bool) {
	i := slices.IndexFunc(least, func(l Least) bool { return l.Kind == kind })
	if i < 0 {
		return Least{}, false
	}
	return least[i], true
}

// raise holds rules that were put before the law's row was what it is now against
// it: a shorter one is taken as the row, with the row's citation. A rule for
// entries that no row stands behind keeps nothing shorter than anything, and so is
// none.
func raise(list []Rule, least []Least) []Rule {
	out := make([]Rule, 0, len(list))
	for _, r := range list {
		l, ok := leastOf(least, r.Kind)
		if !ok && slices.Contains(entryKinds(), r.Kind) {
			continue
		}
		if ok && r.Years < l.Years {
			r.Years, r.Days, r.Citation, r.Source, r.Verified = l.Years, 0, l.Citation, l.Source, l.Verified
		}
		out = append(out, r)
	}
	return out
}
