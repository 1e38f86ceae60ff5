package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"fontis/internal/engine/index"
	"fontis/internal/vocab"
)

const (
	theme  index.Facet = "theme"
	region index.Facet = "region"
)

var everyone = index.Visible{Any: []string{"all"}}

func open(limit int) *index.Index {
	return index.Open(index.Options{Facets: []index.Facet{theme, region}, VerifyLimit: limit})
}

func apply(t testing.TB, x index.Finder, pos int64, changes ...index.Change) {
	t.Helper()
	if err := x.Apply(context.Background(), pos, changes); err != nil {
		t.Fatal(err)
	}
}

func find(t testing.TB, x index.Finder, q index.Query) *index.Result {
	t.Helper()
	res, err := x.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("search %q: %v", q.Text, err)
	}
	return res
}

func titled(key, title string) index.Change {
	return index.Change{Key: key, Doc: &index.Doc{Titles: []string{title}, Audience: []string{"all"}}}
}

func keysOf(hits []index.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Key)
	}
	return out
}

func TestWhatAQueryFinds(t *testing.T) {
	x := open(0)
	apply(t, x, 1,
		titled("a", "不动产登记信息"), titled("b", "动产抵押 登记"), titled("c", "ＡＢ－０１ 水"), titled("d", "水库 Reservoir"),
		titled("e", "动产、产登记"), titled("f", "民族路道路信息"), titled("g", "甘孜藏族自治州水文"), titled("h", "Größe der Flüsse"))
	for _, c := range []struct {
		text string
		want []string
	}{
		{"不动产登记", []string{"a"}},
		{"动产", []string{"a", "b", "e"}},
		{"动产登", []string{"a"}},             // e holds its pairs, apart
		{"登记 动产", []string{"a", "b", "e"}}, // order does not matter between runs
		{"ab 01", []string{"c"}},
		{"ａｂ", []string{"c"}},
		{"AB-01", []string{"c"}},
		{"a", nil}, // no part of a word
		{"RESERVOIR", []string{"d"}},
		{"reserv", nil},
		{"水", []string{"c", "d", "g"}}, // alone, or in any pair
		{"民族", []string{"f"}},          // a word is no tag
		{"藏族", []string{"g"}},
		{"grösse", nil},
		{"GRÖßE", []string{"h"}},
		{"！？", nil},
		{"  ", []string{"a", "b", "c", "d", "e", "f", "g", "h"}},
	} {
		res := find(t, x, index.Query{Text: c.text, Limit: 20, Visible: everyone})
		got := keysOf(res.Hits)
		slices.Sort(got)
		if diff := cmp.Diff(c.want, got); diff != "" || res.Total != len(c.want) || !res.Exact {
			t.Errorf("%q: total %d exact %v (-want +got):\n%s", c.text, res.Total, res.Exact, diff)
		}
	}
}

func TestTiersThenShorterTitleThenKey(t *testing.T) {
	x := open(0)
	doc := func(key, title, item, text string) index.Change {
		return index.Change{Key: key, Doc: &index.Doc{Titles: []string{title}, Items: []string{item}, Texts: []string{text}, Audience: []string{"all"}}}
	}
	apply(t, x, 1,
		doc("z-text", "出生", "姓名", "婚姻登记处"), doc("y-item", "出生", "婚姻登记日期", ""),
		doc("x-title", "浙江省婚姻登记信息", "", ""), doc("w-title", "婚姻登记信息", "", ""), doc("v-title", "婚姻登记信息", "", ""),
		doc("u-exact", "婚姻登记", "", ""))
	want := []index.Hit{
		{Key: "u-exact", Tier: index.InExactTitle},
		{Key: "v-title", Tier: index.InTitle},
		{Key: "w-title", Tier: index.InTitle},
		{Key: "x-title", Tier: index.InTitle},
		{Key: "y-item", Tier: index.InItems},
		{Key: "z-text", Tier: index.InText},
	}
	for offset := range len(want) + 1 {
		for limit := range 4 {
			res := find(t, x, index.Query{Text: "婚姻登记", Offset: offset, Limit: limit, Visible: everyone})
			var page []index.Hit
			page = append(page, want[offset:min(len(want), offset+limit)]...)
			if diff := cmp.Diff(page, res.Hits); diff != "" || res.Total != len(want) {
				t.Fatalf("offset %d limit %d (-want +got):\n%s", offset, limit, diff)
			}
		}
	}
}

