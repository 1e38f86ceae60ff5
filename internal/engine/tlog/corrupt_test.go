package tlog

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fontis/internal/vocab"
)

// closedLog makes a log of n leaves with its checkpoint and closes it.
func closedLog(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	l := mustOpen(t, dir, nil)
	fill(t, l, 0, n)
	if err := l.Await(soon(t), uint64(n)); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// flip changes one bit in the middle of a file.
func flip(t *testing.T, dir, name string, at int) {
	t.Helper()
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLogThatDisagreesWithItselfDoesNotOpen(t *testing.T) {
	old := closedLog(t, 100)
	oldState, err := os.ReadFile(filepath.Join(old, treeStateFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
	}{
		{"bit in the last tile", func(t *testing.T, dir string) { flip(t, dir, "tile/0/001.p/44", 100) }},
		{"bit in the upper tile", func(t *testing.T, dir string) { flip(t, dir, "tile/1/000.p/1", 5) }},
		{"bit in the last entries", func(t *testing.T, dir string) { flip(t, dir, "tile/entries/001.p/44", 30) }},
		{"short tile", func(t *testing.T, dir string) { put(t, dir, "tile/0/001.p/44", "short") }},
		{"no tile", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "tile/0/001.p/44")) }},
		{"root in the tree state", func(t *testing.T, dir string) { flip(t, dir, treeStateFile, -8) }},
		{"tree state is no JSON", func(t *testing.T, dir string) { put(t, dir, treeStateFile, "?") }},
		{"tree state is gone", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, treeStateFile)) }},
		{"tree state copied back", func(t *testing.T, dir string) { put(t, dir, treeStateFile, string(oldState)) }},
		{"bit in the checkpoint", func(t *testing.T, dir string) { flip(t, dir, checkpointFile, len(origin)+3) }},
		{"bit in the checkpoint's signature", func(t *testing.T, dir string) { flip(t, dir, checkpointFile, -12) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := closedLog(t, 300)
			c.spoil(t, dir)
			for _, readOnly := range []bool{false, true} {
				l, err := open(t, dir, func(o *Options) { o.ReadOnly = readOnly })
				if !errors.Is(err, vocab.LedgerCorrupt) {
					t.Errorf("read only %t: %v", readOnly, err)
				}
				if l != nil {
					l.Close()
				}
			}
		})
	}
}

func TestFlippedBitInTheMiddleIsNoticedWhereItIsRead(t *testing.T) {
	dir := closedLog(t, 600)
	flip(t, dir, "tile/entries/000", 40)
	flip(t, dir, "tile/0/001", 77)
	// The right edge is whole, so it opens; a full check is the checker's work.
	l := mustOpen(t, dir, nil)
	none := func(uint64, []byte) error { return nil }
	if err := l.Leaves(soon(t), 0, 10, none); !errors.Is(err, vocab.LedgerCorrupt) {
		t.Errorf("leaves with a flipped bit: %v", err)
	}
	if _, err := l.Proof(soon(t), 300, 600); !errors.Is(err, vocab.LedgerCorrupt) {
		t.Errorf("proof through a flipped bit: %v", err)
	}
	if err := l.Leaves(soon(t), 512, 600, none); err != nil {
		t.Errorf("leaves beside it: %v", err)
	}
}

func TestAskingBeyondTheTreeFindsNothing(t *testing.T) {
	l := mustOpen(t, closedLog(t, 10), nil)
	_, proof := l.Proof(soon(t), 3, 11)
	_, index := l.Proof(soon(t), 10, 10)
	_, root := l.RootAt(soon(t), 11)
	_, grown := l.Consistency(soon(t), 5, 11)
	leaves := l.Leaves(soon(t), 0, 11, nil)
	for name, err := range map[string]error{"proof": proof, "index": index, "root": root, "consistency": grown, "leaves": leaves} {
		if !errors.Is(err, vocab.NoSuchThing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := l.Consistency(soon(t), 9, 8); !errors.Is(err, vocab.BadInput) {
		t.Errorf("consistency backwards: %v", err)
	}
}

func TestKeyOfAnotherLogDoesNotOpenIt(t *testing.T) {
	dir := closedLog(t, 3)
	_, err := open(t, dir, func(o *Options) { o.Origin = "log.example/other" })
	if !errors.Is(err, vocab.BadInput) {
		t.Fatalf("got %v", err)
	}
	_, err = open(t, dir, func(o *Options) { o.Signer = nil })
	if !errors.Is(err, vocab.BadInput) {
		t.Fatalf("without a signer: %v", err)
	}
}

func TestReaderSeesWhatTheAppenderPublishes(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, nil)
	if _, err := open(t, t.TempDir(), func(o *Options) { o.ReadOnly = true }); !errors.Is(err, vocab.NoSuchThing) {
		t.Fatalf("reading where there is no log: %v", err)
	}
	reader := mustOpen(t, dir, func(o *Options) { o.ReadOnly, o.Signer, o.VerifierKey = true, nil, l.VerifierKey() })
	fill(t, l, 0, 270)
	if err := l.Await(soon(t), 270); err != nil {
		t.Fatal(err)
	}
	if got := sizeOf(t, reader, 0); got != 270 {
		t.Fatalf("the reader's checkpoint covers %d", got)
	}
	if s := reader.State(); s.Size != 270 || s.Witnessed != 270 {
		t.Fatalf("%+v", s)
	}
	if _, err := reader.Append(soon(t), [][]byte{{1}}); !errors.Is(err, vocab.LogFrozen) {
		t.Fatalf("a reader appends: %v", err)
	}
}

func TestFrozenLogIsReadAndNeverGrows(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, nil)
	fill(t, l, 0, 20)
	if err := l.Await(soon(t), 20); err != nil {
		t.Fatal(err)
	}
	if err := l.Freeze("log.example/next"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(soon(t), [][]byte{{1}}); !errors.Is(err, vocab.LogFrozen) {
		t.Fatalf("append: %v", err)
	}
	if err := l.Freeze("log.example/other"); err != nil {
		t.Fatal(err)
	}
	if f, err := l.Frozen(); err != nil || f == nil || f.Successor != "log.example/next" {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err := l.Proof(soon(t), 3, 20); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := open(t, dir, nil); !errors.Is(err, vocab.LogFrozen) {
		t.Fatalf("open for appending: %v", err)
	}
	l = mustOpen(t, dir, func(o *Options) { o.ReadOnly = true })
	if got := sizeOf(t, l, 0); got != 20 {
		t.Fatalf("the checkpoint covers %d", got)
	}
}

func TestReaderMayFreezeARestoredFolder(t *testing.T) {
	dir := closedLog(t, 4)
	l := mustOpen(t, dir, func(o *Options) { o.ReadOnly = true })
	if err := l.Freeze(""); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, dir, nil); !errors.Is(err, vocab.LogFrozen) {
		t.Fatalf("open for appending: %v", err)
	}
}

func TestTesseraMaySignOnlyTheEmptyTree(t *testing.T) {
	s := emptyTreeSigner{testSigner(t)}
	if _, err := s.Sign([]byte(origin + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{origin + "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "", "x"} {
		if _, err := s.Sign([]byte(text)); err == nil {
			t.Errorf("%q was signed", text)
		}
	}
}
