package main

import (
	"net/http"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/entry"
)

type datasetQualityCmd struct {
	Dataset string `arg:"" help:"Id of the data set."`
}

// Help shows an example.
func (datasetQualityCmd) Help() string { return "Example:\n  fontis dataset quality d-4k1m" }

// Run shows it.
func (s *datasetQualityCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var q entry.Quality
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/datasets/"+console.Segment(s.Dataset)+"/quality", nil, &q); err != nil {
			return err
		}
		return c.Result(q, func() {
			c.Say("%s  %d of %d", s.Dataset, q.Kept, q.Of)
			if len(q.Lacks) > 0 {
				c.Say("lacks  %s", console.Joined(q.Lacks))
			}
		})
	})
}
