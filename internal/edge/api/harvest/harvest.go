// Package harvest is the interface for programs to the catalogs of others that a
// member reads.
//
// Promise: who may and what a run does is the verbs' alone.
package harvest

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog/harvest"
	"fontis/internal/edge/api"
	running "fontis/internal/edge/taking/harvest"
	"fontis/internal/trust/identity"
)

// Harvests are the catalogs that a member reads.
type Harvests struct {
	Items []*harvest.Harvest `json:"items"`
}

// Wanted is a catalog to be read.
type Wanted struct {
	Name    string `json:"name" doc:"The provider of entries that name none"`
	Address string `json:"address" doc:"Of a portal of CKAN, a DCAT catalog in Turtle or JSON-LD, a data.json or a dump"`
	Nightly bool   `json:"nightly,omitempty" doc:"It runs by itself every night"`
}

// Order says how to run.
type Order struct {
	Whole bool `json:"whole,omitempty" doc:"Read everything, so that what is gone is seen"`
}

// NamePath names a harvest. It is exported for huma, which sees no other field.
type NamePath struct {
	ID string `path:"id"`
}

// runBudget is how long one call works before it rests; the caller calls again.
const runBudget = 20 * time.Second

// Mount adds the operations to the interface, before it serves.
func Mount(a *api.API, s *harvest.Service, r *running.Runner) {
	t := []string{"catalog"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/harvests", Summary: "Catalogs of others that the member reads, with the report of the last run", Tags: t},
		func(ctx context.Context, by identity.Actor, _ *struct{}) (Harvests, error) {
			all, err := s.List(ctx, by)
			return Harvests{all}, err
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/harvests", Summary: "Have a catalog read from now on", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct{ Body Wanted }) (*harvest.Harvest, error) {
			return s.Add(ctx, by, harvest.Harvest{Name: in.Body.Name, Address: in.Body.Address, Nightly: in.Body.Nightly})
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/harvests/{id}/run", Summary: "Run, or go on with, a harvest for a while; report.done says whether it is through", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			Body Order
		},
		) (*harvest.Harvest, error) {
			return r.Run(ctx, by, in.ID, running.Order{Whole: in.Body.Whole, Budget: runBudget})
		})
	api.Do(a, huma.Operation{Method: "DELETE", Path: "/v1/harvests/{id}", Summary: "Read a catalog no more; what it brought stays", Tags: t},
		func(ctx context.Context, by identity.Actor, in *NamePath) error {
			return s.Remove(ctx, by, in.ID)
		})
}
