package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/share"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
)

type life struct{ s *share.Service }

func addLife(a *api.API, s *share.Service) {
	l, t := life{s}, []string{"requests"}
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/requests/{id}/steps", Summary: "Take a step: supplement, procedure, extension, the true source, dispute, ruling, delivery, review", Tags: t}, l.take)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/requests/{id}/supply", Summary: "Bring what was missing, as the whole of the fields", Tags: t}, l.supply)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/requests/{id}/destruction", Summary: "Hand in the certificate of destruction, once the grant is over", Tags: t}, l.certify)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/steps", Summary: "The table of steps: who, from where, to where, with which clock, laid down where", Tags: t}, l.steps)
}

func (l life) take(ctx context.Context, a identity.Actor, in *struct {
	api.RequestPath
	Body share.Word
},
) (*share.Request, error) {
	return l.s.Take(ctx, a, in.ID, in.Body)
}

func (l life) supply(ctx context.Context, a identity.Actor, in *struct {
	api.RequestPath
	Body share.Fields
},
) (*share.Request, error) {
	return l.s.Supply(ctx, a, in.ID, in.Body)
}

func (l life) certify(ctx context.Context, a identity.Actor, in *struct {
	api.RequestPath
	Body share.Destruction
},
) (*share.Request, error) {
	return l.s.Certify(ctx, a, in.ID, in.Body)
}

// StepLine is one line of the table of steps.
type StepLine struct {
	Act    string        `json:"act"`
	By     share.Side    `json:"by"`
	From   []share.State `json:"from"`
	To     share.State   `json:"to,omitempty"`
	Clock  string        `json:"clock,omitempty"`
	Source string        `json:"source"`
}

// Steps is the table of steps.
type Steps struct {
	Items []StepLine `json:"items"`
}

func (l life) steps(context.Context, identity.Actor, *struct{}) (Steps, error) {
	var out Steps
	for _, t := range share.Transitions() {
		out.Items = append(out.Items, StepLine{Act: t.Act, By: t.By, From: t.From, To: t.To, Clock: t.Clock, Source: t.Source})
	}
	return out, nil
}
