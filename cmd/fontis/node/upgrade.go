package node

import (
	"context"
	"errors"
	"fmt"
	"os"

	"fontis/cmd/fontis/console"
	"fontis/internal/app"
)

// Upgrade tries this binary on a copy of a node of an earlier release.
type Upgrade struct {
	Check bool `required:"" help:"Copy the folder and the record, in PostgreSQL too, open the copy with this binary, hold every record against every leaf, report. The original is only read."`
}

// Help shows an example.
func (Upgrade) Help() string {
	return "Example:\n  ./fontis upgrade --check --node /srv/fontis"
}

type upgradeAnswer struct {
	Node        string `json:"node"`
	Version     string `json:"version"`
	Entries     uint64 `json:"entries"`
	Bound       int    `json:"bound"`
	Interrupted int    `json:"interrupted"`
	Alarms      int    `json:"alarms"`
	Disagree    int    `json:"disagree"`
}

// Run tries.
func (Upgrade) Run(c *console.Console) (err error) {
	if console.IsURL(c.Node) {
		return console.Misuse("--node must be a folder: an upgrade is tried on the node's own machine")
	}
	cfg, err := app.ReadConfig(c.Node)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fontis-upgrade-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	copied, drop, err := app.Trial(c.Ctx, cfg, dir)
	if drop != nil {
		defer func() { err = errors.Join(err, drop(context.WithoutCancel(c.Ctx))) }()
	}
	if err != nil {
		return err
	}
	// The witnesses must not be asked about the copy.
	a, err := app.Open(c.Ctx, copied, app.Options{Diary: c.Diary()})
	if err != nil {
		return fmt.Errorf("this version cannot open a copy of %s: %w", cfg.Dir, err)
	}
	out := upgradeAnswer{Node: cfg.Name, Version: console.Build}
	held, tallyErr := a.Tally.All(c.Ctx, nil)
	out.Disagree = held.Count
	out.Entries, err = a.Log.Size(c.Ctx)
	rep := a.Ledger.Repaired()
	out.Bound, out.Interrupted, out.Alarms = rep.Bound, rep.Interrupted, len(rep.Alarms)
	if _, faceErr := console.Face(a); faceErr != nil {
		err = errors.Join(err, faceErr)
	}
	if err = errors.Join(err, tallyErr, a.Close()); err != nil {
		return err
	}
	err = c.Result(out, func() {
		c.Say("version %s opens a copy of %s: tables moved forward, %d entries, %d bound, %d interrupted, %d alarms; record and log disagree in %d places",
			out.Version, out.Node, out.Entries, out.Bound, out.Interrupted, out.Alarms, out.Disagree)
	})
	if out.Alarms+out.Disagree > 0 {
		c.Next("fontis doctor --all --node %s, before anything else", c.Node)
		return console.Exit(console.ExitRefused)
	}
	c.Next("fontis backup FILE, stop the node, put this binary in its place, start it")
	return err
}
