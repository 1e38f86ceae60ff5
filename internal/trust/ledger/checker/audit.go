package checker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Audit says which log is to be audited and against what.
type Audit struct {
	Options
	Address string   // http(s) address, file:// address or folder of the log's static files
	Held    [][]byte // older checkpoints, promises and receipts, each as its signed text

	Client   *http.Client  // nil is one with 30 s for each file
	Workers  int           // 0 is 8
	Timeout  time.Duration // of the whole audit; 0 is an hour
	Grace    time.Duration // how long a log may be behind its witness; 0 is 10 s, negative is none
	Progress func(done, total uint64)
}

const (
	defaultWorkers = 8
	defaultTimeout = time.Hour
	defaultGrace   = 10 * time.Second
	gracePoll      = 500 * time.Millisecond
	// promiseTime is how long after its promise an entry may be missing from the
	// published checkpoint; the ledger raises an alarm of its own at that age.
	promiseTime = time.Minute
)

// audit is one running audit.
type audit struct {
	Audit
	*Verdict
	files  files
	policy *proof.Policy
	first  bool // the policy was met for the first time
	loss   bool // an earlier origin is held
	seen   proof.Seen
	signed []byte // the published checkpoint
	held   []held // older and witnesses' checkpoints of this origin
	owed   []owed
}

// owed is a leaf that the log has promised or receipted at an index.
type owed struct {
	index uint64
	leaf  proof.Hash
	at    time.Time // of the promise; zero for a receipt
	note  string
	what  string
}

// Log audits a log. An error means that the checker itself could not work; what
// the log did wrong is the verdict.
func Log(ctx context.Context, a Audit) (*Verdict, error) {
	if a.Client == nil {
		a.Client = &http.Client{Timeout: 30 * time.Second}
	}
	if a.Workers <= 0 {
		a.Workers = defaultWorkers
	}
	if a.Timeout <= 0 {
		a.Timeout = defaultTimeout
	}
	if a.Grace == 0 {
		a.Grace = defaultGrace
	}
	f, err := openFiles(a.Address, a.Client)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	r := &audit{Audit: a, Verdict: &Verdict{At: a.now()}, files: f}
	if err := r.run(ctx); err != nil {
		if ctx.Err() == nil {
			return nil, err
		}
		r.find(Unjudged, "the audit did not end within %s; nothing is proven", a.Timeout)
	}
	good := Sound
	if r.first {
		good = FirstUse
	}
	r.close(good)
	if err := r.remember(); err != nil {
		return nil, err
	}
	return r.Verdict, r.keepEvidence(a.Evidence, a.Address, r.policy, r.At)
}

func (a *audit) run(ctx context.Context) error {
	ok, err := a.fetchHead(ctx)
	if err != nil || !ok {
		return err
	}
	if err := a.gather(); err != nil {
		return err
	}
	if err := a.askWitnesses(ctx); err != nil {
		return err
	}
	if err := a.policy.RequireQuorum(a.seen); err != nil {
		a.exhibit(Exhibit{Word: Waiting, Text: fmt.Sprintf("The published checkpoint has too few cosignatures: %v.", err), Statements: a.statements()})
	} else if a.policy.NeedsWitness() {
		for _, c := range a.seen.Cosigners {
			a.prove("Witness %s cosigned the published checkpoint on %s.", c.Name, c.At.Format(time.RFC3339))
		}
	} else {
		a.note("The policy asks for no witness: that everyone is shown this same tree is not proven.")
	}
	a.compareHeads()
	return a.walk(ctx)
}

