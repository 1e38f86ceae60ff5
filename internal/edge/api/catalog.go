package api

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Datasets is one page of entries, with totals when words or filters were given.
type Datasets struct {
	Items  []*entry.Dataset        `json:"items"`
	Next   string                  `json:"next,omitempty"`
	Total  *int                    `json:"total,omitempty" doc:"Of a search: how many are found"`
	Exact  *bool                   `json:"exact,omitempty" doc:"False: total and facets are upper bounds"`
	Facets map[string][]FacetCount `json:"facets,omitempty"`
	Why    [][]FoundIn             `json:"why,omitempty" doc:"With explain: of each entry, where each word was found"`
	Meant  string                  `json:"meant,omitempty" doc:"Where nothing was found: the words with one typing error mended"`
}

// FoundIn says where one word of a search was found.
type FoundIn struct {
	Word string `json:"word" doc:"As it was found: a synonym may stand for what was written"`
	In   string `json:"in" enum:"title,items,text"`
	Line string `json:"line"`
}

// FacetCount is one value of a facet with the number of entries that have it.
type FacetCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// datasetsIn asks for entries by words and filters, or for all in the order of
// their ids.
type datasetsIn struct {
	Paging
	Q       string         `query:"q" doc:"Words to find"`
	Filter  []string       `query:"filter,explode" doc:"FACET:VALUE; several of one facet mean any of them"`
	Facet   []string       `query:"facet,explode" doc:"Facets to be counted"`
	Item    string         `query:"item" doc:"Only entries with an item of exactly this name"`
	Explain bool           `query:"explain" doc:"Say of each entry where the words were found"`
	Offset  int            `query:"offset" minimum:"0" maximum:"10000" doc:"Of a search: how many to skip"`
	Owner   vocab.MemberID `query:"owner" doc:"Of a list: only this member's"`
	State   entry.State    `query:"state" doc:"Of a list: only those in this state"`
}

// EditIn is a set of changes to one entry, made on revision rev.
type EditIn struct {
	Rev    int64                  `json:"rev"`
	Set    map[entry.Field]string `json:"set,omitempty" doc:"Fields and their new text; empty clears one"`
	Put    []entry.Item           `json:"put,omitempty" doc:"Items to add or replace"`
	Remove []string               `json:"remove,omitempty" doc:"Codes of items to take out"`
}

// Step is a transition of an entry.
type Step struct {
	Rev    int64  `json:"rev"`
	Reason string `json:"reason,omitempty"`
	catalog.Secrecy
}

// Untag asks to take a tag off an item.
type Untag struct {
	Tag    vocab.Tag `json:"tag"`
	Reason string    `json:"reason,omitempty"`
}

// DatasetPath names an entry. It is exported for huma, which sees no other field.
type DatasetPath struct {
	ID vocab.DatasetID `path:"id"`
}

type stepIn struct {
	DatasetPath
	Body Step
}

type endIn struct {
	DatasetPath
	Body succession.Wish
}

