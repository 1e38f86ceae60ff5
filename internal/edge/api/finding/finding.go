// Package finding is the interface for programs to what helps people to find
// entries: suggestions, the names of items, synonyms, saved searches, and the lists
// of who answers for what and of what is held back.
//
// Mount adds the operations; each reads its input, calls one verb and gives its
// answer. Promise: who may and who sees what is the verb's alone.
package finding

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/finding"
	"fontis/internal/duty/catalog/lists"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
)

// Parts are the services whose verbs have this face; all are needed.
type Parts struct {
	Catalog *catalog.Service
	Finding *finding.Service
	Lists   *lists.Service
}

// Suggestions are titles that begin as it was typed.
type Suggestions struct {
	Items []catalog.Suggestion `json:"items"`
}

// ItemNames are names of items, with how many entries have one.
type ItemNames struct {
	Items []ItemName `json:"items"`
	Total int        `json:"total"`
	Exact bool       `json:"exact" doc:"False: there are more names than are looked at"`
}

// ItemName is a name, and how many entries have an item of it.
type ItemName struct {
	Name     string `json:"name"`
	Datasets int    `json:"datasets"`
}

// Synonyms are all groups of words that stand for one another.
type Synonyms struct {
	Items []finding.Synonym `json:"items"`
}

// Group is a group of words, as a steward writes it.
type Group struct {
	Words []string `json:"words"`
}

// Searches are what an officer has saved.
type Searches struct {
	Items []finding.Search `json:"items"`
}

// Wanted is a search to be saved.
type Wanted struct {
	Name    string              `json:"name,omitempty" doc:"The words, where none is given"`
	Text    string              `json:"text,omitempty"`
	Item    string              `json:"item,omitempty" doc:"Only entries with an item of exactly this name"`
	Filters map[string][]string `json:"filters,omitempty"`
}

// NamePath names a thing. It is exported for huma, which sees no other field.
type NamePath struct {
	ID string `path:"id"`
}

type body[T any] struct{ Body T }

type namedBody[T any] struct {
	NamePath
	Body T
}

// Mount adds the operations to the interface, before it serves.
func Mount(a *api.API, p Parts) {
	t := []string{"catalog"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/suggestions", Summary: "Titles that begin as it was typed", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			Q     string `query:"q" doc:"What was typed; letters may be pinyin"`
			Limit int    `query:"limit" minimum:"1" maximum:"20" default:"10"`
		},
		) (Suggestions, error) {
			found, err := p.Catalog.Suggest(ctx, by, in.Q, in.Limit)
			return Suggestions{found}, err
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/item-names", Summary: "Names of items, and how many entries have one; GET /v1/datasets?item=NAME lists them", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			Q      string `query:"q" doc:"Words of the name"`
			Offset int    `query:"offset" minimum:"0" maximum:"10000"`
			Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		},
		) (ItemNames, error) {
			found, err := p.Catalog.ItemsNamed(ctx, by, catalog.SearchQuery{Text: in.Q, Offset: in.Offset, Limit: in.Limit})
			if err != nil {
				return ItemNames{}, err
			}
			out := ItemNames{Items: []ItemName{}, Total: found.Total, Exact: found.Exact}
			for _, h := range found.Hits {
				out.Items = append(out.Items, ItemName{h.Name, h.N})
			}
			return out, nil
		})
	addSynonyms(a, p.Finding)
	addSearches(a, p.Finding)
	addLists(a, p.Lists)
}

func addSynonyms(a *api.API, s *finding.Service) {
	t := []string{"catalog"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/synonyms", Summary: "Words that stand for one another in every search", Tags: t},
		func(ctx context.Context, by identity.Actor, _ *struct{}) (Synonyms, error) {
			all, err := s.Synonyms(ctx, by)
			return Synonyms{all}, err
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/synonyms", Summary: "Add a group of words", Tags: t},
		func(ctx context.Context, by identity.Actor, in *body[Group]) (*finding.Synonym, error) {
			return s.PutSynonym(ctx, by, finding.Synonym{Words: in.Body.Words})
		})
	api.Op(a, huma.Operation{Method: "PUT", Path: "/v1/synonyms/{id}", Summary: "Change a group of your own member's", Tags: t},
		func(ctx context.Context, by identity.Actor, in *namedBody[Group]) (*finding.Synonym, error) {
			return s.PutSynonym(ctx, by, finding.Synonym{ID: in.ID, Words: in.Body.Words})
		})
	api.Do(a, huma.Operation{Method: "DELETE", Path: "/v1/synonyms/{id}", Summary: "Take a group of your own member's out", Tags: t},
		func(ctx context.Context, by identity.Actor, in *NamePath) error {
			return s.RemoveSynonym(ctx, by, in.ID)
		})
}

func addSearches(a *api.API, s *finding.Service) {
	t := []string{"catalog"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/searches", Summary: "Searches that the caller has saved", Tags: t},
		func(ctx context.Context, by identity.Actor, _ *struct{}) (Searches, error) {
			all, err := s.Searches(ctx, by)
			return Searches{all}, err
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/searches", Summary: "Save a search, and be told when an entry is published that it finds", Tags: t},
		func(ctx context.Context, by identity.Actor, in *body[Wanted]) (*finding.Search, error) {
			w := in.Body
			return s.SaveSearch(ctx, by, finding.Search{Name: w.Name, Text: w.Text, Item: w.Item, Filters: w.Filters})
		})
	api.Do(a, huma.Operation{Method: "DELETE", Path: "/v1/searches/{id}", Summary: "Forget a saved search", Tags: t},
		func(ctx context.Context, by identity.Actor, in *NamePath) error {
			return s.ForgetSearch(ctx, by, in.ID)
		})
}