// fetchHead takes the published checkpoint and decides whom to believe.
func (a *audit) fetchHead(ctx context.Context) (ok bool, err error) {
	signed, err := a.files.read(ctx, "checkpoint", maxCheckpoint)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		a.find(Unjudged, "no checkpoint can be read at %s: %v", a.Address, err)
		return false, nil
	}
	head, err := proof.ParseCheckpoint(signed)
	if err != nil {
		a.exhibit(fileExhibit(Exhibit{Word: Damaged, Text: fmt.Sprintf("The published checkpoint does not read: %v.", err)}, "checkpoint", signed))
		return false, nil
	}
	a.Origin, a.Size, a.Root, a.signed = head.Origin, head.Size, b64(head.Root), signed
	if err := a.choosePolicy(ctx); err != nil || a.policy == nil {
		return false, err
	}
	if a.seen, err = a.policy.OpenCheckpoint(signed); err != nil {
		if vocab.CodeOf(err) == vocab.LogUnknown {
			a.find(Unjudged, "the policy does not cover this log: %v", err)
			return false, nil
		}
		a.exhibit(Exhibit{Word: False, Text: fmt.Sprintf("The published checkpoint is not signed by the key that is known of this log: %v.", err), Statements: a.statements()})
		return false, nil
	}
	return true, nil
}

// choosePolicy is the given policy, the pinned one, or the log's own word.
func (a *audit) choosePolicy(ctx context.Context) error {
	offered := ""
	if a.Policy == nil {
		var j struct {
			VKey string `json:"vkey"`
		}
		b, err := a.files.read(ctx, "log.json", maxLogJSON)
		if err == nil && json.Unmarshal(b, &j) == nil {
			if p, err := proof.PolicyFor(j.VKey, 0); err == nil {
				offered = p.String()
			}
		}
	}
	var err error
	if a.policy, a.first, err = a.policyFor(a.Origin, offered, a.Options); err != nil {
		return err
	}
	if a.first {
		a.note("No policy was given and none was pinned: the key is the log's own word. It is pinned now; compare it with what the operator publishes elsewhere, and add the witnesses: --policy FILE.")
	}
	return nil
}

func (a *audit) statements(more ...Statement) []Statement {
	return append([]Statement{{"published now by the log", string(a.signed)}}, more...)
}

// gather sorts what is held and pinned into checkpoints and debts.
func (a *audit) gather() error {
	memory := pins{a.Pins}
	pinned, err := memory.checkpoints(a.Origin)
	if err != nil {
		return err
	}
	for _, h := range pinned {
		a.addHead(h)
	}
	if len(pinned) == 0 {
		earlier, err := memory.earlier(a.Origin)
		if err != nil {
			return err
		}
		if of, err := memory.checkpoints(earlier); earlier != "" && err == nil && len(of) > 0 {
			a.addHead(of[len(of)-1])
		}
	}
	for i, b := range a.Held {
		a.addHeld(b, fmt.Sprintf("held by the auditor, number %d", i+1))
	}
	if len(a.held) == 0 && !a.loss && proof.Follows(a.Origin) { // who comes after a restore is told of it once too
		a.loss = true
		a.exhibit(Exhibit{Word: Loss, Text: fmt.Sprintf("The log %s follows an earlier one that was left: a loss was declared. What was entered between the last backup and that day is not in it.", a.Origin), Statements: a.statements()})
	}
	return nil
}

func (a *audit) addHeld(b []byte, from string) {
	switch {
	case proof.IsPromise(b):
		p, err := proof.VerifyPromise(b, a.policy)
		if err != nil || p.Origin != a.Origin {
			a.find(Unjudged, "what is %s is no promise of the log %s: %v", from, a.Origin, err)
			return
		}
		a.owed = append(a.owed, owed{p.Index, p.LeafHash, p.At, string(b), from})
	case proof.IsReceipt(b):
		r, err := proof.ParseReceipt(b)
		if err == nil {
			_, err = r.Verify(a.policy)
		}
		if err != nil && !errors.Is(err, vocab.QuorumShort) {
			a.find(Unjudged, "what is %s is no receipt that holds: %v", from, err)
			return
		}
		if a.addHead(held{signed: r.Checkpoint, from: from}) {
			a.owed = append(a.owed, owed{index: r.Index, leaf: r.Leaf.Hash(), note: string(r.Checkpoint), what: from})
		}
	default:
		a.addHead(held{signed: b, from: from})
	}
}

