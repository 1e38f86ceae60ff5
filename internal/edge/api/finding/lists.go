package finding

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog/lists"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Duties are what each member answers for, who has most first.
type Duties struct {
	Items []lists.Duty `json:"items"`
}

// addLists adds what is the same for everybody: nobody reads more of these lists
// after signing in.
func addLists(a *api.API, s *lists.Service) {
	t := []string{"catalog"}
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/lists/responsibility", Summary: "The responsibility list: how many entries each member answers for, by how they are shared; open to everyone", Tags: t},
		func(ctx context.Context, _ *struct{}) (Duties, error) {
			all, err := s.Responsibility(ctx, identity.Actor{})
			return Duties{all}, err
		})
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/lists/negative", Summary: "The negative list: entries that are not shared, each with reason and law; open to everyone", Tags: t},
		func(ctx context.Context, in *struct {
			api.Paging
			Owner string `query:"owner" doc:"Of this member only"`
		},
		) (api.Page[lists.Withheld], error) {
			all, err := s.Negative(ctx, identity.Actor{}, lists.Query{Owner: vocab.MemberID(in.Owner), After: in.After, Limit: in.Limit + 1})
			return api.PageOf(all, in.Limit, lists.Withheld.After), err
		})
}
