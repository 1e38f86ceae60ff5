package main

import (
	"net/http"
	"strconv"

	"fontis/internal/duty/catalog"
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
func (todoListCmd) Run(c *console) error {
	return c.with(func(r *reached) error {
		var t api.Todo
		if err := r.Do(c.ctx, http.MethodGet, "/v1/todo", nil, &t); err != nil {
			return err
		}
		err := c.result(t, func() {
			var rows [][]string
			for _, l := range t.Lines {
				first := ""
				if len(l.Datasets) > 0 {
					first = string(l.Datasets[0])
				}
				rows = append(rows, []string{string(l.Field), strconv.Itoa(l.Count), first})
			}
			c.table([]string{"FIELD", "DRAFTS", "FIRST"}, rows)
		})
		if len(t.Lines) > 0 {
			c.next("fontis todo fill %s VALUE --preview", t.Lines[0].Field)
		} else {
			c.next("fontis publish DATASET")
		}
		return err
	})
}

type todoFillCmd struct {
	Field    string   `arg:"" help:"Field, as todo names it."`
	Value    string   `arg:"" help:"Value, as a form would take it."`
	Datasets []string `help:"Only these; without it all drafts that lack the field." placeholder:"ID,..."`
	Preview  bool     `help:"Only look; nothing is written."`
}

// Help shows an example.
func (todoFillCmd) Help() string {
	return "Example:\n  fontis todo fill update_cycle monthly --preview"
}

// Run fills or looks.
func (t *todoFillCmd) Run(c *console) error {
	in := api.FillIn{IDs: words[vocab.DatasetID](t.Datasets), Field: catalog.Field(t.Field), Value: t.Value, Preview: t.Preview}
	if len(in.IDs) == 0 {
		in.Missing = in.Field
	}
	return c.with(func(r *reached) error {
		var out api.Filled
		if err := r.Do(c.ctx, http.MethodPost, "/v1/fills", in, &out); err != nil {
			return err
		}
		err := c.filled(out)
		if t.Preview {
			c.next("the same without --preview")
		} else if out.ID != "" {
			c.next("fontis todo; to take it back: fontis todo undo %s", out.ID)
		}
		return err
	})
}

func (c *console) filled(out api.Filled) error {
	return c.result(out, func() {
		c.say("%s: %d changed, %d the same already, %d refused", out.Field, out.Changed, out.Same, len(out.Refused))
		for _, one := range out.Refused {
			c.say("  %s: %s; fix: %s", one.Dataset, one.Cause, one.Fix)
		}
	})
}

type todoUndoCmd struct {
	ID string `arg:"" help:"Id that the fill gave."`
}

// Help shows an example.
func (todoUndoCmd) Help() string { return "Example:\n  fontis todo undo f-4k1m" }

// Run takes the fill back.
func (t *todoUndoCmd) Run(c *console) error {
	return c.with(func(r *reached) error {
		var out api.Filled
		if err := r.Do(c.ctx, http.MethodPost, "/v1/fills/"+segment(t.ID)+"/undo", nil, &out); err != nil {
			return err
		}
		return c.filled(out)
	})
}
