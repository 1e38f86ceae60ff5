package tally

import (
	"bytes"
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// The names of a row's fields, in the order in which they are stored.
var (
	rowFields     = []string{ledger.FieldCase, ledger.FieldPerson, ledger.FieldCounter, ledger.FieldPrevious}
	outcomeFields = []string{ledger.FieldState, ledger.FieldAnswers, ledger.FieldReasons, ledger.FieldPrints, ledger.FieldDisputed}
)

// batch holds the rows of a sealed batch, and of its outcome, against what their
// leaves bind.
func (p *part) batch(ctx context.Context, tx *db.Tx, e *entry) error {
	intent := rowsOf{p: p, e: e, bound: e, names: rowFields}
	if err := intent.run(ctx, tx); err != nil {
		return err
	}
	if e.outcomeSeq == nil {
		if e.state == string(vocab.Released) || e.state == string(vocab.Failed) {
			p.found(OutcomeMissing, e, "the batch says %s and names no outcome", e.state)
		}
		return nil
	}
	o, ok := p.outcomes[*e.outcomeSeq]
	if !ok {
		p.found(OutcomeMissing, e, "the outcome of the batch, entry %d, is not there", *e.outcomeSeq)
		return nil
	}
	if fields, err := proof.DecodeSecret(o.secret); err == nil {
		if valueOf(fields, ledger.FieldState) != e.state || valueOf(fields, "of") != e.trace {
			p.found(OutcomeChanged, e, "the outcome that the batch names, entry %d, says another state or another batch", o.seq)
		}
	}
	end := rowsOf{p: p, e: e, bound: &o, names: outcomeFields, outcome: true}
	return end.run(ctx, tx)
}

// rowsOf walks the rows of one batch in order.
type rowsOf struct {
	p       *part
	e       *entry // the batch
	bound   *entry // whose leaf binds the rows
	names   []string
	outcome bool

	next   int64 // the row expected
	chunk  []proof.Hash
	chunks []proof.Hash
	missed int
}

func (r *rowsOf) word() string {
	if r.outcome {
		return "outcome of row"
	}
	return "row"
}

func (r *rowsOf) found(kind Kind, row int64, format string, args ...any) {
	r.p.found(kind, r.e, format, args...).Row = &row
}

func (r *rowsOf) run(ctx context.Context, tx *db.Tx) error {
	for after := int64(-1); ; {
		rows, err := r.p.t.store.rows(ctx, tx, r.e.seq, after, r.outcome)
		if err != nil {
			return err
		}
		for i := range rows {
			r.row(&rows[i])
			after = rows[i].no
		}
		if len(rows) < rowsAtOnce {
			break
		}
	}
	if len(r.chunk) > 0 {
		r.close()
	}
	return r.end()
}

// row holds one row against its own openings. What is missing keeps a root of
// zeroes, so that the chunk around it is not right either.
func (r *rowsOf) row(b *batchRow) {
	for ; r.next < b.no; r.next++ {
		if r.missed++; r.missed <= kept {
			r.found(RowMissing, r.next, "the %s is not there", r.word())
		}
		r.take(proof.Hash{})
	}
	r.next = b.no + 1
	root := proof.Hash{}
	copy(root[:], b.root)
	r.take(root)
	if len(b.secret) == 0 {
		if len(r.e.secret) > 0 {
			r.found(OpeningsGone, b.no, "the %s has no openings, though the batch has", r.word())
		}
		return
	}
	fields, err := proof.DecodeRowSecret(b.secret, r.names)
	if err != nil || !isRoot(root[:], fields) {
		r.found(RowChanged, b.no, "the openings of the %s do not give its root", r.word())
		return
	}
	if r.outcome {
		return
	}
	person, n, previous, ok := chainOf(fields)
	if !ok || !bytes.Equal(person[:], b.person) {
		r.found(RowChanged, b.no, "the row stands under another person than was committed to")
	}
	if ok && len(r.e.secret) > 0 && r.e.seq <= r.p.s.Last {
		r.p.touched.add(ofTouch(person[:], n, r.e.seq, b.no, root[:], previous))
	}
}

func (r *rowsOf) take(root proof.Hash) {
	r.chunk = append(r.chunk, root)
	if len(r.chunk) == proof.ChunkRows {
		r.close()
	}
}

// close holds a chunk of rows against the root kept of it.
func (r *rowsOf) close() {
	root := proof.NewRowsTree(r.chunk).Root()
	at := len(r.chunks) * proof.HashSize
	if at+proof.HashSize > len(r.bound.rowRoots) {
		r.found(RowChanged, int64(len(r.chunks))*proof.ChunkRows, "from this row on there are more rows than were committed to")
	} else if !bytes.Equal(root[:], r.bound.rowRoots[at:at+proof.HashSize]) && r.missed == 0 {
		first := int64(len(r.chunks)) * proof.ChunkRows
		r.found(RowChanged, first, "rows %d to %d do not give the root that was kept of them", first, first+int64(len(r.chunk))-1)
	}
	r.chunks = append(r.chunks, root)
	r.chunk = r.chunk[:0]
}

// end holds root and number of all rows against the leaf that binds them.
func (r *rowsOf) end() error {
	if len(r.bound.secret) == 0 {
		return nil
	}
	fields, err := proof.DecodeSecret(r.bound.secret)
	if err != nil {
		return nil // the entry itself is named
	}
	said := []byte(valueOf(fields, proof.RowsName))
	if len(said) == 0 {
		if r.next > 0 {
			r.found(RowChanged, 0, "there are %d rows, and the leaf binds none", r.next)
		}
		return nil
	}
	root, count, err := proof.ParseRows(said)
	if err != nil {
		return fmt.Errorf("read the field rows of entry %d: %w", r.bound.seq, err)
	}
	for ; r.next < int64(count) && r.missed < kept; r.next++ {
		r.missed++
		r.found(RowMissing, r.next, "the %s is not there; %d were committed to", r.word(), count)
	}
	if r.missed == 0 && (uint64(r.next) != count || proof.ChunksRoot(r.chunks) != root) {
		r.found(RowChanged, 0, "the rows (%d) are not those that were committed to (%d)", r.next, count)
	}
	return nil
}

// groupOf holds an outcome group against its own leaf and counts its rows.
func (p *part) groupOf(ctx context.Context, tx *db.Tx, e *entry) error {
	if proof.Kind(e.kind) != proof.Outcome || len(e.secret) == 0 {
		return nil
	}
	fields, err := proof.DecodeSecret(e.secret)
	if err != nil {
		return nil // the entry itself is named
	}
	if batch := valueOf(fields, "of"); batch != "" {
		found, err := p.t.store.byTrace(ctx, tx, batch)
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].outcomeSeq == nil || *found[0].outcomeSeq != e.seq {
			p.found(OutcomeMissing, e, "the batch %s does not name this outcome", batch)
		}
		return nil
	}
	roots := make([]proof.Hash, len(e.rowRoots)/proof.HashSize)
	for i := range roots {
		copy(roots[i][:], e.rowRoots[i*proof.HashSize:])
		p.grouped.add(ofOutcome(e.seq, int64(i)))
	}
	tree := proof.NewRowsTree(roots)
	root, count, err := proof.ParseRows([]byte(valueOf(fields, proof.RowsName)))
	if err != nil || root != tree.Root() || count != tree.Count() {
		p.found(OutcomeChanged, e, "its %d rows are not those that were committed to", len(roots))
	}
	return nil
}
