package audit

import (
	"context"
	"encoding/hex"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	sqlInsertDraw = `INSERT INTO audit_draw
		(id, owner_member, officer, reason, state, origin, seed_hash, seed, commit_trace, commit_index, first_index, end_index, wanted, population, made_at, drawn_at, leaves, lost)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, -1, $9, $10, $11, 0, $12, 0, $13, $14)`
	drawColumns = `SELECT id, owner_member, officer, reason, state, origin, seed_hash, seed, commit_trace, commit_index, root, first_index, end_index,
		wanted, population, made_at, drawn_at, leaves, lost FROM audit_draw `
	sqlDrawByID     = drawColumns + `WHERE id = $1`
	sqlDraws        = drawColumns + `WHERE $1 = '' OR (made_at, id) < (SELECT made_at, id FROM audit_draw WHERE id = $1) ORDER BY made_at DESC, id DESC LIMIT $2`
	sqlUpdateDrawn  = `UPDATE audit_draw SET state = $2, seed = $3, commit_index = $4, root = $5, population = $6, drawn_at = $7 WHERE id = $1`
	sqlUpdateCommit = `UPDATE audit_draw SET commit_index = $2 WHERE id = $1`
	sqlPicked       = `SELECT leaf_index, state FROM audit_case WHERE draw = $1 ORDER BY leaf_index`

	sqlInsertCase = `INSERT INTO audit_case
		(id, owner_member, draw, leaf_index, row_no, trace, state, answer, answered_by, verdict, finding, asked_at, answered_at, judged_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', '', '', 0, 0, 0)`
	caseColumns = `SELECT id, owner_member, draw, leaf_index, row_no, trace, state, answer, answered_by, verdict, finding, asked_at, answered_at, judged_at
		FROM audit_case `
	sqlCaseByID = caseColumns + `WHERE id = $1`
	sqlCases    = caseColumns + `WHERE ($1 = '' OR draw = $1) AND ($2 = '' OR owner_member = $2 AND state <> 'sampled')
		AND ($3 = '' OR (draw, leaf_index, id) > (SELECT draw, leaf_index, id FROM audit_case WHERE id = $3)) ORDER BY draw, leaf_index, id LIMIT $4`
	sqlCaseStates = `SELECT state, COUNT(*) FROM audit_case WHERE $1 = '' OR owner_member = $1 AND state <> 'sampled' GROUP BY state`
	sqlSampled    = caseColumns + `WHERE draw = $1 AND state = 'sampled' ORDER BY leaf_index LIMIT $2`
	sqlUpdateCase = `UPDATE audit_case SET state = $2, answer = $3, answered_by = $4, verdict = $5, finding = $6, asked_at = $7, answered_at = $8,
		judged_at = $9 WHERE id = $1`
)

func insertDraw(ctx context.Context, tx *db.Tx, d Draw) error {
	_, err := tx.Exec(ctx, sqlInsertDraw, d.ID, string(d.By), string(d.Officer), d.Reason, d.State, d.Origin, d.SeedHash, string(d.CommitTrace),
		int64(d.First), int64(d.End), d.Count, db.Micros(d.Made), d.Leaves, int64(d.Lost))
	return err
}

func scanDraw(row db.Scanner) (Draw, error) {
	var d Draw
	var root []byte
	var index, first, end, population, made, drawnAt, lost int64
	err := row.Scan(&d.ID, &d.By, &d.Officer, &d.Reason, &d.State, &d.Origin, &d.SeedHash, &d.Seed, &d.CommitTrace, &index, &root, &first, &end,
		&d.Count, &population, &made, &drawnAt, &d.Leaves, &lost)
	if index > 0 {
		d.CommitIndex = uint64(index)
	}
	d.Root, d.First, d.End, d.Population = hex.EncodeToString(root), uint64(first), uint64(end), uint64(population)
	d.Lost = uint64(lost)
	d.Made, d.Drawn = db.FromMicros(made), db.FromMicros(drawnAt)
	return d, err
}