func TestTotalsAndFacetsCountOnlyWhatTheReaderMaySee(t *testing.T) {
	x := open(0)
	put := func(key, th string, audience ...string) index.Change {
		return index.Change{Key: key, Doc: &index.Doc{Titles: []string{"登记 " + key}, Facets: map[index.Facet]string{theme: th}, Audience: audience}}
	}
	apply(t, x, 1, put("open", "tax", "all"), put("mine", "tax", "member:m"), put("theirs", "health", "member:n"), put("outside", "tax", "all", "not:m"))
	for _, c := range []struct {
		name    string
		visible index.Visible
		want    map[string]int
	}{
		{"public", everyone, map[string]int{"tax": 2}},
		{"owner", index.Visible{Any: []string{"all", "member:m"}, Not: []string{"not:m"}}, map[string]int{"tax": 2}},
		{"other", index.Visible{Any: []string{"all", "member:n"}, Not: []string{"not:n"}}, map[string]int{"tax": 2, "health": 1}},
		{"nobody named", index.Visible{}, map[string]int{}},
	} {
		res := find(t, x, index.Query{Text: "登记", Facets: []index.Facet{theme}, Limit: 10, Visible: c.visible})
		got, total := map[string]int{}, 0
		for _, n := range res.Facets[theme] {
			got[n.Value], total = n.N, total+n.N
		}
		if diff := cmp.Diff(c.want, got); diff != "" || res.Total != total || len(res.Hits) != total {
			t.Errorf("%s: total %d (-want +got):\n%s", c.name, res.Total, diff)
		}
	}
}

func TestUnknownFacetsAndDeepPagesAreRefused(t *testing.T) {
	x := open(0)
	for _, q := range []index.Query{
		{Facets: []index.Facet{"colour"}},
		{Filters: map[index.Facet][]string{"colour": {"red"}}},
		{Offset: index.MaxReach, Limit: 1},
		{Offset: -1},
	} {
		if _, err := x.Search(context.Background(), q); vocab.KindOf(err) != vocab.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

func TestAPositionIsAppliedOnce(t *testing.T) {
	x := open(0)
	apply(t, x, 5, titled("a", "水库"))
	apply(t, x, 5, titled("a", "河流"))
	apply(t, x, 4, titled("a", "河流"))
	if res := find(t, x, index.Query{Text: "水库", Visible: everyone}); res.Total != 1 || x.Position() != 5 {
		t.Fatalf("total %d, position %d", res.Total, x.Position())
	}
	apply(t, x, 0, titled("b", "水库"))
	if res := find(t, x, index.Query{Text: "水库", Visible: everyone}); res.Total != 2 || x.Position() != 5 {
		t.Fatalf("total %d, position %d", res.Total, x.Position())
	}
}

// model is the plain reading of the promise: every document looked at, in full.
type model map[string]*index.Doc

var piece = regexp.MustCompile(`\p{Han}+|[\p{L}\p{Nd}\p{M}_]+`)

func pieces(s string) []string {
	var out []string
	for _, p := range regexp.MustCompile(`\p{Han}+|[^\p{Han}]+`).FindAllString(norm.NFKC.String(s), -1) {
		out = append(out, piece.FindAllString(strings.ToLower(p), -1)...)
	}
	return out
}

func holds(fields []string, want string) bool {
	for _, f := range fields {
		for _, p := range pieces(f) {
			han := regexp.MustCompile(`^\p{Han}`).MatchString(want)
			if p == want || han && strings.Contains(p, want) {
				return true
			}
		}
	}
	return false
}

func (m model) search(q index.Query) (hits []index.Hit, facets map[string]int) {
	type found struct {
		index.Hit
		size int
	}
	var all []found
	facets = map[string]int{}
	words := pieces(q.Text)
	for key, d := range m {
		see := func(list []string) bool {
			return slices.ContainsFunc(list, func(a string) bool { return slices.Contains(d.Audience, a) })
		}
		if !see(q.Visible.Any) || see(q.Visible.Not) {
			continue
		}
		if strings.TrimSpace(q.Text) != "" && len(words) == 0 {
			continue
		}
		ok := true
		for f, values := range q.Filters {
			ok = ok && d.Facets[f] != "" && slices.Contains(values, d.Facets[f])
		}
		levels := [][]string{d.Titles, slices.Concat(d.Titles, d.Items), slices.Concat(d.Titles, d.Items, d.Texts)}
		tier := index.Tier(9)
		for i := len(levels) - 1; i >= 0 && ok; i-- {
			in := true
			for _, w := range words {
				in = in && holds(levels[i], w)
			}
			if in {
				tier = index.InTitle + index.Tier(i)
			}
		}
		if !ok || tier == 9 {
			continue
		}
		if len(words) == 0 {
			tier = index.InText
		}
		size := 0 // of the shortest title that holds anything
		for _, title := range d.Titles {
			p := strings.Join(pieces(title), " ")
			if len(words) > 0 && p == strings.Join(words, " ") {
				tier = index.InExactTitle
			}
			if n := len([]rune(p)); n > 0 && (size == 0 || n < size) {
				size = n
			}
		}
		all = append(all, found{index.Hit{Key: key, Tier: tier}, size})
		if v := d.Facets[theme]; v != "" {
			facets[v]++
		}
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.Tier != b.Tier {
			return a.Tier < b.Tier
		}
		if a.size != b.size {
			return a.size < b.size
		}
		return a.Key < b.Key
	})
	for _, f := range all {
		hits = append(hits, f.Hit)
	}
	return hits, facets
}

func genText(t *rapid.T, label string, most int) string {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{"水", "水", "库", "登", "记", "登记", "水库", "库登记", "A", "ab", "ａｂ", "1", "x_1", " ", "，", "é", "ア", "々"}), 1, most).Draw(t, label)
	return strings.Join(parts, "")
}

