package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/share"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
)

func addDemands(a *api.API, d *demand.Service, s *share.Service) {
	t := []string{"demands"}
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/demands", Summary: "Demand what no catalog lists: a request that waits until the department lists it", Tags: t},
		func(ctx context.Context, by identity.Actor, in *body[share.Wish]) (*share.Request, error) {
			return s.Demand(ctx, by, in.Body)
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/demands", Summary: "Demands that concern the caller's member, with their clocks", Tags: t},
		func(ctx context.Context, by identity.Actor, in *api.Paging) (api.Page[*demand.Demand], error) {
			all, err := d.List(ctx, by, in.After, in.Limit+1)
			return api.PageOf(all, in.Limit, func(d *demand.Demand) string { return d.ID }), err
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/demands/{id}", Summary: "One demand", Tags: t},
		func(ctx context.Context, by identity.Actor, in *NamePath) (*demand.Demand, error) {
			return d.Get(ctx, by, in.ID)
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/demands/{id}/answer", Summary: "Answer, as the department: the entry that was listed, whose it is, or reason and citation; as the authority: whose it is", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			Body demand.Answer
		},
		) (*demand.Demand, error) {
			return d.Answer(ctx, by, in.ID, in.Body)
		})
}
