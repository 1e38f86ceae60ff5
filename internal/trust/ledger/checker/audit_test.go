package checker

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fontis/internal/trust/ledger/checker/logtest"
	"fontis/internal/trust/ledger/proof"
)

func TestAuditEndsWhateverIsServed(t *testing.T) {
	w := newWorld(t, logtest.Leaves(600)...)
	w.grow(0, 600)
	silent := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/tile/entries") {
			<-r.Context().Done() // takes the call and never answers
			return
		}
		http.FileServer(http.Dir(w.dir)).ServeHTTP(rw, r)
	}))
	defer silent.Close()
	w.audit.Address, w.audit.Timeout = silent.URL, 300*time.Millisecond
	if v := w.run(); v.Word != Unjudged || v.ExitCode != ExitUnjudged || !strings.Contains(v.Findings[0].Text, "did not end within 300ms") {
		t.Fatalf("%+v", v)
	}
	w.audit.Address = "file://" + w.dir
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if v, err := Log(ctx, w.audit); err != nil || v.Word != Unjudged {
		t.Fatal(v, err)
	}
}

func TestAuditWaitsWhenItIsToldTo(t *testing.T) {
	w := newWorld(t, logtest.Leaves(600)...)
	w.grow(0, 600)
	calls := map[string]int{}
	var mu sync.Mutex
	slow := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		calls[r.URL.Path]++
		first := calls[r.URL.Path] <= 4
		mu.Unlock()
		if first && r.URL.Path == "/tile/0/001" {
			rw.Header().Set("Retry-After", "0")
			http.Error(rw, "too many calls", http.StatusTooManyRequests)
			return
		}
		http.FileServer(http.Dir(w.dir)).ServeHTTP(rw, r)
	}))
	defer slow.Close()
	w.audit.Address = slow.URL
	if v := w.run(); v.Word != Sound {
		t.Fatalf("%+v", v)
	}
}

func TestJunkBehindTheContentIsDamage(t *testing.T) {
	for _, name := range []string{"tile/0/000", "tile/0/002.p/88", "tile/entries/001", "tile/entries/002.p/88", "tile/1/000.p/2"} {
		w := newWorld(t, logtest.Leaves(600)...)
		w.grow(0, 600)
		for _, more := range []int{1, maxTile, maxBundle} {
			path := filepath.Join(w.dir, name)
			honest, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, append(slices.Clone(honest), make([]byte, more)...), 0o600); err != nil {
				t.Fatal(err)
			}
			w.caught(w.run(), Damaged)
			if err := os.WriteFile(path, honest, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Partial tiles may be gone once full ones stand in their place.
func TestFullTileStandsForAPartialOne(t *testing.T) {
	w := newWorld(t, logtest.Leaves(600)...)
	early := w.grow(0, 300)
	w.log.Publish(t, w.dir, 600, early)
	for _, level := range []string{"0", "entries"} {
		if err := os.RemoveAll(filepath.Join(w.dir, "tile", level, "001.p")); err != nil {
			t.Fatal(err)
		}
	}
	if v := w.run(); v.Word != Sound {
		t.Fatalf("%+v", v)
	}
}

func TestWalkGivesTheRootOfEverySize(t *testing.T) {
	log := logtest.New(t, origin, logtest.Leaves(1200)...)
	dir := t.TempDir()
	log.Publish(t, dir, 1200, log.Sign(t, 1200))
	sizes := []uint64{1, 2, 3, 255, 256, 257, 511, 512, 513, 767, 768, 769, 1023, 1024, 1025, 1199, 1200}
	w := &walk{files: folder(dir), size: 1200, workers: 3, targets: sizes, leaves: map[uint64]struct{}{0: {}, 700: {}}}
	if err := w.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range sizes {
		if w.roots[s] != log.Head(t, int(s)).Root {
			t.Errorf("another root at size %d", s)
		}
	}
	if w.hashes[700] != proof.LeafHash(log.Leaves[700]) || w.root() != log.Head(t, 1200).Root {
		t.Error("another leaf 700 or root")
	}
}

func FuzzParseBundle(f *testing.F) {
	f.Add([]byte{0, 1, 7, 0, 0}, 2)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > tileWidth {
			return
		}
		entries, err := parseBundle(b, n)
		if err != nil {
			return
		}
		var again []byte
		for _, e := range entries {
			again = append(append(again, byte(len(e)>>8), byte(len(e))), e...)
		}
		if len(entries) != n || string(again) != string(b) {
			t.Fatal("a bundle does not write itself back")
		}
	})
}

func TestFirstUseSaysSoAndTheNextUseCompares(t *testing.T) {
	w := newWorld(t, logtest.Leaves(500)...)
	honest := w.grow(0, 300)
	w.audit.Policy, w.audit.Pins = nil, t.TempDir()
	if v := w.run(); v.Word != FirstUse || v.ExitCode != ExitGood {
		t.Fatalf("%+v", v)
	}
	w.grow(300, 500)
	if v := w.run(); v.Word != Sound || !strings.Contains(strings.Join(v.Proven, "\n"), "checkpoint of 300 entries, pinned here before") {
		t.Fatalf("%+v", v)
	}
	f := w.forged(20, 500)
	w.publish(f, 500, f.Sign(t, 500))
	w.contradiction(w.caught(w.run(), Rewrote, honest), Rewrote)
	thief := logtest.New(t, origin, logtest.Leaves(50)...)
	thief.Key = logtest.Seed(7)
	w.publish(thief, 50, thief.Sign(t, 50))
	w.caught(w.run(), False)
}

// Entries and tiles agree with each other, but not with what was signed.
func TestSignedRootIsWhatTheEntriesGive(t *testing.T) {
	w := newWorld(t, logtest.Leaves(600)...)
	signed := w.grow(0, 600)
	w.publish(w.forged(317, 600), 600, signed)
	w.caught(w.run(), Damaged, signed)
}
