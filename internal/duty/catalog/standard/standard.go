package standard

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Element is a data element: what a column means, wherever it stands.
type Element struct {
	ID         string         `json:"id,omitempty" doc:"Its identifier, as items name it: DE00101, GB 11643"`
	Owner      vocab.MemberID `json:"owner,omitempty"`
	Name       entry.Text     `json:"name"`
	Definition entry.Text     `json:"definition,omitzero"`
	Type       entry.ItemType `json:"type,omitempty"`
	Length     int            `json:"length,omitempty"`
	Precision  int            `json:"precision,omitempty"`
	Unit       string         `json:"unit,omitempty"`
	CodeList   string         `json:"code_list,omitempty" doc:"The list from which its values are"`
	Source     string         `json:"source,omitempty" doc:"The standard that defines it"`
	// Retired is the day since which no item should be bound to it, and Successor the
	// element that stands in its place.
	Retired   string    `json:"retired,omitempty"`
	Successor string    `json:"successor,omitempty"`
	ChangedAt time.Time `json:"changed_at,omitzero"`
}

// Carrier is an item that carries an element.
type Carrier struct {
	Dataset vocab.DatasetID   `json:"dataset"`
	Title   entry.Text        `json:"title"`
	Owner   vocab.MemberID    `json:"owner"`
	Item    string            `json:"item"`
	Name    entry.Text        `json:"name"`
	Differs []entry.ItemField `json:"differs,omitempty" doc:"Where the item's declaration says otherwise than the element"`
}

// Carriers is one page of the items that carry an element.
type Carriers struct {
	Items []Carrier `json:"items"`
	Total int       `json:"total" doc:"Entries with such an item"`
}

// Parts are what the service stands on; all are needed.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Ledger  Ledger
	Catalog *catalog.Service
}

// Ledger takes each change as an act.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Service holds the verbs.
type Service struct {
	p         Parts
	divisions *Divisions
}

// New makes the service.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Catalog == nil {
		return nil, fmt.Errorf("make standards: %w", vocab.InternalError.Because("a part is missing"))
	}
	s := &Service{p: p}
	s.divisions = &Divisions{s: s}
	return s, nil
}

// maxPage bounds one page of anything here: 500, and one that tells whether more
// come.
const maxPage = 501

func limit(n int) int {
	if n <= 0 {
		return 50
	}
	return min(n, maxPage)
}

// Elements lists the data elements in the order of their identifiers.
func (s *Service) Elements(ctx context.Context, _ identity.Actor, after string, n int) ([]Element, error) {
	if entry.Clean(after) != nil {
		return nil, vocab.BadInput.Because("the page begins at no data element")
	}
	var out []Element
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadElements(ctx, tx, after, limit(n))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list data elements: %w", err)
	}
	return out, nil
}

// Element gives one data element.
func (s *Service) Element(ctx context.Context, _ identity.Actor, id string) (*Element, error) {
	if checkID("data element", id) != nil {
		return nil, identity.NotYours()
	}
	var out *Element
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadElement(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read data element: %w", err)
	}
	return out, nil
}

// PutElement defines an element, or changes one that the actor's member maintains.
func (s *Service) PutElement(ctx context.Context, a identity.Actor, e Element) (*Element, error) {
	if err := a.Must(vocab.Steward, vocab.Authority); err != nil {
		return nil, err
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	e.Owner, e.ChangedAt, e.Retired, e.Successor = a.Member, s.p.Clock.Now().UTC(), "", ""
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := putElement(ctx, tx, e, by(a)); err != nil {
			return err
		}
		return s.p.Ledger.Act(ctx, tx, "catalog.element", map[string]string{"element": e.ID, "name": e.Name.In("zh-Hans"), "member": string(a.Member), "by": by(a)})
	})
	if err != nil {
		return nil, fmt.Errorf("put data element: %w", err)
	}
	return &e, nil
}

// RetireElement ends an element; its items stay bound to it and are told of by
// Carriers. The successor may be empty.
func (s *Service) RetireElement(ctx context.Context, a identity.Actor, id, successor string) (*Element, error) {
	if err := a.Must(vocab.Steward, vocab.Authority); err != nil {
		return nil, err
	}
	if checkID("data element", id) != nil {
		return nil, identity.NotYours()
	}
	var e *Element
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if e, err = loadElement(ctx, tx, id); err != nil {
			return err
		}
		if !a.In(e.Owner) {
			return identity.NotYours()
		}
		if successor != "" {
			if _, err := loadElement(ctx, tx, successor); err != nil || successor == id {
				return vocab.ValueInvalid.Because("no other data element %q stands here to take its place", successor).WithFix("define it first: fontis element put")
			}
		}
		e.ChangedAt = s.p.Clock.Now().UTC()
		e.Retired, e.Successor = e.ChangedAt.Format(time.DateOnly), successor
		if err := putElement(ctx, tx, *e, by(a)); err != nil {
			return err
		}
		return s.p.Ledger.Act(ctx, tx, "catalog.element", map[string]string{"element": id, "retired": e.Retired, "successor": successor, "member": string(a.Member), "by": by(a)})
	})
	if err != nil {
		return nil, fmt.Errorf("retire data element: %w", err)
	}
	return e, nil
}

// Carriers gives the items that carry the element, of entries that the actor may
// see. It need not be defined here: items may name one that nobody has registered.
func (s *Service) Carriers(ctx context.Context, a identity.Actor, id string, offset, n int) (*Carriers, error) {
	if checkID("data element", id) != nil {
		return nil, identity.NotYours()
	}
	e := &Element{ID: id}
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		defined, err := loadElement(ctx, tx, id)
		if err == nil {
			e = defined
		}
		if vocab.CodeOf(err) == vocab.NoSuchThing {
			err = nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read data element: %w", err)
	}
	found, err := s.p.Catalog.Search(ctx, a, catalog.SearchQuery{Item: id, Offset: offset, Limit: limit(n)})
	if err != nil {
		return nil, fmt.Errorf("find what carries %s: %w", id, err)
	}
	out := &Carriers{Items: []Carrier{}, Total: found.Total}
	for _, d := range found.Hits {
		for _, it := range d.Items {
			if strings.EqualFold(it.Element, id) {
				out.Items = append(out.Items, Carrier{d.ID, d.Name, d.Owner, it.Code, it.Name, Differs(it, *e)})
			}
		}
	}
	return out, nil
}

func by(a identity.Actor) string {
	if a.IsMachine() {
		return string(a.Machine)
	}
	return string(a.Officer)
}

// successors takes codes as they were written, without empty ones.
func successors(given []string) []string {
	var out []string
	for _, s := range given {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
