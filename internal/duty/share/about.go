package share

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/twin"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// About is what the entry of a data set does not say and a stranger asks: how
// fresh it is, what became of those who asked before, and what its rows look like.
type About struct {
	Dataset vocab.DatasetID `json:"dataset"`
	Freshness
	Before []Precedent       `json:"before,omitempty"`   // newest first
	Items  []vocab.ItemID    `json:"items,omitempty"`    // the columns of the invented rows
	Rows   []access.TwinRow  `json:"invented,omitempty"` // of the test twin: nobody lives in them
	About  vocab.SubjectKind `json:"about,omitempty"`
}

// Freshness is how old the values of a data set are.
type Freshness struct {
	Source string    `json:"source"`          // live: asked where it is kept; loaded: from a file; none: not connected yet
	Loaded time.Time `json:"loaded,omitzero"` // of a file: when
	Stale  bool      `json:"stale,omitempty"` // of a file: older than the entry promises
	Since  time.Time `json:"stale_since,omitzero"`
}

// Precedent is a decision on an earlier request. Who asked and what was said in it
// is between public bodies: it is told to their officers only.
type Precedent struct {
	Question  vocab.Question `json:"question"`
	Items     int            `json:"items"`
	Basis     string         `json:"basis,omitempty"`
	Outcome   State          `json:"outcome"` // agreed, agreed_in_part or refused
	DecidedAt time.Time      `json:"decided_at"`
	Days      int            `json:"days"` // from the submission to the decision

	Requester vocab.MemberID `json:"requester,omitempty"`
	Purpose   string         `json:"purpose,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	Citation  string         `json:"citation,omitempty"`
}

// How much of the past, and how many invented rows, are told.
const (
	mostBefore   = 10
	exampleRows  = 5
	exampleItems = 12
)

// About tells of a data set that the actor may read what its entry does not say.
func (s *Service) About(ctx context.Context, a identity.Actor, id vocab.DatasetID) (About, error) {
	out := About{Dataset: id}
	whole, err := s.publicOfficer(ctx, a)
	if err != nil {
		return About{}, err
	}
	var d *entry.Dataset
	err = s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if d, err = s.p.Catalog.GetTx(ctx, tx, a, id); err != nil {
			return err
		}
		list, err := loadDecided(ctx, tx, d.Owner, id)
		for _, r := range list {
			if p, ok := precedent(whole, r); ok && len(out.Before) < mostBefore {
				out.Before = append(out.Before, p)
			}
		}
		return err
	})
	if err != nil {
		return About{}, fmt.Errorf("tell about data set: %w", err)
	}
	if out.Freshness, err = s.fresh(ctx, d); err != nil {
		return About{}, fmt.Errorf("tell about data set: %w", err)
	}
	return out, s.example(ctx, d, &out)
}

// Fresh tells how old the values of some data sets are that the actor may read.
func (s *Service) Fresh(ctx context.Context, a identity.Actor, ids ...vocab.DatasetID) (map[vocab.DatasetID]Freshness, error) {
	out := map[vocab.DatasetID]Freshness{}
	for _, id := range ids {
		d, err := s.p.Catalog.Get(ctx, a, id)
		if err == nil {
			out[id], err = s.fresh(ctx, d)
		}
		if err != nil {
			return nil, fmt.Errorf("tell how fresh a data set is: %w", err)
		}
	}
	return out, nil
}

// publicOfficer tells whether the actor is an officer of a public body.
func (s *Service) publicOfficer(ctx context.Context, a identity.Actor) (bool, error) {
	if a.Member == "" || a.Officer == "" || a.IsMachine() {
		return false, nil
	}
	body, err := s.p.Node.Body(ctx, a.Member)
	if err != nil {
		return false, fmt.Errorf("look what sort of body asks: %w", err)
	}
	return body.Kind != identity.KindFirm && body.Kind != identity.KindService, nil
}

// precedent is what is heard of a request that was decided: the whole by officers
// of public bodies.
func precedent(whole bool, r *Request) (Precedent, bool) {
	if r.Decision == nil || r.State == StateSecond {
		return Precedent{}, false
	}
	p := Precedent{
		Question: r.Question, Items: len(r.items(&r.Decision.Decision)), Basis: r.BasisText(), Outcome: StateRefused,
		DecidedAt: r.Decision.At, Days: int(r.Decision.At.Sub(r.SubmittedAt) / (24 * time.Hour)),
	}
	switch {
	case r.Decision.Agree && len(r.Decision.Items) > 0 && len(r.Decision.Items) < len(r.Items):
		p.Outcome = StateInPart
	case r.Decision.Agree:
		p.Outcome = StateAgreed
	}
	if whole {
		p.Requester, p.Purpose, p.Reason, p.Citation = r.Requester, r.Purpose, r.Decision.Reason, r.Decision.Citation
	}
	return p, true
}

// fresh finds where the values come from: of several sources the oldest load
// counts.
func (s *Service) fresh(ctx context.Context, d *entry.Dataset) (Freshness, error) {
	out := Freshness{Source: "none"}
	asked := map[vocab.SourceID]bool{}
	for _, it := range d.Items {
		b, ok := s.p.Door.BindingOf(d.ItemID(it.Code))
		if !ok || asked[b.Source] {
			continue
		}
		asked[b.Source] = true
		c, err := s.p.Door.Source(ctx, identity.Actor{Member: b.Owner}, b.Source)
		if vocab.KindOf(err) == vocab.NotFound {
			continue
		}
		if err != nil {
			return out, err
		}
		if len(c.Columns) == 0 { // no file was loaded: it is asked where it is
			if out.Source == "none" {
				out.Source = "live"
			}
			continue
		}
		if out.Source = "loaded"; out.Loaded.IsZero() || c.Made.Before(out.Loaded) {
			out.Loaded = c.Made
		}
	}
	if days := d.Cycle.MaxAgeDays(); days > 0 && !out.Loaded.IsZero() {
		if end := out.Loaded.AddDate(0, 0, days); s.p.Clock.Now().After(end) {
			out.Stale, out.Since = true, end
		}
	}
	return out, nil
}

// example invents the first rows that a test twin of the whole set would hold.
func (s *Service) example(ctx context.Context, d *entry.Dataset, out *About) error {
	r := &Request{Requester: d.Owner, Provider: d.Owner, About: d.Subject, Fields: Fields{Dataset: d.ID, Question: vocab.Read, Carriages: []vocab.Carriage{vocab.Single}}}
	for _, it := range d.Items {
		if len(it.Tags) == 0 && d.ShareOf(it) != vocab.NotShared && len(r.Items) < exampleItems {
			r.Items = append(r.Items, d.ItemID(it.Code))
		}
	}
	if len(r.Items) == 0 {
		return nil
	}
	known := s.twinItems(ctx, r)
	t, err := twin.New("about-"+string(d.ID), r.grant("", nil), func(item vocab.ItemID) access.TwinItem { return known[item] })
	if err != nil {
		return fmt.Errorf("invent rows of data set %s: %w", d.ID, err)
	}
	out.Items, out.About, out.Rows = r.Items, d.Subject, t.Rows()[:exampleRows]
	return nil
}
