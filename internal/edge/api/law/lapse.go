package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/share/freshness"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Lapses is a page of entries whose data are older than promised.
type Lapses = api.Page[freshness.Lapse]

func addLapses(a *api.API, s *freshness.Service) {
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/lapses", Summary: "Your entries whose loaded data are older than their update cycle promises", Tags: []string{"catalog"}},
		func(ctx context.Context, by identity.Actor, in *api.Paging) (Lapses, error) {
			all, err := s.Lapses(ctx, by, freshness.Page{After: vocab.DatasetID(in.After), Limit: in.Limit + 1})
			return api.PageOf(all, in.Limit, func(l freshness.Lapse) string { return string(l.Dataset) }), err
		})
}
