package main

import (
	"net/http"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

type datasetUntagCmd struct {
	Item    string `arg:"" optional:"" help:"The item: DATASET/ITEM."`
	Tag     string `help:"The tag: ethnicity, religion, politics, biometric, movement, score." placeholder:"TAG"`
	Reason  string `help:"Why the item is not what the tag says." placeholder:"TEXT"`
	Confirm bool   `help:"As another officer: confirm what the first one asked."`
	List    bool   `help:"List what waits for a second officer."`
}

// Help shows an example.
func (datasetUntagCmd) Help() string {
	return "A tag binds an item to the refusals; two officers take a wrong one off.\n\nExample:\n  fontis dataset untag d-4k1m/route --tag movement --reason 'the name of a road'\n  fontis dataset untag d-4k1m/route --tag movement --confirm --as OTHER"
}

// Run asks, confirms or lists.
func (u *datasetUntagCmd) Run(c *console.Console) error {
	if u.List {
		return c.With(func(r *console.Reached) error { return waiting(c, r) })
	}
	item := vocab.ItemID(u.Item)
	if u.Tag == "" || u.Item == "" || item.Name() == "" || item.Dataset() == vocab.DatasetID(item) {
		return console.Misuse("give DATASET/ITEM and --tag TAG, or --list")
	}
	path := "/v1/datasets/" + console.Segment(item.Dataset()) + "/items/" + console.Segment(item.Name()) + "/untag"
	in := api.Untag{Tag: vocab.Tag(u.Tag), Reason: u.Reason}
	return c.With(func(r *console.Reached) error {
		if u.Confirm {
			if err := r.Do(c.Ctx, http.MethodPost, path+"/confirm", in, nil); err != nil {
				return err
			}
			return c.Result(in, func() { c.Say("%s bears the tag %s no more", u.Item, u.Tag) })
		}
		if err := r.Do(c.Ctx, http.MethodPost, path, in, nil); err != nil {
			return err
		}
		err := c.Result(in, func() { c.Say("%s keeps the tag %s until another officer confirms", u.Item, u.Tag) })
		c.Next("another officer: fontis dataset untag %s --tag %s --confirm", u.Item, u.Tag)
		return err
	})
}

func waiting(c *console.Console, r *console.Reached) error {
	var all api.Untaggings
	if err := r.Do(c.Ctx, http.MethodGet, "/v1/untaggings", nil, &all); err != nil {
		return err
	}
	return c.Result(all, func() {
		var rows [][]string
		for _, u := range all.Items {
			rows = append(rows, []string{string(u.Item), string(u.Tag), string(u.AskedBy), u.AskedAt.Local().Format(time.DateTime), u.Reason})
		}
		c.Table([]string{"ITEM", "TAG", "ASKED BY", "AT", "REASON"}, rows)
	})
}
