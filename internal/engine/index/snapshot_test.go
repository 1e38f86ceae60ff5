package index_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"fontis/internal/engine/index"
	"fontis/internal/vocab"
)

// saved is a folder with the snapshot of three documents at position 7.
func saved(t *testing.T, o index.Options) index.Options {
	t.Helper()
	o.Facets, o.Dir = []index.Facet{theme, region}, t.TempDir()
	x := index.Open(o)
	apply(t, x, 7, titled("a", "水库登记"), titled("b", "水库信息"), titled("c", "河流"))
	if err := x.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestASnapshotIsOpenedWhereItStood(t *testing.T) {
	o := saved(t, index.Options{Origin: "one"})
	x := index.Open(o)
	if at, why := x.Restored(); at != 7 || why != "" {
		t.Fatalf("at %d: %s", at, why)
	}
	if res := find(t, x, index.Query{Text: "水库", Limit: 9, Visible: everyone}); res.Total != 2 {
		t.Fatalf("%+v", res)
	}
	apply(t, x, 8, titled("a", "湖泊"), index.Change{Key: "b"})
	if res := find(t, x, index.Query{Text: "水库", Limit: 9, Visible: everyone}); res.Total != 0 {
		t.Fatalf("%+v", res)
	}
	if err := x.Save(context.Background()); err != nil {
		t.Fatal(err)
	}
	if x = index.Open(o); x.Len() != 2 || x.Position() != 8 {
		t.Fatalf("%d documents at %d", x.Len(), x.Position())
	}
}

// TestADamagedSnapshotIsThrownAway flips a byte at many places of every file, and
// cuts files short.
func TestADamagedSnapshotIsThrownAway(t *testing.T) {
	o := saved(t, index.Options{})
	files, err := filepath.Glob(filepath.Join(o.Dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%v %v", files, err)
	}
	whole := map[string][]byte{}
	for _, f := range files {
		if whole[f], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	try := func(what string) {
		x := index.Open(o)
		if at, why := x.Restored(); at != 0 || why == "" || x.Len() != 0 {
			t.Errorf("%s: position %d, %d documents, %q", what, at, x.Len(), why)
		}
		for f, b := range whole {
			if err := os.WriteFile(f, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		b := whole[f]
		for at := 0; at < len(b); at += max(1, len(b)/60) {
			bad := slices.Clone(b)
			bad[at] ^= 0x10
			if err := os.WriteFile(f, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			try(fmt.Sprintf("byte %d of %s", at, filepath.Base(f)))
		}
		for _, n := range []int{0, 1, len(b) / 2, len(b) - 1} {
			if err := os.WriteFile(f, b[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			try(fmt.Sprintf("%d bytes of %s", n, filepath.Base(f)))
		}
	}
	for f := range whole {
		if strings.HasSuffix(f, ".segment") {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	try("a missing file")
	if at, why := index.Open(o).Restored(); at != 7 || why != "" {
		t.Errorf("the whole snapshot: %d %s", at, why)
	}
}

func TestASnapshotOfOtherDocumentsIsThrownAway(t *testing.T) {
	o := saved(t, index.Options{Origin: "one"})
	o.Origin = "two"
	if at, why := index.Open(o).Restored(); at != 0 || why == "" {
		t.Errorf("another origin: %d %q", at, why)
	}
	o = saved(t, index.Options{Origin: "one"})
	o.Facets = []index.Facet{theme}
	if at, why := index.Open(o).Restored(); at != 0 || why == "" {
		t.Errorf("other facets: %d %q", at, why)
	}
	o = saved(t, index.Options{})
	x := index.Open(o)
	x.Reset("the database stands at 3")
	if at, why := x.Restored(); at != 0 || why == "" || x.Len() != 0 {
		t.Errorf("reset: %d %q", at, why)
	}
	if at, why := index.Open(o).Restored(); at != 0 || why != "" {
		t.Errorf("after a reset: %d %q", at, why)
	}
}

// TestQueriesThatAskTooMuchAreRefused gives queries that would cost without end.
func TestQueriesThatAskTooMuchAreRefused(t *testing.T) {
	x := open(0)
	apply(t, x, 1, titled("a", "水库登记"))
	values := make([]string, 1000)
	for i := range values {
		values[i] = fmt.Sprint(i)
	}
	words := make([]string, 40)
	for i := range words {
		words[i] = fmt.Sprint("w", i)
	}
	for name, q := range map[string]index.Query{
		"10,000 characters": {Text: strings.Repeat("水", 10_000)},
		"1,000 filters":     {Filters: map[index.Facet][]string{theme: values}},
		"40 words":          {Text: strings.Join(words, " ")},
		"any word":          {Text: "a*"},
		"stars":             {Text: strings.Repeat("a*", 400)},
	} {
		if _, err := x.Search(context.Background(), q); vocab.KindOf(err) != vocab.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUpdatesWhileSearching changes documents in a small and ever merging index
// while readers look for them; every document is always there exactly once.
func TestUpdatesWhileSearching(t *testing.T) {
	x := open(0)
	const docs = 600
	var first []index.Change
	for i := range docs {
		first = append(first, titled(fmt.Sprint("d", i), "水库登记"))
	}
	apply(t, x, 1, first...)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				res, err := x.Search(context.Background(), index.Query{Text: "水库", Limit: 10, Visible: everyone, Facets: []index.Facet{theme}})
				if err != nil || res.Total != docs || len(res.Hits) != 10 {
					t.Errorf("%v %+v", err, res)
					return
				}
			}
		})
	}
	for i := range 400 {
		var some []index.Change
		for k := range 20 {
			some = append(some, titled(fmt.Sprint("d", (i*37+k*11)%docs), fmt.Sprintf("第%d 水库", i)))
		}
		apply(t, x, int64(i+2), some...)
	}
	close(stop)
	readers.Wait()
	if err := x.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}
