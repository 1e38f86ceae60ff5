package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What every archive holds below its one folder.
var shipped = []string{
	"fontis", "fontis.service", "INSTALL.md", "README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "SECURITY.md",
	"docs/operate/install.md", "docs/operate/backup.md", "docs/operate/first-day.md", "docs/operate/status-acts.md", "demo/SOURCES.md",
}

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// dist is the folder that make dist filled; without it there is nothing to look at.
func dist(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("FONTIS_DIST")
	if dir == "" {
		t.Skip("FONTIS_DIST names no folder of archives; make dist does")
	}
	return dir
}

// archives gives the archive of each machine; there must be one for each and no other.
func archives(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dist(t), "*.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^fontis-.+-linux-(amd64|arm64)\.tar\.gz$`)
	out := map[string]string{}
	for _, name := range names {
		m := form.FindStringSubmatch(filepath.Base(name))
		if m == nil {
			t.Errorf("%s is no name of an archive", name)
			continue
		}
		out[m[1]] = name
	}
	if len(out) != len(machines) || len(names) != len(machines) {
		t.Fatalf("the archives are %v", names)
	}
	return out
}

func TestDistChecksumsNameEveryArchive(t *testing.T) {
	all := archives(t)
	f, err := os.Open(filepath.Join(dist(t), "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	said := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			t.Errorf("a line of SHA256SUMS: %q", lines.Text())
		}
		said[name] = sum
	}
	for _, path := range append(slices.Collect(maps.Values(all)), filepath.Join(dist(t), "check.html")) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if said[filepath.Base(path)] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s does not have the sum %q", path, said[filepath.Base(path)])
		}
	}
	if len(said) != len(all)+1 {
		t.Errorf("SHA256SUMS names %d files, there are %d and check.html", len(said), len(all))
	}
}

// unpacked puts an archive into an empty folder and gives the folder inside.
func unpacked(t *testing.T, archive string) string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir, top := t.TempDir(), strings.TrimSuffix(filepath.Base(archive), ".tar.gz")
	for in := tar.NewReader(zip); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return filepath.Join(dir, top)
		}
		if err != nil {
			t.Fatal(err)
		}
		if !filepath.IsLocal(h.Name) || h.Name != top+"/" && !strings.HasPrefix(h.Name, top+"/") {
			t.Fatalf("%s lies outside %s", h.Name, top)
		}
		path := filepath.Join(dir, h.Name)
		if h.FileInfo().IsDir() {
			err = os.MkdirAll(path, 0o755)
		} else {
			var b []byte
			if b, err = io.ReadAll(in); err == nil {
				err = os.WriteFile(path, b, h.FileInfo().Mode().Perm())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestDistHoldsStaticBinariesAndWhatAnOperatorNeeds(t *testing.T) {
	for arch, archive := range archives(t) {
		dir := unpacked(t, archive)
		for _, name := range shipped {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Errorf("%s: %v", arch, err)
			}
		}
		if tables, err := filepath.Glob(filepath.Join(dir, "demo/data/*")); err != nil || len(tables) == 0 {
			t.Errorf("%s: no tables of the demo world: %v", arch, err)
		}
		checkStatic(t, arch, filepath.Join(dir, "fontis"))
	}
}

func checkStatic(t *testing.T, arch, path string) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Machine != machines[arch] || f.Class != elf.ELFCLASS64 {
		t.Errorf("%s: the binary is for %s", arch, f.Machine)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("%s: the binary is not static: it has a %s", arch, p.Type)
		}
	}
	if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("%s: the binary wants %v: %v", arch, libraries, err)
	}
	if s, err := os.Stat(path); err != nil || s.Size() > 60<<20 {
		t.Errorf("%s: the binary has %d bytes, the bound is 60 MB: %v", arch, s.Size(), err)
	}
}

func TestDistStartsInAnEmptyFolderWithoutANetwork(t *testing.T) {
	archive, ok := archives(t)[runtime.GOARCH]
	if !ok {
		t.Skipf("no archive for %s", runtime.GOARCH)
	}
	dir := unpacked(t, archive)
	run := func(alone bool, args ...string) string {
		t.Helper()
		cmd := exec.Command("./fontis", args...)
		cmd.Dir, cmd.Env = dir, []string{"FONTIS_HOME=" + dir + "/home", "FONTIS_NODE=" + dir + "/node"}
		if alone && os.Geteuid() == 0 { // a network of its own, with nothing in it
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("fontis %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run(true, "version")
	run(true, "init", "--name", "data.test", "--jurisdiction", "990000", "--listen", "127.0.0.1:0", "--member", "bureau", "--officer", "li")
	run(true, "sample-workbook", "catalog.xlsx", "--lines", "30")
	if out := run(true, "doctor", "--all"); !strings.Contains(out, "every record stood as it was committed to") {
		t.Errorf("doctor says\n%s", out)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	serve := exec.CommandContext(ctx, "./fontis", "serve")
	serve.Dir, serve.Env = dir, []string{"FONTIS_NODE=" + dir + "/node"}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = serve.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := serve.Wait(); err != nil {
			t.Errorf("serve ended with %v", err)
		}
	}()
	address := regexp.MustCompile(`"url":"([^"]+)"`)
	for {
		b, _ := os.ReadFile(filepath.Join(dir, "node/serving.json")) // not there until it serves
		if found := address.FindSubmatch(b); found != nil {
			res, err := http.Get(string(found[1]) + "/healthz")
			if err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("healthz: %v %v", res, err)
			} else {
				res.Body.Close()
			}
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("the node did not serve within a minute")
		}
	}
}
