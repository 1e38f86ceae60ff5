package app_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/db/postgres"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/vocab"
)

// released unpacks the folder that a release left.
func released(t *testing.T, archive string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", archive))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for in := tar.NewReader(zip); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.FileInfo().IsDir() {
			err = os.MkdirAll(path, 0o700)
		} else {
			var b []byte
			if b, err = io.ReadAll(in); err == nil {
				err = os.WriteFile(path, b, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// afterRelease is a moment at which the release's grants hold and its register is fresh.
var afterRelease = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

// The trace of the comparison whose receipts stand beside the folder.
const releasedTrace = vocab.TraceID("01a20228675e16bbb2d2db02e0ac374b")

func TestTheFolderOfAReleaseMovesForwardAndItsLedgerHolds(t *testing.T) {
	dir := released(t, "release-0.1.tar.gz")
	cfg, err := app.ReadConfig(filepath.Join(dir, "node"))
	if err != nil {
		t.Fatal(err)
	}
	if dbtest.OnPostgres() {
		cfg = ontoPostgres(t, cfg)
	}
	before := filesOf(t, cfg.Dir)
	copied, drop, err := app.Trial(t.Context(), cfg, t.TempDir())
	if drop != nil {
		t.Cleanup(func() {
			if err := drop(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	if after := filesOf(t, cfg.Dir); after != before {
		t.Error("the trial changed the folder that it was to copy")
	}
	a, err := app.Open(t.Context(), copied, app.Options{Clock: clock.NewFake(afterRelease)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if r := a.Ledger.Repaired(); r.Interrupted > 0 || len(r.Alarms) > 0 || r.Gone > 0 {
		t.Errorf("the start found %+v", r)
	}
	if r, err := a.Tally.All(t.Context(), nil); err != nil || r.Count > 0 || r.Records < 29 {
		t.Errorf("record and log: %+v %v", r, err)
	}
	if _, err := a.Ledger.Entry(t.Context(), releasedTrace, ledger.Viewer{Auditor: true}); err != nil {
		t.Errorf("an access of the release: %v", err)
	}
	if !dbtest.OnPostgres() { // the register's rows stay with the file that they were loaded into
		askReleased(t, a)
	}
	for _, name := range []string{"intent", "outcome"} {
		v, err := checker.File(filepath.Join(dir, string(releasedTrace)+"."+name+".receipt"), checker.Options{Evidence: t.TempDir()})
		if err != nil || v.ExitCode != checker.ExitGood {
			t.Errorf("the %s receipt of the release: %+v %v", name, v, err)
		}
	}
}

// askReleased uses the grant that the release's steward gave.
func askReleased(t *testing.T, a *app.App) {
	t.Helper()
	user := identity.Actor{Member: "tax", Officer: "zhao@tax", Roles: []vocab.Role{vocab.DataUser}}
	grants, err := a.Door.Grants(t.Context(), user, false, "", 10)
	if err != nil || len(grants) != 1 {
		t.Fatalf("%d grants: %v", len(grants), err)
	}
	g := grants[0]
	answer, err := a.Door.Ask(t.Context(), user, access.Call{
		Grant: g.ID, Question: g.Question, Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "990000195109220173"},
		Values: map[vocab.ItemID]string{g.Items[0]: "1951-09-22"}, Purpose: g.Purpose, Case: "P-9",
	})
	if err != nil || answer.Answers[g.Items[0]].Answer != vocab.Match {
		t.Errorf("a comparison under the release's grant: %+v %v", answer, err)
	}
}

// ontoPostgres gives the release's node its record in PostgreSQL, as it would be
// had it been made there.
func ontoPostgres(t *testing.T, cfg app.Config) app.Config {
	t.Helper()
	file := filepath.Join(cfg.Dir, "data", "fontis.db")
	cfg.Database, cfg.Schema = dbtest.PostgresAddress(t)
	d, err := postgres.Open(t.Context(), cfg.Database, cfg.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Load(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Close(), os.Remove(file)); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// filesOf lists names, sizes and moments of everything in a folder.
func filesOf(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			out.WriteString(path + " " + info.ModTime().String() + " " + info.Mode().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestATrialOfARunningNodeIsRefused(t *testing.T) {
	cfg, err := app.ReadConfig(filepath.Join(released(t, "release-0.1.tar.gz"), "node"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), cfg, app.Options{Clock: clock.NewFake(afterRelease)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, _, err := app.Trial(t.Context(), cfg, t.TempDir()); vocab.CodeOf(err) != vocab.LeaseHeld {
		t.Errorf("a trial of a running node: %v", err)
	}
}

func TestATrialSchemaIsTakenAway(t *testing.T) {
	dbtest.NeedPostgres(t)
	cfg, err := app.ReadConfig(filepath.Join(released(t, "release-0.1.tar.gz"), "node"))
	if err != nil {
		t.Fatal(err)
	}
	cfg = ontoPostgres(t, cfg)
	copied, drop, err := app.Trial(t.Context(), cfg, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if copied.Schema == cfg.Schema {
		t.Fatal("the copy stands in the schema of the original")
	}
	if err := drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	d, err := postgres.Open(t.Context(), cfg.Database, cfg.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Read(t.Context(), func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM pg_namespace WHERE nspname = $1`, copied.Schema).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d schemas are left: %v", n, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
