package checker

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"

	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/sample"
	"fontis/internal/vocab"
)

// Drawn is a sample as a node publishes it: what anybody needs to draw again.
type Drawn struct {
	Origin      string   `json:"origin"`
	Leaves      string   `json:"leaves"` // the log that was drawn from; empty for the one of the commit
	SeedHash    string   `json:"seed_hash"`
	Seed        string   `json:"seed"`
	CommitIndex uint64   `json:"commit_index"`
	Root        string   `json:"root"`
	First       uint64   `json:"first"`
	End         uint64   `json:"end"`
	Count       int      `json:"count"`
	Population  uint64   `json:"population"`
	Picked      []uint64 `json:"picked"`
}

// Redraw says where the log is and what was drawn; Frozen is where the log stands
// that was drawn from, if it is not that of the commit. Receipt is that of the
// commit, if it is at hand: it proves that the hash of the seed stood there before.
type Redraw struct {
	Drawn
	Address string
	Frozen  string
	Receipt []byte
	Client  *http.Client
}

// Redrawn is the outcome. Wrong is empty when the same entries are drawn.
type Redrawn struct {
	Root       string   `json:"root"`
	Population uint64   `json:"population"`
	Picked     []uint64 `json:"picked"`
	Wrong      []string `json:"wrong,omitempty"`
	Notes      []string `json:"notes,omitempty"`
}

// Recompute draws a sample again from the static files of the log, with nothing of
// the node that drew it. An error means that it could not be judged.
func Recompute(ctx context.Context, r Redraw) (*Redrawn, error) {
	seed, err := sample.ParseSeed(r.Seed)
	if err != nil {
		return nil, err
	}
	two := r.Leaves != "" && r.Leaves != r.Origin
	if two && r.Frozen == "" {
		return nil, vocab.BadInput.Because("the sample was drawn from %s, a log before the commit's; say where it stands", r.Leaves).WithFix("fontis audit recompute FILE --log URL --frozen URL")
	}
	if r.First >= r.End || !two && r.CommitIndex < r.End {
		return nil, vocab.BadInput.Because("the range %d to %d does not end before the commit at %d", r.First, r.End, r.CommitIndex)
	}
	if r.Client == nil {
		r.Client = &http.Client{Timeout: 30 * time.Second}
	}
	out := &Redrawn{}
	if seed.Hash() != r.SeedHash {
		out.wrong("the seed does not have the hash that was committed to")
	}
	commits, err := out.open(ctx, r.Client, r.Address, r.Origin)
	if err != nil {
		return nil, err
	}
	if commits.head.Size <= r.CommitIndex {
		return nil, vocab.ReceiptWaiting.Because("the log's checkpoint covers %d entries, the commit is number %d", commits.head.Size, r.CommitIndex)
	}
	leaves := commits
	if two {
		if leaves, err = out.open(ctx, r.Client, r.Frozen, r.Leaves); err != nil {
			return nil, err
		}
		if leaves.head.Size < r.End {
			return nil, vocab.ReceiptWaiting.Because("the checkpoint of %s covers %d entries, the sample reaches to %d", r.Leaves, leaves.head.Size, r.End)
		}
	}
	return out, out.draw(ctx, r, commits, leaves, seed)
}

// opened is a log by its files and its checkpoint.
type opened struct {
	files
	head proof.Checkpoint
}

func (o *Redrawn) open(ctx context.Context, client *http.Client, address, origin string) (*opened, error) {
	f, err := openFiles(address, client)
	if err != nil {
		return nil, err
	}
	signed, err := f.read(ctx, "checkpoint", maxCheckpoint)
	if err != nil {
		return nil, fmt.Errorf("read the checkpoint: %w", err)
	}
	head, err := proof.ParseCheckpoint(signed)
	if err != nil {
		return nil, err
	}
	if head.Origin != origin {
		o.wrong("the log at this address is %s, the sample was drawn from %s", head.Origin, origin)
	}
	return &opened{f, head}, nil
}

// read walks over a log and gives its root at a size; each hears every leaf.
func (o *Redrawn) read(ctx context.Context, in *opened, w *walk) error {
	w.files, w.size, w.workers = in.files, in.head.Size, defaultWorkers
	if len(w.targets) == 0 || w.targets[len(w.targets)-1] < w.size {
		w.targets = append(w.targets, w.size)
	}
	if err := w.run(ctx); err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	if w.roots[w.size] != in.head.Root {
		o.wrong("the entries do not give the root of the checkpoint")
	}
	return nil
}

func (o *Redrawn) wrong(format string, args ...any) {
	o.Wrong = append(o.Wrong, fmt.Sprintf(format, args...))
}

func (o *Redrawn) draw(ctx context.Context, r Redraw, commits, leaves *opened, seed sample.Seed) error {
	kinds := make([]proof.Kind, r.End-r.First)
	each := func(i uint64, leaf []byte) {
		if i >= r.First && i < r.End && len(leaf) > 1 {
			kinds[i-r.First] = proof.Kind(leaf[1])
		}
	}
	w := &walk{leaves: map[uint64]struct{}{r.CommitIndex: {}}, targets: []uint64{r.CommitIndex + 1}}
	if leaves == commits {
		w.each = each
	} else if err := o.read(ctx, leaves, &walk{each: each}); err != nil {
		return err
	}
	if err := o.read(ctx, commits, w); err != nil {
		return err
	}
	root := w.roots[r.CommitIndex+1]
	o.Root = hex.EncodeToString(root[:])
	if o.Root != r.Root {
		o.wrong("the root at the commit is %s, the sample says %s", o.Root, r.Root)
	}
	d, err := sample.New(seed, root, r.Count)
	if err != nil {
		return err
	}
	for i, k := range kinds {
		d.Add(r.First+uint64(i), k)
	}
	o.Picked, o.Population = d.Picked(), d.Population()
	if !slices.Equal(o.Picked, r.Picked) {
		o.wrong("drawn again: %v; the sample says %v", o.Picked, r.Picked)
	}
	return o.commit(r, w.hashes[r.CommitIndex])
}

// commit holds the receipt of the commit against the leaf and the sample.
func (o *Redrawn) commit(r Redraw, leaf proof.Hash) error {
	if len(r.Receipt) == 0 {
		o.Notes = append(o.Notes, "No receipt of the commit was given: that the hash of the seed stood there before the draw is the node's word. Ask for it: fontis receipts TRACE.")
		return nil
	}
	receipt, err := proof.ParseReceipt(r.Receipt)
	if err != nil {
		return err
	}
	if receipt.Index != r.CommitIndex || receipt.Leaf.Hash() != leaf {
		o.wrong("the receipt is of another entry than the commit")
	}
	if receipt.Opening == nil || receipt.Leaf.Kind() != proof.Act || proof.VerifyOpening(receipt.Leaf, *receipt.Opening) != nil {
		o.wrong("the receipt does not open the commit")
		return nil
	}
	want := map[string]string{
		"act": "audit.committed", "seed_hash": r.SeedHash, "first": fmt.Sprint(r.First), "end": fmt.Sprint(r.End), "count": fmt.Sprint(r.Count),
	}
	if r.Leaves != "" {
		want["leaves"] = r.Leaves
	}
	for name, want := range want {
		if got, ok := receipt.Opening.Get(name); !ok || string(got) != want {
			o.wrong("the commit opens %s as %q, the sample says %q", name, got, want)
		}
	}
	return nil
}
