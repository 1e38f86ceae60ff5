package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/vocab"
)

// NewHold is a legal hold on its way in; subject names the person of a hold on one.
type NewHold struct {
	About     retention.About  `json:"about" enum:"entry,case,grant,dataset,member,person"`
	Target    string           `json:"target,omitempty"`
	Subject   vocab.SubjectKey `json:"subject,omitzero"`
	Reason    string           `json:"reason"`
	Reference string           `json:"reference" doc:"The file that it rests on"`
}

type keepingRecords struct{ s *retention.Service }

func addRetention(a *api.API, v *retention.Service) {
	s, t := keepingRecords{v}, []string{"retention"}
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/retention/rules", Summary: "How long records are kept, with citations; open to everyone", Tags: t}, s.rules)
	api.Do(a, huma.Operation{Method: "POST", Path: "/v1/retention/rules", Summary: "Put a rule of retention", Tags: t}, s.putRule)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/retention/certificates", Summary: "Certificates of destruction", Tags: t}, s.certificates)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/retention/coming", Summary: "What falls due soon, and what a hold keeps of it", Tags: t}, s.coming)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/holds", Summary: "Legal holds", Tags: t}, s.holds)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/holds", Summary: "Put a legal hold: what it covers is not destroyed", Tags: t}, s.putHold)
	api.Do(a, huma.Operation{Method: "POST", Path: "/v1/holds/{id}/lift", Summary: "Lift a hold of the caller's member", Tags: t}, s.lift)
}

func (s keepingRecords) rules(ctx context.Context, _ *struct{}) (Several[retention.Rule], error) {
	return several(s.s.Rules(ctx))
}

func (s keepingRecords) putRule(ctx context.Context, a identity.Actor, in *body[retention.Rule]) error {
	return s.s.PutRule(ctx, a, in.Body)
}

func (s keepingRecords) certificates(ctx context.Context, a identity.Actor, in *struct{ api.Paging }) (api.Page[retention.Certificate], error) {
	list, err := s.s.Certificates(ctx, a, further(&in.Paging))
	return paged(list, err, in.Limit, func(c retention.Certificate) string { return c.ID })
}

type lookAhead struct {
	Days int `query:"days" minimum:"0" maximum:"366" default:"30" doc:"How far ahead"`
}

func (s keepingRecords) coming(ctx context.Context, a identity.Actor, in *lookAhead) (Several[retention.Coming], error) {
	return several(s.s.Coming(ctx, a, in.Days))
}

func (s keepingRecords) holds(ctx context.Context, a identity.Actor, in *struct{ api.Paging }) (api.Page[retention.Hold], error) {
	list, err := s.s.Holds(ctx, a, further(&in.Paging))
	return paged(list, err, in.Limit, func(h retention.Hold) string { return h.ID })
}

func (s keepingRecords) putHold(ctx context.Context, a identity.Actor, in *body[NewHold]) (retention.Hold, error) {
	b := in.Body
	return s.s.PutHold(ctx, a, retention.NewHold{About: b.About, Target: b.Target, Subject: b.Subject, Reason: b.Reason, Reference: b.Reference})
}

func (s keepingRecords) lift(ctx context.Context, a identity.Actor, in *reasoned) error {
	return s.s.Lift(ctx, a, in.ID, in.Body.Reason)
}
