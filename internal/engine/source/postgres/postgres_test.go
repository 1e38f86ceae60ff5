package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/source"
	"fontis/internal/engine/source/postgres"
	"fontis/internal/engine/source/sourcetest"
	"fontis/internal/engine/source/statement"
	"fontis/internal/vocab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const readerPassword = "re'ader \\ päss"

// world is a database of its own with an owner's connection and a role that can
// only read.
type world struct {
	owner    *pgx.Conn
	database string
	reader   string
	host     string
	port     uint16
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dsn := os.Getenv("FONTIS_PG_DSN")
	if dsn == "" {
		t.Skip("FONTIS_PG_DSN is not set; scripts/pg.sh sets it")
	}
	conf, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	admin := connect(t, conf)
	name := strings.ReplaceAll(vocab.NewID("src"), "-", "_")
	w := &world{database: name, reader: name + " \"reader\"", host: conf.Host, port: conf.Port}
	run(t, admin, "CREATE DATABASE "+name)
	run(t, admin, "CREATE ROLE "+w.role()+" LOGIN PASSWORD '"+strings.ReplaceAll(readerPassword, "'", "''")+"'")
	own := conf.Copy()
	own.Database = name
	w.owner = connect(t, own)
	t.Cleanup(func() {
		w.owner.Close(context.Background())
		for _, text := range []string{"DROP DATABASE " + name + " WITH (FORCE)", "DROP ROLE " + w.role()} {
			if _, err := admin.Exec(context.Background(), text); err != nil {
				t.Error(err)
			}
		}
		admin.Close(context.Background())
	})
	w.exec(t, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	return w
}

func connect(t *testing.T, conf *pgx.ConnConfig) *pgx.Conn {
	t.Helper()
	c, err := pgx.ConnectConfig(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func run(t *testing.T, c *pgx.Conn, text string) {
	t.Helper()
	if _, err := c.Exec(t.Context(), text); err != nil {
		t.Fatal(text, err)
	}
}

func (w *world) role() string { return statement.Quote(w.reader) }

func (w *world) exec(t *testing.T, text string) {
	t.Helper()
	run(t, w.owner, text)
}

func (w *world) address(host string, port uint16) string {
	u := url.URL{Scheme: "postgres", User: url.User(w.reader), Host: net.JoinHostPort(host, fmt.Sprint(port)), Path: w.database, RawQuery: "sslmode=disable"}
	if strings.HasPrefix(host, "/") {
		u.Host = ""
		u.RawQuery += "&host=" + url.QueryEscape(host) + "&port=" + fmt.Sprint(port)
	}
	return u.String()
}

func (w *world) open(t *testing.T) *source.Source {
	t.Helper()
	return openAt(t, w.address(w.host, w.port), readerPassword, 3*time.Second)
}

func openAt(t *testing.T, address string, password source.Password, timeout time.Duration) *source.Source {
	t.Helper()
	d := source.Drivers{Clock: clock.System(), Connect: map[source.Kind]source.Connect{source.Postgres: postgres.Connect}}
	s, err := d.Open(t.Context(), source.Spec{Address: address, Timeout: timeout, MaxRows: sourcetest.MaxRows}, password)
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

func TestPostgreSQLConforms(t *testing.T) {
	sourcetest.RunAll(t, sourcetest.Features{}, func(t *testing.T, tables ...sourcetest.Table) sourcetest.Place {
		w := newWorld(t)
		for _, table := range tables {
			w.create(t, table)
		}
		w.exec(t, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+w.role())
		replace := func(t *testing.T, table sourcetest.Table) {
			t.Helper()
			w.exec(t, "DELETE FROM "+statement.Quote(table.Name))
			w.insert(t, table)
		}
		return sourcetest.Place{Source: w.open(t), Replace: replace}
	})
}

func (w *world) create(t *testing.T, table sourcetest.Table) {
	t.Helper()
	types := map[source.ValueKind]string{
		source.Text: "varchar(200)", source.Integer: "bigint", source.Number: "numeric(12,2)", source.Bool: "boolean", source.Date: "date", source.Moment: "timestamp",
	}
	var columns []string
	for _, c := range table.Columns {
		columns = append(columns, statement.Quote(c.Name)+" "+types[c.Kind])
	}
	w.exec(t, "CREATE TABLE "+statement.Quote(table.Name)+" ("+strings.Join(columns, ", ")+")")
	w.insert(t, table)
}

func (w *world) insert(t *testing.T, table sourcetest.Table) {
	t.Helper()
	for _, row := range table.Rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = "NULL"
			if cell != nil {
				cells[i] = "'" + strings.ReplaceAll(*cell, "'", "''") + "'"
			}
		}
		w.exec(t, "INSERT INTO "+statement.Quote(table.Name)+" VALUES ("+strings.Join(cells, ", ")+")")
	}
}

// Each way to write is granted, must be found with a remedy, is taken away by
// that very remedy, and then the account is clean again.
func TestEveryPowerToWriteIsFoundAndItsRemedyMendsIt(t *testing.T) {
	w := newWorld(t)
	w.exec(t, `CREATE SCHEMA "odd ""one"; CREATE TABLE person (id text, name text); CREATE TABLE "odd ""one"."t;" (id int); CREATE SEQUENCE numbers`)
	w.exec(t, `GRANT USAGE ON SCHEMA "odd ""one" TO PUBLIC; GRANT SELECT ON person TO `+w.role())
	group, keeper := w.database+"_group", w.database+"_keeper"
	w.exec(t, "CREATE ROLE "+group+" NOINHERIT; CREATE ROLE "+keeper)
	defer w.exec(t, "DROP OWNED BY "+group+", "+keeper+"; DROP ROLE "+group+", "+keeper)
	s := w.open(t)
	clean := func(t *testing.T) {
		t.Helper()
		r, err := s.Probe(t.Context())
		if err != nil || len(r.Powers) != 0 || r.Account != w.reader {
			t.Fatalf("a clean account: %v, %v", r.Powers, err)
		}
	}
	clean(t)
	role := w.role()
	for _, c := range []struct{ name, give, undo, says string }{
		{"Insert", "GRANT INSERT ON person TO " + role, "", "INSERT on table"},
		{"Update", "GRANT UPDATE ON person TO " + role, "", "UPDATE on table"},
		{"Delete", "GRANT DELETE ON person TO " + role, "", "DELETE on table"},
		{"Truncate", "GRANT TRUNCATE ON person TO " + role, "", "TRUNCATE on table"},
		{"Trigger", "GRANT TRIGGER ON person TO " + role, "", "TRIGGER on table"},
		{"OneColumn", "GRANT UPDATE (name) ON person TO " + role, "", `UPDATE ("name")`},
		{"Everyone", "GRANT INSERT ON person TO PUBLIC", "", "as everyone can"},
		{"OddName", `GRANT DELETE ON "odd ""one"."t;" TO ` + role, "", `"t;"`},
		{"Sequence", "GRANT USAGE ON SEQUENCE numbers TO " + role, "", "USAGE on sequence"},
		{"Schema", "GRANT CREATE ON SCHEMA public TO PUBLIC", "", "CREATE on schema"},
		{"Database", "GRANT CREATE ON DATABASE " + w.database + " TO " + role, "", "CREATE on database"},
		{"Group", "GRANT INSERT ON person TO " + group + "; GRANT " + group + " TO " + role, "", "as a member of " + group},
		{"GroupOwns", "ALTER TABLE person OWNER TO " + keeper + "; GRANT " + keeper + " TO " + role, "", "as owner of"},
		{"AllData", "GRANT pg_write_all_data TO " + role, "", "pg_write_all_data"},
		{"Program", "GRANT pg_execute_server_program TO " + role, "", "pg_execute_server_program"},
		{"CreateRole", "ALTER ROLE " + role + " CREATEROLE", "", "CREATEROLE"},
		{"CreateDB", "ALTER ROLE " + role + " CREATEDB", "", "CREATEDB"},
		{"BypassRLS", "ALTER ROLE " + role + " BYPASSRLS", "", "BYPASSRLS"},
		{"Superuser", "ALTER ROLE " + role + " SUPERUSER", "ALTER ROLE " + role + " NOSUPERUSER", "superuser"},
		{"Owner", "ALTER TABLE person OWNER TO " + role, "ALTER TABLE person OWNER TO CURRENT_USER; GRANT SELECT ON person TO " + role, "as owner of table"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.exec(t, c.give)
			_, err := s.Probe(t.Context())
			var f *vocab.Failure
			if !errors.Is(err, vocab.SourceWritable) || !errors.As(err, &f) || !strings.Contains(f.Cause, c.says) || f.Fix == "" {
				t.Fatalf("not found: %v", err)
			}
			mend := c.undo
			if mend == "" {
				mend = f.Fix
			}
			w.exec(t, mend)
			clean(t)
		})
	}
}

// The attempt must find what the inspection would, by what the server does.
func TestTheAttemptAloneFindsPowersAndLeavesNothing(t *testing.T) {
	w := newWorld(t)
	w.exec(t, "CREATE TABLE person (id text); INSERT INTO person VALUES ('1'); GRANT SELECT ON person TO "+w.role())
	a, err := source.ParseAddress(w.address(w.host, w.port))
	if err != nil {
		t.Fatal(err)
	}
	d, err := postgres.Connect(t.Context(), a, source.Options{Password: readerPassword, Timeout: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, c := range []struct {
		give string
		want int
	}{
		{"SELECT 1", 0},
		{"GRANT DELETE ON person TO " + w.role(), 1},
		{"GRANT CREATE ON SCHEMA public TO " + w.role(), 2},
		{"GRANT CREATE ON DATABASE " + w.database + " TO " + w.role(), 3},
	} {
		w.exec(t, c.give)
		p, err := d.(*postgres.DB).Attempt(t.Context())
		if err != nil || len(p.Found) != c.want {
			t.Errorf("after %s: %v, %v", c.give, p.Found, err)
		}
	}
	var left, rows int
	if err := w.owner.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE 'fontis%') + (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'fontis%'), (SELECT count(*) FROM person)").Scan(&left, &rows); err != nil || left != 0 || rows != 1 {
		t.Errorf("%d things of ours, %d rows, %v", left, rows, err)
	}
}

func TestAViewThatWritesIsStopped(t *testing.T) {
	w := newWorld(t)
	w.exec(t, `CREATE TABLE log (id text);
		CREATE FUNCTION sly() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO public.log VALUES ('read'); RETURN 'x'; END $$;
		CREATE VIEW trap AS SELECT 'a'::text AS id, sly() AS x; GRANT SELECT ON trap TO `+w.role())
	s := w.open(t)
	if _, err := s.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sample(t.Context(), "trap", []string{"x"}, 1); err == nil {
		t.Error("a view that writes gave rows")
	}
	var n int
	if err := w.owner.QueryRow(t.Context(), "SELECT count(*) FROM log").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows were written, %v", n, err)
	}
}

