package ledger

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// gathering is the state of a batch whose rows are still being recorded; it has
// no leaf yet and nothing about it may be opened.
const gathering vocab.AccessState = "gathering"

// rowFields are what each row of a batch commits to, in stored order; what all
// rows share stands in the leaf.
var rowFields = []string{FieldCase, FieldPerson, FieldCounter, FieldPrevious}

// outcomeFields are what each row's outcome commits to; rows of older releases
// end before the prints, and a row of which nothing was contested ends before what
// was disputed.
var outcomeFields = []string{FieldState, FieldAnswers, FieldReasons, FieldPrints, FieldDisputed}

// BatchRow is one subject of a batch.
type BatchRow struct {
	Person vocab.PersonRef
	Case   string
}

// RowOutcome is how one row of a batch ended.
type RowOutcome struct {
	State            vocab.AccessState
	Answers, Reasons string
	Prints           string
	Disputed         string // a list of items; empty when no value was contested

	end *rowEnd // nil until the row is ready
}

// ReadyOutcomes draws keys and computes digests, so that the writer need not wait
// for them. AddOutcomes does it for rows that are not ready.
func ReadyOutcomes(rows []RowOutcome) {
	fields := makeNamed(outcomeFields)
	for i := range rows {
		r := &rows[i]
		if r.end != nil {
			continue
		}
		of := fields
		if r.Disputed == "" {
			of = fields[:len(fields)-1]
		}
		fill(fields, string(r.State), r.Answers, r.Reasons, r.Prints, r.Disputed)
		r.end = &rowEnd{proof.RowRoot(of), proof.AppendRowSecret(make([]byte, 0, outcomeSecret), of)}
	}
}

// BeginBatch enters a batch before its rows; AddRows, SealBatch, AddOutcomes and
// FinishBatch follow in this order. Each step is durable on its own and can be
// taken up again after a crash.
func (l *Ledger) BeginBatch(ctx context.Context, tx *db.Tx, d *Draft) (int64, error) {
	fields := makeFields(d.Fields)
	seq := l.seq.Add(1)
	return seq, l.store.insert(ctx, tx, record{
		seq: seq, trace: d.Trace, kind: proof.Batch, state: gathering, at: d.At, owner: d.Owner, provider: d.Provider,
		grant: d.Grant, leaf: []byte{}, origin: l.origin, secret: proof.EncodeSecret(fields),
	})
}

// AddRows records rows from number from on, each in its person's own chain.
func (l *Ledger) AddRows(ctx context.Context, tx *db.Tx, seq, from int64, rows []BatchRow) error {
	persons := make([]vocab.PersonRef, len(rows))
	for i := range rows {
		persons[i] = rows[i].Person
	}
	ends, err := l.store.lastOfAll(ctx, tx, persons)
	if err != nil {
		return err
	}
	fields := makeNamed(rowFields)
	made := make([]rowEntry, len(rows))
	for i, r := range rows {
		end := ends[r.Person]
		n := end.n + 1
		fill(fields, r.Case, hex.EncodeToString(r.Person[:]), strconv.FormatInt(n, 10), hex.EncodeToString(end.root[:]))
		root := proof.RowRoot(fields)
		made[i] = rowEntry{touch{person: r.Person, n: n, seq: seq, row: from + int64(i), root: root}, proof.AppendRowSecret(make([]byte, 0, rowSecret), fields)}
		ends[r.Person] = chainEnd{n, root}
	}
	if err := l.store.insertRows(ctx, tx, made); err != nil {
		return fmt.Errorf("record the %d rows from %d on: %w", len(rows), from, err)
	}
	return nil
}

// rowSecret and outcomeSecret are what the openings of a row and of its outcome
// usually take: keys, two hashes in hexadecimal, counter and case; and keys, state
// and the answers by item.
const (
	rowSecret     = 288
	outcomeSecret = 288
)

func makeNamed(names []string) []proof.Field {
	fields := make([]proof.Field, len(names))
	for i, n := range names {
		fields[i].Name = n
	}
	return fields
}

// fill gives the fields new keys and values.
func fill(fields []proof.Field, values ...string) {
	drawKeys(fields)
	for i := range fields {
		fields[i].Value = append(fields[i].Value[:0], values[i]...)
	}
}

// Rows is how many rows of the batch are recorded, and how many have an outcome.
func (l *Ledger) Rows(ctx context.Context, seq int64) (recordedRows, answered int64, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		recordedRows, answered, err = l.store.countRows(ctx, tx, seq)
		return err
	})
	return recordedRows, answered, err
}

