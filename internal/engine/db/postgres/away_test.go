package postgres_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/db/postgres"
	"fontis/internal/vocab"
)

var table = fstest.MapFS{"m/0001_m.sql": {Data: []byte(`CREATE TABLE x (id bigint NOT NULL PRIMARY KEY);`)}}

func fresh(t *testing.T) *db.DB {
	t.Helper()
	d := dbtest.Open(t)
	if err := d.Migrate(context.Background(), table, "m"); err != nil {
		t.Fatal(err)
	}
	return d
}

func put(ctx context.Context, d *db.DB, id int) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO x (id) VALUES ($1)`, id)
		return err
	})
}

// session gives the server's number of the connection of a transaction.
func session(ctx context.Context, tx *db.Tx) (pid int, err error) {
	return pid, tx.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&pid)
}

// end cuts a connection at the server, as an operator or a restart does, and waits
// until it is gone.
func end(t *testing.T, by *db.DB, pid int) {
	t.Helper()
	ctx := context.Background()
	var ok bool
	err := by.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT pg_terminate_backend($1, 5000)`, pid).Scan(&ok)
	})
	if err != nil || !ok {
		t.Fatalf("end session %d: %v, %v", pid, ok, err)
	}
}

func TestACutConnectionIsReplacedBeforeTheNextTransaction(t *testing.T) {
	dbtest.NeedPostgres(t)
	ctx := context.Background()
	d, by := fresh(t), fresh(t)
	var writer, reader int
	err := errors.Join(
		d.Write(ctx, func(tx *db.Tx) (err error) { writer, err = session(ctx, tx); return err }),
		d.Read(ctx, func(tx *db.Tx) (err error) { reader, err = session(ctx, tx); return err }))
	if err != nil {
		t.Fatal(err)
	}
	end(t, by, writer)
	end(t, by, reader)
	if err := put(ctx, d, 1); err != nil {
		t.Errorf("write: %v", err)
	}
	for range 20 { // all readers, the cut one among them
		if err := d.Read(ctx, func(tx *db.Tx) error { _, err := session(ctx, tx); return err }); err != nil {
			t.Errorf("read: %v", err)
		}
	}
}

func TestAConnectionCutInTheMiddleMeansAwayAndLeavesNothing(t *testing.T) {
	dbtest.NeedPostgres(t)
	ctx := context.Background()
	d, by := fresh(t), fresh(t)
	err := d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO x (id) VALUES (1)`); err != nil {
			return err
		}
		pid, err := session(ctx, tx)
		if err != nil {
			return err
		}
		end(t, by, pid)
		_, err = tx.Exec(ctx, `INSERT INTO x (id) VALUES (2)`)
		return err
	})
	if !errors.Is(err, vocab.DatabaseAway) {
		t.Errorf("at a statement: got %v", err)
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		pid, err := session(ctx, tx)
		if err == nil {
			end(t, by, pid)
		}
		return err
	})
	if !errors.Is(err, vocab.DatabaseAway) {
		t.Errorf("at the commit: got %v", err)
	}
	if err := put(ctx, d, 1); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A reader that goes on after its connection was cut must hear so, not wait for
// a connection that waits for the reader.
func TestAReaderOfACutConnectionHearsItAgainAndAgain(t *testing.T) {
	dbtest.NeedPostgres(t)
	ctx := context.Background()
	d, by := fresh(t), fresh(t)
	ended := make(chan error, 1)
	go func() {
		ended <- d.Read(ctx, func(tx *db.Tx) error {
			pid, err := session(ctx, tx)
			if err != nil {
				return err
			}
			end(t, by, pid)
			for _, query := range []string{`SELECT pg_backend_pid()`, `SELECT pg_backend_pid()`, `SELECT 1`} {
				var n int
				if err = tx.QueryRow(ctx, query).Scan(&n); err == nil {
					t.Errorf("%s was answered on a cut connection", query)
				}
			}
			return err
		})
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, vocab.DatabaseAway) {
			t.Errorf("got %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it hangs")
	}
}

func TestALongStatementEndsWithItsContext(t *testing.T) {
	dbtest.NeedPostgres(t)
	d := fresh(t)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	for name, run := range map[string]func(context.Context, func(*db.Tx) error) error{"write": d.Write, "read": d.Read} {
		err := run(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `SELECT pg_sleep(60)`)
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := put(context.Background(), d, 1); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestWhoLostTheLockCannotWrite(t *testing.T) {
	dbtest.NeedPostgres(t)
	ctx := context.Background()
	first, by := fresh(t), fresh(t)
	second := dbtest.Another(t, first)
	now := time.Date(2026, 6, 30, 8, 0, 0, 0, time.UTC)
	lease, err := db.AcquireLease(ctx, t.TempDir(), now, first)
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Release()
	holder := func() (pid int) {
		t.Helper()
		if err := first.Write(ctx, func(tx *db.Tx) (err error) { pid, err = session(ctx, tx); return err }); err != nil {
			t.Fatal(err)
		}
		return pid
	}
	// The first's connection is lost while nobody else waits: it takes the lock again.
	end(t, by, holder())
	if err := put(ctx, first, 1); err != nil {
		t.Fatalf("the holder could not come back: %v", err)
	}
	// It is lost again, and the second is quicker.
	end(t, by, holder())
	other, err := db.AcquireLease(ctx, t.TempDir(), now, second)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Release()
	if err := put(ctx, second, 2); err != nil {
		t.Fatal(err)
	}
	if err := put(ctx, first, 3); !errors.Is(err, vocab.LeaseHeld) {
		t.Errorf("the first wrote beside the second: got %v", err)
	}
}

func TestAServerThatIsNotThereMeansAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, err = postgres.Open(context.Background(), "postgres://u:hush@"+address+"/x?sslmode=disable")
	if !errors.Is(err, vocab.DatabaseAway) {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("the password stands in the error: %v", err)
	}
	_, err = postgres.Open(context.Background(), "postgres://u:hush@%zz/x")
	if vocab.CodeOf(err) != vocab.BadInput || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}
