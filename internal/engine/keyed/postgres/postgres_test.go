package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/keyed"
	"fontis/internal/engine/keyed/keyedtest"
	"fontis/internal/vocab"
)

// dsn is the server of the tests, as for every other test of fontis.
func dsn() string { return os.Getenv("FONTIS_PG_DSN") }

// TestMain lets the test's own program be the process that is killed.
func TestMain(m *testing.M) {
	if schema := os.Getenv("FONTIS_KEYED_VICTIM"); schema != "" {
		fmt.Fprintln(os.Stderr, "the victim lives:", victim(schema))
		os.Exit(3)
	}
	goleak.VerifyTestMain(m)
}

func open(t testing.TB, schema string, opts keyed.Options) *keyed.Store {
	t.Helper()
	s, err := Open(t.Context(), dsn(), schema, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestPostgresConforms(t *testing.T) {
	dbtest.NeedPostgres(t)
	keyedtest.RunAll(t, func(t *testing.T, opts keyed.Options) (*keyed.Store, func() *keyed.Store) {
		schema := dbtest.PostgresPlace(t)
		s := open(t, schema, opts)
		return s, func() *keyed.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, schema, opts)
		}
	})
}

func victim(schema string) error {
	d, err := connect(context.Background(), dsn(), schema)
	if err != nil {
		return err
	}
	return keyed.New(dying{d}, keyed.Options{}).Replace(context.Background(), "people", keyedtest.Dated, keyedtest.Pairs(5000, "b"))
}

// dying kills its process when the rows are copied and not switched yet.
type dying struct{ keyed.Driver }

// Load never comes to its end.
func (d dying) Load(ctx context.Context, info keyed.Info, entries iter.Seq2[keyed.Entry, error], _ func() keyed.Info) error {
	return d.Driver.Load(ctx, info, entries, func() keyed.Info {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	})
}

func TestKilledReplaceLeavesTheOldWhole(t *testing.T) {
	schema := dbtest.PostgresPlace(t)
	s := open(t, schema, keyed.Options{})
	if err := s.Replace(t.Context(), "people", keyedtest.Dated, keyedtest.Pairs(1000, "a")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "FONTIS_KEYED_VICTIM="+schema)
	out, err := cmd.CombinedOutput()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the victim ended with %v: %s", err, out)
	}
	left := tables(t, schema)
	if len(left) != 2 {
		t.Fatalf("the killed load left %q", left)
	}
	conn := session(t)
	for _, table := range left { // until the server has noticed the death
		if _, err := conn.Exec(t.Context(), lockLoad, schema+"."+table); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), unlockLoad, schema+"."+table); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, schema, keyed.Options{})
	for _, s := range []*keyed.Store{s, again} {
		rows, _, _, err := s.Get(t.Context(), "people", []keyed.Key{keyedtest.Key(1), keyedtest.Key(4000)})
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := rows[0].One(); !ok || string(v) != "a-1" || rows[1].Found {
			t.Errorf("after the kill: %q, %t", v, rows[1].Found)
		}
	}
	if left := tables(t, schema); len(left) != 1 {
		t.Errorf("after the next start: %q", left)
	}
}

func TestAnotherStartSparesALoadAtWork(t *testing.T) {
	schema := dbtest.PostgresPlace(t)
	d, err := connect(t.Context(), dsn(), schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	s := keyed.New(watched{Driver: d, first: func() { open(t, schema, keyed.Options{}) }}, keyed.Options{})
	if err := s.Replace(t.Context(), "people", keyedtest.Dated, keyedtest.Pairs(100, "a")); err != nil {
		t.Fatal(err)
	}
	rows, _, _, err := s.Get(t.Context(), "people", []keyed.Key{keyedtest.Key(1)})
	if err != nil || !rows[0].Found {
		t.Errorf("%v, found %t", err, rows[0].Found)
	}
}

// watched calls first when the rows are copied and not switched yet.
type watched struct {
	keyed.Driver
	first func()
}

// Load starts another store before the switch.
func (w watched) Load(ctx context.Context, info keyed.Info, entries iter.Seq2[keyed.Entry, error], done func() keyed.Info) error {
	return w.Driver.Load(ctx, info, func(yield func(keyed.Entry, error) bool) {
		for e, err := range entries {
			if !yield(e, err) {
				return
			}
		}
		w.first()
	}, done)
}

func TestReplacementBySomeoneElseIsSeen(t *testing.T) {
	schema := dbtest.PostgresPlace(t)
	a, b := open(t, schema, keyed.Options{}), open(t, schema, keyed.Options{})
	for _, g := range []string{"x", "y"} {
		if err := a.Replace(t.Context(), "people", keyedtest.Dated, keyedtest.Pairs(3, g)); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*keyed.Store{a, b} {
			rows, _, _, err := s.Get(t.Context(), "people", []keyed.Key{keyedtest.Key(1)})
			if err != nil {
				t.Fatal(err)
			}
			if v, _ := rows[0].One(); string(v) != g+"-1" {
				t.Errorf("read %q, want %s-1", v, g)
			}
		}
	}
	info, err := a.Info(t.Context(), "people")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Drop(t.Context(), "people", info.Version); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := b.Get(t.Context(), "people", []keyed.Key{keyedtest.Key(1)}); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("dropped by another: %v, want no such thing", err)
	}
}

func TestUnreachableDatabaseIsAwayAndItsPasswordStaysHidden(t *testing.T) {
	for _, address := range []string{"postgres://u:very-secret@127.0.0.1:1/x?connect_timeout=1", "postgres://u:very-secret@[::1/x"} {
		_, err := Open(t.Context(), address, "s", keyed.Options{})
		if err == nil || strings.Contains(err.Error(), "very-secret") {
			t.Errorf("%v", err)
		}
	}
	_, err := Open(t.Context(), "postgres://u:p@127.0.0.1:1/x", "s", keyed.Options{})
	if !errors.Is(err, vocab.SourceAway) {
		t.Errorf("%v, want source away", err)
	}
}

func session(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func tables(t *testing.T, schema string) []string {
	t.Helper()
	rows, err := session(t).Query(t.Context(), `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename LIKE 'keyed\_v\_%'`, schema)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func BenchmarkPostgres(b *testing.B) {
	keyedtest.RunBenchmarks(b, open(b, dbtest.PostgresPlace(b), keyed.Options{}))
}