// SealBatch binds all rows under one leaf and returns when it is in the log; only
// then may a source be opened for the batch. Sealing twice gives the same leaf.
func (l *Ledger) SealBatch(ctx context.Context, seq int64) (Entry, error) {
	r, err := l.entry(ctx, seq)
	if err != nil {
		return Entry{}, err
	}
	if r.state != gathering {
		return l.sealed(ctx, r)
	}
	r.state = vocab.Intended
	return l.seal(ctx, r, nil, func(context.Context, *db.Tx) error { return nil })
}

func (l *Ledger) seal(ctx context.Context, r record, more []Pair, with func(context.Context, *db.Tx) error) (Entry, error) {
	tree, err := l.rowsTree(ctx, r.seq, false)
	if err != nil {
		return Entry{}, err
	}
	fields, err := proof.DecodeSecret(r.secret)
	if err != nil {
		return Entry{}, err
	}
	fields = append(fields, makeFields(more)...)
	if tree.Count() > 0 {
		fields = append(fields, tree.Field())
	}
	leaf := proof.Commit(proof.Batch, fields)
	r.origin = l.origin // it may have gathered before a restore began another log
	r.leaf, r.secret, r.rowRoots = leaf[:], proof.EncodeSecret(fields), joinHashes(tree.Chunks())
	e := Entry{Seq: r.seq, Trace: r.trace, State: r.state, At: r.at, Leaf: r.leaf, Origin: r.origin, place: &place{done: make(chan struct{})}}
	err = l.db.Write(ctx, func(tx *db.Tx) error {
		if err := l.store.setSealed(ctx, tx, r); err != nil {
			return err
		}
		tx.OnCommit(func() { l.queue(leafOf{seq: r.seq, leaf: e.Leaf, place: e.place}) })
		return with(ctx, tx)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("seal the batch: %w", err)
	}
	return l.Await(ctx, e)
}

// sealed is a batch that was sealed before: its leaf is in the log, or start-up
// has put it there.
func (l *Ledger) sealed(ctx context.Context, r record) (Entry, error) {
	if !r.indexed {
		return Entry{}, vocab.LedgerAway.Because("the leaf of batch %s is not in the log yet", r.trace)
	}
	return Entry{Seq: r.seq, Trace: r.trace, State: r.state, At: r.at, Leaf: r.leaf, Index: r.index, Origin: r.origin}, nil
}

func (l *Ledger) queue(leaf leafOf) {
	l.mu.Lock()
	l.acts = append(l.acts, leaf)
	l.mu.Unlock()
	l.nudge()
}

// AddOutcomes records how rows ended, from number from on.
func (l *Ledger) AddOutcomes(ctx context.Context, tx *db.Tx, seq, from int64, rows []RowOutcome) error {
	ReadyOutcomes(rows)
	ends := make([]rowEnd, len(rows))
	for i := range rows {
		ends[i], rows[i].end = *rows[i].end, nil // keys are used once
	}
	if err := l.store.insertOutcomes(ctx, tx, seq, from, ends); err != nil {
		return fmt.Errorf("record the outcomes of %d rows from %d on: %w", len(rows), from, err)
	}
	return nil
}

// EndBatch ends a batch that can go no further, and says how it stands then. One
// that still gathers is refused: the rows recorded so far and the cause stand under
// one leaf, so that no person's chain has a gap. One that is sealed has failed: as
// nothing of it was given out, every row says so, also those that the source had
// answered. Any other stays as it is. with runs in the first transaction.
func (l *Ledger) EndBatch(ctx context.Context, seq int64, cause vocab.Code, with func(context.Context, *db.Tx) error) (vocab.AccessState, error) {
	r, err := l.entry(ctx, seq)
	switch {
	case err != nil:
		return "", err
	case r.state == gathering:
		r.state = vocab.Refused
		_, err = l.seal(ctx, r, []Pair{{FieldRefused, string(cause)}}, with)
		return vocab.Refused, err
	case r.state == vocab.Intended:
		if err := l.db.Write(ctx, func(tx *db.Tx) error { return with(ctx, tx) }); err != nil {
			return "", err
		}
		return vocab.Failed, l.failBatch(ctx, seq, cause)
	default:
		return r.state, nil
	}
}

func (l *Ledger) failBatch(ctx context.Context, seq int64, cause vocab.Code) error {
	recorded, _, err := l.Rows(ctx, seq)
	if err != nil {
		return err
	}
	why := proof.MapValue(map[string]string{"error": string(cause)})
	for at := int64(0); at < recorded; at += failedAtOnce {
		rows := make([]RowOutcome, min(failedAtOnce, recorded-at))
		for i := range rows {
			rows[i] = RowOutcome{State: vocab.Failed, Answers: "{}", Reasons: why, Prints: "{}"}
		}
		if err := l.db.Write(ctx, func(tx *db.Tx) error { return l.AddOutcomes(ctx, tx, seq, at, rows) }); err != nil {
			return err
		}
	}
	return l.FinishBatch(ctx, seq, vocab.Failed, []Pair{{FieldReasons, why}})
}

// failedAtOnce keeps the writer no longer than a piece of a batch's answers does.
const failedAtOnce = 512

// FinishBatch binds the outcomes of all rows under one leaf.
func (l *Ledger) FinishBatch(ctx context.Context, seq int64, state vocab.AccessState, pairs []Pair) error {
	r, err := l.entry(ctx, seq)
	if err != nil || r.outcomeSeq != 0 {
		return err
	}
	tree, err := l.rowsTree(ctx, seq, true)
	if err != nil {
		return err
	}
	rows := tree.Field()
	late := false // it was erased while it still worked: what came since goes too
	err = l.db.Write(ctx, func(tx *db.Tx) error {
		e, err := l.Enter(ctx, tx, Plain{
			Kind: proof.Outcome, Fields: append([]Pair{{FieldState, string(state)}, {"of", string(r.trace)}}, pairs...),
			Rows: &rows, RowRoots: joinHashes(tree.Chunks()),
		})
		if err != nil {
			return err
		}
		if err := l.store.setBatchOutcome(ctx, tx, seq, state, e.Seq); err != nil {
			return err
		}
		if r, err = l.store.bySeq(ctx, tx, seq); err != nil || len(r.secret) > 0 {
			return err
		}
		late = true
		return l.store.erase(ctx, tx, r.trace)
	})
	if err != nil || !late {
		return err
	}
	return l.scrub(ctx)
}

func (l *Ledger) entry(ctx context.Context, seq int64) (record, error) {
	var r record
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		r, err = l.store.bySeq(ctx, tx, seq)
		return err
	})
	return r, err
}