// addHead keeps a checkpoint whose log signature holds; true when it is one of
// this very origin.
func (a *audit) addHead(h held) bool {
	seen, err := a.policy.OpenCheckpoint(h.signed)
	if err != nil {
		if c, perr := proof.ParseCheckpoint(h.signed); perr == nil && proof.IsSuccessor(c.Origin, a.Origin) && a.earlierHolds(c.Origin, h.signed) {
			seen.Checkpoint, err = c, nil
		}
	}
	if err != nil {
		a.find(Unjudged, "what is %s is no checkpoint that the known key of the log signed: %v", h.from, err)
		return false
	}
	h.head = seen.Checkpoint
	switch {
	case h.head.Origin == a.Origin:
		a.held = append(a.held, h)
		return true
	case proof.IsSuccessor(h.head.Origin, a.Origin):
		a.loss = true
		a.exhibit(Exhibit{Word: Loss, Text: fmt.Sprintf("The log %s (%d entries) was left and %s begun: a loss was declared. What was entered between the last backup and that day is not in the new log.",
			h.head.Origin, h.head.Size, a.Origin), Statements: a.statements(Statement{h.from, string(h.signed)})})
	default:
		a.find(Unjudged, "what is %s belongs to the log %s, published is %s", h.from, h.head.Origin, a.Origin)
	}
	return false
}

// earlierHolds checks a checkpoint of an earlier origin where the policy names
// only the later one: the key is the same.
func (a *audit) earlierHolds(origin string, signed []byte) bool {
	vkey, _, err := a.policy.LogVKey(a.Origin)
	if err != nil {
		return false
	}
	earlier, err := proof.RenamedVKey(vkey, origin)
	if err != nil {
		return false
	}
	p, err := proof.PolicyFor(earlier, 0)
	if err != nil {
		return false
	}
	_, err = p.OpenCheckpoint(signed)
	return err == nil
}

// compareHeads finds what the sizes and roots alone tell.
func (a *audit) compareHeads() {
	for _, h := range a.held {
		both := a.statements(Statement{h.from, string(h.signed)})
		switch {
		case h.head.Size == a.seen.Size && h.head.Root != a.seen.Root:
			a.exhibit(Exhibit{Word: Split, Text: fmt.Sprintf("The log signed two trees of %d entries: one is published, the other is %s.", h.head.Size, h.from), Statements: both})
		case h.head.Size > a.seen.Size && h.witness:
			a.exhibit(Exhibit{Word: Withheld, Text: fmt.Sprintf("The log shows %d entries, but has signed %d for the witness: it withholds the rest, or was rolled back. (Honest reason: too few other witnesses answered; then it catches up by itself.)",
				a.seen.Size, h.head.Size), Statements: both})
		case h.head.Size > a.seen.Size:
			a.exhibit(Exhibit{Word: Rolled, Text: fmt.Sprintf("The log shows %d entries; a checkpoint of %d, %s, was signed by it before.", a.seen.Size, h.head.Size, h.from), Statements: both})
		}
	}
	for _, o := range a.owed {
		if o.index < a.seen.Size {
			continue
		}
		if !o.at.IsZero() && a.At.Sub(o.at) < promiseTime {
			a.note("Entry %d was promised on %s and is not published yet.", o.index, o.at.Format(time.RFC3339))
			continue
		}
		a.exhibit(Exhibit{Word: Withheld, Text: fmt.Sprintf("Entry %d, %s, is not in the %d entries that the log shows.", o.index, o.what, a.seen.Size), Statements: a.statements(Statement{o.what, o.note})})
	}
}

