package law

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/vocab"
)

// NewMandate is a mandate on its way in. Principal, in_person, document and
// reference belong to a counter.
type NewMandate struct {
	Kind      mandate.Kind     `json:"kind,omitempty" enum:"agent,guardian,relative,representative,heir"`
	Principal vocab.SubjectKey `json:"principal,omitzero"`
	Agent     vocab.SubjectKey `json:"agent"`
	Acts      []string         `json:"acts" doc:"view, contest, authorise, withdraw, apply"`
	Until     time.Time        `json:"until"`
	InPerson  bool             `json:"in_person,omitempty" doc:"The principal stands at the counter and ticked each act"`
	Document  string           `json:"document,omitempty"`
	Reference string           `json:"reference,omitempty" doc:"The document's number; never a person's"`
}

func (n NewMandate) mandate() mandate.New {
	return mandate.New{
		Kind: n.Kind, Principal: n.Principal, Agent: n.Agent, Acts: n.Acts, Until: n.Until, InPerson: n.InPerson, Document: n.Document, Reference: n.Reference,
	}
}

// MandateEnding is why a counter ends a mandate, and the document that proves it.
type MandateEnding struct {
	Reason    string `json:"reason" enum:"death-of-principal,death-of-agent,guardianship-over,of-age,court-decision"`
	Reference string `json:"reference"`
}

// Subject names a person at a counter.
type Subject struct {
	Subject   vocab.SubjectKey `json:"subject"`
	Reference string           `json:"reference,omitempty" doc:"Of a death certificate"`
}

// EndedMandates is how many mandates a death ended.
type EndedMandates struct {
	Ended int `json:"ended"`
}

type mandates struct{ m *mandate.Service }

func addMandates(a *api.API, m *mandate.Service) {
	s, t := mandates{m}, []string{"mandates"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/mandates", Summary: "Mandates that the person gave, and those under which they act", Tags: t}, s.mine)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/mandates", Summary: "Name somebody to act for you", Tags: t}, s.give)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/mandates/recorded", Summary: "At the counter: record what a document proves", Tags: t}, s.record)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/mandates/looked-up", Summary: "At the counter: a person's mandates; the look is an entry", Tags: t}, s.ofPerson)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/mandates/deaths", Summary: "At the counter: end every mandate of one who died", Tags: t}, s.died)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/mandates/{id}/enter", Summary: "Open a session in which you act under the mandate", Tags: t}, s.enter)
	api.Do(a, huma.Operation{Method: "POST", Path: "/v1/mandates/{id}/withdraw", Summary: "End it at once; who acts under it resigns", Tags: t}, s.withdraw)
	api.Do(a, huma.Operation{Method: "POST", Path: "/v1/mandates/{id}/end", Summary: "At the counter: end it, for a reason that a document proves", Tags: t}, s.end)
}

func (s mandates) mine(ctx context.Context, a identity.Actor, _ *struct{}) (Several[mandate.Mandate], error) {
	return several(s.m.Mine(ctx, a))
}

func (s mandates) give(ctx context.Context, a identity.Actor, in *body[NewMandate]) (mandate.Mandate, error) {
	return s.m.Give(ctx, a, in.Body.mandate())
}

func (s mandates) record(ctx context.Context, a identity.Actor, in *body[NewMandate]) (mandate.Mandate, error) {
	return s.m.Record(ctx, a, in.Body.mandate())
}

func (s mandates) ofPerson(ctx context.Context, a identity.Actor, in *body[Subject]) (Several[mandate.Mandate], error) {
	return several(s.m.OfPerson(ctx, a, in.Body.Subject))
}

func (s mandates) died(ctx context.Context, a identity.Actor, in *body[Subject]) (EndedMandates, error) {
	n, err := s.m.Died(ctx, a, in.Body.Subject, in.Body.Reference)
	return EndedMandates{n}, err
}

func (s mandates) enter(ctx context.Context, a identity.Actor, in *NamePath) (api.Session, error) {
	signed, err := s.m.Enter(ctx, a, in.ID)
	if err != nil {
		return api.Session{}, err
	}
	return api.SessionOf(signed), nil
}

func (s mandates) withdraw(ctx context.Context, a identity.Actor, in *NamePath) error {
	return s.m.Withdraw(ctx, a, in.ID)
}

func (s mandates) end(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body MandateEnding
},
) error {
	return s.m.End(ctx, a, in.ID, in.Body.Reason, in.Body.Reference)
}
