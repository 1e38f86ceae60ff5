package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// SecrecyChecks are the words of secrecy reviews on an entry, the newest first.
type SecrecyChecks struct {
	Items []review.Check `json:"items"`
}

// SecrecyHeard is what became of a word on many drafts.
type SecrecyHeard struct {
	Count   int                `json:"count"`
	Refused []api.RefusedEntry `json:"refused,omitempty"`
}

func addSecrecy(a *api.API, s *review.Service) {
	t := []string{"catalog"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/secrecy", Summary: "Drafts that lack nothing but a second officer's word", Tags: t},
		func(ctx context.Context, by identity.Actor, in *api.Paging) (api.Page[*entry.Dataset], error) {
			all, err := s.Awaiting(ctx, by, vocab.DatasetID(in.After), in.Limit+1)
			return api.PageOf(all, in.Limit, func(d *entry.Dataset) string { return string(d.ID) }), err
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/secrecy", Summary: "Say, as second officer, that drafts may be listed as they were read; one that changed since is left out", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct{ Body review.Words }) (SecrecyHeard, error) {
			heard, err := s.CheckMany(ctx, by, in.Body)
			if err != nil {
				return SecrecyHeard{}, err
			}
			return SecrecyHeard{Count: heard.Count, Refused: a.Refused(ctx, heard.Refused)}, nil
		})
}

func addReviews(a *api.API, s *review.Service) {
	addSecrecy(a, s)
	t := []string{"catalog"}
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/datasets/{id}/secrecy", Summary: "Say, as second officer, whether an entry may be listed, and on what that rests", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			api.DatasetPath
			Body review.Word
		},
		) (review.Check, error) {
			return s.Check(ctx, by, in.ID, in.Body)
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/datasets/{id}/secrecy", Summary: "What secrecy reviews said of an entry", Tags: t},
		func(ctx context.Context, by identity.Actor, in *api.DatasetPath) (SecrecyChecks, error) {
			all, err := s.Checks(ctx, by, in.ID)
			return SecrecyChecks{Items: all}, err
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/datasets/{id}/changes", Summary: "Announce that duty or data changed: the term to update the entry begins on that day", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			api.DatasetPath
			Body review.News
		},
		) (*review.Change, error) {
			return s.Announce(ctx, by, in.ID, in.Body)
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/changes", Summary: "Updates that are owed or reviewed, with their clocks", Tags: t},
		func(ctx context.Context, by identity.Actor, in *api.Paging) (api.Page[*review.Change], error) {
			all, err := s.List(ctx, by, in.After, in.Limit+1)
			return api.PageOf(all, in.Limit, func(c *review.Change) string { return c.ID }), err
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/changes/{id}/steps", Summary: "Take a step: extend, update, accept, return", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			Body review.Step
		},
		) (*review.Change, error) {
			return s.Take(ctx, by, in.ID, in.Body)
		})
}
