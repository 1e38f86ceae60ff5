package terms

import (
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/share/freshness"
)

// DatasetStale is the command: fontis dataset stale.
type DatasetStale struct {
	Most int `help:"At most so many." default:"50"`
}

// Help shows an example.
func (DatasetStale) Help() string {
	return "It is looked at every night; a source that is asked where it is kept is never stale.\nExample:\n  fontis dataset stale"
}

// Run lists.
func (q *DatasetStale) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListSome[freshness.Lapse](c.Ctx, r.Client, "/v1/lapses?", q.Most)
		if err != nil {
			return err
		}
		err = c.Result(list, func() {
			var rows [][]string
			for _, l := range list {
				rows = append(rows, []string{string(l.Dataset), l.Since.Format(time.DateOnly), l.Told.Format(time.DateOnly)})
			}
			c.Table([]string{"DATASET", "STALE SINCE", "TOLD"}, rows)
		})
		if len(list) > 0 {
			c.Next("bring the data up to date: fontis source load SOURCE FILE; or say a cycle that holds: fontis todo fill update_cycle")
		}
		return err
	})
}
