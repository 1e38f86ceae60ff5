package ledger

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// useColumns are a touch, of a batch the person's own row, and the entry in the
// order of entryColumns. One statement reads a page: not three look-ups a line.
const useColumns = `p.n, p.seq, p.row_no, p.root, r.secret, o.secret,
	e.seq, e.trace, e.kind, e.state, e.at, e.owner_member, e.provider, e.grant_id, e.leaf, e.origin, e.leaf_index, e.secret,
	e.row_roots, e.outcome_seq, e.outcome_row, e.outcome_secret`

const useTables = ` FROM ledger_person p JOIN ledger_entry e ON e.seq = p.seq
	LEFT JOIN ledger_row r ON p.row_no >= 0 AND r.seq = p.seq AND r.row_no = p.row_no
	LEFT JOIN ledger_row_outcome o ON p.row_no >= 0 AND o.seq = p.seq AND o.row_no = p.row_no `

// selectAnswered reads a piece of the chain by its counters, so that what it costs
// is bounded whoever's uses stand in it.
const selectAnswered = `SELECT p.row_no, e.trace, e.kind, e.state, e.at, e.owner_member, e.grant_id, e.secret, e.outcome_secret, r.secret, o.secret` + useTables +
	`WHERE p.person = $1 AND p.n > $2 AND p.n <= $3 AND e.at >= $4 AND e.at < $5 AND e.provider = $6 ORDER BY p.n`

// answered lists a person's touches of what the owner holds in a time, oldest
// first, and where the next piece begins; 0 behind the last.
func (s store) answered(ctx context.Context, tx *db.Tx, q *HoldersOf) (out []use, next int64, err error) {
	newest, _, err := s.lastOf(ctx, tx, q.Person)
	if err != nil {
		return nil, 0, err
	}
	if next = q.After + holdersRead; next >= newest {
		next = 0
	}
	rows, err := tx.Query(ctx, selectAnswered, q.Person[:], q.After, q.After+holdersRead, q.From.UnixMicro(), q.Until.UnixMicro(), string(q.Owner))
	out, err = db.Collect(rows, err, func(row db.Scanner) (use, error) {
		var u use
		var trace, state, owner, grant string
		var kind, at int64
		r := &u.entry
		err := row.Scan(&u.row, &trace, &kind, &state, &at, &owner, &grant, &r.secret, &r.outcomeSecret, &u.rowSecret, &u.rowOutcome)
		r.trace, r.kind, r.state, r.at = vocab.TraceID(trace), proof.Kind(kind), vocab.AccessState(state), time.UnixMicro(at).UTC()
		r.owner, r.grant = vocab.MemberID(owner), vocab.GrantID(grant)
		return u, err
	})
	return out, next, err
}

func scanUses(ctx context.Context, tx *db.Tx, p vocab.PersonRef, query string, args ...any) ([]use, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []use
	for rows.Next() {
		u := use{touch: touch{person: p}}
		var root []byte
		u.entry, err = scanRecord(scanAfter{rows, []any{&u.n, &u.seq, &u.row, &root, &u.rowSecret, &u.rowOutcome}})
		if err != nil {
			return nil, err
		}
		copy(u.root[:], root)
		out = append(out, u)
	}
	return out, rows.Err()
}

// scanAfter puts columns before those that scanRecord knows.
type scanAfter struct {
	rows  db.Scanner
	first []any
}

// Scan reads the first columns and the rest in one.
func (s scanAfter) Scan(rest ...any) error { return s.rows.Scan(append(s.first, rest...)...) }

const (
	selectUsesBelow = `SELECT ` + useColumns + useTables + `WHERE p.person = $1 AND p.n < $2 ORDER BY p.n DESC LIMIT $3`
	selectNumberOf  = `SELECT p.n FROM ledger_person p JOIN ledger_entry e ON e.seq = p.seq WHERE p.person = $1 AND e.trace = $2`
	selectBegun     = `SELECT COALESCE(MIN(begun_at), 0) FROM ledger_log`
)

// usesBelow lists a person's touches below a counter, newest first.
func (store) usesBelow(ctx context.Context, tx *db.Tx, p vocab.PersonRef, n int64, limit int) ([]use, error) {
	return scanUses(ctx, tx, p, selectUsesBelow, p[:], n, limit)
}

// numberOf is the counter of the person's entry of that trace.
func (store) numberOf(ctx context.Context, tx *db.Tx, p vocab.PersonRef, trace vocab.TraceID) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, selectNumberOf, p[:], string(trace)).Scan(&n)
	if db.NoRows(err) {
		return 0, notThere()
	}
	return n, err
}

// begun is when the first log of this node began.
func (store) begun(ctx context.Context, tx *db.Tx) (time.Time, error) {
	var at int64
	err := tx.QueryRow(ctx, selectBegun).Scan(&at)
	return time.UnixMicro(at).UTC(), err
}

const selectPersonOf = `SELECT person FROM ledger_person WHERE seq = $1 AND row_no = -1`

// personOf is whom a single entry is about.
func (store) personOf(ctx context.Context, tx *db.Tx, seq int64) (vocab.PersonRef, error) {
	var person []byte
	if err := tx.QueryRow(ctx, selectPersonOf, seq).Scan(&person); err != nil {
		return vocab.PersonRef{}, err
	}
	var p vocab.PersonRef
	copy(p[:], person)
	return p, nil
}
