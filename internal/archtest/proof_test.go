package archtest

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryBadInputHasItsTest holds docs/proofs/bad-input.md to the tests that it
// names: a promise whose test is gone is none.
func TestEveryBadInputHasItsTest(t *testing.T) {
	_, files := read(t)
	have := map[string]bool{}
	for _, s := range files {
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
				have[f.Name.Name] = true
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(root(t), "docs/proofs/bad-input.md"))
	if err != nil {
		t.Fatal(err)
	}
	named, lines := regexp.MustCompile("`(Test[A-Za-z0-9]+)`"), 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| input |") {
			continue
		}
		lines++
		found := named.FindAllStringSubmatch(line, -1)
		if len(found) == 0 {
			t.Errorf("no test is named: %s", line)
		}
		for _, f := range found {
			if !have[f[1]] {
				t.Errorf("%s is not there: %s", f[1], line)
			}
		}
	}
	if lines < 30 {
		t.Errorf("the page has %d lines", lines)
	}
}
