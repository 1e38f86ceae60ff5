package terms

import (
	"fmt"
	"net/http"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/edge/api/law"
)

// DatasetCheck is the command: fontis dataset check.
type DatasetCheck struct {
	Dataset  string `arg:"" help:"Id of the data set."`
	Listable bool   `xor:"word" help:"It may be listed."`
	Withheld bool   `xor:"word" help:"It may not; if it is, it leaves the list now."`
	Basis    string `help:"Law and article, or the file of the review." placeholder:"TEXT"`
}

// Help shows an example.
func (DatasetCheck) Help() string {
	return "The word of another officer than the one who publishes. Without a word it lists those that stand.\nExample:\n  fontis dataset check d-4k1m --listable --basis '保守国家秘密法 第十三条：不属于国家秘密'"
}

// Run says the result, or lists what was said.
func (q *DatasetCheck) Run(c *console.Console) error {
	path := "/v1/datasets/" + console.Segment(q.Dataset) + "/secrecy"
	return c.With(func(r *console.Reached) error {
		if !q.Listable && !q.Withheld {
			var all law.SecrecyChecks
			if err := r.Do(c.Ctx, http.MethodGet, path, nil, &all); err != nil {
				return err
			}
			return c.Result(all.Items, func() {
				for _, one := range all.Items {
					c.Say("%s  %s  revision %d  %s  %s", one.At.Local().Format(time.DateTime), one.Result, one.Rev, one.By, one.Basis)
				}
			})
		}
		var out review.Check
		if err := r.Do(c.Ctx, http.MethodPost, path, review.Word{Listable: q.Listable, Basis: q.Basis}, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  %s  revision %d", out.Dataset, out.Result, out.Rev) })
		if q.Listable {
			c.Next("another officer: fontis publish %s", out.Dataset)
		}
		return err
	})
}

// DatasetAwaiting is the command: fontis dataset awaiting.
type DatasetAwaiting struct {
	Listable bool   `help:"Say of each that is shown that it may be listed, as it stands now."`
	Basis    string `help:"Law and article, or the file of the review." placeholder:"TEXT"`
	Most     int    `help:"At most so many." default:"100"`
}

// Help shows an example.
func (DatasetAwaiting) Help() string {
	return "About persons, or from security level 3, another officer than the one who publishes reads a draft and says so. Read them first; one that is changed meanwhile is left out.\nExample:\n  fontis dataset awaiting\n  fontis dataset awaiting --listable --basis '保守国家秘密法 第十三条：不属于国家秘密'"
}

// Run lists, and says the word where one is given.
func (q *DatasetAwaiting) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListSome[entry.Dataset](c.Ctx, r.Client, "/v1/secrecy?", min(max(q.Most, 1), 1000))
		if err != nil {
			return err
		}
		if !q.Listable || len(list) == 0 {
			err := c.Result(list, func() {
				var rows [][]string
				for _, d := range list {
					rows = append(rows, []string{string(d.ID), fmt.Sprint(d.Rev), string(d.Subject), fmt.Sprint(d.Level), fmt.Sprint(len(d.Items)), d.Name.In("zh")})
				}
				c.Table([]string{"DATASET", "REV", "ABOUT", "LEVEL", "ITEMS", "NAME"}, rows)
			})
			if len(list) > 0 {
				c.Next("read one: fontis dataset show %s; of all that were read: fontis dataset awaiting --listable --basis LAW", list[0].ID)
			}
			return err
		}
		w := review.Words{Basis: q.Basis}
		for _, d := range list {
			w.Entries = append(w.Entries, review.Read{Dataset: d.ID, Rev: d.Rev})
		}
		var out law.SecrecyHeard
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/secrecy", w, &out); err != nil {
			return err
		}
		err = c.Result(out, func() {
			c.Say("%d may be listed, %d refused", out.Count, len(out.Refused))
			for _, one := range out.Refused {
				c.Say("  %s: %s; fix: %s", one.Dataset, one.Cause, one.Fix)
			}
		})
		c.Next("another officer: fontis publish --all")
		return err
	})
}

// DatasetChanged is the command: fontis dataset changed.
type DatasetChanged struct {
	Dataset string `arg:"" help:"Id of the data set."`
	Cause   string `help:"One of ${enum}." enum:"duty,data" default:"data"`
	On      string `help:"Day on which it changed; today when empty." placeholder:"DAY"`
	Reason  string `required:"" help:"What changed." placeholder:"TEXT"`
}

// Help shows an example.
func (DatasetChanged) Help() string {
	return "The term to update the entry begins on that day.\nExample:\n  fontis dataset changed d-4k1m --cause duty --on 2026-03-02 --reason '职责划转'"
}

// Run announces.
func (q *DatasetChanged) Run(c *console.Console) error {
	n := review.News{Cause: review.Cause(q.Cause), Reason: q.Reason}
	if q.On != "" {
		on, err := dayOf("on", q.On)
		if err != nil {
			return err
		}
		n.On = calendar.DayOf(on.Date())
	}
	return c.With(func(r *console.Reached) error {
		var out review.Change
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/datasets/"+console.Segment(q.Dataset)+"/changes", n, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  %s  %s", out.ID, out.State, out.Dataset); due(c, out.Clocks) })
		c.Next("once the entry is mended: fontis dataset change %s update --reason TEXT", out.ID)
		return err
	})
}

// DatasetChanges is the command: fontis dataset changes.
type DatasetChanges struct {
	Most int `help:"At most so many." default:"50"`
}

// Help shows an example.
func (DatasetChanges) Help() string { return "Example:\n  fontis dataset changes" }

// Run lists.
func (q *DatasetChanges) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListSome[review.Change](c.Ctx, r.Client, "/v1/changes?", q.Most)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, one := range list {
				day := ""
				for _, k := range one.Clocks {
					if k.Open() {
						day = k.DueDay.String()
					}
				}
				rows = append(rows, []string{one.ID, string(one.State), string(one.Owner), string(one.Dataset), string(one.Cause), day, one.Reason})
			}
			c.Table([]string{"CHANGE", "STATE", "OWNER", "DATASET", "CAUSE", "DUE", "REASON"}, rows)
		})
	})
}

// DatasetChange is the command: fontis dataset change.
type DatasetChange struct {
	Change           string `arg:"" help:"Id of the change."`
	Step             string `arg:"" help:"One of ${enum}." enum:"extend,update,accept,return"`
	Reason           string `help:"What was done or found, or why." placeholder:"TEXT"`
	Days             int    `help:"Of an extension." placeholder:"N"`
	SecrecyCheckedBy string `help:"Of an update: who made the secrecy review." placeholder:"NAME"`
	SecrecyBasis     string `help:"On what its result rests." placeholder:"TEXT"`
}

// Help shows an example.
func (DatasetChange) Help() string {
	return "Example:\n  fontis dataset change ch-4k1m update --reason 'two items added, one renamed'"
}

// Run takes the step.
func (q *DatasetChange) Run(c *console.Console) error {
	in := review.Step{Act: q.Step, Reason: q.Reason, Days: q.Days, Secrecy: catalog.Secrecy{CheckedBy: q.SecrecyCheckedBy, Basis: q.SecrecyBasis}}
	return c.With(func(r *console.Reached) error {
		var out review.Change
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/changes/"+console.Segment(q.Change)+"/steps", in, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s  %s", out.ID, out.State, out.Dataset); due(c, out.Clocks) })
	})
}
