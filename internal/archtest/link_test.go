package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryNoticeLeadsToAPage: what a notice links to is a page that exists, with
// the name of a thing at its end or without; and its kind has its words.
func TestEveryNoticeLeadsToAPage(t *testing.T) {
	linked, routed := regexp.MustCompile(`Link:\s+"(/[a-z][a-z/-]*)"`), regexp.MustCompile(`Path:\s+"(/[^"]*)"`)
	kind := regexp.MustCompile(`(?s)Notice\{[^{}]*?\bKind:\s+"([a-z0-9.-]+)"\s*[,}]`)
	links, kinds, pages := map[string]string{}, map[string]string{}, map[string]bool{}
	err := filepath.WalkDir(filepath.Join(root(t), "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(filepath.ToSlash(path), "/edge/web/") {
			for _, f := range routed.FindAllSubmatch(b, -1) {
				pages[strings.SplitN(string(f[1]), "{", 2)[0]] = true
			}
			return nil
		}
		for _, f := range kind.FindAllSubmatch(b, -1) {
			kinds[string(f[1])] = path
		}
		for _, f := range linked.FindAllSubmatch(b, -1) {
			links[string(f[1])] = path
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for link, path := range links {
		if !pages[link] {
			t.Errorf("%s: a notice leads to %s, and no page stands there", path, link)
		}
	}
	words, err := os.ReadFile(filepath.Join(root(t), "web", "text", "en.toml"))
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := strings.Cut(string(words), "\n[page.word.notice]\n")
	said, _, _ = strings.Cut(said, "\n[")
	for kind, path := range kinds {
		if !strings.Contains("\n"+said, "\n"+kind+" = ") {
			t.Errorf("%s: a notice of the kind %s has no words", path, kind)
		}
	}
	if len(links) < 8 || len(pages) < 20 || len(kinds) < 5 {
		t.Errorf("%d links, %d pages and %d kinds were found", len(links), len(pages), len(kinds))
	}
}
