package tlog

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	sumdb "golang.org/x/mod/sumdb/tlog"
)

// served fills a log of n leaves in three uneven calls, serves it under a prefix
// and gives the address.
func served(t *testing.T, n int) (*Log, string) {
	t.Helper()
	l := mustOpen(t, t.TempDir(), nil)
	fill(t, l, 0, n/5)
	fill(t, l, n/5, n/5+1)
	fill(t, l, n/5+1, n)
	if err := l.Await(soon(t), uint64(n)); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.StripPrefix("/log", l.Handler()))
	t.Cleanup(s.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return l, s.URL + "/log/"
}

// strangersTiles is a reader that knows the address and nothing of our code.
type strangersTiles struct {
	t    *testing.T
	base string
}

func (s strangersTiles) Height() int                          { return 8 }
func (s strangersTiles) SaveTiles(_ []sumdb.Tile, _ [][]byte) {}

func (s strangersTiles) ReadTiles(tiles []sumdb.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := get(s.base + path)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func get(address string) ([]byte, error) {
	resp, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

func TestGosOwnChecksumDatabaseReaderAcceptsTheLog(t *testing.T) {
	const n = 1000
	l, base := served(t, n)
	raw, err := get(base + "checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(l.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	cp, _, _, err := log.ParseCheckpoint(raw, origin, v)
	if err != nil {
		t.Fatal(err)
	}
	root := sumdb.Hash(cp.Hash)
	// TileHashReader checks every tile against the root.
	r := sumdb.TileHashReader(sumdb.Tree{N: n, Hash: root}, strangersTiles{t, base})
	for range 20 {
		i := rand.Int64N(n)
		path, err := sumdb.ProveRecord(n, i, r)
		if err != nil {
			t.Fatal(err)
		}
		if err := sumdb.CheckRecord(path, n, root, i, sumdb.RecordHash(testLeaf(int(i)))); err != nil {
			t.Fatalf("leaf %d: %v", i, err)
		}
		// Our own proofs are the same, and proofs in older trees hold too.
		older := uint64(i) + 1 + uint64(rand.Int64N(n-i))
		ours, err := l.Proof(soon(t), uint64(i), older)
		if err != nil {
			t.Fatal(err)
		}
		then, err := l.RootAt(soon(t), older)
		if err != nil {
			t.Fatal(err)
		}
		if err := sumdb.CheckRecord(hashes(ours), int64(older), then, i, sumdb.RecordHash(testLeaf(int(i)))); err != nil {
			t.Fatalf("leaf %d of %d: %v", i, older, err)
		}
		grown, err := l.Consistency(soon(t), older, n)
		if err != nil {
			t.Fatal(err)
		}
		if older < n {
			if err := sumdb.CheckTree(hashes(grown), n, root, int64(older), then); err != nil {
				t.Fatalf("%d to %d: %v", older, n, err)
			}
		}
	}
}

func hashes(path [][32]byte) []sumdb.Hash {
	out := make([]sumdb.Hash, len(path))
	for i, h := range path {
		out[i] = h
	}
	return out
}

func TestTesserasClientAndFsckAcceptTheLog(t *testing.T) {
	const n = 700
	l, base := served(t, n)
	v, err := note.NewVerifier(l.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	overHTTP, err := client.NewHTTPFetcher(u, nil)
	if err != nil {
		t.Fatal(err)
	}
	pb, err := client.NewProofBuilder(soon(t), n, overHTTP.ReadTile)
	if err != nil {
		t.Fatal(err)
	}
	path, err := pb.InclusionProof(soon(t), 5)
	if err != nil || len(path) == 0 {
		t.Fatalf("%d hashes, %v", len(path), err)
	}
	fromFiles := client.FileFetcher{Root: l.opts.Dir}
	for name, f := range map[string]fsck.Fetcher{"http": overHTTP, "files": fromFiles} {
		// With one worker this fsck hangs on a bad log instead of saying so.
		done := make(chan error, 1)
		go func() { done <- fsck.New(origin, v, f, bundleHashes, fsck.Opts{N: 16}).Check(soon(t)) }()
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		case <-soon(t).Done():
			t.Fatalf("%s: fsck hangs", name)
		}
	}
}

func bundleHashes(bundle []byte) ([][]byte, error) {
	var b api.EntryBundle
	if err := b.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var all [][]byte
	for _, e := range b.Entries {
		h := sumdb.RecordHash(e)
		all = append(all, h[:])
	}
	return all, nil
}

func TestHandlerSpeaksTlogTiles(t *testing.T) {
	l, _ := served(t, 600) // two full tiles and one of 88
	for _, c := range []struct {
		method, path string
		status       int
		kind, cache  string
		length       int
	}{
		{"GET", "/checkpoint", 200, "text/plain; charset=utf-8", cacheNever, -1},
		{"HEAD", "/checkpoint", 200, "text/plain; charset=utf-8", cacheNever, -1},
		{"GET", "/tile/0/000", 200, "application/octet-stream", cacheForever, 256 * 32},
		{"GET", "/tile/0/001.p/7", 200, "application/octet-stream", cacheForever, 7 * 32},
		{"GET", "/tile/0/002.p/88", 200, "application/octet-stream", cacheForever, 88 * 32},
		{"GET", "/tile/0/002.p/3", 200, "application/octet-stream", cacheForever, 3 * 32},
		{"GET", "/tile/1/000.p/2", 200, "application/octet-stream", cacheForever, 2 * 32},
		{"GET", "/tile/entries/000.p/1", 200, "application/octet-stream", cacheForever, 2 + len(testLeaf(0))},
		{"GET", "/tile/entries/002.p/88", 200, "application/octet-stream", cacheForever, 88 * (2 + len(testLeaf(512)))},
		{"GET", "/tile/0/002", 404, "", "", -1},
		{"GET", "/tile/0/002.p/89", 404, "", "", -1},
		{"GET", "/tile/0/003.p/1", 404, "", "", -1},
		{"GET", "/tile/1/000.p/3", 404, "", "", -1},
		{"GET", "/tile/63/000", 404, "", "", -1},
		{"GET", "/tile/entries/003", 404, "", "", -1},
		{"GET", "/tile/0/../../.state/treeState", 404, "", "", -1},
		{"GET", "/tile/0/0", 404, "", "", -1},
		{"GET", "/.state/treeState", 404, "", "", -1},
		{"GET", "/", 404, "", "", -1},
		{"POST", "/checkpoint", 405, "", "", -1},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(c.method, "/", nil)
		r.URL.Path = c.path
		l.Handler().ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s %s: status %d, not %d", c.method, c.path, w.Code, c.status)
			continue
		}
		if c.status != 200 {
			continue
		}
		if got := w.Header().Get("Content-Type"); got != c.kind {
			t.Errorf("%s: content type %q", c.path, got)
		}
		if got := w.Header().Get("Cache-Control"); got != c.cache {
			t.Errorf("%s: cache %q", c.path, got)
		}
		if c.length >= 0 && w.Body.Len() != c.length {
			t.Errorf("%s: %d bytes, not %d", c.path, w.Body.Len(), c.length)
		}
	}
}

// What a killed process left beyond the tree must not be shown as part of it.
func TestFilesLeftByAKilledGroupAreNeverServed(t *testing.T) {
	l, base := served(t, 300)
	junk := strings.Repeat("j", 256*32)
	for _, name := range []string{"tile/0/001", "tile/0/001.p/60", "tile/entries/001", "tile/entries/001.p/60"} {
		path := filepath.Join(l.opts.Dir, name)
		if err := os.WriteFile(path, []byte(junk), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := get(base + "tile/0/001"); err == nil {
		t.Fatal("a tile was served that the tree does not have")
	}
	fill(t, l, 300, 350) // 94 in the second tile: the width of 60 was never a tree
	for _, name := range []string{"tile/0/001.p/60", "tile/entries/001.p/60"} {
		data, err := get(base + name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "jjj") {
			t.Fatalf("%s shows what a killed process left", name)
		}
	}
	if err := l.Leaves(soon(t), 0, 350, func(uint64, []byte) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestPartialTilesAreSweptAndStillServed(t *testing.T) {
	l, base := served(t, 700) // groups ended at 140, 141 and 700
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, l.opts.Dir, nil)
	fill(t, l, 700, 701)
	if err := l.Await(soon(t), 701); err != nil {
		t.Fatal(err)
	}
	l.Close() // sweeping follows the checkpoint
	for _, gone := range []string{"tile/0/000.p", "tile/entries/000.p"} {
		if _, err := os.Stat(filepath.Join(l.opts.Dir, gone)); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", gone, err)
		}
	}
	for name, size := range map[string]int{"tile/0/000.p/140": 140 * 32, "tile/0/002.p/188": 188 * 32, "tile/1/000.p/2": 64} {
		data, err := get(base + name)
		if err != nil || len(data) != size {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
}

func TestSweepingClimbsToTheTilesAbove(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"tile/0/254.p", "tile/0/255.p", "tile/1/000.p", "tile/1/001.p", "tile/2/000.p", "tile/0/256.p"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	end, err := sweep(dir, 254*256, 256*256+255)
	if err != nil || end != 256*256 {
		t.Fatalf("swept to %d, %v", end, err)
	}
	for name, stays := range map[string]bool{"0/254": false, "0/255": false, "0/256": true, "1/000": false, "1/001": true, "2/000": true} {
		if _, err := os.Stat(filepath.Join(dir, "tile", name+".p")); (err == nil) != stays {
			t.Errorf("tile %s: %v", name, err)
		}
	}
}

func FuzzHandlerPath(f *testing.F) {
	for _, s := range []string{"/checkpoint", "/tile/0/000.p/3", "/tile/entries/x001/000", "/tile/8/999", "/tile/0/x18446744073709551/615", "//", "/tile/-1/0"} {
		f.Add(s)
	}
	o := Options{Dir: f.TempDir(), Origin: origin, Signer: testSigner(f)}
	l, err := Open(context.Background(), o)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	if _, err := l.Append(context.Background(), [][]byte{{1}, {2}, {3}}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = path
		l.Handler().ServeHTTP(w, r)
		if w.Code != 200 && w.Code != 404 {
			t.Fatalf("%q: %d", path, w.Code)
		}
	})
}
