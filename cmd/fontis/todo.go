package main

import (
	"net/http"
	"strconv"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

// todoCmd shows what drafts lack, and fills it in bulk.
type todoCmd struct {
	List todoListCmd `cmd:"" default:"1" help:"What your drafts lack to be published."`
	Fill todoFillCmd `cmd:"" help:"Give one field of many drafts a value."`
	Undo todoUndoCmd `cmd:"" help:"Take a bulk fill back."`
}

type todoListCmd struct{}

// Help shows an example.
func (todoListCmd) Help() string { return "Example:\n  fontis todo" }

// Run lists.
func (todoListCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var t api.Todo
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/todo", nil, &t); err != nil {
			return err
		}
		err := c.Result(t, func() {
			var rows [][]string
			for _, l := range t.Lines {
				first := ""
				if len(l.Datasets) > 0 {
					first = string(l.Datasets[0])
				}
				rows = append(rows, []string{string(l.Field), strconv.Itoa(l.Count), first})
			}
			c.Table([]string{"FIELD", "DRAFTS", "FIRST"}, rows)
		})
		if len(t.Lines) > 0 {
			c.Next("fontis todo fill %s VALUE --preview", t.Lines[0].Field)
		} else {
			c.Next("fontis publish DATASET")
		}
		return err
	})
}

type todoFillCmd struct {
	Field    string   `arg:"" help:"Field, as todo names it."`
	Value    string   `arg:"" help:"Value, as a form or a list would have it: monthly or 每月."`
	Datasets []string `help:"Only these; without it all drafts that lack the field." placeholder:"ID,..."`
	Preview  bool     `help:"Only look; nothing is written."`
}

// Help shows an example.
func (todoFillCmd) Help() string {
	return "Example:\n  fontis todo fill update_cycle monthly --preview"
}

// Run fills or looks.
func (t *todoFillCmd) Run(c *console.Console) error {
	in := api.FillIn{IDs: console.Words[vocab.DatasetID](t.Datasets), Field: entry.Field(t.Field), Value: t.Value, Preview: t.Preview}
	if len(in.IDs) == 0 {
		in.Missing = in.Field
	}
	return c.With(func(r *console.Reached) error {
		var out api.Filled
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/fills", in, &out); err != nil {
			return err
		}
		err := filled(c, out, t.Preview)
		if t.Preview {
			c.Next("the same without --preview")
		} else if out.ID != "" && out.Changed > 0 {
			c.Next("fontis todo; to take it back: fontis todo undo %s", out.ID)
		}
		return err
	})
}

func filled(c *console.Console, out api.Filled, preview bool) error {
	done := "changed"
	if preview {
		done = "would change"
	}
	return c.Result(out, func() {
		c.Say("%s: %d %s, %d the same already, %d refused", out.Field, out.Changed, done, out.Same, len(out.Refused))
		for _, one := range out.Refused {
			c.Say("  %s: %s; fix: %s", one.Dataset, one.Cause, one.Fix)
		}
	})
}

type todoUndoCmd struct {
	ID string `arg:"" help:"Id that the fill gave."`
}

// Help shows an example.
func (todoUndoCmd) Help() string { return "Example:\n  fontis todo undo cs-4k1m" }

// Run takes the fill back.
func (t *todoUndoCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out api.Filled
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/fills/"+console.Segment(t.ID)+"/undo", nil, &out); err != nil {
			return err
		}
		return filled(c, out, false)
	})
}
