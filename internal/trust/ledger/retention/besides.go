package retention

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Store is what somebody keeps beside the ledger: the words of a contest, what a
// member said of a file. Whoever keeps it registers it; its content goes when its
// time is over, and what names it stays.
type Store struct {
	Kind   string   // as rules name it
	Tables []string // that are scrubbed, so that no file holds what was destroyed
	// Over lists what was closed before the moment and still has its content, in the
	// order of its ID and behind one.
	Over func(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]Stored, error)
	// Destroy takes the content out for good.
	Destroy func(ctx context.Context, tx *db.Tx, id string) error
}

// Stored is one thing whose time may be over, with all that a rule or a hold asks.
type Stored struct {
	ID      string
	Dataset vocab.DatasetID
	Member  vocab.MemberID
	Case    string
	Entry   vocab.TraceID
	Person  vocab.PersonRef
	Closed  time.Time
}

// Keep registers stores. It is called while the node is wired.
func (s *Service) Keep(stores ...Store) { s.stores = append(s.stores, stores...) }

// besides destroys what the stores keep longer than a rule allows.
func (s *Service) besides(ctx context.Context, list []Rule) (int, error) {
	destroyed := 0
	for i := range s.stores {
		n, err := s.empty(ctx, &s.stores[i], list)
		destroyed += n
		if err != nil {
			return destroyed, fmt.Errorf("destroy %s: %w", s.stores[i].Kind, err)
		}
	}
	return destroyed, nil
}

// empty goes through one store, piece by piece; each piece, its certificate and
// its leaf are one transaction.
func (s *Service) empty(ctx context.Context, st *Store, list []Rule) (int, error) {
	shortest := 0
	for _, r := range list {
		if r.Kind == st.Kind && (shortest == 0 || r.Years < shortest) {
			shortest = r.Years
		}
	}
	if shortest == 0 {
		return 0, nil
	}
	keeper, err := s.p.Keeper(ctx)
	if err != nil {
		return 0, err
	}
	destroyed := 0
	for after := ""; ; {
		n, last := 0, ""
		err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
			piece, err := st.Over(ctx, tx, s.p.Clock.Now().AddDate(-shortest, 0, 0), after, emptyAtOnce)
			if err != nil || len(piece) == 0 {
				return err
			}
			last = piece[len(piece)-1].ID
			n, err = s.emptyPiece(ctx, tx, st, keeper, piece, list)
			return err
		})
		if err != nil {
			return destroyed, err
		}
		if destroyed += n; last == "" {
			break
		}
		after = last
	}
	if destroyed == 0 {
		return 0, nil
	}
	return destroyed, s.p.DB.Scrub(ctx, st.Tables...)
}

// emptyAtOnce keeps the transaction short.
const emptyAtOnce = 200

func (s *Service) emptyPiece(ctx context.Context, tx *db.Tx, st *Store, keeper vocab.MemberID, piece []Stored, list []Rule) (int, error) {
	standing, err := holds(ctx, tx, true)
	if err != nil {
		return 0, err
	}
	byRule := map[Rule][]Stored{}
	for _, one := range piece {
		r, ok := find(list, string(one.Dataset), st.Kind)
		if !ok {
			r, ok = find(list, Any, st.Kind)
		}
		if !ok || one.Closed.AddDate(r.Years, 0, 0).After(s.p.Clock.Now()) || slices.ContainsFunc(standing, func(h Hold) bool { return one.covers(&h) }) {
			continue
		}
		if err := st.Destroy(ctx, tx, one.ID); err != nil {
			return 0, err
		}
		byRule[r] = append(byRule[r], one)
	}
	destroyed := 0
	for r, all := range byRule {
		if err := s.certify(ctx, tx, keeper, r, all); err != nil {
			return 0, err
		}
		destroyed += len(all)
	}
	return destroyed, nil
}

// covers reports whether the hold covers the thing.
func (o *Stored) covers(h *Hold) bool {
	switch h.About {
	case Entry:
		return string(o.Entry) == h.Target
	case CaseNo:
		return o.Case == h.Target
	case Dataset:
		return string(o.Dataset) == h.Target
	case Member:
		return string(o.Member) == h.Target
	case Person:
		return o.Person == h.person
	}
	return false
}

// certify enters what was destroyed, by its ids, and keeps the certificate.
func (s *Service) certify(ctx context.Context, tx *db.Tx, keeper vocab.MemberID, r Rule, all []Stored) error {
	ids := make([]string, len(all))
	c := Certificate{ID: vocab.NewID("cd"), Kind: r.Kind, Years: r.Years, Citation: r.Citation, Count: len(all), Made: s.p.Clock.Now(), Oldest: all[0].Closed, Newest: all[0].Closed}
	for i, one := range all {
		ids[i] = one.ID
		if one.Closed.Before(c.Oldest) {
			c.Oldest = one.Closed
		}
		if one.Closed.After(c.Newest) {
			c.Newest = one.Closed
		}
	}
	e, err := s.p.Ledger.Enter(ctx, tx, ledger.Plain{Kind: proof.Erasure, Owner: keeper, Fields: []ledger.Pair{
		{Name: ledger.FieldAct, Value: "retention.destroyed"},
		{Name: "certificate", Value: c.ID},
		{Name: "kind", Value: r.Kind},
		{Name: "things", Value: strings.Join(ids, " ")},
		{Name: "count", Value: strconv.Itoa(len(ids))},
		{Name: "reason", Value: "the time of retention is over"},
		{Name: ledger.FieldBasis, Value: r.Citation},
	}})
	if err != nil {
		return err
	}
	c.Trace = e.Trace
	return insertCertificate(ctx, tx, c)
}