func TestTypesReadAsCanonicalText(t *testing.T) {
	w := newWorld(t)
	w.exec(t, `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE DOMAIN code AS char(4);
		CREATE TABLE a (id char(6), u uuid, m mood, c code, f float8, z timestamptz, b bytea, j jsonb, n numeric, js json, big text);
		ALTER DATABASE `+w.database+` SET TimeZone = 'Asia/Shanghai';
		INSERT INTO a VALUES ('p1', '6f1c2d3e-0000-4000-8000-000000000001', 'sad', 'ab', 1e21, '1990-05-01 00:00:00 Asia/Shanghai', '\x00ff', '{"a": 1}', 'NaN', '[1]', 'x');
		GRANT SELECT ON a TO `+w.role())
	s := w.open(t)
	columns := []string{"id", "u", "m", "c", "f", "z", "b", "j", "n"}
	records, _, err := s.Lookup(t.Context(), source.Query{Table: "public.a", SubjectColumn: "id", Subjects: []string{"p1"}, Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"p1", "6f1c2d3e-0000-4000-8000-000000000001", "sad", "ab", "1" + strings.Repeat("0", 21), "1990-05-01", "00ff", `{"a": 1}`, "NaN"} {
		if got := records[0].Rows[0][i].Text; got != want {
			t.Errorf("%s is %q, not %q", columns[i], got, want)
		}
	}
	for column, subject := range map[string]string{"u": "6f1c2d3e-0000-4000-8000-000000000001", "m": "sad", "c": "ab", "z": "1990-05-01"} {
		q := source.Query{Table: "a", SubjectColumn: column, Subjects: []string{subject, "nothing like it"}, Columns: []string{"id"}}
		q.Where = []source.Condition{{Column: column, Op: source.Equal, Values: []string{subject}}}
		records, _, err := s.Lookup(t.Context(), q)
		if err != nil || len(records[0].Rows) != 1 && column != "z" || len(records[1].Rows) != 0 {
			t.Errorf("by column %s: %v", column, err)
		}
	}
	for _, column := range []string{"js", "j", "m", "b"} {
		if top, err := s.TopValues(t.Context(), "a", column, 10); err != nil || top.Rows != 1 {
			t.Errorf("top values of %s: %v", column, err)
		}
	}
}

func TestOnlyReadableColumnsStandInTheCatalog(t *testing.T) {
	w := newWorld(t)
	w.exec(t, "CREATE TABLE person (id text, name text, secret text); CREATE TABLE hidden (id text); GRANT SELECT (id, name) ON person TO "+w.role())
	s := w.open(t)
	r, err := s.Probe(t.Context())
	if err != nil || len(r.Tables) != 1 || len(r.Tables[0].Columns) != 2 {
		t.Fatal(r.Tables, err)
	}
	if _, _, err := s.Lookup(t.Context(), source.Query{Table: "person", SubjectColumn: "id", Subjects: []string{"1"}, Columns: []string{"secret"}}); !errors.Is(err, vocab.SourceUnknown) {
		t.Error(err)
	}
}

func TestAColumnTakenAwayIsUnknownAndThenForgotten(t *testing.T) {
	w := newWorld(t)
	w.exec(t, "CREATE TABLE person (id text, name text, other text); GRANT SELECT ON person TO "+w.role())
	s := w.open(t)
	q := source.Query{Table: "person", SubjectColumn: "id", Subjects: []string{"1"}, Columns: []string{"name"}}
	if _, _, err := s.Lookup(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	w.exec(t, "ALTER TABLE person RENAME COLUMN name TO called")
	if _, _, err := s.Lookup(t.Context(), q); !errors.Is(err, vocab.SourceUnknown) {
		t.Error(err)
	}
	q.Columns = []string{"called"}
	if _, _, err := s.Lookup(t.Context(), q); err != nil {
		t.Error("the catalog was not read anew:", err)
	}
}

func TestTheSubjectsIndexServes(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []string{"text", "varchar(18)", "char(18)", "bigint", "integer", "numeric"} {
		w.exec(t, "DROP TABLE IF EXISTS person; CREATE TABLE person (id "+kind+" PRIMARY KEY, x text); INSERT INTO person SELECT i, 'x' FROM generate_series(1, 20000) i; ANALYZE person; GRANT SELECT ON person TO "+w.role())
		s := w.open(t)
		for _, subject := range []string{"1", "20000"} {
			records, _, err := s.Lookup(t.Context(), source.Query{Table: "person", SubjectColumn: "id", Subjects: []string{subject}, Columns: []string{"x"}})
			if err != nil || len(records[0].Rows) != 1 {
				t.Fatal(kind, err)
			}
		}
		var scans int
		w.exec(t, "SELECT pg_stat_force_next_flush()")
		if err := s.Close(); err != nil { // a session's counts are told at its end
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for scans == 0 && time.Now().Before(deadline) {
			if err := w.owner.QueryRow(t.Context(), "SELECT coalesce(sum(idx_scan), 0)::int8 FROM pg_stat_user_indexes WHERE relname = 'person'").Scan(&scans); err != nil {
				t.Fatal(err)
			}
		}
		if scans < 2 {
			t.Errorf("a subject column of type %s is not looked up by its index", kind)
		}
	}
}

func TestAHeldTableIsSlowNotForever(t *testing.T) {
	w := newWorld(t)
	w.exec(t, "CREATE TABLE person (id text); GRANT SELECT ON person TO "+w.role())
	s := openAt(t, w.address(w.host, w.port), readerPassword, 300*time.Millisecond)
	if _, err := s.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.exec(t, "BEGIN; LOCK TABLE person IN ACCESS EXCLUSIVE MODE")
	_, _, err := s.Lookup(t.Context(), source.Query{Table: "person", SubjectColumn: "id", Subjects: []string{"1"}})
	w.exec(t, "ROLLBACK")
	if !errors.Is(err, vocab.SourceSlow) {
		t.Error(err)
	}
	if _, _, err := s.Lookup(t.Context(), source.Query{Table: "person", SubjectColumn: "id", Subjects: []string{"1"}}); err != nil {
		t.Error("the connection did not survive:", err)
	}
}

func TestASlowViewIsGivenUpByTheServer(t *testing.T) {
	w := newWorld(t)
	w.exec(t, "CREATE VIEW slow AS SELECT 'a'::text AS id, pg_sleep(60)::text AS x; GRANT SELECT ON slow TO "+w.role())
	s := openAt(t, w.address(w.host, w.port), readerPassword, 300*time.Millisecond)
	if _, err := s.Sample(t.Context(), "slow", []string{"x"}, 1); !errors.Is(err, vocab.SourceSlow) {
		t.Error(err)
	}
}

func TestAServerThatHangsOrTalksNonsenseIsBounded(t *testing.T) {
	hang := listen(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	nonsense := listen(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	gone := listen(t, func(net.Conn) {})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := closed.Addr().(*net.TCPAddr).Port
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		port int
		want vocab.Code
	}{"hangs": {hang, vocab.SourceSlow}, "nonsense": {nonsense, vocab.SourceAway}, "hangs up": {gone, vocab.SourceAway}, "closed": {port, vocab.SourceAway}} {
		s := openAt(t, fmt.Sprintf("postgres://u@127.0.0.1:%d/d?sslmode=disable", c.port), "hunter2", 200*time.Millisecond)
		began := time.Now()
		_, err := s.Probe(t.Context())
		if !errors.Is(err, c.want) || time.Since(began) > 5*time.Second {
			t.Errorf("a server that %s: %v after %s", name, err, time.Since(began))
		}
		var f *vocab.Failure
		if errors.As(err, &f) && strings.Contains(f.Error()+f.Fix, "hunter2") {
			t.Error("the password stands in the error")
		}
	}
}

// listen serves each connection with f and then hangs up.
func listen(t *testing.T, f func(net.Conn)) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f(c)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().(*net.TCPAddr).Port
}

// The server dies in the middle of an answer, and the next call finds it again.
func TestASourceThatDiesInTheMiddleIsAwayAndThenBack(t *testing.T) {
	w := newWorld(t)
	w.exec(t, "CREATE TABLE person (id text, x text); INSERT INTO person SELECT i, 'x' FROM generate_series(1, 10) i; CREATE VIEW slow AS SELECT 'a'::text AS id, pg_sleep(60)::text AS x; GRANT SELECT ON person, slow TO "+w.role())
	s := w.open(t)
	if _, err := s.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		_, err := s.Sample(t.Context(), "slow", []string{"x"}, 1)
		failed <- err
	}()
	killed := 0
	for killed == 0 {
		if err := w.owner.QueryRow(t.Context(), "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = $1 AND query LIKE '%slow%' AND state = 'active'", w.reader).Scan(&killed); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-failed; !errors.Is(err, vocab.SourceAway) {
		t.Error(err)
	}
	if _, err := s.Sample(t.Context(), "person", []string{"x"}, 1); err != nil {
		t.Error("not back:", err)
	}
}

func TestAWrongPasswordIsSaidWithoutIt(t *testing.T) {
	w := newWorld(t)
	s := openAt(t, w.address(w.host, w.port), "hunter2", 2*time.Second)
	_, err := s.Probe(t.Context())
	var f *vocab.Failure
	if err == nil {
		t.Skip("this server asks for no password")
	}
	if !errors.As(err, &f) || f.Code != vocab.SourceAway || strings.Contains(err.Error()+f.Fix, "hunter2") {
		t.Error(err)
	}
}
