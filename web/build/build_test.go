package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	pages "fontis/web"
)

// The files in web/dist are what their sources make, byte for byte. It needs what
// npm ci brings; where FONTIS_NPM is set, as in the continuous check, it must be there.
func TestDistIsWhatItsSourcesMake(t *testing.T) {
	src := filepath.Join("..", "src")
	if _, err := os.Stat(filepath.Join(src, "node_modules", ".bin", "sass")); err != nil {
		if os.Getenv("FONTIS_NPM") != "" {
			t.Fatal(err)
		}
		t.Skip("web/src/node_modules is not there: npm ci in web/src brings it")
	}
	out := t.TempDir()
	if err := run(src, out); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadDir(filepath.Join("..", "dist"))
	if err != nil || len(made) != len(kept) {
		t.Fatalf("%d files made, %d kept, %v", len(made), len(kept), err)
	}
	for _, f := range made {
		fresh, err := os.ReadFile(filepath.Join(out, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		isKept(t, f.Name(), fresh)
	}
}

// A changed sentence reaches the check of receipts: this is seen without npm.
func TestTheCheckSaysTheSentencesAsTheyAre(t *testing.T) {
	src, err := filepath.Abs(filepath.Join("..", "src"))
	if err != nil {
		t.Fatal(err)
	}
	said, err := sentences(filepath.Join(src, "..", "text"))
	if err != nil {
		t.Fatal(err)
	}
	made, err := speaking(src, said)
	if err != nil || len(made) < 2 {
		t.Fatalf("%d scripts, %v", len(made), err)
	}
	for name, fresh := range made {
		isKept(t, name, fresh)
	}
}

// isKept holds a made file against the one in web/dist.
func isKept(t *testing.T, name string, fresh []byte) {
	t.Helper()
	old, err := os.ReadFile(filepath.Join("..", "dist", name))
	if err != nil || !bytes.Equal(fresh, old) {
		t.Errorf("%s is not what its sources make: make web (%v)", name, err)
	}
}

// A first visit stays under 60 KB and asks nobody else: no font, no picture and no
// script from elsewhere, and nothing that a strict policy would have to allow.
func TestMadeFilesAreSmallAndAskNobody(t *testing.T) {
	total := 0
	for _, name := range []string{"page.css", "page.js"} {
		b, err := os.ReadFile(filepath.Join("..", "dist", name))
		if err != nil {
			t.Fatal(err)
		}
		total += packed(t, b)
		for _, bad := range []string{"GDS Transport", "@font-face", "@import", "url(http", "url(//", "/assets/"} {
			if strings.Contains(string(b), bad) {
				t.Errorf("%s holds %s", name, bad)
			}
		}
	}
	if t.Logf("%d bytes packed", total); total > 45<<10 {
		t.Errorf("style and script are %d bytes packed: no room for a page below 60 KB", total)
	}
}

// The check of receipts costs less than a page: its script in one language, and
// the file that holds everything. The file lets run what stands in it and nothing
// else, and its hash stands in the list.
func TestTheCheckIsSmallAndShutIn(t *testing.T) {
	file, sum, err := pages.CheckPage()
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join("..", "dist", "check.sha256"))
	if err != nil || !strings.Contains(string(list), sum+"  check.html\n") {
		t.Errorf("%s is not in the list: %v", sum, err)
	}
	script := regexp.MustCompile(`(?s)<script>(.*)</script>`).FindSubmatch(file)
	if script == nil || !strings.Contains(string(file), "default-src 'none'; script-src 'sha256-"+sumOf(script[1])+"'; style-src 'sha256-") {
		t.Error("the policy of check.html does not name its one script")
	}
	for name, most := range map[string]int{"check.en.js": 11 << 10, "check.zh-Hans.js": 11 << 10, "check.html": 17 << 10} {
		b, err := os.ReadFile(filepath.Join("..", "dist", name))
		if err != nil {
			t.Fatal(err)
		}
		if n := packed(t, b); n > most {
			t.Errorf("%s is %d bytes packed, at most %d", name, n, most)
		}
	}
}

// packed is how many bytes of it travel.
func packed(t *testing.T, b []byte) int {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(b)
	w.Close()
	return out.Len()
}

// The program holds no bundler: building it needs none of what made web/dist.
func TestTheProgramHoldsNoBundler(t *testing.T) {
	out, err := exec.Command("go", "list", "-mod=readonly", "-deps", "fontis/cmd/fontis").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if strings.Contains(string(out), "esbuild") || !strings.Contains(string(out), "fontis/web\n") {
		t.Error("cmd/fontis depends on esbuild, or its list of packages was not read")
	}
}
