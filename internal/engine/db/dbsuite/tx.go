package dbsuite

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

func runTx(t *testing.T, e Engine) {
	run(t, e, []rule{
		{"AnErrorLeavesNothing", anErrorLeavesNothing},
		{"APanicLeavesNothing", aPanicLeavesNothing},
		{"AFailedStatementBarsTheCommit", aFailedStatementBarsTheCommit},
		{"AReaderSeesOneMoment", aReaderSeesOneMoment},
		{"AReaderCannotWrite", aReaderCannotWrite},
		{"OneResultSetAtATime", oneResultSetAtATime},
		{"AnEndedTransactionAnswersNothing", anEndedTransactionAnswersNothing},
		{"HooksRunInCommitOrder", hooksRunInCommitOrder},
		{"HooksRunOnlyAfterACommit", hooksRunOnlyAfterACommit},
		{"ACancelledWriteLeavesNothing", aCancelledWriteLeavesNothing},
		{"ACancelledCallerStopsWaiting", aCancelledCallerStopsWaiting},
		{"AContextThatEndsBeforeAnyStepHangsNothing", aContextThatEndsBeforeAnyStep},
		{"ALongReadEndsWithItsContext", aLongReadEndsWithItsContext},
		{"ManyStatementsDoNotPileUp", manyStatementsDoNotPileUp},
		{"ClosedMeansAway", closedMeansAway},
		{"LongWorkRestsOnlyWhileSomebodyWrites", longWorkRests},
		{"StatsCount", statsCount},
	})
}

func longWorkRests(t *testing.T, d *db.DB) {
	ctx, cancel := context.WithCancel(context.Background())
	d.Yield(ctx, time.Hour) // nobody writes
	rested := make(chan struct{})
	must(t, d.Write(context.Background(), func(*db.Tx) error {
		go func() {
			d.Yield(ctx, time.Hour)
			close(rested)
		}()
		select {
		case <-rested:
			t.Error("it went on beside a writer")
		case <-time.After(20 * time.Millisecond):
		}
		return nil
	}))
	cancel()
	<-rested
}

func anErrorLeavesNothing(t *testing.T, d *db.DB) {
	ctx := context.Background()
	own := errors.New("own")
	err := d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, putOwner, 1, "one"); err != nil {
			return err
		}
		return own
	})
	if !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
	if n := count(t, d, countOwners); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	must(t, write(d, putOwner, 1, "one"))
}

func aPanicLeavesNothing(t *testing.T, d *db.DB) {
	ctx := context.Background()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, putOwner, 1, "one"); err != nil {
				return err
			}
			panic("on purpose")
		})
	}()
	if n := count(t, d, countOwners); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	must(t, write(d, putOwner, 1, "one"))
}

func aFailedStatementBarsTheCommit(t *testing.T, d *db.DB) {
	ctx := context.Background()
	must(t, write(d, putOwner, 1, "one"))
	err := d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, putOwner, 2, "two"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, putOwner, 1, "again"); !db.IsUnique(err) {
			t.Errorf("got %v", err)
		}
		if _, err := tx.Exec(ctx, putOwner, 3, "three"); err == nil {
			t.Error("a statement ran after a failed one")
		}
		return nil
	})
	if err == nil {
		t.Error("the commit was done")
	}
	if n := count(t, d, countOwners); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func aReaderSeesOneMoment(t *testing.T, d *db.DB) {
	ctx := context.Background()
	must(t, write(d, putOwner, 1, "one"))
	must(t, d.Read(ctx, func(tx *db.Tx) error {
		for i := range 3 {
			var n int
			if err := tx.QueryRow(ctx, countOwners).Scan(&n); err != nil {
				return err
			}
			if n != 1 {
				t.Errorf("look %d: %d rows, want 1", i, n)
			}
			if err := write(d, putOwner, 10+i, string(rune('a'+i))); err != nil {
				return err
			}
		}
		return nil
	}))
	if n := count(t, d, countOwners); n != 4 {
		t.Errorf("a later reader sees %d rows, want 4", n)
	}
}

