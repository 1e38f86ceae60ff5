package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/calendar"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
)

// Calendars are the calendars that the node knows.
type Calendars struct {
	Items []calendar.Known `json:"items"`
}

// Rules are rows of law, the nearest jurisdiction first.
type Rules struct {
	Items []calendar.Rule `json:"items"`
}

type terms struct{ c *calendar.Service }

func addTerms(a *api.API, c *calendar.Service) {
	s, t := terms{c}, []string{"terms"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/calendars", Summary: "The calendars that the node knows, with their years", Tags: t}, s.list)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/calendars/{id}", Summary: "One calendar with its holidays and make-up days", Tags: t}, s.show)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/calendars", Summary: "Put years of a calendar; open clocks are dated again", Tags: t}, s.put)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/rules", Summary: "Terms of law with their citations", Tags: t}, s.rules)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/rules", Summary: "Put the node's own terms beside the shipped ones, which are never overwritten", Tags: t}, s.putRules)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/clocks", Summary: "Clocks whose turn is the caller's member's, the most urgent first", Tags: t}, s.due)
}

func (s terms) list(ctx context.Context, _ identity.Actor, _ *struct{}) (Calendars, error) {
	all, err := s.c.Calendars(ctx)
	return Calendars{Items: all}, err
}

func (s terms) show(ctx context.Context, _ identity.Actor, in *NamePath) (calendar.Known, error) {
	return s.c.Show(ctx, in.ID)
}

func (s terms) put(ctx context.Context, a identity.Actor, in *body[calendar.File]) (calendar.Known, error) {
	return s.c.ImportDays(ctx, a, in.Body)
}

func (s terms) rules(ctx context.Context, _ identity.Actor, in *struct {
	Jurisdiction string `query:"jurisdiction" doc:"Area code, or the name of a calendar" default:"CN"`
},
) (Rules, error) {
	all, err := s.c.Rules(ctx, in.Jurisdiction)
	return Rules{Items: all}, err
}

func (s terms) putRules(ctx context.Context, a identity.Actor, in *body[Rules]) (Rules, error) {
	err := s.c.ImportRules(ctx, a, in.Body.Items)
	return in.Body, err
}

func (s terms) due(ctx context.Context, a identity.Actor, in *struct{ api.Paging }) (api.Page[calendar.Running], error) {
	all, err := s.c.Due(ctx, a, in.After, in.Limit+1)
	return api.PageOf(all, in.Limit, func(r calendar.Running) string { return r.ID }), err
}