func genDoc(t *rapid.T) *index.Doc {
	return &index.Doc{
		Titles:   []string{genText(t, "title", 4), genText(t, "second title", 3)},
		Items:    []string{genText(t, "item", 3), genText(t, "item", 3)},
		Texts:    []string{genText(t, "text", 8)},
		Facets:   map[index.Facet]string{theme: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "theme"), region: rapid.SampledFrom([]string{"", "n", "s"}).Draw(t, "region")},
		Audience: rapid.SliceOfN(rapid.SampledFrom([]string{"all", "m", "not:m"}), 0, 3).Draw(t, "audience"),
	}
}

// agrees compares an index with the plain reading in everything that a query asks.
func agrees(t interface{ Fatalf(string, ...any) }, what string, x *index.Index, m model, q index.Query) {
	hits, facets := m.search(q)
	var page []index.Hit
	for i := q.Offset; i < min(len(hits), q.Offset+q.Limit); i++ {
		page = append(page, hits[i])
	}
	res, err := x.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	got := map[string]int{}
	for _, c := range res.Facets[theme] {
		got[c.Value] = c.N
	}
	if !cmp.Equal(page, res.Hits) {
		t.Fatalf("%s %+v: hits %v, want %v", what, q, res.Hits, page)
	}
	if res.Exact && (res.Total != len(hits) || !cmp.Equal(facets, got)) || res.Total < len(hits) {
		t.Fatalf("%s %+v: total %d exact %v, want %d; facets %v, want %v", what, q, res.Total, res.Exact, len(hits), got, facets)
	}
}

