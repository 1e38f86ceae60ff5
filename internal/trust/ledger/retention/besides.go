package retention

import (
	"context"
	"encoding/json"
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
// member said of a file, the files of a batch. Whoever keeps it registers it; its
// content goes when its time is over, and what names it stays.
type Store struct {
	Kind   string   // as rules name it
	Tables []string // that are scrubbed, so that no file holds what was destroyed
	// Over lists what was closed before the moment and still has its content, in the
	// order of its ID and behind one.
	Over func(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]Stored, error)
	// Destroy takes the content out for good. What is not there, or was taken out
	// before, is no error: a replay after a restore meets both.
	Destroy func(ctx context.Context, tx *db.Tx, id string) error
}

// Stored is one thing whose time may be over, with all that a rule or a hold asks.
type Stored struct {
	ID      string
	Dataset vocab.DatasetID // whose rule it falls under; empty: that of any
	// Names are all by which a hold finds it: members, a case, a grant, an entry.
	Names  []string
	Entry  vocab.TraceID // the entry that it belongs to: what holds that holds this
	Person vocab.PersonRef
	Closed time.Time
}

// Destroyed is what is kept of an act of destruction outside the database: what a
// restored backup destroys again, and under which certificate.
type Destroyed struct {
	Certificate Certificate `json:"certificate"`
	Things      []string    `json:"things,omitempty"` // of a store; entries are named by the erasure
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

// latest is the moment before which something of the kind may be over under the
// shortest rule; zero without one.
func latest(list []Rule, kind string, now time.Time) time.Time {
	var out time.Time
	for _, r := range list {
		if at := r.before(now); r.Kind == kind && at.After(out) {
			out = at
		}
	}
	return out
}

// empty goes through one store, piece by piece; each piece, its certificate and
// its leaf are one transaction.
func (s *Service) empty(ctx context.Context, st *Store, list []Rule) (int, error) {
	before := latest(list, st.Kind, s.p.Clock.Now())
	if before.IsZero() {
		return 0, nil
	}
	keeper, err := s.p.Keeper(ctx)
	if vocab.CodeOf(err) == vocab.StateWrong {
		return 0, nil // a node that was not made yet keeps nothing
	}
	if err != nil {
		return 0, err
	}
	destroyed := 0
	for after := ""; ; {
		n, last := 0, ""
		err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
			piece, err := st.Over(ctx, tx, before, after, emptyAtOnce)
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
	if destroyed == 0 || len(st.Tables) == 0 {
		return destroyed, nil
	}
	return destroyed, s.p.DB.Scrub(ctx, st.Tables...)
}

// emptyAtOnce keeps the transaction short.
const emptyAtOnce = 200

func (s *Service) emptyPiece(ctx context.Context, tx *db.Tx, st *Store, keeper vocab.MemberID, piece []Stored, list []Rule) (int, error) {
	standing, err := standingHolds(ctx, tx)
	if err != nil {
		return 0, err
	}
	byRule := map[Rule][]Stored{}
	for i := range piece {
		r, due := ruleFor(&piece[i], st.Kind, list, s.p.Clock.Now())
		if !due {
			continue
		}
		held, err := s.holdsThing(ctx, tx, standing, &piece[i])
		if err != nil {
			return 0, err
		}
		if !held {
			byRule[r] = append(byRule[r], piece[i])
		}
	}
	destroyed := 0
	var made []ledger.Erasure
	for r, all := range byRule {
		for _, one := range all {
			if err := st.Destroy(ctx, tx, one.ID); err != nil {
				return 0, err
			}
		}
		e, err := s.certify(ctx, tx, keeper, r, all)
		if err != nil {
			return 0, err
		}
		made = append(made, e)
		destroyed += len(all)
	}
	// What is kept for restores is kept last: before anything is gone, and after all
	// that could still take it back.
	for _, e := range made {
		if err := s.p.Ledger.KeepErasure(e); err != nil {
			return 0, err
		}
	}
	return destroyed, nil
}

// ruleFor is the rule that the thing falls under, and whether its time is over.
func ruleFor(one *Stored, kind string, list []Rule, now time.Time) (Rule, bool) {
	r, ok := find(list, string(one.Dataset), kind)
	if !ok {
		r, ok = find(list, Any, kind)
	}
	return r, ok && r.over(one.Closed, now)
}

// holdsThing reports whether a hold covers the thing, or the entry that it
// belongs to.
func (s *Service) holdsThing(ctx context.Context, tx *db.Tx, standing []Hold, one *Stored) (bool, error) {
	if slices.ContainsFunc(standing, func(h Hold) bool { return one.covers(&h) }) {
		return true, nil
	}
	if one.Entry == "" || len(standing) == 0 {
		return false, nil
	}
	e, err := s.p.Ledger.RawOf(ctx, tx, one.Entry)
	if vocab.CodeOf(err) == vocab.NoSuchThing {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	h, err := s.heldBy(ctx, tx, standing, &e)
	return h != "", err
}

// covers reports whether the hold covers the thing by what stands on it.
func (o *Stored) covers(h *Hold) bool {
	switch h.About {
	case Person:
		return o.Person == h.person
	case Dataset:
		return string(o.Dataset) == h.Target || slices.Contains(o.Names, h.Target)
	}
	return string(o.Entry) == h.Target || slices.Contains(o.Names, h.Target)
}

// certify enters what was destroyed, by its ids, and keeps the certificate; both are
// in the erasure that it gives.
func (s *Service) certify(ctx context.Context, tx *db.Tx, keeper vocab.MemberID, r Rule, all []Stored) (ledger.Erasure, error) {
	d := Destroyed{Certificate: Certificate{
		ID: vocab.NewID("cd"), Kind: r.Kind, Years: r.Years, Days: r.Days, Citation: r.Citation, Count: len(all), Made: s.p.Clock.Now(),
		Oldest: all[0].Closed, Newest: all[0].Closed,
	}}
	for _, one := range all {
		d.Things = append(d.Things, one.ID)
		if one.Closed.Before(d.Certificate.Oldest) {
			d.Certificate.Oldest = one.Closed
		}
		if one.Closed.After(d.Certificate.Newest) {
			d.Certificate.Newest = one.Closed
		}
	}
	note, err := json.Marshal(d)
	if err != nil {
		return ledger.Erasure{}, err
	}
	e := ledger.Erasure{Member: keeper, Reason: overReason, Basis: r.Citation, At: d.Certificate.Made, Note: note}
	return e, s.enter(ctx, tx, &e, d)
}

// enter writes the leaf of a destruction and its certificate.
func (s *Service) enter(ctx context.Context, tx *db.Tx, e *ledger.Erasure, d Destroyed) error {
	entry, err := s.p.Ledger.Enter(ctx, tx, ledger.Plain{Kind: proof.Erasure, Owner: e.Member, Fields: []ledger.Pair{
		{Name: ledger.FieldAct, Value: "retention.destroyed"},
		{Name: "certificate", Value: d.Certificate.ID},
		{Name: "kind", Value: d.Certificate.Kind},
		{Name: "things", Value: strings.Join(d.Things, " ")},
		{Name: "count", Value: strconv.Itoa(len(d.Things))},
		{Name: "reason", Value: e.Reason},
		{Name: ledger.FieldBasis, Value: e.Basis},
	}})
	if err != nil {
		return err
	}
	if d.Certificate.ID == "" { // its owner took it back
		return nil
	}
	return s.certified(d.Certificate)(ctx, tx, entry)
}

// TakenBack keeps that the owner of a thing took it out of its store, before that
// is done: a restored backup takes it out again.
func (s *Service) TakenBack(ctx context.Context, kind, id string) error {
	keeper, err := s.p.Keeper(ctx)
	if err != nil {
		return err
	}
	note, err := json.Marshal(Destroyed{Certificate: Certificate{Kind: kind}, Things: []string{id}})
	if err != nil {
		return err
	}
	return s.p.Ledger.KeepErasure(ledger.Erasure{Member: keeper, Reason: "its owner took it back", At: s.p.Clock.Now(), Note: note})
}

// replayed follows the reason of an erasure that was carried out again, once.
const replayed = " (replayed after a restore)"

// Replay carries out an erasure again on what a restore brought back, before the
// node serves: no hold brings back what was destroyed.
func (s *Service) Replay(ctx context.Context, e ledger.Erasure) error {
	var d Destroyed
	if len(e.Note) > 0 {
		if err := json.Unmarshal(e.Note, &d); err != nil {
			return vocab.FileUnreadable.Wrap(err, "an erasure of %s", e.At.Format(time.DateOnly))
		}
	}
	e.Reason, e.Replay = strings.TrimSuffix(e.Reason, replayed)+replayed, true
	if len(e.Traces) > 0 {
		if d.Certificate.ID != "" {
			e.Also = s.certified(d.Certificate)
		}
		_, err := s.p.Ledger.Erase(ctx, e)
		return err
	}
	if err := s.p.Ledger.KeepErasure(e); err != nil {
		return err
	}
	var tables []string
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		for i := range s.stores {
			st := &s.stores[i]
			if st.Kind != d.Certificate.Kind {
				continue
			}
			tables = append(tables, st.Tables...)
			for _, id := range d.Things {
				if err := st.Destroy(ctx, tx, id); err != nil {
					return fmt.Errorf("destroy %s of the kind %s again: %w", id, st.Kind, err)
				}
			}
		}
		return s.enter(ctx, tx, &e, d)
	})
	if err != nil || len(tables) == 0 {
		return err
	}
	return s.p.DB.Scrub(ctx, tables...)
}
