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
// the name of a thing at its end or without.
func TestEveryNoticeLeadsToAPage(t *testing.T) {
	linked, routed := regexp.MustCompile(`Link:\s+"(/[a-z][a-z/-]*)"`), regexp.MustCompile(`Path:\s+"(/[^"]*)"`)
	links, pages := map[string]string{}, map[string]bool{}
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
	if len(links) < 8 || len(pages) < 20 {
		t.Errorf("%d links and %d pages were found", len(links), len(pages))
	}
}