func (s *server) addCatalog() {
	t := tags("catalog")
	op(s, huma.Operation{Method: "GET", Path: "/v1/datasets", Summary: "Find entries, or list them", Tags: t}, s.datasets)
	op(s, huma.Operation{Method: "POST", Path: "/v1/datasets", Summary: "Make a draft", Tags: t}, s.createDataset)
	open(s, huma.Operation{
		Method: "GET", Path: "/v1/datasets/{id}", Summary: "One entry", Tags: t,
		Description: "As far as the caller may see it; of one in whose place others stand, everybody reads moved_to.",
	}, s.dataset)
	open(s, huma.Operation{
		Method: "GET", Path: "/v1/datasets/{id}/quality", Summary: "How well an entry describes its data, and what a reader misses", Tags: t,
		Description: "Held against what the caller may see of the entry.",
	}, func(ctx context.Context, in *DatasetPath) (entry.Quality, error) {
		d, err := s.dataset(ctx, in)
		if err != nil {
			return entry.Quality{}, err
		}
		return entry.Rate(d), nil
	})
	op(s, huma.Operation{Method: "PATCH", Path: "/v1/datasets/{id}", Summary: "Change fields and items", Tags: t}, s.editDataset)
	op(s, huma.Operation{Method: "GET", Path: "/v1/datasets/{id}/history", Summary: "Every change with author and difference", Tags: t}, s.history)
	step := func(name, summary string, verb func(context.Context, identity.Actor, *stepIn) (*entry.Dataset, error)) {
		op(s, huma.Operation{Method: "POST", Path: "/v1/datasets/{id}/" + name, Summary: summary, Tags: t}, verb)
	}
	step("publish", "Make a complete draft findable by everyone", func(ctx context.Context, a identity.Actor, in *stepIn) (*entry.Dataset, error) {
		return s.Catalog.Publish(ctx, a, in.ID, in.Body.Rev, in.Body.Secrecy)
	})
	step("suspend", "Take an entry out of use for a time", func(ctx context.Context, a identity.Actor, in *stepIn) (*entry.Dataset, error) {
		return s.Catalog.Suspend(ctx, a, in.ID, in.Body.Rev, in.Body.Reason)
	})
	step("resume", "Publish a suspended entry again", func(ctx context.Context, a identity.Actor, in *stepIn) (*entry.Dataset, error) {
		return s.Catalog.Resume(ctx, a, in.ID, in.Body.Rev)
	})
	end := func(name, summary string, verb func(context.Context, identity.Actor, vocab.DatasetID, succession.Wish) (*entry.Dataset, error)) {
		op(s, huma.Operation{Method: "POST", Path: "/v1/datasets/{id}/" + name, Summary: summary, Tags: t}, func(ctx context.Context, a identity.Actor, in *endIn) (*entry.Dataset, error) {
			return verb(ctx, a, in.ID, in.Body)
		})
	}
	end("retire", "End an entry for good; another may stand in its place", s.Succession.Retire)
	end("merge", "End an entry that says what another says; its name leads there", s.Succession.Merge)
	end("split", "End an entry that several others replace; its name leads there", s.Succession.Split)
	op(s, huma.Operation{Method: "GET", Path: "/v1/untaggings", Summary: "Tags that wait for a second officer", Tags: t}, s.untaggings)
	op(s, huma.Operation{Method: "POST", Path: "/v1/datasets/{id}/items/{item}/untag", Summary: "Ask to take a tag off an item", Tags: t}, none(s.untag))
	op(s, huma.Operation{Method: "POST", Path: "/v1/datasets/{id}/items/{item}/untag/confirm", Summary: "Confirm, as another officer", Tags: t}, s.confirmUntag)
}

func (s *server) datasets(ctx context.Context, a identity.Actor, in *datasetsIn) (Datasets, error) {
	if in.Q == "" && len(in.Filter) == 0 && len(in.Facet) == 0 && in.Item == "" && in.Offset == 0 {
		all, err := s.Catalog.List(ctx, a, catalog.ListQuery{
			Page: catalog.Page{After: vocab.DatasetID(in.After), Limit: in.Limit + 1}, Owner: in.Owner, State: in.State,
		})
		if err != nil {
			return Datasets{}, err
		}
		return listed(all, in.Limit), nil
	}
	filters, err := filtersOf(in)
	if err != nil {
		return Datasets{}, err
	}
	found, err := s.Catalog.Search(ctx, a, catalog.SearchQuery{
		Text: in.Q, Item: in.Item, Filters: filters, Facets: in.Facet, Offset: in.Offset, Limit: in.Limit, Correct: true, Explain: in.Explain,
	})
	if err != nil {
		return Datasets{}, err
	}
	out := Datasets{Items: found.Hits, Total: &found.Total, Exact: &found.Exact, Facets: map[string][]FacetCount{}, Meant: found.Meant}
	for _, hit := range found.Why {
		why := []FoundIn{}
		for _, r := range hit {
			why = append(why, FoundIn{Word: r.Word, In: r.Tier.Place(), Line: r.Line})
		}
		out.Why = append(out.Why, why)
	}
	if out.Items == nil {
		out.Items = []*entry.Dataset{}
	}
	for facet, counts := range found.Facets {
		out.Facets[facet] = []FacetCount{}
		for _, c := range counts {
			out.Facets[facet] = append(out.Facets[facet], FacetCount{Value: c.Value, Count: c.N})
		}
	}
	return out, nil
}

