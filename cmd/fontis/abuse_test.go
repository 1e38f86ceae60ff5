package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"fontis/cmd/fontis/console"
	"fontis/internal/engine/clock"
)

// later is fontis on a machine whose clock runs so much ahead of this one's; only
// scripts have it, no flag and no variable of the program does it:
//
//	exec fontis-later 72h serve
func later() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	by, err := time.ParseDuration(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(console.ExitMisuse)
	}
	code := runWith(os.Args[2:], &console.Console{Ctx: ctx, Clock: ahead{by}, Streams: console.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}})
	stop()
	os.Exit(code)
}

// ahead is the machine's clock, so much ahead.
type ahead struct{ by time.Duration }

// Now is the present of that clock.
func (a ahead) Now() time.Time { return clock.System().Now().Add(a.by) }

// dayFrom sets a variable to a day so many days from now, as commands take it:
//
//	day NAME DAYS
func dayFrom(ts *testscript.TestScript, _ bool, args []string) {
	var days int
	if _, err := fmt.Sscan(args[1], &days); err != nil {
		ts.Fatalf("usage: day NAME DAYS")
	}
	ts.Setenv(args[0], time.Now().AddDate(0, 0, days).Format(time.DateOnly))
}

// The bodies and officers of the abuse book, as the authority and each member
// make them.
var (
	bookMembers  = [][]string{{"social", "人社局"}, {"tax", "税务局"}, {"police", "公安局"}, {"audit", "审计局", "--kind", "auditor"}}
	bookOfficers = [][]string{
		{"wang", "王芳", "social", "steward"},
		{"sun", "孙平", "social", "steward"},
		{"zhao", "赵敏", "tax", "user"},
		{"qian", "钱立", "tax", "user,steward"},
		{"gao", "高远", "police", "user,steward"},
		{"chen", "陈静", "bureau", "counter"},
		{"ma", "马力", "audit", "auditor"},
	}
)

// founded makes the bodies, officers, register, data set and grant that the abuse
// book plays on, by the commands that a city would type, on a node that serves.
// It sets DATASET, REQUEST and GRANT.
func founded(ts *testscript.TestScript, _ bool, _ []string) {
	fontis := func(args ...string) {
		ts.Check(ts.Exec("fontis", args...))
	}
	found := func(pattern string) string {
		m := regexp.MustCompile("(?m)" + pattern).FindStringSubmatch(ts.ReadFile("stdout"))
		if m == nil {
			ts.Fatalf("stdout has no %s", pattern)
		}
		return m[1]
	}
	for _, m := range bookMembers {
		fontis(append([]string{"member", "add"}, m...)...)
	}
	for _, o := range bookOfficers {
		fontis("officer", "add", o[0], o[1], "--member", o[2], "--roles", o[3], "--as", "li")
		fontis("login", o[0], "--code", found(`^code +(\S+)$`), "--password-file", "pw")
	}
	fontis("sample-workbook", "catalog.xlsx", "--lines", "60")
	fontis("import", "catalog.xlsx", "--map", "--as", "wang")
	fontis("import", "catalog.xlsx", "--mapping", "catalog.mapping.toml", "--as", "wang")
	fontis("todo", "fill", "impact_ref", "PIA-1", "--as", "wang")
	fontis("search", "社会保险参保登记", "--as", "wang")
	set := found(`^(d-\S+)`)
	folder := filepath.Join(ts.MkAbs("node"), "sources", "social")
	ts.Check(os.MkdirAll(folder, 0o700))
	register(ts, false, []string{filepath.Join(folder, "people.db")})
	fontis("source", "add", "sqlite://"+filepath.Join(folder, "people.db"), "--as", "wang")
	fontis("bind", set+"/birth_date", "insured.birth_date", "--subject-key", "person_id", "--compare", "date", "--as", "wang")
	fontis("dataset", "check", set, "--listable", "--basis", "保守国家秘密法", "--as", "sun")
	fontis("publish", set, "--as", "wang")
	fontis("request", set, "--items", "birth_date", "--purpose", "pension", "--law", "社会保险法", "--article", "58", "--scenario", "核定",
		"--case-pattern", "P-[0-9]+", "--carriages", "single,batch", "--per-day", "100", "--security", "two officers", "--impact", "PIA-1", "--as", "zhao")
	request := found(`^(r-\S+)`)
	fontis("decide", request, "--agree", "--as", "wang")
	ts.Setenv("DATASET", set)
	ts.Setenv("REQUEST", request)
	ts.Setenv("GRANT", found(`^grant +(g-\S+)`))
}

// until repeats a command, which may fail meanwhile, until it says a pattern:
//
//	until PATTERN COMMAND ARGUMENT...
func until(ts *testscript.TestScript, _ bool, args []string) {
	wanted := regexp.MustCompile(args[0])
	poll(ts, "until "+args[0], func() bool {
		_ = ts.Exec(args[1], args[2:]...) // what it says is judged, not how it ends
		return wanted.MatchString(ts.ReadFile("stdout"))
	})
}

// TestTheAbuseBookNamesEachScript holds the page against the scripts.
func TestTheAbuseBookNamesEachScript(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "proofs", "abuse.md"))
	if err != nil {
		t.Fatal(err)
	}
	var named, there []string
	for _, m := range regexp.MustCompile("`(abuse_[a-z_]+\\.txtar)`").FindAllStringSubmatch(string(page), -1) {
		named = append(named, m[1])
	}
	found, err := filepath.Glob("testdata/script/abuse_*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		there = append(there, filepath.Base(f))
	}
	slices.Sort(named)
	if !slices.Equal(named, there) || len(there) < 9 {
		t.Errorf("the page names %v, the scripts are %v", named, there)
	}
}
