package law

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/vocab"
)

// NewDeferral is an order on its way in: an entry, or a member with the subject.
type NewDeferral struct {
	Subject      vocab.SubjectKey `json:"subject,omitzero"`
	Member       vocab.MemberID   `json:"member,omitempty" doc:"Whose uses of the subject's data, from now on"`
	Entry        vocab.TraceID    `json:"entry,omitempty" doc:"Or this one entry of the caller's member"`
	Ground       string           `json:"ground"`
	Jurisdiction string           `json:"jurisdiction"`
	Reference    string           `json:"reference" doc:"The file in which the reasons lie"`
	Until        time.Time        `json:"until"`
	Renews       string           `json:"renews,omitempty"`
}

type deferrals struct{ d *deferral.Service }

func addDeferrals(a *api.API, d *deferral.Service) {
	s, t := deferrals{d}, []string{"deferrals"}
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/deferrals/totals", Summary: "How many orders defer something; open to everyone", Tags: t}, s.totals)
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/deferrals/grounds", Summary: "The rows of law that allow a deferral", Tags: t}, s.grounds)
	api.Do(a, huma.Operation{Method: "POST", Path: "/v1/deferrals/grounds", Summary: "Put a row of law", Tags: t}, s.putGround)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/deferrals", Summary: "Orders of the caller's member; an authority or auditor sees all", Tags: t}, s.list)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/deferrals", Summary: "Propose an order; it hides nothing yet", Tags: t}, s.propose)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/deferrals/{id}/confirm", Summary: "As second officer of another body, put it in force", Tags: t}, s.confirm)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/deferrals/{id}/refuse", Summary: "As second officer of another body, refuse it", Tags: t}, s.refuse)
	api.Do(a, huma.Operation{Method: "POST", Path: "/v1/deferrals/{id}/lift", Summary: "End it before its end; the person is told", Tags: t}, s.lift)
}

func (s deferrals) totals(ctx context.Context, _ *struct{}) (deferral.Totals, error) {
	return s.d.Totals(ctx)
}

func (s deferrals) grounds(ctx context.Context, _ *struct{}) (Several[deferral.Ground], error) {
	return several(s.d.Grounds(ctx))
}

func (s deferrals) putGround(ctx context.Context, a identity.Actor, in *body[deferral.Ground]) error {
	return s.d.PutGround(ctx, a, in.Body)
}

func (s deferrals) list(ctx context.Context, a identity.Actor, in *struct{ api.Paging }) (api.Page[deferral.Order], error) {
	list, err := s.d.Orders(ctx, a, further(&in.Paging))
	return paged(list, err, in.Limit, func(o deferral.Order) string { return o.ID })
}

func (s deferrals) propose(ctx context.Context, a identity.Actor, in *body[NewDeferral]) (deferral.Order, error) {
	b := in.Body
	return s.d.Propose(ctx, a, deferral.New{
		Subject: b.Subject, Member: b.Member, Trace: b.Entry, Ground: b.Ground, Jurisdiction: b.Jurisdiction, Reference: b.Reference, Until: b.Until, Renews: b.Renews,
	})
}

func (s deferrals) confirm(ctx context.Context, a identity.Actor, in *NamePath) (deferral.Order, error) {
	return s.d.Confirm(ctx, a, in.ID)
}

func (s deferrals) refuse(ctx context.Context, a identity.Actor, in *reasoned) (deferral.Order, error) {
	return s.d.Refuse(ctx, a, in.ID, in.Body.Reason)
}

// reasoned is a step on a thing with its reason.
type reasoned struct {
	NamePath
	Body Why
}

func (s deferrals) lift(ctx context.Context, a identity.Actor, in *reasoned) error {
	return s.d.Lift(ctx, a, in.ID, in.Body.Reason)
}
