package ledger

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

const (
	insertRows    = `INSERT INTO ledger_row (seq, row_no, person, root, secret) VALUES `
	insertTouches = `INSERT INTO ledger_person (person, n, seq, row_no, root) VALUES `
)

// rowEntry is one row of a batch with its place in its person's chain.
type rowEntry struct {
	touch
	secret []byte
}

// insertRows writes rows and their persons' chains.
func (s store) insertRows(ctx context.Context, tx *db.Tx, rows []rowEntry) error {
	args := make([]any, 0, 5*db.MaxMany)
	for part := range db.Parts(rows) {
		args = args[:0]
		for i := range part {
			r := &part[i]
			args = append(args, r.seq, r.row, r.person[:], r.root[:], r.secret)
		}
		if _, err := tx.Exec(ctx, insertRows+tx.Many(1, len(part), 5), args...); err != nil {
			return err
		}
	}
	touches := make([]touch, len(rows))
	for i := range rows {
		touches[i] = rows[i].touch
	}
	slices.SortFunc(touches, func(a, b touch) int { // as the table lies
		return cmp.Or(bytes.Compare(a.person[:], b.person[:]), cmp.Compare(a.n, b.n))
	})
	return s.insertPersons(ctx, tx, touches)
}

// insertPersons writes the links of persons' chains.
func (store) insertPersons(ctx context.Context, tx *db.Tx, all []touch) error {
	args := make([]any, 0, 5*min(len(all), db.MaxMany))
	for part := range db.Parts(all) {
		args = args[:0]
		for i := range part {
			t := &part[i]
			args = append(args, t.person[:], t.n, t.seq, t.row, t.root[:])
		}
		if _, err := tx.Exec(ctx, insertTouches+tx.Many(1, len(part), 5), args...); err != nil {
			return err
		}
	}
	return nil
}

// lastTouchOf is one arm of the look-up of many persons' newest records; each arm
// reads one row, however long the person's chain is.
const (
	lastTouchOf = `SELECT * FROM (SELECT person, n, root FROM ledger_person WHERE person = `
	lastOfThem  = ` ORDER BY n DESC LIMIT 1) AS p`
	andAnother  = ` UNION ALL `
)

// chainEnd is a person's newest record: its counter and the root it stands for,
// 0 and a zero root before the first.
type chainEnd struct {
	n    int64
	root proof.Hash
}