// remember pins what a good audit, or one that met a declared loss, has seen.
func (a *audit) remember() error {
	if a.policy == nil || a.Word.ExitCode() != ExitGood && a.Word != Loss {
		return nil
	}
	memory := pins{a.Pins}
	if a.first {
		if err := memory.keepPolicy(a.Origin, a.policy); err != nil {
			return err
		}
	}
	return memory.keepCheckpoint(a.seen.Checkpoint, a.signed)
}

// walk recomputes the tree and compares every older size that is known.
func (a *audit) walk(ctx context.Context) error {
	w := &walk{files: a.files, size: a.seen.Size, workers: a.Workers, tell: a.Progress, leaves: map[uint64]struct{}{}}
	for _, h := range a.held {
		if h.head.Size < a.seen.Size {
			w.targets = append(w.targets, h.head.Size)
		}
	}
	for _, o := range a.owed {
		w.leaves[o.index] = struct{}{}
	}
	slices.Sort(w.targets)
	w.targets = slices.Compact(w.targets)
	if err := w.run(ctx); err != nil {
		var f *fault
		if !errors.As(err, &f) {
			return err
		}
		if f.word == Unjudged {
			a.find(Unjudged, "%s", f.text)
			return nil
		}
		a.exhibit(fileExhibit(Exhibit{Word: f.word, Text: f.text + ".", Statements: a.statements()}, f.path, f.content))
		return nil
	}
	if got := w.root(); got != a.seen.Root {
		a.exhibit(Exhibit{
			Word: Damaged, Text: fmt.Sprintf("The %d published entries give another root than the checkpoint signs.", a.seen.Size),
			Recomputed: b64(got), Statements: a.statements(),
		})
		return nil
	}
	a.prove("All %d entries were read and give the signed root %s.", a.seen.Size, b64(a.seen.Root))
	return a.judgeWalk(ctx, w)
}

func (a *audit) judgeWalk(ctx context.Context, w *walk) error {
	w.roots[0] = emptyRoot()
	for _, h := range a.held {
		if h.head.Size > a.seen.Size {
			continue
		}
		if h.head.Size == a.seen.Size || w.roots[h.head.Size] == h.head.Root {
			if h.head.Size < a.seen.Size || h.head.Root == a.seen.Root {
				a.prove("The checkpoint of %d entries, %s, is the beginning of this log.", h.head.Size, h.from)
			}
			continue
		}
		word, text := Rewrote, "The checkpoint of %d entries, %s, is not the beginning of this log: entries before it were changed."
		if h.witness {
			word, text = Split, "The checkpoint of %d entries, %s, is not the beginning of this log: the witness was shown another tree."
		}
		e := Exhibit{
			Word: word, Text: fmt.Sprintf(text, h.head.Size, h.from), Recomputed: b64(w.roots[h.head.Size]),
			ProofFrom: h.head.Size, ProofTo: a.seen.Size, Statements: a.statements(Statement{h.from, string(h.signed)}),
		}
		e.Proof = publishedProof(ctx, a.files, h.head.Size, a.seen.Size)
		a.exhibit(e)
	}
	for _, o := range a.owed {
		if o.index >= a.seen.Size {
			continue
		}
		if w.hashes[o.index] != o.leaf {
			a.exhibit(Exhibit{
				Word: Withheld, Text: fmt.Sprintf("Entry %d, %s, is another one in the log: %s instead of %s.", o.index, o.what, b64(w.hashes[o.index]), b64(o.leaf)),
				Statements: a.statements(Statement{o.what, o.note}),
			})
			continue
		}
		a.prove("Entry %d, %s, stands in the log.", o.index, o.what)
	}
	if a.loss {
		if leaf, err := proof.ParseLeaf(w.first); err != nil || leaf.Kind() != proof.Origin {
			a.exhibit(Exhibit{Word: Rewrote, Text: "The new origin does not begin with the entry that declares the loss.", Statements: a.statements()})
		}
	}
	return nil
}
