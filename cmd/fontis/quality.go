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
			for _, lack := range q.Lacks {
				c.Say("lacks  %s", lackSaid[lack])
			}
		})
	})
}

// lackSaid says what a reader misses in an entry.
var lackSaid = map[entry.QualityRule]string{
	entry.QualityNames: "a name in both languages", entry.QualityAbstract: "an abstract that says something", entry.QualityTheme: "a theme or domain",
	entry.QualityRegion: "the region that it is about", entry.QualityCycle: "how often it is renewed", entry.QualityContact: "whom to turn to",
	entry.QualityItems: "its items", entry.QualityItemNames: "each item's name in both languages", entry.QualityTypes: "each item's type",
	entry.QualityElements: "a data element or code list of half its items", entry.QualityAsking: "how to ask for it, or why nobody may",
	entry.QualityBasis: "law, purposes and security level",
}
