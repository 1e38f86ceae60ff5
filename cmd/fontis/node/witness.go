package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/client"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/witness"
	"fontis/internal/vocab"
)

// Witness runs the small independent memory that keeps a ledger honest.
type Witness struct {
	Log    []string `required:"" help:"Address of a node whose log is watched." placeholder:"URL"`
	Listen string   `help:"Address to serve at." default:"127.0.0.1:7443" placeholder:"HOST:PORT"`
	URL    string   `name:"url" help:"How the node reaches this witness; made from --listen when empty." placeholder:"URL"`
	Dir    string   `help:"Folder of the witness: its memory and its key." default:"./fontis-witness" placeholder:"FOLDER"`
	Name   string   `help:"Name in its signatures, an address without scheme." placeholder:"NAME"`
}

// Help shows an example.
func (Witness) Help() string {
	return `Runs on an auditor's own machine, with a folder and a key of its own. It pins each log's key at first
use, cosigns only what continues what it cosigned before, and prints the policy that the node and
everyone who checks receipts need; the same text stands in FOLDER/witnesses.policy.

Example:
  fontis witness --log https://data.example.gov --listen 0.0.0.0:7443 --url https://witness.audit.example`
}

// Run watches until the process is told to stop.
func (x *Witness) Run(c *console.Console) error {
	c.Verbose = true
	dir, err := filepath.Abs(x.Dir)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(c.Ctx, "tcp", x.Listen)
	if err != nil {
		return vocab.BadInput.Wrap(err, "listen at %s", x.Listen).WithFix("choose another address: --listen HOST:PORT")
	}
	if x.URL == "" {
		x.URL = "http://" + listener.Addr().String()
	}
	if x.Name == "" {
		x.Name = strings.TrimPrefix(strings.TrimPrefix(x.URL, "https://"), "http://")
	}
	w, err := x.open(c, dir, listener)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	out := witnessAnswer{Name: x.Name, VKey: w.VKey(), URL: x.URL, Line: "witness w1 " + w.VKey() + " " + x.URL}
	err = c.Result(out, func() { c.Say("witness  %s\nvkey     %s\nline     %s", out.Name, out.VKey, out.Line) })
	if err == nil {
		done := make(chan struct{})
		ctx, cancel := context.WithCancel(c.Ctx)
		go func() {
			defer close(done)
			x.follow(ctx, c, w, dir)
		}()
		err = w.Serve(ctx)
		cancel()
		<-done
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, w.Close())
}

type witnessAnswer struct {
	Name string `json:"name"`
	VKey string `json:"vkey"`
	URL  string `json:"url"`
	Line string `json:"policy_line"`
}

func (x *Witness) open(c *console.Console, dir string, listener net.Listener) (*witness.Witness, error) {
	keyDir, state := filepath.Join(dir, "keys"), filepath.Join(dir, "state")
	store, err := keys.Open(keyDir, keys.Options{New: console.Missing(keyDir), DataDir: state})
	if err != nil {
		return nil, fmt.Errorf("open the witness's key: %w", err)
	}
	key, _, err := store.Signer(keys.Witness)
	if err != nil {
		return nil, err
	}
	reader, err := c.Reader(10 * time.Second)
	if err != nil {
		return nil, err
	}
	return witness.Open(witness.Options{Dir: state, Name: x.Name, Key: key, Listener: listener, Client: reader, Log: c.Diary()})
}

// again is the pause before a log that does not answer is asked again.
const again = 500 * time.Millisecond

// follow pins every log as soon as it answers, and then writes the policy.
func (x *Witness) follow(ctx context.Context, c *console.Console, w *witness.Witness, dir string) {
	waiting, told := x.Log, map[string]string{}
	for len(waiting) > 0 {
		var still []string
		for _, address := range waiting {
			err := w.AddLog(ctx, address)
			switch {
			case err == nil:
				if err := x.policy(ctx, c, w, dir); err != nil {
					c.Diary().Error("the policy is not written", "error", err)
				}
			case vocab.KindOf(err) == vocab.Unavailable:
				if still = append(still, address); told[address] != err.Error() {
					told[address] = err.Error()
					c.Note("waiting for %s: %v", address, err)
				}
			case ctx.Err() == nil:
				c.Diary().Error("this log is not watched", "address", address, "error", err)
			}
		}
		waiting = still
		pause := time.NewTimer(again)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// policy writes FOLDER/witnesses.policy for each log that is known: the first log
// there, and one file a log beside it when there are several.
func (x *Witness) policy(ctx context.Context, c *console.Console, w *witness.Witness, dir string) error {
	var known []witness.Known
	if err := client.Over(w.Handler(), "").Do(ctx, http.MethodGet, "/logs", nil, &known); err != nil {
		return err
	}
	for i, k := range known {
		p, err := proof.PolicyFor(k.VKey, 1, proof.PolicyWitness{Name: "w1", VKey: w.VKey(), URL: x.URL})
		if err != nil {
			return err
		}
		name := "witnesses.policy"
		if i > 0 {
			name = witness.ID(k.Origin)[:16] + ".policy"
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(p.String()), 0o644); err != nil {
			return err
		}
		c.Note("log %s is pinned; policy in %s:\n%s", k.Origin, path, p)
		c.Next("send that file to the node: NODE/witnesses.policy, then restart fontis serve")
	}
	return nil
}
