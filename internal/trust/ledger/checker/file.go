package checker

import (
	"fmt"
	"io"
	"os"
	"time"

	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Options are what a check may be given.
type Options struct {
	Policy   *proof.Policy // whom to believe; nil means what is pinned, or first use
	Pins     string        // folder of the checker's memory; "" remembers nothing
	Evidence string        // folder for evidence files; "" is the current one
	Now      func() time.Time
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now().UTC()
	}
	return o.Now().UTC()
}

// File judges a promise or a receipt in a file, off line.
func File(path string, o Options) (*Verdict, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "opening what is to be checked")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, proof.MaxReceipt+1))
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "reading what is to be checked")
	}
	return Bytes(b, path, o)
}

// Bytes is File for what is in memory; subject names it in the evidence. An
// error means that the checker itself could not work, never that a proof failed.
func Bytes(b []byte, subject string, o Options) (*Verdict, error) {
	v := &Verdict{At: o.now()}
	var err error
	var policy *proof.Policy
	good := Sound
	switch {
	case proof.IsPromise(b):
		good = Promised
		policy, err = v.promise(b, o)
	case proof.IsReceipt(b):
		policy, good, err = v.receipt(b, o)
	default:
		v.find(Unjudged, "this is neither a promise (fontis/promise/v1 or v2) nor a receipt (c2sp.org/tlog-proof@v1)")
	}
	if err != nil {
		return nil, err
	}
	v.close(good)
	return v, v.keepEvidence(o.Evidence, subject, policy, v.At)
}

// policyFor chooses whom to believe: the given policy, what was pinned, or what
// the file itself says, which is then pinned.
func (v *Verdict) policyFor(origin, offered string, o Options) (policy *proof.Policy, first bool, err error) {
	if o.Policy != nil {
		return o.Policy, false, nil
	}
	if policy, err = (pins{o.Pins}).policy(origin); err != nil || policy != nil {
		return policy, false, err
	}
	if offered == "" {
		v.find(Unjudged, "no key of the log %s is known here: give --policy FILE, or check the log by its address first", origin)
		return nil, false, nil
	}
	policy, err = proof.ParsePolicy([]byte(offered))
	if err != nil {
		v.find(Unjudged, "no policy was given, and the one inside the receipt does not read: %v", err)
		return nil, false, nil
	}
	return policy, true, nil
}

func (v *Verdict) promise(b []byte, o Options) (*proof.Policy, error) {
	p, err := proof.ParsePromise(b)
	if err != nil {
		v.find(Unjudged, "the promise does not read: %v", err)
		return nil, nil
	}
	v.Origin, v.Index = p.Origin, p.Index
	policy, _, err := v.policyFor(p.Origin, "", o)
	if err != nil || policy == nil {
		return nil, err
	}
	if _, err := proof.VerifyPromise(b, policy); err != nil {
		v.fail(err, "promise", b)
		return policy, nil
	}
	v.prove("The log %s promised on %s that entry %d is %s.", p.Origin, p.At.Format(time.RFC3339), p.Index, b64(p.LeafHash))
	v.note("A promise is the log's word alone. Fetch the receipt for trace %s; if the log cannot give one, this file is the evidence.", p.Trace)
	return policy, nil
}

func (v *Verdict) receipt(b []byte, o Options) (policy *proof.Policy, good Word, err error) {
	r, err := proof.ParseReceipt(b)
	if err != nil {
		v.find(Unjudged, "the receipt does not read: %v", err)
		return nil, Sound, nil
	}
	head, err := proof.ParseCheckpoint(r.Checkpoint)
	if err != nil {
		v.find(Unjudged, "the receipt's checkpoint does not read: %v", err)
		return nil, Sound, nil
	}
	v.Origin, v.Index, v.Size, v.Root = head.Origin, r.Index, head.Size, b64(head.Root)
	policy, first, err := v.policyFor(head.Origin, r.Policy, o)
	if err != nil || policy == nil {
		return nil, Sound, err
	}
	seen, err := r.Verify(policy)
	if err != nil {
		v.fail(err, "receipt", b)
		return policy, Sound, nil
	}
	v.Opening = r.Opening
	v.sayReceipt(r, seen, policy)
	good = Sound
	if first {
		good = FirstUse
		v.note("No policy was given and none was pinned: the receipt was checked against the keys that it carries itself. They are pinned now; compare them with what the log's operator and the witnesses publish elsewhere.")
	}
	return policy, good, v.comparePinned(seen, r.Checkpoint, policy, first, o)
}

func (v *Verdict) sayReceipt(r *proof.Receipt, seen proof.Seen, policy *proof.Policy) {
	v.prove("Entry %d of the log %s is this one, of kind %s, in the tree of %d entries.", r.Index, seen.Origin, r.Leaf.Kind(), seen.Size)
	if r.Opening != nil {
		v.prove("The shown fields were committed to in that entry; not a byte of them was changed since.")
	} else {
		v.note("The openings were erased: that the entry stands in the log is proven, what it said is gone.")
	}
	for _, c := range seen.Cosigners {
		v.prove("Witness %s saw the log grow without a change up to there, on %s.", c.Name, c.At.Format(time.RFC3339))
	}
	if !policy.NeedsWitness() {
		v.note("The policy asks for no witness: an operator could show another tree to others.")
	}
	if seen.Successor {
		v.note("The origin %s follows another one of the same key: the log has declared a loss.", seen.Origin)
	}
}

// comparePinned holds the receipt's checkpoint against those seen before, off
// line, which finds two roots of one size, and pins it.
func (v *Verdict) comparePinned(seen proof.Seen, signed []byte, policy *proof.Policy, first bool, o Options) error {
	memory := pins{o.Pins}
	if later := memory.later(seen.Origin); later != "" {
		v.note("The log %s was frozen when a restore declared a loss; %s follows it. What is proven here stays proven.", seen.Origin, later)
	}
	known, err := memory.checkpoints(seen.Origin)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.head.Size == seen.Size && k.head.Root != seen.Root {
			v.exhibit(Exhibit{
				Word: Split, Text: fmt.Sprintf("The log %s signed two trees of size %d.", seen.Origin, seen.Size),
				Statements: []Statement{{"the receipt", string(signed)}, {k.from, string(k.signed)}},
			})
		}
	}
	if first && len(v.Findings) == 0 {
		if err := memory.keepPolicy(seen.Origin, policy); err != nil {
			return err
		}
	}
	return memory.keepCheckpoint(seen.Checkpoint, signed)
}

// fail turns an error of the proof into a finding with the file as exhibit.
func (v *Verdict) fail(err error, what string, b []byte) {
	word, text := False, fmt.Sprintf("The %s does not hold: %v.", what, err)
	switch vocab.CodeOf(err) {
	case vocab.QuorumShort:
		word = Waiting
		text = fmt.Sprintf("The log signed the %s, and too few witnesses have yet: %v. Fetch the %s again in a minute; if that stays so, ask the witnesses whom the policy names.", what, err, what)
	case vocab.LogUnknown, vocab.BadInput:
		v.find(Unjudged, "the %s cannot be judged: %v", what, err)
		return
	}
	v.exhibit(fileExhibit(Exhibit{Word: word, Text: text}, what, b))
}
