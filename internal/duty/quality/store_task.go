package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	taskColumns = `id, contest, owner_member, grant_id, item, state, told_at, done_at, body`

	insertTask = `INSERT INTO quality_task (id, contest, round, owner_member, grant_id, item, state, told_at, done_at, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (contest, round, owner_member, grant_id) DO NOTHING`
	updateTask = `UPDATE quality_task SET state = $2, done_at = $3, body = $4 WHERE id = $1`
	selectTask = `SELECT ` + taskColumns + ` FROM quality_task WHERE id = $1 AND (owner_member = $2 OR $3 = 1)`
	selectMine = `SELECT ` + taskColumns + ` FROM quality_task WHERE owner_member = $1 AND ($2 = '' OR state = $2)
		AND (told_at < $3 OR (told_at = $3 AND id < $4)) ORDER BY told_at DESC, id DESC LIMIT $5`
	selectTasksOf  = `SELECT ` + taskColumns + ` FROM quality_task WHERE contest = $1 AND round = $2 AND id > $3 ORDER BY id LIMIT $4`
	countOpenTasks = `SELECT COUNT(*) FROM quality_task WHERE contest = $1 AND round = $2 AND state = 'open'`
)

// taskBody is what of a task has no column of its own.
type taskBody struct {
	Reason   string          `json:"reason,omitempty"`
	Officer  vocab.OfficerID `json:"officer,omitempty"`
	Uses     []Use           `json:"uses,omitempty"`
	More     int             `json:"more,omitempty"`
	Reminded int             `json:"reminded,omitempty"`
	Unsure   bool            `json:"unsure,omitempty"`
}

func scanTask(s db.Scanner) (*Task, error) {
	var t Task
	var told, done int64
	var text string
	if err := s.Scan(&t.ID, &t.Contest, &t.Member, &t.Grant, &t.Item, &t.State, &told, &done, &text); err != nil {
		return nil, err
	}
	var b taskBody
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return nil, fmt.Errorf("read the body of task %s: %w", t.ID, err)
	}
	t.Reason, t.Officer, t.Uses, t.More, t.Reminded, t.Unsure = b.Reason, b.Officer, b.Uses, b.More, b.Reminded, b.Unsure
	t.TellAt, t.DoneAt = db.FromMicros(told), db.FromMicros(done)
	return &t, nil
}

func taskText(t *Task) (string, error) {
	b, err := json.Marshal(taskBody{Reason: t.Reason, Officer: t.Officer, Uses: t.Uses, More: t.More, Reminded: t.Reminded, Unsure: t.Unsure})
	return string(b), err
}

// putTask keeps a new task; false says that its holder has one already.
func putTask(ctx context.Context, tx *db.Tx, t *Task, round int) (bool, error) {
	text, err := taskText(t)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, insertTask, t.ID, string(t.Contest), round, string(t.Member), string(t.Grant), string(t.Item), string(t.State),
		db.Micros(t.TellAt), db.Micros(t.DoneAt), text)
	return n == 1, err
}

func saveTask(ctx context.Context, tx *db.Tx, t *Task) error {
	text, err := taskText(t)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, updateTask, t.ID, string(t.State), db.Micros(t.DoneAt), text)
	return err
}

// loadTask gives a task to its holder and to the authority.
func loadTask(ctx context.Context, tx *db.Tx, a identity.Actor, id string) (*Task, error) {
	if a.Member == "" || checkText(id, maxName) != nil {
		return nil, identity.NotYours()
	}
	all := 0
	if governs(a) {
		all = 1
	}
	t, err := scanTask(tx.QueryRow(ctx, selectTask, id, string(a.Member), all))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return t, err
}

func loadMine(ctx context.Context, tx *db.Tx, a identity.Actor, q ListQuery) ([]*Task, error) {
	at, id := int64(math.MaxInt64), ""
	if q.After != "" {
		last, err := loadTask(ctx, tx, a, q.After)
		if err != nil {
			return nil, err
		}
		at, id = db.Micros(last.TellAt), last.ID
	}
	rows, err := tx.Query(ctx, selectMine, string(a.Member), string(q.State), at, id, q.limit())
	return db.Collect(rows, err, scanTask)
}

func loadTasksOf(ctx context.Context, tx *db.Tx, c *Contest, after string, limit int) ([]*Task, error) {
	rows, err := tx.Query(ctx, selectTasksOf, string(c.ID), c.Round, after, limit)
	return db.Collect(rows, err, scanTask)
}

func openTasks(ctx context.Context, tx *db.Tx, c *Contest) (n int, err error) {
	return n, tx.QueryRow(ctx, countOpenTasks, string(c.ID), c.Round).Scan(&n)
}
