package main

import (
	"encoding/json"
	"os"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/bench"
)

// benchCmd measures this machine; the result is JSON, the diary words.
type benchCmd struct {
	What    string        `arg:"" help:"compare, batch, ledger, access, law, pages, start, catalog or portal."`
	For     time.Duration `default:"5s" help:"How long each repeat lasts."`
	Repeats int           `default:"3" help:"Repeats; the median is reported."`
	People  int           `default:"200000" help:"Residents in the register, or in the demo world."`
	Rows    int           `default:"100000" help:"Rows of the batch."`
	Clocks  int           `default:"1000000" help:"Open clocks of law."`
	Sets    int           `default:"300000" help:"Data sets of catalog or portal."`
	Seed    uint64        `help:"Seed of the nation of catalog and portal."`
	Clients []int         `help:"Clients of compare: 1, 64 and 512 when not given."`
	Profile string        `help:"Folder for processor profiles, read by go tool pprof." type:"existingdir"`
	Dir     string        `help:"Folder for the node that is measured; it is removed afterwards."`
}

// Help says what the figures are.
func (benchCmd) Help() string {
	return "Measured are " + strings.Join(bench.Names(), ", ") + ", each as the median of its repeats, with machine and seed.\n\nExample:\n  fontis bench compare --for 10s"
}

// Run measures and prints.
func (b benchCmd) Run(c *console.Console) error {
	r, err := bench.Run(c.Ctx, bench.Options{What: b.What, For: b.For, Repeats: b.Repeats, People: b.People, Rows: b.Rows, Clocks: b.Clocks, Sets: b.Sets, Seed: b.Seed, Dir: b.Dir, Clients: b.Clients, Profile: b.Profile, Report: os.Stderr})
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(r)
}
