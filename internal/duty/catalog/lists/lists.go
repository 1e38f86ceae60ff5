package lists

import (
	"context"
	"strconv"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Parts are what the lists are made of.
type Parts struct {
	Catalog *catalog.Service
}

// Service makes the lists.
type Service struct {
	catalog *catalog.Service
}

// New makes the service.
func New(p Parts) *Service { return &Service{catalog: p.Catalog} }

// Duty is what one member answers for: its published entries, by how they are shared.
type Duty struct {
	Owner         vocab.MemberID `json:"owner"`
	Listed        int            `json:"listed"`
	Unconditional int            `json:"unconditional"`
	Conditional   int            `json:"conditional"`
	NotShared     int            `json:"not_shared"`
}

// Withheld is a published entry that others may not use, and why.
type Withheld struct {
	Dataset  vocab.DatasetID `json:"dataset"`
	Owner    vocab.MemberID  `json:"owner"`
	Name     entry.Text      `json:"name"`
	Provider string          `json:"provider"`
	Reason   string          `json:"reason"`
	Law      string          `json:"law"`

	after int
}

// After is what the entries behind it come after.
func (w Withheld) After() string { return strconv.Itoa(w.after) }

// Query asks for a part of the negative list.
type Query struct {
	Owner vocab.MemberID // of this member only
	After string         // as the last one of the part before gave it
	Limit int
}

// most is how many entries one part holds.
const most = 500

// Responsibility counts the published entries of each member, who has most first.
func (s *Service) Responsibility(ctx context.Context, a identity.Actor) ([]Duty, error) {
	at, out := map[vocab.MemberID]int{}, []Duty{}
	count := func(share vocab.ShareType, add func(*Duty, int)) error {
		q := published(share, "")
		q.Facets, q.Limit = []string{string(catalog.FacetOwner)}, 1
		found, err := s.catalog.Search(ctx, a, q)
		if err != nil {
			return err
		}
		for _, c := range found.Facets[string(catalog.FacetOwner)] {
			owner := vocab.MemberID(c.Value)
			n, known := at[owner]
			if !known {
				n, at[owner] = len(out), len(out)
				out = append(out, Duty{Owner: owner})
			}
			add(&out[n], c.N)
		}
		return nil
	}
	for _, part := range []struct {
		share vocab.ShareType
		add   func(*Duty, int)
	}{
		{"", func(d *Duty, n int) { d.Listed = n }}, // first: its order is the list's
		{vocab.Unconditional, func(d *Duty, n int) { d.Unconditional = n }},
		{vocab.Conditional, func(d *Duty, n int) { d.Conditional = n }},
		{vocab.NotShared, func(d *Duty, n int) { d.NotShared = n }},
	} {
		if err := count(part.share, part.add); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Negative lists what is published and not shared, in the order of the search.
func (s *Service) Negative(ctx context.Context, a identity.Actor, q Query) ([]Withheld, error) {
	from := 0
	if q.After != "" {
		n, err := strconv.Atoi(q.After)
		if err != nil || n < 0 {
			return nil, vocab.ValueInvalid.Because("after is what the part before gave as next, and this is not").WithFix("Begin without after.")
		}
		from = n
	}
	limit := min(max(q.Limit, 1), most)
	out := []Withheld{}
	for len(out) < limit { // what changed since the index was fed leaves a gap
		sq := published(vocab.NotShared, q.Owner)
		sq.Offset, sq.Limit = from, limit-len(out)
		found, err := s.catalog.Search(ctx, a, sq)
		if err != nil {
			return nil, err
		}
		for n, d := range found.Hits {
			if d.State != entry.StatePublished || d.Share != vocab.NotShared {
				continue
			}
			out = append(out, Withheld{
				Dataset: d.ID, Owner: d.Owner, Name: d.Name, Provider: d.Provider, Reason: d.NotSharedReason, Law: d.NotSharedLaw,
				after: found.After[n],
			})
		}
		if from += sq.Limit; from >= found.Total {
			break
		}
	}
	return out, nil
}

func published(share vocab.ShareType, owner vocab.MemberID) catalog.SearchQuery {
	q := catalog.SearchQuery{Filters: map[string][]string{string(catalog.FacetState): {string(entry.StatePublished)}}}
	if share != "" {
		q.Filters[string(entry.FieldShare)] = []string{string(share)}
	}
	if owner != "" {
		q.Filters[string(catalog.FacetOwner)] = []string{string(owner)}
	}
	return q
}
