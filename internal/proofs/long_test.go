package proofs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/db/dbtest"
)

// What the long run reads from its environment; scripts/long.sh sets the first.
const (
	longVariable  = "FONTIS_LONG"        // any text: this is the long run
	fileVariable  = "FONTIS_LONG_REPORT" // the report; default docs/proofs/<date>.md
	callsVariable = "FONTIS_LONG_CALLS"  // generated calls of the model
	killsVariable = "FONTIS_LONG_KILLS"  // lives of the kill loop
	fuzzVariable  = "FONTIS_LONG_FUZZ"   // time for each fuzz target; 0 for none
)

const (
	longCalls = 1_000_000
	longKills = 10_000
	longFuzz  = 10 * time.Minute
)

// long reports whether this is the long run of make long.
func long() bool { return os.Getenv(longVariable) != "" }

// atLength is how much of something the long run does.
func atLength(t *testing.T, variable string, usual int) int {
	t.Helper()
	s := os.Getenv(variable)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, not a number", variable, s)
	}
	return n
}

// seedOf is a fresh seed, or the one to play again.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("FONTIS_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("FONTIS_SEED is %q, not a number", s)
		}
	}
	t.Logf("seed %d (FONTIS_SEED)", seed)
	return seed
}

// finding is one line of the report.
type finding struct {
	what    string
	size    string
	seed    string
	figures string
}

// record writes the finding when the test ends, well or badly; outside the long
// run it does nothing. The test fills it in meanwhile.
func record(t *testing.T, f *finding) {
	t.Helper()
	if !long() {
		return
	}
	began := time.Now()
	t.Cleanup(func() {
		engine, result := "SQLite", "held"
		if dbtest.OnPostgres() {
			engine = "PostgreSQL"
		}
		switch {
		case t.Failed():
			result = "**failed**"
		case t.Skipped():
			result = "skipped"
		}
		line := fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |\n", f.what, engine, f.size, f.seed, time.Since(began).Round(time.Second), result, f.figures)
		if err := write(line); err != nil {
			t.Errorf("the report is not written: %v", err)
		}
	})
}

// write adds a line to the report, under its head.
func write(line string) error {
	path := os.Getenv(fileVariable)
	if path == "" {
		path = filepath.Join("..", "..", "docs", "proofs", time.Now().UTC().Format(time.DateOnly)+".md")
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = file.WriteString(head())
	} else if errors.Is(err, fs.ErrExist) {
		file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	}
	if err != nil {
		return err
	}
	_, err = file.WriteString(line)
	return errors.Join(err, file.Close())
}

// head says when, what and on which machine.
func head() string {
	now := time.Now().UTC()
	said := []string{}
	for _, v := range []string{callsVariable, killsVariable, fuzzVariable, cityVariable} {
		if s := os.Getenv(v); s != "" {
			said = append(said, v+"="+s)
		}
	}
	if len(said) == 0 {
		said = append(said, "the usual sizes")
	}
	program, err := exec.Command("git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		program = []byte("of no known revision")
	}
	return fmt.Sprintf(`# Long run of %s

Written by `+"`make long`"+`; [README.md](README.md) says what each line means.

- begun: %s
- program: %s
- machine: %s
- started with: %s

| what | engine | size | seed | took | result | figures |
|---|---|---|---|---|---|---|
`, now.Format(time.DateOnly), now.Format(time.RFC3339), bytes.TrimSpace(program), machine(), strings.Join(said, " "))
}

// machine is what the figures depend on.
func machine() string {
	model := after("/proc/cpuinfo", "model name")
	memory, _ := strconv.Atoi(strings.TrimSuffix(after("/proc/meminfo", "MemTotal"), " kB"))
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d processors (%s), %d MB of memory, %s %s %s, %s",
		runtime.NumCPU(), model, memory/1024, runtime.GOOS, bytes.TrimSpace(kernel), runtime.GOARCH, runtime.Version())
}

// after is what stands behind a name and a colon in a file of the kernel's.
func after(path, name string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// target is one fuzz function of the module.
type target struct{ folder, name string }

var fuzzFunc = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// targets are all fuzz functions below root.
func targets(t *testing.T, root string) []target {
	t.Helper()
	var all []target
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		for _, m := range fuzzFunc.FindAllSubmatch(b, -1) {
			all = append(all, target{filepath.ToSlash(folder), string(m[1])})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLongFuzz gives every fuzz target of the module its time in the long run.
func TestLongFuzz(t *testing.T) {
	if !long() || os.Getenv(fuzzVariable) == "0" {
		t.Skipf("%s=1 fuzzes every parser", longVariable)
	}
	each := longFuzz
	if s := os.Getenv(fuzzVariable); s != "" {
		var err error
		if each, err = time.ParseDuration(s); err != nil {
			t.Fatalf("%s: %v", fuzzVariable, err)
		}
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	all := targets(t, root)
	if len(all) < 20 {
		t.Fatalf("only %d fuzz targets are found: %v", len(all), all)
	}
	for _, x := range all {
		t.Run(x.folder+"/"+x.name, func(t *testing.T) {
			f := &finding{what: "fuzz " + strings.TrimPrefix(x.folder, "internal/") + " " + x.name, size: each.String(), seed: "-"}
			record(t, f)
			f.figures = x.run(t, root, each)
		})
	}
}

var fuzzTold = regexp.MustCompile(`execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)

// run fuzzes and gives what it told at its end. An input that breaks the target
// is left in the target's testdata.
func (x target) run(t *testing.T, root string, each time.Duration) string {
	t.Helper()
	var out []byte
	for range 2 {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=readonly", "-run=^$", "-fuzz=^"+x.name+"$", "-fuzztime="+each.String(), "-fuzzminimizetime=5s", "./"+x.folder)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), longVariable+"=")
		var err error
		if out, err = cmd.CombinedOutput(); err == nil {
			break
		}
		// A worker that is interrupted at the very end is no finding.
		if bytes.Contains(out, []byte("Failing input")) || !bytes.Contains(out, []byte("context deadline exceeded")) {
			t.Fatalf("%v: %s", err, out)
		}
	}
	told := fuzzTold.FindAllSubmatch(out, -1)
	if len(told) == 0 {
		t.Fatalf("it says nothing: %s", out)
	}
	last := told[len(told)-1]
	return fmt.Sprintf("%s executions, %s new inputs, %s in all", last[1], last[2], last[3])
}

func TestTheReportHoldsEachLineUnderOneHead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.md")
	t.Setenv(fileVariable, path)
	t.Setenv(longVariable, "1")
	t.Run("", func(t *testing.T) {
		f := &finding{what: "first", size: "3 calls", seed: "7"}
		record(t, f)
		f.figures = "as many"
	})
	t.Run("", func(t *testing.T) { record(t, &finding{what: "second"}); t.Skip() })
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| 3 calls | 7 | 0s | held | as many |\n| second |", "| skipped |", "- machine: " + strconv.Itoa(runtime.NumCPU())} {
		if strings.Count(string(b), want) != 1 {
			t.Errorf("%q is not there once: %s", want, b)
		}
	}
	if strings.Count(string(b), "# Long run") != 1 {
		t.Errorf("not one head: %s", b)
	}
}
