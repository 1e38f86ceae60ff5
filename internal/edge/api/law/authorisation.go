package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/share/authorisation"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
)

// Verdict is the authority's word on a registration.
type Verdict struct {
	Agree    bool   `json:"agree"`
	Reason   string `json:"reason"`
	Citation string `json:"citation,omitempty"`
}

type authorisations struct{ s *authorisation.Service }

func addAuthorisations(a *api.API, s *authorisation.Service) {
	v, t := authorisations{s}, []string{"authorisations"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/authorisations", Summary: "What bodies have registered that they may ask of persons", Tags: t}, v.list)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/authorisations", Summary: "Register what the caller's body may ask of persons", Tags: t}, v.register)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/authorisations/{id}", Summary: "One registration", Tags: t}, v.get)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/authorisations/{id}/review", Summary: "As the data authority, approve it or not", Tags: t}, v.review)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/authorisations/{id}/end", Summary: "End it, with every word that was given to it", Tags: t}, v.end)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/offers", Summary: "For a person: who may be authorised, for what", Tags: t}, v.offers)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/offers/{id}", Summary: "For a person: who, which items, what for, until when", Tags: t}, v.show)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/offers/{id}/give", Summary: "For a person: authorise, as it was shown", Tags: t}, v.give)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/words", Summary: "For a person: whom I authorised", Tags: t}, v.mine)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/words/{id}/withdraw", Summary: "For a person: take an authorisation back at once", Tags: t}, v.withdraw)
}

func (v authorisations) list(ctx context.Context, a identity.Actor, in *struct {
	api.Paging
	State authorisation.State `query:"state"`
},
) (api.Page[*authorisation.Registration], error) {
	all, err := v.s.List(ctx, a, in.State, in.After, in.Limit+1)
	return api.PageOf(all, in.Limit, func(r *authorisation.Registration) string { return r.ID }), err
}

func (v authorisations) register(ctx context.Context, a identity.Actor, in *body[authorisation.Scope]) (*authorisation.Registration, error) {
	return v.s.Register(ctx, a, in.Body)
}

func (v authorisations) get(ctx context.Context, a identity.Actor, in *NamePath) (*authorisation.Registration, error) {
	return v.s.Get(ctx, a, in.ID)
}

func (v authorisations) review(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body Verdict
},
) (*authorisation.Registration, error) {
	return v.s.Review(ctx, a, in.ID, in.Body.Agree, in.Body.Reason, in.Body.Citation)
}

func (v authorisations) end(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body Why
},
) (*authorisation.Registration, error) {
	return v.s.End(ctx, a, in.ID, in.Body.Reason)
}

func (v authorisations) offers(ctx context.Context, a identity.Actor, in *struct{ api.Paging }) (api.Page[authorisation.Offer], error) {
	all, err := v.s.Offers(ctx, a, in.After, in.Limit+1)
	return api.PageOf(all, in.Limit, func(o authorisation.Offer) string { return o.Registration }), err
}

func (v authorisations) show(ctx context.Context, a identity.Actor, in *NamePath) (authorisation.Offer, error) {
	return v.s.Show(ctx, a, in.ID)
}

func (v authorisations) give(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body authorisation.Given
},
) (*authorisation.Word, error) {
	return v.s.Give(ctx, a, in.ID, in.Body)
}

func (v authorisations) mine(ctx context.Context, a identity.Actor, in *struct{ api.Paging }) (api.Page[authorisation.Word], error) {
	all, err := v.s.Mine(ctx, a, in.After, in.Limit+1)
	return api.PageOf(all, in.Limit, func(w authorisation.Word) string { return w.ID }), err
}

func (v authorisations) withdraw(ctx context.Context, a identity.Actor, in *NamePath) (*authorisation.Word, error) {
	return v.s.Withdraw(ctx, a, in.ID)
}
