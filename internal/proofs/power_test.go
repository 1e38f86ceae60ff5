package proofs

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// traced is the task of the traced child.
type traced struct {
	Config app.Config
	Grant  access.Grant
	Unsafe bool // synchronous=OFF
}

const tracedVariable = "FONTIS_PROOFS_TRACED"

// The lines that the child writes around its access, for the trace to show.
const (
	asked    = "fontis-proof-asked\n"
	answered = "fontis-proof-answered\n"
)

// TestChildOfThePowerProof asks once, between two lines in the trace.
func TestChildOfThePowerProof(t *testing.T) {
	var job traced
	if err := json.Unmarshal([]byte(os.Getenv(tracedVariable)), &job); err != nil {
		t.Skip("the power proof starts this test under a tracer")
	}
	var o app.Options
	if job.Unsafe {
		o.Between.DB = func(d *db.DB) *db.DB { return lazy(t, d, filepath.Join(job.Config.Dir, "data", "fontis.db")) }
	}
	a, err := app.Open(t.Context(), job.Config, o)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for i := range 3 { // the first opens what an access needs; the others are looked at
		call := ask(job.Grant, residents(3)[i], day(1))
		call.Trace = ""
		if i > 0 {
			os.Stderr.WriteString(asked)
		}
		_, err := a.Door.Ask(t.Context(), user(apptest.Tax), call)
		if i > 0 {
			os.Stderr.WriteString(answered)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// lazy opens the same file with synchronous=OFF: a database that says "written"
// and has not written.
func lazy(t *testing.T, d *db.DB, path string) *db.DB {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	return db.New(&lazyDriver{pool}, nil, 4)
}

type lazyDriver struct{ pool *sql.DB }

func (l *lazyDriver) Dialect() db.Dialect { return db.SQLite }
func (l *lazyDriver) Connect(ctx context.Context, _ bool) (*sql.Conn, error) {
	return l.pool.Conn(ctx)
}

func (l *lazyDriver) Begin(ctx context.Context, c *sql.Conn, write bool) (*sql.Tx, error) {
	return c.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: !write})
}
func (l *lazyDriver) Fault(error) db.Fault { return db.Ours }
func (l *lazyDriver) Close() error         { return l.pool.Close() }

// TestPromise2PowerLoss reads what the kernel was asked between a question and
// its answer: the record and the leaf must have been synced, in this order.
func TestPromise2PowerLoss(t *testing.T) {
	tracer, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: apt-get install strace")
	}
	if dbtest.OnPostgres() {
		t.Skip("the record is synced by the PostgreSQL server, whose synchronous_commit its own suite demands")
	}
	cfg := apptest.Config(t)
	n := open(t, cfg, app.Options{}, residents(3))
	g := apptest.Grant(vocab.Compare)
	n.put(t, g)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	for _, unsafe := range []bool{false, true} {
		trace := filepath.Join(t.TempDir(), "trace")
		job, err := json.Marshal(traced{Config: cfg, Grant: g, Unsafe: unsafe})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), tracer, "-f", "-y", "-s", "64", "-o", trace,
			"-e", "trace=fsync,fdatasync,sync_file_range,openat,write,pwrite64,rename,renameat,renameat2,link,linkat", os.Args[0], "-test.run=^TestChildOfThePowerProof$", "-test.count=1")
		cmd.Env = append(os.Environ(), tracedVariable+"="+string(job))
		if out, err := cmd.CombinedOutput(); err != nil {
			if strings.Contains(string(out), "ptrace") {
				t.Skipf("this machine allows no tracing: %s", out)
			}
			t.Fatalf("%v: %s", err, out)
		}
		b, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		missing := syncs(string(b))
		if !unsafe && len(missing) > 0 {
			t.Errorf("between question and answer there is no %s", strings.Join(missing, ", no "))
		}
		if unsafe && !strings.Contains(strings.Join(missing, " "), "record") {
			t.Errorf("with synchronous=OFF the proof finds nothing missing: it would not see a database that loses what it acknowledged")
		}
	}
}

var (
	syncCall  = regexp.MustCompile(`(fsync|fdatasync)\(\d+<([^>]*)>`)
	openSync  = regexp.MustCompile(`openat\(.*"([^"]+)",[^)]*O_(D?SYNC)[^)]*\)\s*=\s*\d+`)
	writeCall = regexp.MustCompile(`(?:write|pwrite64)\(\d+<([^>]*)>`)
)

// syncs names what is not durable at an answer of the trace: the record, by a
// sync of the write-ahead log; the leaf, by a sync or a synchronous write of the
// log's entry bundle, of its tile and of the tree's state, after the record.
func syncs(trace string) []string {
	missing := map[string]bool{}
	lines, from := strings.Split(trace, "\n"), -1
	answers := 0
	for i, line := range lines {
		switch {
		case strings.Contains(line, strings.TrimSpace(asked)):
			from = i
		case strings.Contains(line, strings.TrimSpace(answered)) && from >= 0:
			answers++
			for _, m := range absent(lines[from:i]) {
				missing[m] = true
			}
			from = -1
		}
	}
	if answers < 2 {
		missing[fmt.Sprintf("second answer (%d found)", answers)] = true
	}
	var out []string
	for m := range missing {
		out = append(out, m)
	}
	return out
}

func absent(lines []string) []string {
	record, bundle, tile, state := -1, -1, -1, -1
	synchronous := map[string]bool{}
	for i, line := range lines {
		path := ""
		if m := syncCall.FindStringSubmatch(line); m != nil {
			path = m[2]
		} else if m := openSync.FindStringSubmatch(line); m != nil {
			synchronous[m[1]] = true
		} else if m := writeCall.FindStringSubmatch(line); m != nil && synchronous[m[1]] {
			path = m[1]
		}
		switch {
		case strings.HasSuffix(path, "fontis.db-wal") || strings.HasSuffix(path, "fontis.db"):
			if record < 0 {
				record = i
			}
		case strings.Contains(path, "/tile/entries/"):
			bundle = i
		case strings.Contains(path, "/tile/0/"):
			tile = i
		case strings.Contains(path, "/.state/"):
			state = i
		}
	}
	var out []string
	for _, c := range []struct {
		at    int
		after int
		name  string
	}{{record, -1, "synced record"}, {bundle, record, "synced leaf after the record"}, {tile, record, "synced tile after the record"}, {state, record, "synced state of the tree after the record"}} {
		if c.at < 0 || c.at < c.after {
			out = append(out, c.name)
		}
	}
	return out
}
