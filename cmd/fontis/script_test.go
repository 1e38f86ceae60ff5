package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite" // the source of the scripts is a SQLite file

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/text"
	"fontis/web"
)

// leakless runs the tests and then looks for goroutines that they left.
type leakless struct{ *testing.M }

// Run is what testscript calls.
func (l leakless) Run() int {
	code := l.M.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){"fontis": main, "fontis-later": later})
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
			"day": dayFrom, "founded": founded, "until": until,
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

// A remedy that names a command or a flag which is not there is worse than none.
func TestEveryCommandThatARemedyNamesIsThere(t *testing.T) {
	var all commands
	parser, err := newParser(&all, &console.Console{Streams: console.Streams{Out: io.Discard, Err: io.Discard}, Globals: &all.Globals})
	if err != nil {
		t.Fatal(err)
	}
	sentences, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, lang := range []text.Lang{text.English, text.Chinese} {
		for _, key := range sentences.Keys() {
			if !strings.HasSuffix(key, ".fix") {
				continue
			}
			fix, err := sentences.Get(lang, key)
			if err != nil {
				t.Fatal(err)
			}
			seen += heldAgainst(t, parser.Model, key, fix)
		}
	}
	if seen < 20 {
		t.Fatalf("only %d commands and flags were found in the remedies", seen)
	}
}

// The hints and the remedies that stand in the code are held as those in the texts.
func TestEveryCommandThatTheCodeNamesIsThere(t *testing.T) {
	var all commands
	parser, err := newParser(&all, &console.Console{Streams: console.Streams{Out: io.Discard, Err: io.Discard}, Globals: &all.Globals})
	if err != nil {
		t.Fatal(err)
	}
	hint, seen := regexp.MustCompile(`(?:\.Next|WithFix|Misuse)\(("(?:[^"\\]|\\.)*")`), 0
	for _, top := range []string{".", "../../internal"} {
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, found := range hint.FindAllStringSubmatch(string(source), -1) {
				said, err := strconv.Unquote(found[1])
				if err != nil {
					return err
				}
				seen += heldAgainst(t, parser.Model, path, said)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 60 {
		t.Fatalf("only %d commands and flags were found in the code", seen)
	}
}

var (
	namedCommand = regexp.MustCompile(`fontis ([a-z][a-z-]*)((?: [a-z][a-z-]*)*)`)
	namedFlag    = regexp.MustCompile(`--([a-z][a-z-]+)`)
)

// heldAgainst holds the commands and flags that a sentence names against those
// there are; a flag behind a command is one of that command's.
func heldAgainst(t *testing.T, app *kong.Application, where, sentence string) (seen int) {
	t.Helper()
	node := app.Node
	var anywhere bool
	for sentence != "" {
		command, flag := namedCommand.FindStringSubmatchIndex(sentence), namedFlag.FindStringSubmatchIndex(sentence)
		switch {
		case command == nil && flag == nil:
			return seen
		case command != nil && (flag == nil || command[0] < flag[0]):
			words := strings.Fields(strings.TrimPrefix(sentence[command[0]:command[1]], "fontis "))
			if node = commandOf(app, words); node == nil {
				if words[0] != "serves" { // a sentence about the node
					t.Errorf("%s names fontis %s", where, strings.Join(words, " "))
				}
				node = app.Node
			}
			anywhere, sentence = true, sentence[command[1]:]
		default:
			name := sentence[flag[2]:flag[3]]
			if !hasFlag(app.Node, node, name, !anywhere) {
				t.Errorf("%s names --%s of %q", where, name, node.FullPath())
			}
			sentence = sentence[flag[1]:]
		}
		seen++
	}
	return seen
}

// commandOf is the command that the words begin with; nil when there is none. Of
// a command that has verbs one must be named, unless one of them is the usual.
func commandOf(app *kong.Application, words []string) *kong.Node {
	at := app.Node
	for _, w := range words {
		var next *kong.Node
		for _, n := range at.Children {
			if n.Name == w {
				next = n
			}
		}
		if next == nil {
			break
		}
		at = next
	}
	if at == app.Node {
		return nil
	}
	return at
}

// hasFlag says whether the command takes the flag; anywhere: whether any does.
func hasFlag(app, n *kong.Node, name string, anywhere bool) bool {
	if name == "help" {
		return true
	}
	if anywhere {
		for _, leaf := range (&kong.Application{Node: app}).Leaves(false) {
			if hasFlag(app, leaf, name, false) {
				return true
			}
		}
		return false
	}
	for _, group := range n.AllFlags(false) {
		for _, f := range group {
			if f.Name == name {
				return true
			}
		}
	}
	return n.DefaultCmd != nil && hasFlag(app, n.DefaultCmd, name, false)
}
