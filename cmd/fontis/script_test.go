package main

import (
	"bytes"
	"database/sql"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // the source of the scripts is a SQLite file

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/text"
	"fontis/web"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fontis": main})
}

// TestScripts plays what an operator types and sees.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("FONTIS_HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("FONTIS_NODE", filepath.Join(e.WorkDir, "node"))
			return os.WriteFile(filepath.Join(e.WorkDir, "pw"), []byte("seven quiet herons at dawn\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"keep": keep, "register": register, "serving": untilServing, "await": await, "flip": flip, "sql": plainSQL,
		},
	})
}

// keep puts into a variable what the first group of a pattern finds in stdout:
//
//	keep NAME PATTERN
func keep(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: keep NAME PATTERN")
	}
	found := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("stdout has no %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// register makes a SQLite file with a table of invented residents.
func register(ts *testscript.TestScript, _ bool, args []string) {
	conn, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer conn.Close()
	_, err = conn.Exec(`CREATE TABLE insured (person_id TEXT, birth_date TEXT, state TEXT, since TEXT, until TEXT);
		INSERT INTO insured VALUES ('990000195004220038', '1950-04-22', 'paying', '2020-01-01', NULL),
		('990000195101060101', '1951-01-06', 'ended', '2020-01-01', '2021-01-01'),
		('990000195109220173', '1951-09-22', 'paying', '2020-01-01', NULL),
		('990000195206070242', '1952-06-07', 'paying', '2020-01-01', NULL),
		('990000195311070383', NULL, 'paying', '2020-01-01', NULL)`)
	ts.Check(err)
}

// plainSQL runs a statement on a SQLite file, as one who has the file would:
//
//	sql FILE STATEMENT
func plainSQL(ts *testscript.TestScript, _ bool, args []string) {
	conn, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer conn.Close()
	res, err := conn.Exec(args[1])
	ts.Check(err)
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		ts.Fatalf("%s changed nothing: %v", args[1], err)
	}
}

// poll asks until it is so; every wait of a script has an end.
func poll(ts *testscript.TestScript, what string, ready func() bool) {
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-late.C:
			ts.Fatalf("%s: waited in vain", what)
		case <-tick.C:
		}
	}
}

// untilServing waits until the node in the folder answers, and sets URL.
func untilServing(ts *testscript.TestScript, _ bool, args []string) {
	file := filepath.Join(ts.MkAbs(args[0]), "serving.json")
	address := regexp.MustCompile(`"url":"([^"]+)"`)
	poll(ts, "serving", func() bool {
		b, err := os.ReadFile(file)
		if found := address.FindSubmatch(b); err == nil && found != nil {
			ts.Setenv("URL", string(found[1]))
			return true
		}
		return false
	})
}

// await waits until a file holds a text, or an address answers with it.
func await(ts *testscript.TestScript, _ bool, args []string) {
	poll(ts, "await "+args[0], func() bool {
		if !strings.HasPrefix(args[0], "http") {
			b, err := os.ReadFile(ts.MkAbs(args[0]))
			return err == nil && bytes.Contains(b, []byte(args[1]))
		}
		resp, err := http.Get(args[0])
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return err == nil && bytes.Contains(b, []byte(args[1]))
	})
}

// flip changes a text in a file.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	file := ts.MkAbs(args[0])
	b, err := os.ReadFile(file)
	ts.Check(err)
	changed := bytes.Replace(b, []byte(args[1]), []byte(args[2]), 1)
	if bytes.Equal(b, changed) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(file, changed, 0o600))
}

func TestEveryCommandHasAnExample(t *testing.T) {
	var all commands
	parser, err := newParser(&all, &console.Console{Streams: console.Streams{Out: io.Discard, Err: io.Discard}, Globals: &all.Globals})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, n := range parser.Model.Leaves(false) {
		if n.Type != kong.CommandNode {
			continue
		}
		seen++
		if !strings.Contains(n.Detail, "Example:\n  ") {
			t.Errorf("the help of %s shows no example", n.FullPath())
		}
		if n.Help == "" {
			t.Errorf("%s says nothing of itself", n.FullPath())
		}
	}
	if seen < 40 {
		t.Fatalf("only %d commands were seen", seen)
	}
}

// A remedy that names a command which is not there is worse than none.
func TestEveryCommandThatARemedyNamesIsThere(t *testing.T) {
	var all commands
	parser, err := newParser(&all, &console.Console{Streams: console.Streams{Out: io.Discard, Err: io.Discard}, Globals: &all.Globals})
	if err != nil {
		t.Fatal(err)
	}
	known, many := map[string]bool{}, map[string]bool{}
	for _, n := range parser.Model.Leaves(false) {
		path := strings.Fields(strings.TrimPrefix(n.FullPath(), "fontis "))
		known[path[0]] = true
		if len(path) > 1 {
			known[path[0]+" "+path[1]], many[path[0]] = true, !strings.HasPrefix(path[1], "<")
		}
	}
	sentences, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range parser.Model.Children {
		if n.DefaultCmd != nil { // what follows is no verb
			delete(many, n.Name)
		}
	}
	named, seen := regexp.MustCompile(`fontis ([a-z]+)((?: [a-z]+)?)`), 0
	for _, key := range sentences.Keys() {
		if !strings.HasSuffix(key, ".fix") {
			continue
		}
		fix, err := sentences.Get(text.English, key)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range named.FindAllStringSubmatch(fix, -1) {
			seen++
			verbs := known[found[1]] && many[found[1]]
			if !known[found[1]] || verbs && found[2] != "" && !known[found[1]+found[2]] {
				t.Errorf("%s names fontis %s%s", key, found[1], found[2])
			}
		}
	}
	if seen < 10 {
		t.Fatalf("only %d commands were found in the remedies", seen)
	}
}
