package quality

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/retention"
)

// Kept is what retention destroys of this duty: what was said in a contest, once
// it is over. That it was raised, by which side, and how it ended stays.
func Kept() retention.Store {
	return retention.Store{Kind: "contest", Tables: []string{"quality_contest", "quality_history"}, Over: overContests, Destroy: emptyContest}
}

const (
	selectOver = `SELECT ` + contestColumns + ` FROM quality_contest WHERE id > $2 AND state IN ('filed', 'withdrawn') AND changed_at < $1
		AND LENGTH(sealed) > 0 ORDER BY id LIMIT $3`
	emptySaid    = `UPDATE quality_contest SET sealed = $2, body = $3 WHERE id = $1`
	emptyReasons = `UPDATE quality_history SET reason = '' WHERE contest = $1`
)

func overContests(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]retention.Stored, error) {
	rows, err := tx.Query(ctx, selectOver, db.Micros(before), after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (retention.Stored, error) {
		c, err := scanContest(s)
		if err != nil {
			return retention.Stored{}, err
		}
		return retention.Stored{
			ID: string(c.ID), Dataset: c.Item.Dataset(), Names: []string{string(c.ID), string(c.Owner), string(c.Source), string(c.Member), c.Case}, Person: c.person, Closed: c.ChangedAt,
		}, nil
	})
}

// emptyContest takes out what was said, the numbers of documents and the prints
// of values, and the reasons of each step.
func emptyContest(ctx context.Context, tx *db.Tx, id string) error {
	c, err := scanContest(tx.QueryRow(ctx, selectAnyContest, id))
	if db.NoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Evidence, c.Reason, c.Proof, c.Judgment, c.Before, c.After, c.Compared = nil, "", "", "", Checked{}, Checked{}, nil
	text, err := bodyOf(c)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, emptySaid, id, []byte{}, text); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, emptyReasons, id)
	return err
}