func listed(all []*entry.Dataset, limit int) Datasets {
	p := page(all, limit, func(d *entry.Dataset) *entry.Dataset { return d }, func(d *entry.Dataset) string { return string(d.ID) })
	return Datasets{Items: p.Items, Next: p.Next}
}

func filtersOf(in *datasetsIn) (map[string][]string, error) {
	filters := map[string][]string{}
	for _, f := range in.Filter {
		facet, value, ok := strings.Cut(f, ":")
		if !ok {
			return nil, vocab.BadInput.Because("a filter is FACET:VALUE, and one has no colon")
		}
		filters[facet] = append(filters[facet], value)
	}
	if in.Owner != "" {
		filters[string(catalog.FacetOwner)] = append(filters[string(catalog.FacetOwner)], string(in.Owner))
	}
	if in.State != "" {
		filters[string(catalog.FacetState)] = append(filters[string(catalog.FacetState)], string(in.State))
	}
	return filters, nil
}

func (s *server) createDataset(ctx context.Context, a identity.Actor, in *body[entry.Dataset]) (*entry.Dataset, error) {
	return s.Catalog.Create(ctx, a, in.Body)
}

// reader is who reads what is open to everyone: nobody, or an officer by name.
func reader(ctx context.Context) (identity.Actor, error) {
	a := whoOf(ctx).actor
	if a.Officer == "" {
		return a, nil
	}
	return a, a.MayName()
}

func (s *server) dataset(ctx context.Context, in *DatasetPath) (*entry.Dataset, error) {
	a, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	d, err := s.Catalog.Get(ctx, a, in.ID)
	if vocab.CodeOf(err) != vocab.NoSuchThing {
		return d, err
	}
	if moved, gone := s.Succession.Moved(ctx, in.ID); vocab.CodeOf(gone) != vocab.NoSuchThing {
		return moved, gone
	}
	return nil, err
}

func (s *server) editDataset(ctx context.Context, a identity.Actor, in *struct {
	DatasetPath
	Body EditIn
},
) (*entry.Dataset, error) {
	e := in.Body
	return s.Catalog.Edit(ctx, a, entry.Edit{ID: in.ID, Rev: e.Rev, Set: e.Set, Put: e.Put, Remove: e.Remove})
}

// History is the changes of an entry, oldest first.
type History struct {
	Items []catalog.Change `json:"items"`
}

func (s *server) history(ctx context.Context, a identity.Actor, in *struct {
	DatasetPath
	After int64 `query:"after" doc:"Only changes after this revision"`
},
) (History, error) {
	all, err := s.Catalog.History(ctx, a, in.ID, in.After)
	return History{Items: all}, err
}

// Untaggings is what waits for a second officer.
type Untaggings struct {
	Items []catalog.Untagging `json:"items"`
}

func (s *server) untaggings(ctx context.Context, a identity.Actor, _ *struct{}) (Untaggings, error) {
	all, err := s.Catalog.Untaggings(ctx, a)
	return Untaggings{Items: all}, err
}

// ItemPath names an item of an entry. It is exported for huma, which sees no other field.
type ItemPath struct {
	DatasetPath
	Item string `path:"item"`
}

func (p ItemPath) id() vocab.ItemID { return vocab.ItemID(string(p.ID) + "/" + p.Item) }

func (s *server) untag(ctx context.Context, a identity.Actor, in *struct {
	ItemPath
	Body Untag
},
) error {
	return s.Catalog.Untag(ctx, a, in.id(), in.Body.Tag, in.Body.Reason)
}

func (s *server) confirmUntag(ctx context.Context, a identity.Actor, in *struct {
	ItemPath
	Body Untag
},
) (*entry.Dataset, error) {
	return s.Catalog.ConfirmUntag(ctx, a, in.id(), in.Body.Tag)
}