// lastOfAll is where the persons' chains end; who is not there has no record yet.
func (store) lastOfAll(ctx context.Context, tx *db.Tx, persons []vocab.PersonRef) (map[vocab.PersonRef]chainEnd, error) {
	out := make(map[vocab.PersonRef]chainEnd, len(persons))
	args := make([]any, 0, min(len(persons), db.MaxMany))
	for part := range db.Parts(persons) {
		args = args[:0]
		for i := range part {
			args = append(args, part[i][:])
		}
		found, err := tx.Query(ctx, lastTouches(tx, len(part)), args...)
		if err != nil {
			return nil, err
		}
		if err := scanEnds(found, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func lastTouches(tx *db.Tx, n int) string {
	var text strings.Builder
	text.Grow(n * (len(lastTouchOf) + len(lastOfThem) + len(andAnother) + 3))
	for i := range n {
		if i > 0 {
			text.WriteString(andAnother)
		}
		text.WriteString(lastTouchOf)
		text.WriteString(tx.Many(i+1, 1, 1))
		text.WriteString(lastOfThem)
	}
	return text.String()
}

func scanEnds(rows *sql.Rows, into map[vocab.PersonRef]chainEnd) error {
	defer rows.Close()
	var person, root sql.RawBytes
	for rows.Next() {
		var end chainEnd
		if err := rows.Scan(&person, &end.n, &root); err != nil {
			return err
		}
		copy(end.root[:], root)
		into[vocab.PersonRef(person)] = end
	}
	return rows.Err()
}

// A row that was asked again after a crash gets the newer outcome.
const (
	insertOutcomes = `INSERT INTO ledger_row_outcome (seq, row_no, root, secret) VALUES `
	againAnswered  = ` ON CONFLICT (seq, row_no) DO UPDATE SET root = excluded.root, secret = excluded.secret`
)

// rowEnd is how one row ended.
type rowEnd struct {
	root   proof.Hash
	secret []byte
}

// insertOutcomes writes how rows ended, from number from on.
func (store) insertOutcomes(ctx context.Context, tx *db.Tx, seq, from int64, ends []rowEnd) error {
	args := make([]any, 0, 4*db.MaxMany)
	for part := range db.Parts(ends) {
		args = args[:0]
		for i := range part {
			args = append(args, seq, from+int64(i), part[i].root[:], part[i].secret)
		}
		if _, err := tx.Exec(ctx, insertOutcomes+tx.Many(1, len(part), 4)+againAnswered, args...); err != nil {
			return err
		}
		from += int64(len(part))
	}
	return nil
}

const countRows = `SELECT (SELECT COUNT(*) FROM ledger_row WHERE seq = $1), (SELECT COUNT(*) FROM ledger_row_outcome WHERE seq = $1)`

func (store) countRows(ctx context.Context, tx *db.Tx, seq int64) (rows, answered int64, err error) {
	err = tx.QueryRow(ctx, countRows, seq).Scan(&rows, &answered)
	return rows, answered, err
}

const (
	selectRoots        = `SELECT root FROM ledger_row WHERE seq = $1 AND row_no >= $2 AND row_no < $3 ORDER BY row_no`
	selectOutcomeRoots = `SELECT root FROM ledger_row_outcome WHERE seq = $1 AND row_no >= $2 AND row_no < $3 ORDER BY row_no`
)

func (store) rowRoots(ctx context.Context, tx *db.Tx, seq, from, until int64, outcome bool) ([]proof.Hash, error) {
	query := selectRoots
	if outcome {
		query = selectOutcomeRoots
	}
	rows, err := tx.Query(ctx, query, seq, from, until)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []proof.Hash
	for rows.Next() {
		var root []byte
		if err := rows.Scan(&root); err != nil {
			return nil, err
		}
		if len(root) != proof.HashSize {
			return nil, vocab.LedgerCorrupt.Because("row %d of entry %d has no root", from+int64(len(out)), seq)
		}
		out = append(out, proof.Hash(root))
	}
	return out, rows.Err()
}

type storedRow struct{ secret, outcomeSecret []byte }

const selectRow = `SELECT r.secret, o.secret FROM ledger_row r LEFT JOIN ledger_row_outcome o ON o.seq = r.seq AND o.row_no = r.row_no
	WHERE r.seq = $1 AND r.row_no = $2`

func (store) row(ctx context.Context, tx *db.Tx, seq, no int64) (storedRow, error) {
	var r storedRow
	err := tx.QueryRow(ctx, selectRow, seq, no).Scan(&r.secret, &r.outcomeSecret)
	return r, err
}

const updateSealed = `UPDATE ledger_entry SET state = $2, leaf = $3, secret = $4, row_roots = $5, origin = $6
	WHERE seq = $1 AND state = 'gathering'`

func (store) setSealed(ctx context.Context, tx *db.Tx, r record) error {
	_, err := tx.Exec(ctx, updateSealed, r.seq, string(r.state), r.leaf, r.secret, r.rowRoots, r.origin)
	return err
}

const updateBatchOutcome = `UPDATE ledger_entry SET state = $2, outcome_seq = $3, outcome_row = 0 WHERE seq = $1`

func (store) setBatchOutcome(ctx context.Context, tx *db.Tx, seq int64, state vocab.AccessState, outcome int64) error {
	_, err := tx.Exec(ctx, updateBatchOutcome, seq, string(state), outcome)
	return err
}

const (
	eraseEntry    = `UPDATE ledger_entry SET secret = NULL, outcome_secret = NULL WHERE trace = $1`
	eraseRows     = `UPDATE ledger_row SET secret = NULL WHERE seq = (SELECT seq FROM ledger_entry WHERE trace = $1)`
	eraseOutcomes = `UPDATE ledger_row_outcome SET secret = NULL WHERE seq = (SELECT seq FROM ledger_entry WHERE trace = $1)`
)

// erase destroys the openings of an entry, of its rows and of its outcome.
func (store) erase(ctx context.Context, tx *db.Tx, trace vocab.TraceID) error {
	n, err := tx.Exec(ctx, eraseEntry, string(trace))
	if err != nil {
		return err
	}
	if n == 0 {
		return notThere()
	}
	for _, rows := range []string{eraseRows, eraseOutcomes} {
		if _, err := tx.Exec(ctx, rows, string(trace)); err != nil {
			return err
		}
	}
	return nil
}
