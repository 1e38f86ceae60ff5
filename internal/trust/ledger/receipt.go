package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Viewer is who asks for an entry. Access makes it from the actor.
type Viewer struct {
	Member  vocab.MemberID
	Person  vocab.PersonRef
	Auditor bool
	// Number chooses among several rows of Person in one batch, by the person's
	// counter; 0 is the first.
	Number int64
	// Mandate is set when another acts for Person: counters stay closed, so that
	// what is left out leaves no gap, and what is left out is deferred or of a
	// body in Except.
	Mandate bool
	Except  map[vocab.MemberID]bool
}

// holder is the class in which the viewer may see the record; false when the
// record does not exist for them.
func (v Viewer) holder(f *found, person string) (Holder, bool) {
	r := f.entry
	if f.fields != nil { // what was committed to counts, not what the row says beside it
		r.owner, r.provider = vocab.MemberID(valueOf(f.fields, FieldMember)), vocab.MemberID(valueOf(f.fields, FieldProvider))
		if r.owner == "" {
			r.owner = f.entry.owner
		}
	}
	switch {
	case v.Auditor:
		return HolderAuditor, true
	case v.Person != vocab.PersonRef{}:
		as := HolderSelf
		if v.Mandate {
			as = HolderMandate
		}
		return as, person != "" && person == hex.EncodeToString(v.Person[:]) && !(v.Mandate && v.Except[r.owner])
	case v.Member != "" && v.Member == r.owner:
		return HolderCaller, true
	case v.Member != "" && v.Member == r.provider:
		return HolderProvider, true
	default:
		return HolderPublic, false
	}
}

// notThere is the one answer for a trace that does not exist and one that is
// not the viewer's.
func notThere() error { return vocab.NoSuchThing.Because("no entry of that trace is there for you") }

// Receipts are what a holder keeps of one access: each text is a C2SP tlog-proof
// that carries the openings its holder may have.
type Receipts struct {
	Trace   vocab.TraceID
	Holder  Holder
	Intent  []byte
	Outcome []byte // empty while the outcome is unknown
	// Lost says why no receipt of the outcome will ever come: it stood in what a
	// restore declared lost. Nil while one may come.
	Lost error
}

// Receipt proves an entry once a witnessed checkpoint covers it. For a batch a
// person gets their own row and no other.
func (l *Ledger) Receipt(ctx context.Context, trace vocab.TraceID, v Viewer) (Receipts, error) {
	f, err := l.find(ctx, trace, v)
	if err != nil {
		return Receipts{}, err
	}
	if !f.entry.indexed {
		return Receipts{}, l.unproven(f.entry.origin, "the leaf of %s is not in the log", trace)
	}
	out := Receipts{Trace: trace, Holder: f.holder}
	if out.Intent, err = l.prove(ctx, f.entry, f.opening(f.row, false), trace); err != nil {
		return Receipts{}, fmt.Errorf("receipt of %s: %w", trace, err)
	}
	if f.outcome == nil {
		return out, nil
	}
	if !f.outcome.indexed {
		if f.outcome.origin != l.origin {
			out.Lost = l.unproven(f.outcome.origin, "the leaf of the outcome of %s is not in the log", trace)
		}
		return out, nil
	}
	under := trace // a row of a group is filed under its access, a batch's outcome under its own
	if f.entry.kind == proof.Batch {
		under = f.outcome.trace
	}
	out.Outcome, err = l.prove(ctx, *f.outcome, f.opening(f.outcomeRow, true), under)
	if vocab.CodeOf(err) == vocab.ReceiptLost { // what is proven stays proven
		out.Lost = err
		return out, nil
	}
	if err != nil {
		return Receipts{}, fmt.Errorf("receipt of the outcome of %s: %w", trace, err)
	}
	return out, nil
}

// Published proves an act to everybody, with the named fields open and no other, and
// one of its rows unless that is nil: what the node makes public rests on the log, and
// not on its word.
func (l *Ledger) Published(ctx context.Context, trace vocab.TraceID, row *proof.RowPath, names ...string) ([]byte, error) {
	f, err := l.find(ctx, trace, Viewer{Auditor: true})
	if err != nil {
		return nil, err
	}
	if f.entry.kind != proof.Act || !f.entry.indexed || f.fields == nil {
		return nil, l.unproven(f.entry.origin, "the act of %s is not open in the log", trace)
	}
	o := proof.Open(f.fields, func(name string) bool {
		return HolderPublic.Sees(name) || slices.Contains(names, name) || row != nil && name == FieldRows
	})
	o.Row = row
	return l.prove(ctx, f.entry, &o, trace)
}