func drawByID(ctx context.Context, tx *db.Tx, id string) (Draw, error) {
	d, err := scanDraw(tx.QueryRow(ctx, sqlDrawByID, id))
	if db.NoRows(err) {
		return Draw{}, identity.NotYours()
	}
	return d, err
}

func draws(ctx context.Context, tx *db.Tx, p identity.Page) ([]Draw, error) {
	rows, err := tx.Query(ctx, sqlDraws, p.After, p.Most())
	out, err := db.Collect(rows, err, scanDraw)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if err := picked(ctx, tx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// picked fills in what was drawn and how far the look at it has come.
func picked(ctx context.Context, tx *db.Tx, d *Draw) error {
	rows, err := tx.Query(ctx, sqlPicked, d.ID)
	_, err = db.Collect(rows, err, func(s db.Scanner) (struct{}, error) {
		var i int64
		var state State
		if err := s.Scan(&i, &state); err != nil {
			return struct{}{}, err
		}
		d.Picked = append(d.Picked, uint64(i))
		d.count(state)
		return struct{}{}, nil
	})
	return err
}

func updateCommit(ctx context.Context, tx *db.Tx, d Draw) error {
	_, err := tx.Exec(ctx, sqlUpdateCommit, d.ID, int64(d.CommitIndex))
	return err
}

func updateDrawn(ctx context.Context, tx *db.Tx, d Draw) error {
	root, err := hex.DecodeString(d.Root)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlUpdateDrawn, d.ID, d.State, d.Seed, int64(d.CommitIndex), root, int64(d.Population), db.Micros(d.Drawn))
	return err
}

func insertCase(ctx context.Context, tx *db.Tx, c Case) error {
	_, err := tx.Exec(ctx, sqlInsertCase, c.ID, string(c.Member), c.Draw, int64(c.Index), c.Row, string(c.Trace), string(c.State))
	return err
}

func scanCase(row db.Scanner) (Case, error) {
	var c Case
	var index, asked, answered, judged int64
	err := row.Scan(&c.ID, &c.Member, &c.Draw, &index, &c.Row, &c.Trace, &c.State, &c.Answer, &c.AnsweredBy, &c.Verdict, &c.Finding, &asked, &answered, &judged)
	c.Index, c.Asked, c.Answered, c.Judged = uint64(index), db.FromMicros(asked), db.FromMicros(answered), db.FromMicros(judged)
	return c, err
}

func caseByID(ctx context.Context, tx *db.Tx, id string) (Case, error) {
	c, err := scanCase(tx.QueryRow(ctx, sqlCaseByID, id))
	if db.NoRows(err) {
		return Case{}, identity.NotYours()
	}
	return c, err
}

// cases lists those of a draw and of an owner; an empty one means any. What was
// drawn and not asked for is the auditor's, and so of no owner.
func cases(ctx context.Context, tx *db.Tx, draw string, owner vocab.MemberID, p identity.Page) ([]Case, error) {
	rows, err := tx.Query(ctx, sqlCases, draw, string(owner), p.After, p.Most())
	return db.Collect(rows, err, scanCase)
}

// caseStates counts an owner's cases by state, or everybody's.
func caseStates(ctx context.Context, tx *db.Tx, owner vocab.MemberID) (map[State]int, error) {
	out := map[State]int{}
	rows, err := tx.Query(ctx, sqlCaseStates, string(owner))
	_, err = db.Collect(rows, err, func(row db.Scanner) (struct{}, error) {
		var state State
		var n int
		err := row.Scan(&state, &n)
		out[state] = n
		return struct{}{}, err
	})
	return out, err
}

// sampled lists entries of a draw whose file nobody has asked for yet.
func sampled(ctx context.Context, tx *db.Tx, draw string, limit int) ([]Case, error) {
	rows, err := tx.Query(ctx, sqlSampled, draw, limit)
	return db.Collect(rows, err, scanCase)
}

func updateCase(ctx context.Context, tx *db.Tx, c Case) error {
	_, err := tx.Exec(ctx, sqlUpdateCase, c.ID, string(c.State), c.Answer, string(c.AnsweredBy), string(c.Verdict), c.Finding,
		db.Micros(c.Asked), db.Micros(c.Answered), db.Micros(c.Judged))
	return err
}
