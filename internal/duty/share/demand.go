package share

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/duty/share/asked"

	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Wish is a request for what no catalog lists. Data set and items of the fields are
// the department's to name.
type Wish struct {
	Of     vocab.MemberID `json:"of"`               // who should hold it
	Name   string         `json:"name"`             // of the data set that is missing
	What   string         `json:"what"`             // must be in it
	Wanted []string       `json:"wanted,omitempty"` // its items, as the requester calls them
	Fields
}

// Demanded is what a request demanded of the catalog.
type Demanded struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	What    string   `json:"what"`
	Items   []string `json:"items,omitempty"`
	Dispute *Dispute `json:"dispute,omitempty"` // about the refusal to list it, once that is over
}

// Demand makes a request for what is not in the catalog: the department named has a
// duty to list it or to say why not, and the request goes on to what it lists.
func (s *Service) Demand(ctx context.Context, a identity.Actor, w Wish) (*Request, error) {
	if err := mayRequest(a); err != nil {
		return nil, err
	}
	if err := w.settle(); err != nil {
		return nil, fmt.Errorf("demand what the catalog lacks: %w", err)
	}
	now := s.p.Clock.Now()
	r := &Request{
		ID: vocab.RequestID(vocab.NewID("r")), Requester: a.Member, Provider: w.Of, State: StateDraft, Rev: 1, Fields: w.Fields,
		About: vocab.MixedSubject, Authors: authors(nil, a), CreatedAt: now, ChangedAt: now,
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if r.Region, err = s.region(ctx, r); err != nil {
			return err
		}
		made, err := s.p.Demands.Open(ctx, tx, a, demand.Wish{
			Request: r.ID, Of: w.Of, Name: w.Name, What: w.What, Items: w.Wanted, Basis: r.Basis, Purpose: r.Purpose,
		})
		if err != nil {
			return err
		}
		r.Demanded = &Demanded{ID: made.ID, Name: w.Name, What: w.What, Items: w.Wanted}
		if err := insert(ctx, tx, r); err != nil {
			return err
		}
		t, err := s.step(a, r, ActDemand)
		if err != nil {
			return err
		}
		return s.move(ctx, tx, a, t, r, "", "")
	})
	if err != nil {
		return nil, fmt.Errorf("demand what the catalog lacks: %w", err)
	}
	return s.shown(a, r), nil
}

// settle brings a wish to its one form, and says at once what it lacks.
func (w *Wish) settle() error {
	w.Dataset, w.Items, w.RowScope = "", nil, ""
	w.Statuses, w.Carriages, w.Networks = asked.Distinct(w.Statuses), asked.Distinct(w.Carriages), asked.Distinct(w.Networks)
	if err := asked.Check(&w.Fields); err != nil {
		return err
	}
	var lacks []string
	for _, f := range []struct{ name, value string }{
		{"of", string(w.Of)},
		{"name", w.Name},
		{"what", w.What},
		{"basis.law", w.Basis.Law},
		{"basis.article", w.Basis.Article},
		{"purpose", w.Purpose},
		{"scenario", w.Scenario},
	} {
		if strings.TrimSpace(f.value) == "" {
			lacks = append(lacks, f.name)
		}
	}
	if len(lacks) > 0 {
		return vocab.FieldMissing.Because("the demand lacks %s", strings.Join(lacks, ", ")).WithFix("Say %s, then demand again.", strings.Join(lacks, ", "))
	}
	return nil
}

// answered moves the request behind a demand: on to the entry that was listed, or to
// its refusal.
func (s *Service) answered(ctx context.Context, tx *db.Tx, a identity.Actor, d *demand.Demand) error {
	r, err := loadAny(ctx, tx, selectAny, string(d.Request))
	if err != nil {
		return fmt.Errorf("read the request behind demand %s: %w", d.ID, err)
	}
	if d.State != demand.Refused && d.State != demand.Listed {
		return s.moved(ctx, tx, a, r, d)
	}
	if d.State == demand.Refused {
		return s.unlisted(ctx, tx, a, r, d.Reason, d.Citation)
	}
	set, err := s.p.Catalog.GetTx(ctx, tx, a, d.Dataset)
	if err != nil {
		return err
	}
	if set.Share == vocab.NotShared {
		return s.unlisted(ctx, tx, a, r, set.NotSharedReason, set.NotSharedLaw)
	}
	return s.listed(ctx, tx, a, r, set, d.Found)
}

// moved follows a demand to the department that it went on to, or to the authority
// that names one.
func (s *Service) moved(ctx context.Context, tx *db.Tx, a identity.Actor, r *Request, d *demand.Demand) error {
	t, err := s.step(a, r, ActMoved)
	if err != nil {
		return err
	}
	if d.State == demand.Assigning {
		if err := s.ruled(ctx, r); err != nil {
			return err
		}
	}
	r.Provider, r.Region = d.Provider, d.Region
	return s.move(ctx, tx, a, t, r, d.Reason, "")
}

func (s *Service) unlisted(ctx context.Context, tx *db.Tx, a identity.Actor, r *Request, reason, citation string) error {
	t, err := s.step(a, r, ActUnlisted)
	if err != nil {
		return err
	}
	r.Decision = &Decided{Decision: Decision{Reason: reason, Citation: citation}, By: a.Officer, At: s.p.Clock.Now()}
	return s.move(ctx, tx, a, t, r, reason, citation)
}

// listed turns the request to the entry. Where it is whole it goes on at once, as
// if it had been submitted; else the requester is told what is missing.
func (s *Service) listed(ctx context.Context, tx *db.Tx, a identity.Actor, r *Request, set *entry.Dataset, found []vocab.ItemID) error {
	r.Dataset, r.Items, r.listing = set.ID, slices.Clone(found), true
	err := s.submittable(ctx, tx, a, r)
	if err != nil {
		switch vocab.KindOf(err) {
		case vocab.Internal, vocab.Unavailable:
			return err
		}
		r.Items = nil // what was meant cannot be asked: the requester chooses
		if err := s.settle(ctx, tx, a, r); err != nil {
			return err
		}
	}
	lacks := asked.Missing(&r.Fields, r.About)
	r.whole = err == nil && len(lacks) == 0
	if r.conform, err = s.conforms(ctx, tx, r); err != nil {
		return err
	}
	if d := r.Dispute; d != nil { // its end was this listing; the request may have one of its own
		demanded := *r.Demanded
		demanded.Dispute, r.Dispute = d, nil
		r.Demanded = &demanded
	}
	if r.Decision = nil; r.whole {
		r.SubmittedAt = s.p.Clock.Now()
		tx.OnCommit(func() { s.putTwins(ctx, r) })
	} else {
		r.Supplement = &Supplement{What: "data set " + string(set.ID) + " is listed; the request lacks " + strings.Join(lacks, ", "), Asked: s.p.Clock.Now(), Back: StateSubmitted}
		if r.conform {
			r.Supplement.Back = StateConformity
		}
	}
	t, err := s.step(a, r, ActListed)
	if err != nil {
		return err
	}
	return s.move(ctx, tx, a, t, r, "", "")
}
