package tally

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// store holds the only SQL of the tally; it reads the ledger's tables and writes
// its own.
type store struct{}

// entry is a record as it stands in the database.
type entry struct {
	seq           int64
	trace         string
	kind          int64
	state         string
	at            int64
	owner         string
	provider      string
	grant         string
	leaf          []byte
	origin        string
	index         *int64
	secret        []byte
	rowRoots      []byte
	outcomeSeq    *int64
	outcomeRow    *int64
	outcomeSecret []byte
}

const (
	entryColumns = `seq, trace, kind, state, at, owner_member, provider, grant_id, leaf, origin, leaf_index, secret, row_roots,
	outcome_seq, outcome_row, outcome_secret`
	selectRange   = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE seq > $1 AND seq <= $2 ORDER BY seq`
	selectEntries = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE seq IN (%s)`
	selectTrace   = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE trace = $1`
)

func (store) span(ctx context.Context, tx *db.Tx, after, until int64) ([]entry, error) {
	return many(ctx, tx, selectRange, after, until)
}

func (store) bySeqs(ctx context.Context, tx *db.Tx, seqs []int64) ([]entry, error) {
	var out []entry
	for part := range db.Parts(seqs) {
		args := make([]any, len(part))
		for i, s := range part {
			args[i] = s
		}
		more, err := many(ctx, tx, fmt.Sprintf(selectEntries, tx.Many(1, len(part), 1)), args...)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

func (store) byTrace(ctx context.Context, tx *db.Tx, trace string) ([]entry, error) {
	return many(ctx, tx, selectTrace, trace)
}

func many(ctx context.Context, tx *db.Tx, query string, args ...any) ([]entry, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []entry
	for rows.Next() {
		var e entry
		err := rows.Scan(&e.seq, &e.trace, &e.kind, &e.state, &e.at, &e.owner, &e.provider, &e.grant, &e.leaf, &e.origin, &e.index,
			&e.secret, &e.rowRoots, &e.outcomeSeq, &e.outcomeRow, &e.outcomeSecret)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

const (
	selectNewest = `SELECT COALESCE(MAX(seq), 0) FROM ledger_entry`
	selectOpen   = `SELECT COALESCE(MIN(seq), 0) FROM ledger_entry
	WHERE seq > $1 AND seq <= $2 AND leaf_index IS NULL AND state <> 'gathering' AND origin = $3 AND at > $4`
	selectMark = `SELECT reconciled_index, reconciled_seq FROM ledger_log WHERE origin = $1`
)

func (store) newest(ctx context.Context, tx *db.Tx) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, selectNewest).Scan(&n)
	return n, err
}

// open is the first entry in (after, until], made after a moment, whose place in
// the log is not written yet; 0 when all have theirs.
func (store) open(ctx context.Context, tx *db.Tx, after, until int64, origin string, made time.Time) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, selectOpen, after, until, origin, made.UnixMicro()).Scan(&n)
	return n, err
}

// mark is how far log and record of the origin were bound at the last start.
func (store) mark(ctx context.Context, tx *db.Tx, origin string) (index uint64, seq int64, err error) {
	var i int64
	err = tx.QueryRow(ctx, selectMark, origin).Scan(&i, &seq)
	if db.NoRows(err) {
		err = nil
	}
	return uint64(i), seq, err
}

const selectErasures = `SELECT seq, secret FROM ledger_entry WHERE kind = 7 AND seq > $1 ORDER BY seq`

// erasures gives the openings of erasures after an entry.
func (store) erasures(ctx context.Context, tx *db.Tx, after int64, each func(seq int64, secret []byte)) error {
	rows, err := tx.Query(ctx, selectErasures, after)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var secret []byte
		if err := rows.Scan(&seq, &secret); err != nil {
			return err
		}
		each(seq, secret)
	}
	return rows.Err()
}

const selectActs = `SELECT seq, trace, at, provider, secret FROM ledger_entry WHERE kind = 4 ORDER BY seq`

// acts gives every act in its order.
func (store) acts(ctx context.Context, tx *db.Tx, each func(*entry)) error {
	rows, err := tx.Query(ctx, selectActs)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.seq, &e.trace, &e.at, &e.provider, &e.secret); err != nil {
			return err
		}
		each(&e)
	}
	return rows.Err()
}

// batchRow is a row of a batch, or of its outcome, where person is empty.
type batchRow struct {
	no                   int64
	person, root, secret []byte
}

const (
	selectRows        = `SELECT row_no, person, root, secret FROM ledger_row WHERE seq = $1 AND row_no > $2 ORDER BY row_no LIMIT $3`
	selectOutcomeRows = `SELECT row_no, root, root, secret FROM ledger_row_outcome WHERE seq = $1 AND row_no > $2 ORDER BY row_no LIMIT $3`
)

func (store) rows(ctx context.Context, tx *db.Tx, seq, after int64, outcome bool) ([]batchRow, error) {
	query := selectRows
	if outcome {
		query = selectOutcomeRows
	}
	rows, err := tx.Query(ctx, query, seq, after, int64(rowsAtOnce))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make([]batchRow, 0, rowsAtOnce)
	for rows.Next() {
		var r batchRow
		if err := rows.Scan(&r.no, &r.person, &r.root, &r.secret); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// touch is one link of a person's chain.
type touch struct {
	person      vocab.PersonRef
	n, seq, row int64
	root        proof.Hash
}

const (
	selectTouches = `SELECT person, n, seq, row_no, root FROM ledger_person WHERE (person, n) > ($1, $2) ORDER BY person, n LIMIT $3`
	selectChained = `SELECT person, n, seq, row_no, root FROM ledger_person WHERE (person, n) IN (VALUES %s)`
)

func (store) touches(ctx context.Context, tx *db.Tx, after touch) ([]touch, error) {
	return scanTouches(ctx, tx, selectTouches, after.person[:], after.n, int64(touchesAtOnce))
}

// chained gives the links of those persons and numbers that are there.
func (store) chained(ctx context.Context, tx *db.Tx, want []touch) ([]touch, error) {
	var out []touch
	for part := range db.Parts(want) {
		args := make([]any, 0, 2*len(part))
		for i := range part {
			args = append(args, part[i].person[:], part[i].n)
		}
		more, err := scanTouches(ctx, tx, fmt.Sprintf(selectChained, valuesOf(tx, len(part))), args...)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// valuesOf spells pairs of a person and a number; PostgreSQL wants the types said.
func valuesOf(tx *db.Tx, n int) string {
	pairs := make([]string, n)
	for i := range pairs {
		pairs[i] = fmt.Sprintf("(CAST($%d AS bytea), CAST($%d AS bigint))", 2*i+1, 2*i+2)
		if tx.Dialect() == db.SQLite {
			pairs[i] = "(?, ?)"
		}
	}
	return strings.Join(pairs, ", ")
}

func scanTouches(ctx context.Context, tx *db.Tx, query string, args ...any) ([]touch, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []touch
	for rows.Next() {
		var t touch
		var person, root []byte
		if err := rows.Scan(&person, &t.n, &t.seq, &t.row, &root); err != nil {
			return nil, err
		}
		copy(t.person[:], person)
		copy(t.root[:], root)
		out = append(out, t)
	}
	return out, rows.Err()
}

const (
	selectPlaces = `SELECT seq, trace, origin, leaf_index FROM ledger_entry WHERE seq > $1 AND seq <= $2 AND leaf_index >= 0 ORDER BY seq`
	selectClaims = `SELECT seq, trace, outcome_seq, outcome_row FROM ledger_entry WHERE seq > $1 AND seq <= $2 AND kind = 1 AND outcome_seq IS NOT NULL ORDER BY seq`
	selectGroups = `SELECT seq, trace, origin, leaf_index, row_roots, secret FROM ledger_entry WHERE seq > $1 AND seq <= $2 AND kind = 2 ORDER BY seq`
)

// place is where an entry says that its leaf stands.
type place struct {
	seq    int64
	trace  vocab.TraceID
	origin string
	index  uint64
}

func (store) places(ctx context.Context, tx *db.Tx, after, until int64, each func(place)) error {
	rows, err := tx.Query(ctx, selectPlaces, after, until)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p place
		var trace string
		var index int64
		if err := rows.Scan(&p.seq, &trace, &p.origin, &index); err != nil {
			return err
		}
		p.trace, p.index = vocab.TraceID(trace), uint64(index)
		each(p)
	}
	return rows.Err()
}

// claims gives which row of which outcome group each access says it has.
func (store) claims(ctx context.Context, tx *db.Tx, after, until int64, each func(seq int64, trace vocab.TraceID, outcome, row int64)) error {
	rows, err := tx.Query(ctx, selectClaims, after, until)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq, outcome, row int64
		var trace string
		if err := rows.Scan(&seq, &trace, &outcome, &row); err != nil {
			return err
		}
		each(seq, vocab.TraceID(trace), outcome, row)
	}
	return rows.Err()
}

func (store) groups(ctx context.Context, tx *db.Tx, after, until int64, each func(e entry)) error {
	rows, err := tx.Query(ctx, selectGroups, after, until)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.seq, &e.trace, &e.origin, &e.index, &e.rowRoots, &e.secret); err != nil {
			return err
		}
		each(e)
	}
	return rows.Err()
}

const (
	selectState = `SELECT state FROM ledger_tally WHERE id = 1`
	upsertState = `INSERT INTO ledger_tally (id, at, state) VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE SET at = excluded.at, state = excluded.state`
)

func (store) load(ctx context.Context, tx *db.Tx) ([]byte, error) {
	var b []byte
	err := tx.QueryRow(ctx, selectState).Scan(&b)
	if db.NoRows(err) {
		return nil, nil
	}
	return b, err
}

func (store) keep(ctx context.Context, tx *db.Tx, at int64, state []byte) error {
	_, err := tx.Exec(ctx, upsertState, at, state)
	return err
}
