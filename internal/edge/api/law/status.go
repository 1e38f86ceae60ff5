package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/quality"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
)

// Why says why a status act is refused.
type Why struct {
	Reason string `json:"reason"`
}

type statusActs struct{ q *quality.Service }

func addStatusActs(a *api.API, q *quality.Service) {
	s, t := statusActs{q}, []string{"status acts"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/status-acts", Summary: "Changes of persons' statuses that the caller may see", Tags: t}, s.list)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/status-acts", Summary: "Propose to change a person's status; nothing changes yet", Tags: t}, s.propose)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/status-acts/{id}", Summary: "One change of a person's status", Tags: t}, s.get)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/status-acts/{id}/confirm", Summary: "As second officer, confirm it: it takes effect, and the person is told", Tags: t}, s.confirm)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/status-acts/{id}/refuse", Summary: "Refuse it, or take one's own proposal back", Tags: t}, s.refuse)
}

func (s statusActs) list(ctx context.Context, a identity.Actor, in *struct {
	api.Paging
	State quality.State `query:"state"`
},
) (api.Page[*quality.StatusAct], error) {
	all, err := s.q.StatusActs(ctx, a, quality.ListQuery{State: in.State, After: in.After, Limit: in.Limit + 1})
	return api.PageOf(all, in.Limit, func(x *quality.StatusAct) string { return x.ID }), err
}

func (s statusActs) propose(ctx context.Context, a identity.Actor, in *body[quality.NewStatusAct]) (*quality.StatusAct, error) {
	return s.q.ProposeStatus(ctx, a, in.Body)
}

func (s statusActs) get(ctx context.Context, a identity.Actor, in *NamePath) (*quality.StatusAct, error) {
	return s.q.StatusAct(ctx, a, in.ID)
}

func (s statusActs) confirm(ctx context.Context, a identity.Actor, in *NamePath) (*quality.StatusAct, error) {
	return s.q.ConfirmStatus(ctx, a, in.ID)
}

func (s statusActs) refuse(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body Why
},
) (*quality.StatusAct, error) {
	return s.q.RefuseStatus(ctx, a, in.ID, in.Body.Reason)
}