// prove proves a record in the log it was written to.
func (l *Ledger) prove(ctx context.Context, r record, o *proof.Opening, trace vocab.TraceID) ([]byte, error) {
	in, err := l.logOf(r.origin)
	if err != nil {
		return nil, err
	}
	signed, err := in.Log.Checkpoint(ctx)
	if vocab.CodeOf(err) == vocab.ReceiptWaiting && r.origin != l.origin {
		return nil, l.unproven(r.origin, "no witnessed checkpoint covers entry number %d", r.index)
	}
	if err != nil {
		return nil, err
	}
	cp, err := proof.ParseCheckpoint(signed)
	if err != nil || cp.Size <= r.index {
		return nil, l.unproven(r.origin, "the newest witnessed checkpoint covers %d entries, this one is number %d", cp.Size, r.index)
	}
	path, err := in.Log.Proof(ctx, r.index, cp.Size)
	if err != nil {
		return nil, err
	}
	receipt := proof.Receipt{Index: r.index, Path: path, Checkpoint: signed, Trace: trace, Policy: in.Policy, Opening: o}
	if receipt.Leaf, err = proof.ParseLeaf(r.leaf); err != nil {
		return nil, err
	}
	return receipt.Encode()
}

// found is an entry as one viewer may see it.
type found struct {
	holder     Holder
	entry      record
	fields     []proof.Field // nil once erased
	row        *openRow      // of a batch, for one person
	outcome    *record
	outcomeRow *openRow
}

// openRow is one row of a batch or of an outcome group with the way up.
type openRow struct {
	index, count uint64
	fields       []proof.Field
	path         []proof.Hash
	leaf         []proof.Field // the leaf's own fields, "rows" among them
}

func (l *Ledger) find(ctx context.Context, trace vocab.TraceID, v Viewer) (found, error) {
	var f found
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		r, err := l.store.byTrace(ctx, tx, trace)
		if db.NoRows(err) {
			return notThere()
		}
		if err != nil {
			return err
		}
		return l.open(ctx, tx, &f, r, v)
	})
	return f, err
}

func (l *Ledger) open(ctx context.Context, tx *db.Tx, f *found, r record, v Viewer) error {
	f.entry = r
	if v.Person != (vocab.PersonRef{}) && !v.Auditor {
		hidden, err := l.store.hiding(ctx, tx, v.Person, l.clock.Now())
		if err != nil {
			return err
		}
		if hides(hidden, &r) {
			return notThere()
		}
	}
	if len(r.secret) > 0 {
		fields, err := proof.DecodeSecret(r.secret)
		if err != nil {
			return err
		}
		if leaf := proof.Commit(r.kind, fields); len(r.leaf) > 0 && !bytes.Equal(leaf[:], r.leaf) {
			return vocab.LedgerCorrupt.Because("the record of %s does not give the leaf that stands in the log", r.trace)
		}
		f.fields = fields
	}
	person := valueOf(f.fields, FieldPerson)
	if r.kind == proof.Batch && v.Person != (vocab.PersonRef{}) {
		row, err := l.batchRow(ctx, tx, r, v)
		if err != nil {
			return err
		}
		f.row, person = row.intent, hex.EncodeToString(v.Person[:])
		f.outcomeRow = row.outcome
	}
	if (r.kind == proof.Access || r.kind == proof.Act) && f.fields == nil && v.Person != (vocab.PersonRef{}) {
		// The openings are erased; that the person was touched is still known.
		if _, err := l.store.rowOf(ctx, tx, v.Person, r.seq, 0); err == nil {
			person = hex.EncodeToString(v.Person[:])
		} else if !db.NoRows(err) {
			return err
		}
	}
	var ok bool
	if f.holder, ok = v.holder(f, person); !ok {
		return notThere()
	}
	return l.openOutcome(ctx, tx, f)
}

func (l *Ledger) openOutcome(ctx context.Context, tx *db.Tx, f *found) error {
	if f.entry.outcomeSeq == 0 {
		return nil
	}
	o, err := l.store.bySeq(ctx, tx, f.entry.outcomeSeq)
	if err != nil {
		return err
	}
	f.outcome = &o
	if f.entry.kind == proof.Batch || len(f.entry.outcomeSecret) == 0 || len(o.secret) == 0 {
		return nil
	}
	row := &openRow{index: uint64(f.entry.outcomeRow)}
	if row.fields, err = proof.DecodeSecret(f.entry.outcomeSecret); err != nil {
		return err
	}
	if row.leaf, err = proof.DecodeSecret(o.secret); err != nil {
		return err
	}
	tree := proof.NewRowsTree(splitHashes(o.rowRoots))
	row.count, row.path = tree.Count(), tree.Path(row.index)
	f.outcomeRow = row
	return nil
}

// opening chooses what the holder may see; nil when it was erased.
func (f *found) opening(row *openRow, outcome bool) *proof.Opening {
	show := f.holder.Sees
	if row != nil {
		if row.fields == nil {
			return nil
		}
		r := proof.Row(row.index, row.count, row.fields, row.path, show)
		o := proof.OpenRow(row.leaf, r, func(name string) bool { return show(name) && name != FieldPerson })
		return &o
	}
	fields := f.fields
	if outcome {
		if f.outcome == nil || len(f.outcome.secret) == 0 {
			return nil
		}
		decoded, err := proof.DecodeSecret(f.outcome.secret)
		if err != nil {
			return nil
		}
		fields = decoded
	}
	if fields == nil {
		return nil
	}
	o := proof.Open(fields, show)
	return &o
}

func valueOf(fields []proof.Field, name string) string {
	for i := range fields {
		if fields[i].Name == name {
			return string(fields[i].Value)
		}
	}
	return ""
}
