package terms

import (
	"net/http"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/vocab"
)

// ending is what the commands that end an entry share.
type ending struct {
	Dataset string   `arg:"" help:"Id of the data set that ends."`
	Into    []string `help:"Published entries that stand in its place." placeholder:"DATASET"`
	Reason  string   `required:"" help:"Why; everybody reads it." placeholder:"TEXT"`
}

// DatasetRetire is the command: fontis dataset retire.
type DatasetRetire struct{ ending }

// Help shows an example.
func (DatasetRetire) Help() string {
	return "Grants of the entry stay, and those who hold one are told.\nExample:\n  fontis dataset retire d-4k1m --into d-9s2p --reason '业务停办'"
}

// Run retires.
func (q *DatasetRetire) Run(c *console.Console) error { return q.end(c, succession.ActRetire, false) }

// DatasetMerge is the command: fontis dataset merge.
type DatasetMerge struct {
	ending
	LoseItems bool `help:"Items that none of them has may end with it."`
}

// Help shows an example.
func (DatasetMerge) Help() string {
	return "The id of the entry leads to the one that stays, for ever. Of two departments' entries the data authority says it.\nExample:\n  fontis dataset merge d-4k1m --into d-9s2p --reason '重复编目'"
}

// Run merges.
func (q *DatasetMerge) Run(c *console.Console) error {
	return q.end(c, succession.ActMerge, q.LoseItems)
}

// DatasetSplit is the command: fontis dataset split.
type DatasetSplit struct {
	ending
	LoseItems bool `help:"Items that none of them has may end with it."`
}

// Help shows an example.
func (DatasetSplit) Help() string {
	return "The id of the entry leads to those that replace it, for ever; they are published before.\nExample:\n  fontis dataset split d-4k1m --into d-9s2p,d-7m3q --reason '按主体拆分'"
}

// Run splits.
func (q *DatasetSplit) Run(c *console.Console) error {
	return q.end(c, succession.ActSplit, q.LoseItems)
}

func (q *ending) end(c *console.Console, act string, lose bool) error {
	if act != succession.ActRetire && len(q.Into) == 0 {
		return console.Misuse("to %s an entry, name what stands in its place: --into DATASET", act)
	}
	return c.With(func(r *console.Reached) error {
		var d entry.Dataset
		w := succession.Wish{Into: console.Words[vocab.DatasetID](q.Into), Reason: q.Reason, LoseItems: lose}
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/datasets/"+console.Segment(q.Dataset)+"/"+act, w, &d); err != nil {
			return err
		}
		return c.Result(d, func() {
			c.Say("%s", strings.TrimSpace(string(d.ID)+"  "+string(d.State)+"  "+console.Joined(d.MovedTo)))
		})
	})
}
