package archtest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateReadme = flag.Bool("update-readme", false, "write the first day's commands into the README")

// The marks between which the README holds the first day.
const (
	dayBegins = "<!-- first-day -->\n"
	dayEnds   = "<!-- /first-day -->\n"
)

// firstDay is the README's form of docs/operate/first-day.md: its commands as they
// stand there, which is what make firstday plays, under its headings.
func firstDay(page string) string {
	var b strings.Builder
	b.WriteString("```sh\n")
	heading, inside := "", false
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "## "):
			heading = strings.TrimSpace(strings.TrimPrefix(line, "## "))
		case strings.HasPrefix(line, "```sh"):
			inside = true
			if heading != "" {
				if b.Len() > len("```sh\n") {
					b.WriteString("\n")
				}
				b.WriteString("# " + heading + "\n")
				heading = ""
			}
			if strings.TrimSpace(line) == "```sh serve" {
				b.WriteString("# in a terminal of its own:\n")
			}
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside:
			b.WriteString(line)
		}
	}
	b.WriteString("```\n")
	return b.String()
}

func TestReadmeAndFirstDayAreOneText(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root(t), "docs/operate/first-day.md"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root(t), "README.md")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), dayBegins)
	held, after, ends := strings.Cut(rest, dayEnds)
	if !ok || !ends {
		t.Fatalf("README.md lacks the marks %s%s", dayBegins, dayEnds)
	}
	want := firstDay(string(page))
	if *updateReadme {
		if err := os.WriteFile(path, []byte(before+dayBegins+want+dayEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, held); d != "" {
		t.Errorf("the README's first day is not docs/operate/first-day.md (go test ./internal/archtest -run FirstDay -args -update-readme):\n%s", d)
	}
}