func aReaderCannotWrite(t *testing.T, d *db.DB) {
	ctx := context.Background()
	err := d.Read(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, putOwner, 1, "one")
		return err
	})
	if err == nil {
		t.Error("a reader wrote")
	}
	if n := count(t, d, countOwners); n != 0 {
		t.Errorf("%d rows, want 0", n)
	}
}

func oneResultSetAtATime(t *testing.T, d *db.DB) {
	ctx := context.Background()
	must(t, write(d, putOwner, 1, "one"))
	must(t, write(d, putOwner, 2, "two"))
	must(t, d.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id FROM owner ORDER BY id`)
		if err != nil {
			return err
		}
		rows.Next()
		if _, err := tx.Query(ctx, `SELECT id FROM owner`); err == nil {
			t.Error("a second result set was opened beside the first")
		}
		rows.Close()
		var n int
		forgotten := tx.QueryRow(ctx, countOwners)
		if err := tx.QueryRow(ctx, countOwners).Scan(&n); err == nil {
			t.Error("a row was asked for beside one that nobody looked at")
		}
		return forgotten.Scan(&n)
	}))
	must(t, d.Read(ctx, func(tx *db.Tx) error {
		tx.QueryRow(ctx, countOwners)
		return nil
	}))
	// Rows left open are closed with the transaction.
	must(t, d.Write(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id FROM owner ORDER BY id`)
		if err == nil {
			rows.Next()
		}
		return err
	}))
	must(t, write(d, putOwner, 3, "three"))
}

func anEndedTransactionAnswersNothing(t *testing.T, d *db.DB) {
	ctx := context.Background()
	var kept *db.Tx
	must(t, d.Write(ctx, func(tx *db.Tx) error { kept = tx; return nil }))
	if _, err := kept.Exec(ctx, putOwner, 1, "one"); err == nil {
		t.Error("exec after the end")
	}
	var n int
	if err := kept.QueryRow(ctx, countOwners).Scan(&n); err == nil {
		t.Error("query after the end")
	}
}

