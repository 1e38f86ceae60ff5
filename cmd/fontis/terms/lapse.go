package terms

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/share/coverage"
	"fontis/internal/duty/share/freshness"
)

// DatasetStale is the command: fontis dataset stale.
type DatasetStale struct {
	Overseen bool `help:"Those of every department; for the data authority and auditors."`
	Most     int  `help:"At most so many." default:"50"`
}

// Help shows an example.
func (DatasetStale) Help() string {
	return "It is looked at every night; a source that is asked where it is kept is never stale.\nExample:\n  fontis dataset stale"
}

// Run lists.
func (q *DatasetStale) Run(c *console.Console) error {
	at := "/v1/lapses?"
	if q.Overseen {
		at += "overseen=true&"
	}
	return c.With(func(r *console.Reached) error {
		list, err := console.ListSome[freshness.Lapse](c.Ctx, r.Client, at, q.Most)
		if err != nil {
			return err
		}
		err = c.Result(list, func() {
			var rows [][]string
			for _, l := range list {
				rows = append(rows, []string{string(l.Dataset), string(l.Owner), l.Since.Format(time.DateOnly), l.Told.Format(time.DateOnly)})
			}
			c.Table([]string{"DATASET", "OWNER", "STALE SINCE", "TOLD"}, rows)
		})
		if len(list) > 0 && !q.Overseen {
			c.Next("bring the data up to date: fontis source load SOURCE FILE; or say a cycle that holds: fontis todo fill update_cycle")
		}
		return err
	})
}

// DatasetCoverage is the command: fontis dataset coverage.
type DatasetCoverage struct {
	By    string `help:"Of what a line is: department or region." enum:"department,region" default:"department"`
	Under string `help:"By region: the division whose parts are counted." placeholder:"CODE"`
	Most  int    `help:"At most so many." default:"100"`
}

// Help shows an example.
func (DatasetCoverage) Help() string {
	return "DESCRIBED counts entries by how much of what a reader wants they say: the whole, three quarters, less. CONNECTED are bound to a source; STALE hold data older than promised. A steward sees the own department.\nExample:\n  fontis dataset coverage --by region --under 120000"
}

// Run reports.
func (q *DatasetCoverage) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListSome[coverage.Line](c.Ctx, r.Client, "/v1/coverage?"+url.Values{"by": {q.By}, "under": {q.Under}}.Encode()+"&", q.Most)
		if err != nil {
			return err
		}
		err = c.Result(list, func() {
			var rows [][]string
			for _, l := range list {
				row := []string{string(l.Member) + l.Region}
				for _, n := range []int{l.Listed, l.Whole, l.Most, l.Less, l.Connected, l.Stale} {
					row = append(row, strconv.Itoa(n))
				}
				rows = append(rows, row)
			}
			c.Table([]string{strings.ToUpper(q.By), "LISTED", "DESCRIBED WHOLE", "MOSTLY", "LESS", "CONNECTED", "STALE"}, rows)
		})
		if len(list) > 0 {
			c.Next("the entries behind a number: fontis search --filter owner:DEPARTMENT --filter described:less; the stale ones: fontis dataset stale")
		}
		return err
	})
}
