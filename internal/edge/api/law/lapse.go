package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/share/coverage"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

type lapsesInput struct {
	api.Paging
	Overseen bool `query:"overseen" doc:"Those of every department, for the data authority and auditors"`
}

// Coverage is a page of how far the catalog reaches.
type Coverage = api.Page[coverage.Line]

type coverageInput struct {
	api.Paging
	By    string `query:"by" enum:"department,region" default:"department"`
	Under string `query:"under" maxLength:"12" doc:"By region: the division whose parts are counted; empty for the topmost"`
}

func addCoverage(a *api.API, s *coverage.Service) {
	api.Op(a, huma.Operation{
		Method: "GET", Path: "/v1/coverage", Summary: "How far the catalog reaches, by department or by region", Tags: []string{"catalog"},
		Description: "Of each: published entries, how much of what a reader wants they say (the whole, three quarters, less), how many are connected to a source, and how many of those hold data older than their update cycle promises. The data authority and auditors see every line, a steward the line of the own department.",
	}, func(ctx context.Context, by identity.Actor, in *coverageInput) (Coverage, error) {
		all, err := s.Report(ctx, by, coverage.Query{By: coverage.By(in.By), Under: in.Under, After: in.After, Limit: in.Limit + 1})
		return api.PageOf(all, in.Limit, func(l coverage.Line) string { return string(l.Member) + l.Region }), err
	})
}

// Lapses is a page of entries whose data are older than promised.
type Lapses = api.Page[freshness.Lapse]

func addLapses(a *api.API, s *freshness.Service) {
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/lapses", Summary: "Entries whose loaded data are older than their update cycle promises", Tags: []string{"catalog"}},
		func(ctx context.Context, by identity.Actor, in *lapsesInput) (Lapses, error) {
			all, err := s.Lapses(ctx, by, freshness.Page{Overseen: in.Overseen, After: vocab.DatasetID(in.After), Limit: in.Limit + 1})
			return api.PageOf(all, in.Limit, func(l freshness.Lapse) string { return string(l.Dataset) }), err
		})
}
