package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheArchitectureNamesEveryPackage: whoever reads ARCHITECTURE.md finds each
// package of trust and of the duties in its tree.
func TestTheArchitectureNamesEveryPackage(t *testing.T) {
	_, files := read(t)
	page, err := os.ReadFile(filepath.Join(root(t), "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, tree, _ := strings.Cut(string(page), "\n## The tree\n")
	tree, _, _ = strings.Cut(tree, "\nInside a rank:")
	seen := map[string]bool{}
	for _, s := range files {
		name := filepath.Base(s.pkg)
		if seen[s.pkg] || s.test || !strings.HasPrefix(s.pkg, "internal/trust/") && !strings.HasPrefix(s.pkg, "internal/duty/") {
			continue
		}
		if seen[s.pkg] = true; !regexp.MustCompile(`[ /]` + name + `[/:]`).MatchString(tree) {
			t.Errorf("the tree of ARCHITECTURE.md has no %s/ for %s", name, s.pkg)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d packages were found", len(seen))
	}
}