func hooksRunInCommitOrder(t *testing.T, d *db.DB) {
	ctx := context.Background()
	must(t, write(d, putOwner, 1, "one"))
	var told []int64
	var wg sync.WaitGroup
	const writers, each = 8, 10
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				err := d.Write(ctx, func(tx *db.Tx) error {
					var id int64
					err := tx.QueryRow(ctx, `INSERT INTO thing (owner, at) VALUES (1, $1) RETURNING id`, w*each+i).Scan(&id)
					tx.OnCommit(func() { told = append(told, id) }) // one at a time, so without a lock
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(told) != writers*each {
		t.Fatalf("%d hooks ran, want %d", len(told), writers*each)
	}
	for i := 1; i < len(told); i++ {
		if told[i] <= told[i-1] {
			t.Fatalf("the hook of row %d ran after that of row %d", told[i], told[i-1])
		}
	}
}

func hooksRunOnlyAfterACommit(t *testing.T, d *db.DB) {
	ctx := context.Background()
	ran := ""
	d.Write(ctx, func(tx *db.Tx) error {
		tx.OnCommit(func() { ran += "x" })
		return errors.New("no")
	})
	must(t, d.Write(ctx, func(tx *db.Tx) error {
		tx.OnCommit(func() { ran += "a" })
		tx.OnCommit(func() { ran += "b" })
		return nil
	}))
	if ran != "ab" {
		t.Errorf("hooks ran: %q", ran)
	}
}

func aCancelledWriteLeavesNothing(t *testing.T, d *db.DB) {
	ctx, cancel := context.WithCancel(context.Background())
	err := d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, putOwner, 1, "one"); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := d.Read(ctx, func(*db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("read: got %v", err)
	}
	if n := count(t, d, countOwners); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	must(t, write(d, putOwner, 1, "one"))
}

func aCancelledCallerStopsWaiting(t *testing.T, d *db.DB) {
	ctx, cancel := context.WithCancel(context.Background())
	must(t, d.Write(context.Background(), func(*db.Tx) error {
		done := make(chan error)
		go func() { done <- d.Write(ctx, func(*db.Tx) error { return nil }) }()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		return nil
	}))
}

// aContextThatEndsBeforeAnyStep ends the caller's context after the portable type
// looked at it and before the driver does, which no caller can avoid.
func aContextThatEndsBeforeAnyStep(t *testing.T, d *db.DB) {
	must(t, write(d, putOwner, 1, "one"))
	use := func(ctx context.Context, tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, countOwners).Scan(&n); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `SELECT 1`)
		return err
	}
	for _, step := range []db.Step{db.StepBegin, db.StepExec, db.StepQuery, db.StepCommit} {
		for name, run := range map[string]func(*db.DB, context.Context, func(*db.Tx) error) error{"write": (*db.DB).Write, "read": (*db.DB).Read} {
			for _, prepared := range []bool{false, true} {
				ctx, cancel := context.WithCancel(context.Background())
				if prepared { // on every connection
					for range 10 {
						must(t, run(d, ctx, func(tx *db.Tx) error { return use(ctx, tx) }))
					}
				}
				f := d.WithTap(func(_ context.Context, s db.Step, _ string) error {
					if s == step {
						cancel()
					}
					return nil
				})
				ended := make(chan error, 1)
				go func() {
					ended <- run(f, ctx, func(tx *db.Tx) error {
						err := use(ctx, tx)
						return errors.Join(err, use(ctx, tx)) // who goes on after a failure hangs no more
					})
				}()
				select {
				case err := <-ended:
					if err != nil && !errors.Is(err, context.Canceled) {
						t.Errorf("%s, ended before %s: got %v", name, step, err)
					}
				case <-time.After(20 * time.Second):
					t.Fatalf("%s, ended before %s: it hangs", name, step)
				}
				cancel()
				must(t, write(d, `UPDATE owner SET name = name WHERE id = $1`, 1))
			}
		}
	}
}

func aLongReadEndsWithItsContext(t *testing.T, d *db.DB) {
	const endless = `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000000000) SELECT COUNT(*) FROM c`
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := d.Read(ctx, func(tx *db.Tx) error {
		var n int
		return tx.QueryRow(ctx, endless).Scan(&n)
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if n := count(t, d, countOwners); n != 0 {
		t.Errorf("%d rows", n)
	}
}

func manyStatementsDoNotPileUp(t *testing.T, d *db.DB) {
	ctx := context.Background()
	const texts = 1000 // more than a connection keeps prepared
	must(t, d.Read(ctx, func(tx *db.Tx) error {
		pad := ""
		for i := range texts {
			pad += " "
			var n int
			if err := tx.QueryRow(ctx, `SELECT 1`+pad+`FROM owner WHERE id = $1`, 0).Scan(&n); err != nil || n != 1 {
				t.Fatalf("text %d: %d, %v", i, n, err)
			}
		}
		return nil
	}))
}

func closedMeansAway(t *testing.T, d *db.DB) {
	must(t, d.Close())
	must(t, d.Close())
	if err := write(d, putOwner, 1, "one"); !errors.Is(err, vocab.DatabaseAway) {
		t.Errorf("write: got %v", err)
	}
	if err := d.Read(context.Background(), func(*db.Tx) error { return nil }); !errors.Is(err, vocab.DatabaseAway) {
		t.Errorf("read: got %v", err)
	}
}

func statsCount(t *testing.T, d *db.DB) {
	before := d.Stats()
	must(t, write(d, putOwner, 1, "one"))
	write(d, putOwner, 1, "one")
	count(t, d, countOwners)
	s := d.Stats()
	if s.Writes != before.Writes+1 || s.Rollbacks != before.Rollbacks+1 || s.Reads != before.Reads+1 || s.LongestHold <= 0 {
		t.Errorf("before %+v, after %+v", before, s)
	}
}
