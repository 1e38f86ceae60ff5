package main

import (
	"bufio"
	"encoding/json"

	"fontis/cmd/fontis/console"
	"fontis/cmd/fontis/node"
	"fontis/demo"
)

// demoCmd runs a node of invented people, or writes the catalog of a nation.
type demoCmd struct {
	Run     node.Demo      `cmd:"" default:"withargs" help:"Run a node full of invented people, with a witness beside it."`
	Catalog demoCatalogCmd `cmd:"" help:"Write the catalog of an invented nation, a data set a line."`
}

// demoCatalogCmd writes invented data sets as JSON lines.
type demoCatalogCmd struct {
	Sets int    `default:"300000" help:"Data sets."`
	Seed uint64 `default:"1" help:"The same seed invents the same sets."`
}

// Help says what is real in it.
func (demoCatalogCmd) Help() string {
	return "The divisions are real, all else is invented. Any number streams in constant memory.\n\nExample:\n  fontis demo catalog --sets 1000 > catalog.jsonl"
}

// Run writes the lines.
func (d demoCatalogCmd) Run(c *console.Console) error {
	n, err := demo.Nation(d.Seed)
	if err != nil {
		return err
	}
	bar := c.Progress("sets", int64(d.Sets))
	defer bar.End()
	out := bufio.NewWriterSize(c.Out, 1<<16)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for i := range d.Sets {
		if i%1024 == 0 {
			if err := c.Ctx.Err(); err != nil {
				return err
			}
			bar.Set(int64(i), int64(d.Sets))
		}
		if err := lines.Encode(n.Set(i).Line()); err != nil {
			return err
		}
	}
	return out.Flush()
}
