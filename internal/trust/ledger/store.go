package ledger

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// store holds the only SQL of the ledger.
type store struct{}

// single is the row number of an entry that is not a batch.
const single = int64(-1)

type record struct {
	seq      int64
	trace    vocab.TraceID
	kind     proof.Kind
	state    vocab.AccessState
	at       time.Time
	owner    vocab.MemberID
	provider vocab.MemberID
	grant    vocab.GrantID
	leaf     []byte
	origin   string
	index    uint64
	indexed  bool
	secret   []byte
	rowRoots []byte

	outcomeSeq    int64
	outcomeRow    int64
	outcomeSecret []byte
}

type touch struct {
	person vocab.PersonRef
	n      int64
	seq    int64
	row    int64
	root   proof.Hash
}

const insertEntries = `INSERT INTO ledger_entry
	(trace, kind, state, at, owner_member, provider, grant_id, leaf, origin, secret, row_roots, seq)
	VALUES `

func (s store) insert(ctx context.Context, tx *db.Tx, r record) error {
	return s.insertAll(ctx, tx, []record{r})
}

func (store) insertAll(ctx context.Context, tx *db.Tx, all []record) error {
	const columns = 12
	args := make([]any, 0, columns*min(len(all), db.MaxMany))
	for part := range db.Parts(all) {
		args = args[:0]
		for i := range part {
			r := &part[i]
			args = append(args, string(r.trace), int64(r.kind), string(r.state), r.at.UnixMicro(),
				string(r.owner), string(r.provider), string(r.grant), r.leaf, r.origin, r.secret, r.rowRoots, r.seq)
		}
		if _, err := tx.Exec(ctx, insertEntries+tx.Many(1, len(part), columns), args...); err != nil {
			return err
		}
	}
	return nil
}

func (s store) insertPerson(ctx context.Context, tx *db.Tx, t touch) error {
	return s.insertPersons(ctx, tx, []touch{t})
}

// lastOf is the person's newest counter and the root it stands for; 0 and a zero
// root before the first.
func (s store) lastOf(ctx context.Context, tx *db.Tx, p vocab.PersonRef) (int64, []byte, error) {
	ends, err := s.lastOfAll(ctx, tx, []vocab.PersonRef{p})
	end := ends[p]
	return end.n, end.root[:], err
}

const updateIndex = `UPDATE ledger_entry SET leaf_index = $2 WHERE seq = $1`

func (store) setIndex(ctx context.Context, tx *db.Tx, seq int64, index uint64) error {
	_, err := tx.Exec(ctx, updateIndex, seq, int64(index))
	return err
}

const updateOutcome = `UPDATE ledger_entry SET state = $2, leaf_index = $3, outcome_seq = $4, outcome_row = $5, outcome_secret = $6
	WHERE seq = $1`

func (store) setOutcome(ctx context.Context, tx *db.Tx, o Outcome, seq int64, row int, secret []byte) error {
	_, err := tx.Exec(ctx, updateOutcome, o.Seq, string(o.State), int64(o.Index), seq, int64(row), secret)
	return err
}

const updateInterrupted = `UPDATE ledger_entry SET state = 'interrupted', leaf_index = -1 WHERE seq = $1 AND state = 'intended'`

func (store) interrupt(ctx context.Context, tx *db.Tx, seq int64) error {
	_, err := tx.Exec(ctx, updateInterrupted, seq)
	return err
}

const entryColumns = `seq, trace, kind, state, at, owner_member, provider, grant_id, leaf, origin, leaf_index, secret, row_roots,
	outcome_seq, outcome_row, outcome_secret`

func scanRecord(s db.Scanner) (record, error) {
	var r record
	var trace, state, owner, provider, grant string
	var kind, at int64
	var index, outSeq, outRow *int64
	err := s.Scan(&r.seq, &trace, &kind, &state, &at, &owner, &provider, &grant, &r.leaf, &r.origin, &index,
		&r.secret, &r.rowRoots, &outSeq, &outRow, &r.outcomeSecret)
	if err != nil {
		return record{}, err
	}
	r.trace, r.kind, r.state = vocab.TraceID(trace), proof.Kind(kind), vocab.AccessState(state)
	r.at, r.owner, r.provider, r.grant = time.UnixMicro(at).UTC(), vocab.MemberID(owner), vocab.MemberID(provider), vocab.GrantID(grant)
	if index != nil && *index >= 0 {
		r.index, r.indexed = uint64(*index), true
	}
	if outSeq != nil && outRow != nil {
		r.outcomeSeq, r.outcomeRow = *outSeq, *outRow
	}
	return r, nil
}

const (
	selectBySeq   = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE seq = $1`
	selectByTrace = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE trace = $1`
)

func (store) bySeq(ctx context.Context, tx *db.Tx, seq int64) (record, error) {
	return scanRecord(tx.QueryRow(ctx, selectBySeq, seq))
}

func (store) byTrace(ctx context.Context, tx *db.Tx, trace vocab.TraceID) (record, error) {
	return scanRecord(tx.QueryRow(ctx, selectByTrace, string(trace)))
}

func splitHashes(blob []byte) []proof.Hash {
	out := make([]proof.Hash, len(blob)/proof.HashSize)
	for i := range out {
		copy(out[i][:], blob[i*proof.HashSize:])
	}
	return out
}
