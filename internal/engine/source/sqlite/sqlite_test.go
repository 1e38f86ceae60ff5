package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/source"
	"fontis/internal/engine/source/sourcetest"
	"fontis/internal/engine/source/sqlite"
	"fontis/internal/engine/source/statement"
	"fontis/internal/vocab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSQLiteConforms(t *testing.T) {
	sourcetest.RunAll(t, sourcetest.Features{}, func(t *testing.T, tables ...sourcetest.Table) sourcetest.Place {
		path := filepath.Join(t.TempDir(), "人口 100% #1?.db")
		w := writer(t, path)
		for _, table := range tables {
			create(t, w, table)
		}
		replace := func(t *testing.T, table sourcetest.Table) {
			t.Helper()
			exec(t, w, "DELETE FROM "+statement.Quote(table.Name))
			insert(t, w, table)
		}
		return sourcetest.Place{Source: open(t, path), Replace: replace}
	})
}

func open(t *testing.T, path string) *source.Source {
	t.Helper()
	d := source.Drivers{Clock: clock.System(), Connect: map[source.Kind]source.Connect{source.SQLite: sqlite.Connect}}
	s, err := d.Open(t.Context(), source.Spec{Address: path, Timeout: 2 * time.Second, MaxRows: sourcetest.MaxRows}, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func writer(t *testing.T, path string) *sql.DB {
	t.Helper()
	a := source.Address{Kind: source.SQLite, Path: path}
	w, err := sql.Open("sqlite", strings.Replace(strings.ReplaceAll(a.String(), "?", "%3F"), "sqlite:", "file:", 1))
	if err != nil {
		t.Fatal(err)
	}
	w.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func exec(t *testing.T, w *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := w.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(text, err)
	}
}

func create(t *testing.T, w *sql.DB, table sourcetest.Table) {
	t.Helper()
	types := map[source.ValueKind]string{
		source.Text: "TEXT", source.Integer: "BIGINT", source.Number: "NUMERIC(12,2)", source.Bool: "BOOLEAN", source.Date: "DATE", source.Moment: "TIMESTAMP",
	}
	var columns []string
	for _, c := range table.Columns {
		columns = append(columns, statement.Quote(c.Name)+" "+types[c.Kind])
	}
	exec(t, w, "CREATE TABLE "+statement.Quote(table.Name)+" ("+strings.Join(columns, ", ")+")")
	insert(t, w, table)
}

func insert(t *testing.T, w *sql.DB, table sourcetest.Table) {
	t.Helper()
	for _, row := range table.Rows {
		args := make([]any, len(row))
		marks := make([]string, len(row))
		for i, cell := range row {
			marks[i] = "?"
			if cell == nil {
				continue
			}
			args[i] = *cell
			if table.Columns[i].Kind == source.Bool {
				args[i] = *cell == "true"
			}
		}
		exec(t, w, "INSERT INTO "+statement.Quote(table.Name)+" VALUES ("+strings.Join(marks, ", ")+")", args...)
	}
}

func TestTheFileIsNeverWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	w := writer(t, path)
	exec(t, w, "CREATE TABLE a (id TEXT, x TEXT)")
	exec(t, w, "INSERT INTO a VALUES ('1', 'y')")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	for range 3 { // the connection that was tried is used again
		r, err := s.Probe(t.Context())
		if err != nil || len(r.Powers) != 0 {
			t.Fatal(r.Powers, err)
		}
		if _, _, err := s.Lookup(t.Context(), source.Query{Table: "a", SubjectColumn: "id", Subjects: []string{"1"}, Columns: []string{"x"}}); err != nil {
			t.Fatal(err)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Error("the file changed", err)
	}
}

func TestAFileThatIsNoDatabaseIsAway(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"text.db": strings.Repeat("no database at all\n", 100), "folder.db/x": "", "cut.db": "SQLite format 3\x00\x10"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"text.db", "folder.db", "missing.db", "cut.db"} {
		_, err := open(t, filepath.Join(dir, name)).Probe(t.Context())
		var f *vocab.Failure
		if !errors.Is(err, vocab.SourceAway) || !errors.As(err, &f) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "missing.db")); err == nil {
		t.Error("asking for a file made it")
	}
}

func TestAWriterInWALModeIsReadAndMoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wal.db")
	w := writer(t, path)
	exec(t, w, "PRAGMA journal_mode = WAL")
	exec(t, w, "CREATE TABLE a (id TEXT, x TEXT)")
	exec(t, w, "INSERT INTO a VALUES ('1', 'old')")
	s := open(t, path)
	q := source.Query{Table: "a", SubjectColumn: "id", Subjects: []string{"1"}, Columns: []string{"x"}}
	_, before, err := s.Lookup(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, w, "UPDATE a SET x = 'new'")
	records, after, err := s.Lookup(t.Context(), q)
	if err != nil || records[0].Rows[0][0].Text != "new" || before.Mark == after.Mark {
		t.Errorf("%v, marks %q and %q", err, before.Mark, after.Mark)
	}
}

func TestAHeldFileIsSlowNotForever(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held.db")
	w := writer(t, path)
	exec(t, w, "CREATE TABLE a (id TEXT, x TEXT)")
	exec(t, w, "BEGIN EXCLUSIVE")
	defer exec(t, w, "ROLLBACK")
	_, err := open(t, path).Probe(t.Context())
	if !errors.Is(err, vocab.SourceSlow) {
		t.Errorf("a file under an exclusive lock: %v", err)
	}
}

func TestAnEndlessViewEndsAtTheTimeLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "endless.db")
	w := writer(t, path)
	exec(t, w, "CREATE VIEW forever AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT CAST(i AS TEXT) AS id, i AS x FROM n WHERE i < 0")
	s := open(t, path)
	_, _, err := s.Lookup(t.Context(), source.Query{Table: "forever", SubjectColumn: "id", Subjects: []string{"1"}, Columns: []string{"x"}})
	if !errors.Is(err, vocab.SourceSlow) {
		t.Errorf("an endless view: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Sample(ctx, "forever", []string{"x"}, 1); err == nil {
		t.Error("a cancelled call gave rows")
	}
}

func TestValuesOfAnyStorageClassAreText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "any.db")
	w := writer(t, path)
	exec(t, w, `CREATE TABLE a (id, x, y TEXT COLLATE NOCASE, "d" DATE)`)
	exec(t, w, `INSERT INTO a VALUES (1, 1.50, 'Abc', 20060102), ('two', X'00ff', 'ABC', '2006-01-02'), ('nul', 'a' || CHAR(0) || 'b', CAST(X'ff41' AS TEXT), 'soon')`)
	s := open(t, path)
	records, _, err := s.Lookup(t.Context(), source.Query{Table: "a", SubjectColumn: "id", Subjects: []string{"1", "two", "nul"}, Columns: []string{"x", "y", "d"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{{"1.5", "Abc", "20060102"}, {"00ff", "ABC", "2006-01-02"}, {"a\x00b", "ff41", "soon"}} {
		for j, text := range want {
			if got := records[i].Rows[0][j].Text; got != text {
				t.Errorf("row %d column %d is %q, not %q", i, j, got, text)
			}
		}
	}
	byName, _, err := s.Lookup(t.Context(), source.Query{Table: "a", SubjectColumn: "y", Subjects: []string{"abc", "ABC"}, Columns: []string{"x"}})
	if err != nil || len(byName[0].Rows) != 0 || len(byName[1].Rows) != 1 {
		t.Errorf("a collation without case found another's row: %v", err)
	}
}
