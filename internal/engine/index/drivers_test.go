package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fontis/demo/nation"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/index"
	"fontis/internal/engine/index/postgres"
	"fontis/internal/vocab"
)

// TestBothDriversAnswerAlike asks 200 queries as people write them of both drivers:
// with synonyms, pinyin, errors, filters, from deep pages. Totals, facets, hits,
// places, names and suggestions are the same.
func TestBothDriversAnswerAlike(t *testing.T) {
	dbtest.NeedPostgres(t)
	const sets, queries = 2000, 200
	ctx := context.Background()
	memory, tables := index.Finder(index.Open(nationOptions)), inTables(t, nationOptions)
	n := nation.New(7, testPlaces)
	var all []plainDoc
	for from := 0; from < sets; from += 500 {
		var changes []index.Change
		for i := from; i < from+500; i++ {
			c := index.Change{Key: fmt.Sprintf("d-%06d", i*7919%sets), Doc: docOf(n.Set(i))}
			changes = append(changes, c)
			all = append(all, plainOf(c.Key, c.Doc))
		}
		apply(t, memory, 0, changes...)
		apply(t, tables, 0, changes...)
	}
	for _, x := range []index.Finder{memory, tables} {
		x.SetSynonyms([][]string{{"社保", "社会保险"}, {"登记", "注册", "备案"}})
		if err := x.Compact(ctx); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(20261123, 5))
	heard, meant, found := 0, 0, 0
	for i := range queries {
		q := randomQuery(r, all)
		q.Plain, q.Correct, q.Explain = false, true, true
		q.Under, q.Top = map[index.Facet]string{region: "330000"}, 7
		words := []rune(q.Text)
		switch at := r.IntN(len(words)); {
		case i%5 == 0: // an error
			q.Text = string(words[:at]) + "水" + string(words[at+1:])
		case i%7 == 0:
			q.Text = []string{"budongchan", "hydj", "yljg", "xuexiao", "chusheng", "qiye dengji"}[r.IntN(6)]
		case i%11 == 0:
			q.Text, q.Item = "", "姓名"
		}
		want, got := find(t, memory, q), find(t, tables, q)
		// About right is not the same; the tables count all.
		if !want.Exact {
			want.Total, want.Exact, want.Facets = got.Total, got.Exact, got.Facets
		}
		// Of several items that hold a word each driver shows one of its own, and each
		// weighs its guesses its own way.
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(index.Reason{}, "Line"), cmpopts.IgnoreFields(index.Result{}, "Meant")); diff != "" {
			t.Fatalf("%+v (-memory +tables):\n%s", q, diff)
		}
		if got.Heard {
			heard++
		}
		for x, said := range map[index.Finder]string{memory: want.Meant, tables: got.Meant} {
			again := q
			if again.Text = said; said == "" {
				continue
			}
			if meant++; find(t, x, again).Total == 0 {
				t.Errorf("%q: %q finds nothing", q.Text, said)
			}
		}
		if got.Total > 0 {
			found++
		}
		alike(t, memory, tables, q)
	}
	if heard < 5 || meant < 5 || found < queries/2 {
		t.Errorf("%d queries found something, %d were heard, %d mended: too few to tell", found, heard, meant)
	}
}

func alike(t *testing.T, memory, tables index.Finder, q index.Query) {
	t.Helper()
	ctx := context.Background()
	iq := index.ItemQuery{Text: strings.Fields(q.Text + " 编号")[0], Filters: q.Filters, Visible: q.Visible, Limit: 20}
	names, err := memory.Items(ctx, iq)
	also, failed := tables.Items(ctx, iq)
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	if diff := cmp.Diff(names, also, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("names for %q (-memory +tables):\n%s", iq.Text, diff)
	}
	typed := string([]rune(q.Text + "婚姻")[:2])
	one, err := memory.Suggest(ctx, typed, q.Visible, 10)
	other, failed := tables.Suggest(ctx, typed, q.Visible, 10)
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	if diff := cmp.Diff(one, other, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("suggestions for %q (-memory +tables):\n%s", typed, diff)
	}
}

