package node

import (
	"os"

	"fontis/cmd/fontis/console"
	"fontis/internal/app"
	"fontis/internal/vocab"
)

// Restore brings a backup back.
type Restore struct {
	File           string `arg:"" help:"Backup." type:"existingfile"`
	Erasures       string `help:"File of erasures newer than the backup, besides the folder's own." placeholder:"FILE" type:"existingfile"`
	WithoutWitness bool   `help:"Go on although no witness answers: always a declared loss."`
}

// Help shows an example.
func (Restore) Help() string {
	return `The node's folder must hold its node.toml, witnesses.policy and keys. What stands in its data folder is
set aside, never overwritten. Exit code 3: the witness has seen more than the backup holds; the loss
is declared in a new log, and every grant waits for its provider.

Example:
  fontis restore monday.fontis --node /srv/fontis`
}

type restoreAnswer struct {
	Node       string `json:"node"`
	Size       uint64 `json:"size"`
	Witnessed  uint64 `json:"witnessed"`
	Successor  string `json:"successor,omitempty"`
	Erased     int    `json:"erased"`
	Suspended  int    `json:"suspended"`
	Unverified string `json:"unverified,omitempty"`
}

// Run restores.
func (x *Restore) Run(c *console.Console) error {
	if console.IsURL(c.Node) {
		return console.Misuse("--node must be a folder: a node is restored on its own machine")
	}
	cfg, err := app.ReadConfig(c.Node)
	if vocab.KindOf(err) == vocab.NotFound { // a node that is made anew has other keys, and opens no backup
		return vocab.NoSuchThing.Because("%s holds no node.toml", c.Node).
			WithFix("put the node's own node.toml, witnesses.policy and keys into %s first: a backup holds none of them", c.Node)
	}
	if err != nil {
		return err
	}
	if console.LeaseHeld(cfg) {
		return vocab.LeaseHeld.Because("the node in %s runs", cfg.Dir).WithFix("stop fontis serve first")
	}
	f, err := os.Open(x.File)
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "%s", x.File)
	}
	defer f.Close()
	out, err := app.Restore(c.Ctx, cfg, f, app.RestoreOptions{
		Options: app.Options{Diary: c.Diary()}, Erasures: x.Erasures, WithoutWitness: x.WithoutWitness,
	})
	if err != nil {
		return err
	}
	a := restoreAnswer{
		Node: out.Manifest.Node, Size: out.Manifest.Size, Witnessed: out.Witnessed, Successor: out.Successor,
		Erased: out.Erased, Suspended: out.Suspended, Unverified: out.Unverified,
	}
	if err := c.Result(a, func() { restored(c, a) }); err != nil {
		return err
	}
	c.Next("fontis doctor --node %s, then fontis serve --node %s", c.Node, c.Node)
	if out.Lost() {
		return console.Exit(console.ExitLoss)
	}
	return nil
}

func restored(c *console.Console, a restoreAnswer) {
	c.Say("restored  %s with %d entries; %d erasures replayed", a.Node, a.Size, a.Erased)
	if a.Successor == "" {
		c.Say("nothing   was lost: the witness has seen %d", a.Witnessed)
		return
	}
	if a.Unverified != "" {
		c.Say("declared loss of unknown size: no witness was heard: %s", a.Unverified)
	} else {
		c.Say("declared loss: the witness has seen %d entries", a.Witnessed)
	}
	c.Say("new log   %s\ngrants    %d suspended until their providers confirm them: fontis grant resume GRANT", a.Successor, a.Suspended)
}
