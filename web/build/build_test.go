package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
		old, err := os.ReadFile(filepath.Join("..", "dist", f.Name()))
		if err != nil || !bytes.Equal(fresh, old) {
			t.Errorf("%s is not what its sources make: make web (%v)", f.Name(), err)
		}
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
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(b)
		w.Close()
		total += packed.Len()
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