func (l *Ledger) rowsTree(ctx context.Context, seq int64, outcome bool) (*proof.RowsTree, error) {
	var roots []proof.Hash
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		roots, err = l.store.rowRoots(ctx, tx, seq, 0, forever, outcome)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the row roots: %w", err)
	}
	return proof.NewRowsTree(roots), nil
}

// personRow is a person's row of a batch, its intent and its outcome.
type personRow struct{ intent, outcome *openRow }

func (l *Ledger) batchRow(ctx context.Context, tx *db.Tx, r record, v Viewer) (personRow, error) {
	no, err := l.store.rowOf(ctx, tx, v.Person, r.seq, v.Number)
	if db.NoRows(err) {
		return personRow{}, notThere()
	}
	if err != nil {
		return personRow{}, err
	}
	stored, err := l.store.row(ctx, tx, r.seq, no)
	if err != nil {
		return personRow{}, err
	}
	intent, err := l.openRow(ctx, tx, r.seq, no, r, stored.secret, rowFields, false)
	if err != nil || r.outcomeSeq == 0 {
		return personRow{intent: intent}, err
	}
	o, err := l.store.bySeq(ctx, tx, r.outcomeSeq)
	if err != nil {
		return personRow{}, err
	}
	outcome, err := l.openRow(ctx, tx, r.seq, no, o, stored.outcomeSecret, outcomeFields, true)
	return personRow{intent: intent, outcome: outcome}, err
}

// openRow opens row no of batch seq below the leaf of entry r.
func (l *Ledger) openRow(ctx context.Context, tx *db.Tx, seq, no int64, r record, secret []byte, names []string, outcome bool) (*openRow, error) {
	row := &openRow{index: uint64(no)}
	if len(secret) == 0 || len(r.secret) == 0 || len(r.rowRoots) == 0 {
		return row, nil
	}
	var err error
	if row.fields, err = proof.DecodeRowSecret(secret, names); err != nil {
		return nil, err
	}
	if row.leaf, err = proof.DecodeSecret(r.secret); err != nil {
		return nil, err
	}
	if _, row.count, err = proof.ParseRows([]byte(valueOf(row.leaf, FieldRows))); err != nil {
		return nil, err
	}
	first := no &^ (proof.ChunkRows - 1)
	near, err := l.store.rowRoots(ctx, tx, seq, first, first+proof.ChunkRows, outcome)
	if err != nil {
		return nil, err
	}
	row.path, err = proof.PathFrom(uint64(no), near, splitHashes(r.rowRoots))
	return row, err
}