// TestAgreesWithBruteForce puts, changes and removes documents and compares every
// answer with the plain reading: of an index in which all documents are new, of
// one that is made of segments, of one that is opened again and again, and of one
// that verifies next to nothing, whose totals may be upper bounds.
func TestAgreesWithBruteForce(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		folder, err := os.MkdirTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		o := index.Options{Facets: []index.Facet{theme, region}, Dir: folder}
		all := map[string]*index.Index{"new": open(0), "tight": open(1), "segments": open(0), "opened": index.Open(o)}
		m, pos := model{}, int64(0)
		for range rapid.IntRange(1, 25).Draw(t, "changes") {
			key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"}).Draw(t, "key")
			c := index.Change{Key: key}
			if rapid.IntRange(0, 4).Draw(t, "remove") > 0 {
				c.Doc = genDoc(t)
				m[key] = c.Doc
			} else {
				delete(m, key)
			}
			pos++
			for _, x := range all {
				if err := x.Apply(ctx, pos, []index.Change{c}); err != nil {
					t.Fatal(err)
				}
			}
			switch rapid.IntRange(0, 9).Draw(t, "then") {
			case 0:
				err = all["segments"].Compact(ctx)
			case 1, 2, 3:
				err = all["segments"].Flush(ctx)
			case 4:
				err = all["opened"].Close(ctx)
				all["opened"] = index.Open(o)
				if at, why := all["opened"].Restored(); at != pos || why != "" {
					t.Fatalf("opened at %d, not %d: %s", at, pos, why)
				}
			case 5:
				err = all["tight"].Flush(ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 6 {
			q := index.Query{Plain: true, Text: genText(t, "query", 3), Facets: []index.Facet{theme}, Limit: rapid.IntRange(0, 9).Draw(t, "limit"), Offset: rapid.IntRange(0, 3).Draw(t, "offset")}
			q.Visible = rapid.SampledFrom([]index.Visible{everyone, {Any: []string{"all", "m"}, Not: []string{"not:m"}}, {}}).Draw(t, "visible")
			if rapid.Bool().Draw(t, "filtered") {
				q.Filters = map[index.Facet][]string{region: rapid.SampledFrom([][]string{{"n"}, {"n", "s"}, {}, {"q"}}).Draw(t, "filter")}
			}
			for what, x := range all {
				agrees(t, what, x, m, q)
			}
		}
		for _, x := range all {
			if err := x.Close(ctx); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestReadersNeverSeeHalfAChange has one writer that moves a pair of documents
// between two titles while readers count them.
func TestReadersNeverSeeHalfAChange(t *testing.T) {
	x := open(0)
	apply(t, x, 1, titled("a", "水库登记"), titled("b", "水库登记"))
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, text := range []string{"水库登记", "河流登记"} {
					res, err := x.Search(context.Background(), index.Query{Text: text, Limit: 5, Visible: everyone})
					if err != nil || res.Total == 1 || res.Total != len(res.Hits) {
						t.Errorf("%s: %v %v", text, res, err)
						return
					}
				}
			}
		})
	}
	for i := range 300 {
		title := []string{"河流登记", "水库登记"}[i%2]
		apply(t, x, int64(i+2), titled("a", title), titled("b", title), titled(fmt.Sprint("c", i), "其他"))
		if res := find(t, x, index.Query{Text: title, Visible: everyone}); res.Total != 2 {
			t.Fatalf("after %d: a change is not found when Apply has returned", i)
		}
	}
	close(stop)
	wg.Wait()
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"不动产登记", "ＡＢ", "水", "\xff\xfe", "a\u0301", "𠀀𠀁𠀂", "", "　", "ﬁ㈱"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, title, query string) {
		x := open(0)
		apply(t, x, 1, titled("a", title))
		res := find(t, x, index.Query{Text: query, Limit: 1, Visible: everyone})
		if res.Total != len(res.Hits) {
			t.Fatalf("total %d, hits %v", res.Total, res.Hits)
		}
		if self := find(t, x, index.Query{Text: title, Limit: 1, Visible: everyone}); len(pieces(title)) > 0 && self.Total != 1 {
			t.Fatalf("%q does not find itself", title)
		}
		apply(t, x, 2, index.Change{Key: "a"})
		if res := find(t, x, index.Query{Limit: 1, Visible: everyone}); res.Total != 0 {
			t.Fatalf("a removed document is found")
		}
	})
}

// BenchmarkBroad measures a word that half of 100,000 documents hold.
func BenchmarkBroad(b *testing.B) {
	x := open(0)
	r := rand.New(rand.NewPCG(1, 2))
	var batch []index.Change
	for i := range 100_000 {
		what := []string{"不动产登记", "出生医学证明", "婚姻登记", "驾驶证"}[r.IntN(4)]
		batch = append(batch, index.Change{Key: fmt.Sprintf("d-%06d", i), Doc: &index.Doc{
			Titles: []string{fmt.Sprintf("第%d号%s信息", r.IntN(500), what)}, Items: []string{"姓名", "统一社会信用代码", fmt.Sprint("xm_", r.IntN(9))},
			Facets: map[index.Facet]string{theme: fmt.Sprint(r.IntN(22)), region: fmt.Sprint(r.IntN(31))}, Audience: []string{"all"},
		}})
	}
	apply(b, x, 1, batch...)
	for _, text := range []string{"登记", "不动产登记", "婚姻 姓名", "水"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				find(b, x, index.Query{Text: text, Limit: 10, Facets: []index.Facet{theme, region}, Visible: everyone})
			}
		})
	}
}
