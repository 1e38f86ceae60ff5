package retention

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Coming is what a kind of record loses soon.
type Coming struct {
	Kind string `json:"kind"`
	Due  int    `json:"due"`  // its time is over by the day asked for
	Held int    `json:"held"` // of those, kept by a hold
	More bool   `json:"more,omitempty" doc:"There are more than were counted"`
}

// mostComing bounds what one look counts of each kind.
const mostComing = 2000

// longestLook is how far ahead one may look, in days.
const longestLook = 366

// Coming tells what falls due within so many days, kind by kind, to those who may
// put a hold while there is time.
func (s *Service) Coming(ctx context.Context, a identity.Actor, days int) ([]Coming, error) {
	if err := mayHold(a); err != nil {
		return nil, err
	}
	if days < 0 || days > longestLook {
		return nil, vocab.BadInput.Because("one looks at most %d days ahead", longestLook)
	}
	list, err := s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	at := s.p.Clock.Now().AddDate(0, 0, days)
	var out []Coming
	for _, kind := range Kinds() {
		one, err := s.coming(ctx, kind, list, at)
		if err != nil {
			return nil, fmt.Errorf("look what of the kind %s falls due: %w", kind, err)
		}
		if one.Due > 0 || one.More {
			out = append(out, one)
		}
	}
	return out, nil
}

func (s *Service) coming(ctx context.Context, kind string, list []Rule, at time.Time) (Coming, error) {
	out := Coming{Kind: kind}
	before := latest(list, kind, at)
	if before.IsZero() {
		return out, nil
	}
	if slices.Contains(entryKinds(), kind) {
		return s.entriesComing(ctx, kind, list, at)
	}
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		standing, err := standingHolds(ctx, tx)
		if err != nil {
			return err
		}
		for i := range s.stores {
			if s.stores[i].Kind != kind {
				continue
			}
			piece, err := s.stores[i].Over(ctx, tx, before, "", mostComing)
			if err != nil {
				return err
			}
			out.More = out.More || len(piece) == mostComing
			for j := range piece {
				if _, due := ruleFor(&piece[j], kind, list, at); !due {
					continue
				}
				held, err := s.holdsThing(ctx, tx, standing, &piece[j])
				if err != nil {
					return err
				}
				out.count(held)
			}
		}
		return nil
	})
	return out, err
}

func (c *Coming) count(held bool) {
	c.Due++
	if held {
		c.Held++
	}
}

// entriesComing looks at the oldest entries that still have their openings.
func (s *Service) entriesComing(ctx context.Context, kind string, list []Rule, at time.Time) (Coming, error) {
	out := Coming{Kind: kind}
	var after int64
	for looked := 0; looked < entriesLooked; {
		piece, err := s.p.Ledger.Entries(ctx, ledger.EntriesOf{Standing: kind, Until: latest(list, kind, at), After: after, Limit: readAtOnce})
		if err != nil || len(piece) == 0 {
			return out, err
		}
		err = s.p.DB.Read(ctx, func(tx *db.Tx) error {
			standing, err := standingHolds(ctx, tx)
			if err != nil {
				return err
			}
			for i := range piece {
				e := &piece[i]
				r, ok := s.ruleOf(e, list)
				if e.Fields == nil || e.State == gathering || !ok || !r.over(e.At, at) {
					continue
				}
				h, err := s.heldBy(ctx, tx, standing, e)
				if err != nil {
					return err
				}
				out.count(h != "")
			}
			return nil
		})
		if err != nil {
			return out, err
		}
		after = piece[len(piece)-1].Seq
		looked += len(piece)
	}
	out.More = true
	return out, nil
}

// entriesLooked bounds how many entries one look reads.
const entriesLooked = 20_000
