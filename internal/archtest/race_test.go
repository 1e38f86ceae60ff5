package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// alsoRaced are packages whose locks others take under the race detector.
var alsoRaced = map[string]string{
	"internal/app":      "TestRaceTakesEveryLock of internal/proofs works on a whole node",
	"internal/edge/api": "its Race tests alone",
	"internal/edge/web": "its Race tests alone",
	"internal/bench":    "measures; it is no part of a node",
}

// TestTheRaceSetHasEveryPackageThatTakesALock holds the race target of the
// Makefile against the sources.
func TestTheRaceSetHasEveryPackageThatTakesALock(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, recipe, ok := strings.Cut(string(text), "\nrace:")
	if !ok {
		t.Fatal("the Makefile has no target race")
	}
	recipe, _, _ = strings.Cut(recipe, "\n\n")
	var set []string
	for _, m := range regexp.MustCompile(`\./(\S+)`).FindAllStringSubmatch(recipe, -1) {
		set = append(set, m[1])
	}
	raced := func(p string) bool {
		return slices.ContainsFunc(set, func(s string) bool {
			tree, all := strings.CutSuffix(s, "/...")
			return p == tree || all && strings.HasPrefix(p, tree+"/")
		})
	}
	lock, seen := regexp.MustCompile(`sync\.(RW)?Mutex|sync\.Map|atomic\.[A-Z]`), map[string]bool{}
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			if err == nil && lock.Match(source) {
				rel, _ := filepath.Rel(root, filepath.Dir(path))
				seen[filepath.ToSlash(rel)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) < 20 {
		t.Fatalf("only %d packages take a lock: %v", len(seen), seen)
	}
	for p := range seen {
		if !raced(p) && alsoRaced[p] == "" {
			t.Errorf("%s takes a lock and make race leaves it out", p)
		}
	}
}