func TestWhatIsRefusedIsRefusedByBothDrivers(t *testing.T) {
	ctx := context.Background()
	for name, x := range both(t, titled("a", "it's a \\ quoted: ':*' title & more"), titled("b", "ab'c | 水")) {
		for text, total := range map[string]int{
			"it's": 1, `\`: 0, "':*'": 0, "quoted:*": 1, "' | '": 0, "ab'c": 1, "title & !more": 1, "x\x00y": 0, "\xff水": 1,
			strings.Repeat("x", 900): 0, strings.Repeat("水", 900): 0, "\x01all": 0,
		} {
			res, err := x.Search(ctx, index.Query{Text: text, Limit: 9, Visible: everyone, Correct: true, Explain: true})
			if err != nil || res.Total != total || len(res.Hits) != total {
				t.Errorf("%s: %.20q: %v %+v", name, text, err, res)
			}
		}
		for what, q := range map[string]index.Query{
			"facet":  {Facets: []index.Facet{"') OR true --"}, Visible: everyone},
			"filter": {Filters: map[index.Facet][]string{"nosuch": {"x"}}, Visible: everyone},
			"long":   {Text: strings.Repeat("水", 1001), Visible: everyone},
			"many":   {Filters: map[index.Facet][]string{region: make([]string, 501)}, Visible: everyone},
			"deep":   {Offset: index.MaxReach, Limit: 1, Visible: everyone},
			"star":   {Text: "a*", Visible: everyone},
			"words":  {Text: strings.Join(strings.Split("abcdefghijklmnopqrstuvwxyz0123456789", ""), " "), Visible: everyone},
		} {
			if _, err := x.Search(ctx, q); vocab.CodeOf(err) != vocab.BadInput && vocab.CodeOf(err) != vocab.ColumnUnknown {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		if res := find(t, x, index.Query{Filters: map[index.Facet][]string{region: {"' | 'x"}}, Visible: index.Visible{Any: []string{"all' | 'm"}}}); res.Total != 0 {
			t.Errorf("%s: a value became a part of the query: %+v", name, res)
		}
		if res := find(t, x, index.Query{}); res.Total != 0 {
			t.Errorf("%s: who may see nothing saw %d", name, res.Total)
		}
	}
}

// TestTablesAreTakenUpWhereTheyStood opens the same tables again: after a change, in
// the middle of a filling, of other documents, and when they were reset.
func TestTablesAreTakenUpWhereTheyStood(t *testing.T) {
	dbtest.NeedPostgres(t)
	ctx := context.Background()
	place, o := dbtest.PostgresPlace(t), nationOptions
	open := func() *postgres.Index {
		t.Helper()
		d, err := dbtest.OpenPlace(ctx, place)
		if err != nil {
			t.Fatal(err)
		}
		x, err := postgres.Open(ctx, d, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { x.Close(ctx) })
		return x
	}
	total := func(x index.Finder) int { return find(t, x, index.Query{Visible: everyone}).Total }
	x := open()
	apply(t, x, 0, titled("a", "水"), titled("b", "土"))
	x = open() // killed in the middle: the filling begins anew
	if at, why := x.Restored(); at != 0 || why != "" {
		t.Errorf("a filling that was killed: %d %s", at, why)
	}
	apply(t, x, 0, titled("a", "水"))
	if n := total(x); n != 1 {
		t.Errorf("%d documents after a new filling, want 1", n)
	}
	apply(t, x, 7)
	x.SetMark(index.Mark{Position: 7, Text: "seven"})
	apply(t, x, 9, titled("c", "木"), titled("c", "火"), index.Change{Key: "a"})
	apply(t, x, 9, titled("d", "金")) // reached before
	if got := keysOf(find(t, x, index.Query{Visible: everyone, Limit: 9}).Hits); !cmp.Equal(got, []string{"c"}) {
		t.Errorf("found %v, want c alone", got)
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if x.Await(ctx, 9) != nil || x.Await(short, 10) == nil {
		t.Error("it does not wait for what comes")
	}
	x = open()
	if at, why := x.Restored(); at != 9 || why != "" || x.Marked() != (index.Mark{Position: 7, Text: "seven"}) || x.Position() != 9 || total(x) != 1 {
		t.Errorf("opened again: %d %q %+v", at, why, x.Marked())
	}
	x.Reset("another history")
	if at, why := x.Restored(); at != 0 || why != "another history" {
		t.Errorf("reset: %d %q", at, why)
	}
	apply(t, x, 3, titled("e", "日"))
	if got := keysOf(find(t, x, index.Query{Visible: everyone, Limit: 9}).Hits); !cmp.Equal(got, []string{"e"}) {
		t.Errorf("after the reset: %v", got)
	}
	o.Origin = "other documents"
	if at, why := open().Restored(); at != 0 || why == "" {
		t.Errorf("made of something else: %d %q", at, why)
	}
}
