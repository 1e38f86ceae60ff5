package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"fontis/demo/nation"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/index"
)

var testPlaces = []nation.Place{
	{Code: "330000", Name: "浙江省"},
	{Code: "330100", Name: "浙江省杭州市"},
	{Code: "330106", Name: "浙江省杭州市西湖区"},
	{Code: "330110", Name: "浙江省杭州市余杭区"},
	{Code: "330200", Name: "浙江省宁波市"},
	{Code: "330212", Name: "浙江省宁波市鄞州区"},
	{Code: "410000", Name: "河南省"},
	{Code: "410105", Name: "河南省郑州市金水区"},
	{Code: "540422", Name: "西藏自治区林芝市米林县"},
	{Code: "513300", Name: "四川省甘孜藏族自治州"},
	{Code: "659012", Name: "新疆维吾尔自治区白杨市"},
	{Code: "110108", Name: "北京市海淀区"},
}

const (
	share index.Facet = "share"
	year  index.Facet = "year"
)

// above is the division above one, by the zeros of its code.
func above(f index.Facet, code string) string {
	switch {
	case f != region || len(code) != 6 || code[2:] == "0000":
		return ""
	case code[4:] == "00":
		return code[:2] + "0000"
	}
	return code[:4] + "00"
}

func docOf(s nation.Set) *index.Doc {
	d := &index.Doc{
		Titles: []string{s.Name.ZH, s.Name.EN}, Texts: []string{s.Code, s.Provider, s.Department, s.Abstract.ZH, s.Abstract.EN, s.Theme},
		Facets:   map[index.Facet]string{theme: s.Theme, region: s.Region, share: s.Share, year: fmt.Sprint(s.Year)},
		Audience: []string{"all"}, Rank: uint16(s.Level),
	}
	if s.Share == "not_shared" {
		d.Audience = []string{"member"}
	}
	for _, it := range s.Items {
		d.Items = append(d.Items, it.Code, it.Name.ZH, it.Name.EN)
	}
	return d
}

// plainDoc is a document as the plain reading keeps it: the runs of each field
// between bars.
type plainDoc struct {
	key    string
	fields [3]string
	titles []string
	size   int
	doc    *index.Doc
}

var simple = strings.NewReplacer("產", "产", "動", "动", "業", "业", "記", "记", "縣", "县", "區", "区", "車", "车", "務", "务", "數", "数", "據", "据", "學", "学", "處", "处", "許", "许", "證", "证")

var runOf = regexp.MustCompile(`\p{Han}+|[a-z0-9_]+`)

func plainRuns(s string) []string {
	return runOf.FindAllString(simple.Replace(strings.ToLower(norm.NFKC.String(s))), -1)
}

func plainOf(key string, d *index.Doc) plainDoc {
	p := plainDoc{key: key, doc: d}
	for i, texts := range [][]string{d.Titles, d.Items, d.Texts} {
		for _, t := range texts {
			runs := plainRuns(t)
			for _, r := range runs {
				p.fields[i] += "|" + r + "|"
			}
			if title := strings.Join(runs, " "); i == 0 && title != "" {
				p.titles = append(p.titles, title)
				if n := len([]rune(title)); p.size == 0 || n < p.size {
					p.size = n
				}
			}
		}
	}
	return p
}

func (p *plainDoc) tier(words []string) (index.Tier, bool) {
	tier := index.InTitle
	for _, w := range words {
		in := -1
		for i, f := range p.fields {
			if w[0] >= 0x80 && strings.Contains(f, w) || w[0] < 0x80 && strings.Contains(f, "|"+w+"|") {
				in = i
				break
			}
		}
		if in < 0 {
			return 0, false
		}
		tier = max(tier, index.InTitle+index.Tier(in))
	}
	if len(words) == 0 {
		return index.InText, true
	}
	if slices.Contains(p.titles, strings.Join(words, " ")) {
		return index.InExactTitle, true
	}
	return tier, true
}

// plainSearch reads every document for a query.
func plainSearch(all []plainDoc, q index.Query) (hits []index.Hit, facets map[index.Facet]map[string]int) {
	facets = map[index.Facet]map[string]int{theme: {}, region: {}, share: {}, year: {}}
	words := plainRuns(q.Text)
	type found struct {
		tier index.Tier
		d    *plainDoc
	}
	var some []found
	for i := range all {
		d := &all[i]
		ok := slices.ContainsFunc(q.Visible.Any, func(a string) bool { return slices.Contains(d.doc.Audience, a) })
		for f, values := range q.Filters {
			in := false
			for v := d.doc.Facets[f]; v != ""; v = above(f, v) {
				in = in || slices.Contains(values, v)
			}
			ok = ok && in
		}
		if !ok {
			continue
		}
		if tier, ok := d.tier(words); ok {
			some = append(some, found{tier, d})
			for f, v := range d.doc.Facets {
				if v != "" {
					facets[f][v]++
				}
			}
		}
	}
	sort.Slice(some, func(i, j int) bool {
		a, b := some[i], some[j]
		switch {
		case a.tier != b.tier:
			return a.tier < b.tier
		case a.d.doc.Rank != b.d.doc.Rank:
			return a.d.doc.Rank > b.d.doc.Rank
		case a.d.size != b.d.size:
			return a.d.size < b.d.size
		}
		return a.d.key < b.d.key
	})
	for _, f := range some {
		hits = append(hits, index.Hit{Key: f.d.key, Tier: f.tier})
	}
	return hits, facets
}

// randomQuery takes words out of documents, with filters now and then.
func randomQuery(r *rand.Rand, all []plainDoc) index.Query {
	q := index.Query{Plain: true, Facets: []index.Facet{theme, region, share, year}, Visible: everyone, Limit: 10}
	var words []string
	d := &all[r.IntN(len(all))]
	for range 1 + r.IntN(3) {
		runs := strings.FieldsFunc(d.fields[r.IntN(3)], func(c rune) bool { return c == '|' })
		if len(runs) == 0 {
			continue
		}
		w := []rune(runs[r.IntN(len(runs))])
		if w[0] >= 0x80 {
			n := min(len(w), 1+r.IntN(6))
			at := r.IntN(len(w) - n + 1)
			w = w[at : at+n]
		}
		words = append(words, string(w))
	}
	if r.IntN(12) == 0 {
		words = []string{d.titles[0]}
	}
	q.Text = strings.Join(words, " ")
	if r.IntN(3) == 0 {
		q.Filters = map[index.Facet][]string{region: {above(region, testPlaces[r.IntN(len(testPlaces))].Code), testPlaces[r.IntN(len(testPlaces))].Code}}
	}
	if r.IntN(4) == 0 {
		q.Filters = map[index.Facet][]string{share: {"conditional", "not_shared"}, year: {"2026", "2025"}}
		q.Visible.Any = []string{"all", "member"}
	}
	if r.IntN(4) == 0 {
		q.Offset = r.IntN(600)
	}
	return q
}

// TestTwentyThousandSetsAgreeWithThePlainReading compares totals, facets and order
// over the catalog of an invented nation, of which some sets were changed and
// removed after they had become segments.
func TestTwentyThousandSetsAgreeWithThePlainReading(t *testing.T) {
	agree(t, index.Open(nationOptions), 20_000, 150)
}

// TestTablesAgreeWithThePlainReading asks the same of the index in tables, of which
// every total is exact.
func TestTablesAgreeWithThePlainReading(t *testing.T) {
	dbtest.NeedPostgres(t)
	if about := agree(t, inTables(t, nationOptions), 5_000, 200); about > 0 {
		t.Errorf("%d totals are not exact", about)
	}
}

var nationOptions = index.Options{Facets: []index.Facet{theme, region, share, year}, Above: above}

// agree compares what an index finds with what reading every document finds, and
// gives how many totals were about right.
func agree(t *testing.T, x index.Finder, sets, queries int) int {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(20260101, 5))
	n := nation.New(1, testPlaces)
	docs := map[string]*index.Doc{}
	put := func(from, to, version int) {
		var changes []index.Change
		for i := from; i < to; i++ {
			c := index.Change{Key: fmt.Sprintf("d-%06d", i*7919%sets), Doc: docOf(n.Set(i + version*sets))}
			if version > 0 && i%5 == 0 {
				c.Doc = nil
				delete(docs, c.Key)
			} else {
				docs[c.Key] = c.Doc
			}
			if changes = append(changes, c); len(changes) == 500 || i == to-1 {
				apply(t, x, 0, changes...)
				changes = nil
			}
		}
	}
	put(0, sets, 0)
	if f, ok := x.(*index.Index); ok {
		if err := f.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	} else if err := x.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	put(3000, 5000, 1)
	put(4900, 5050, 2)
	var all []plainDoc
	for key, d := range docs {
		all = append(all, plainOf(key, d))
	}
	sort.Slice(all, func(i, j int) bool { return all[i].key < all[j].key })
	if got := find(t, x, index.Query{Visible: index.Visible{Any: []string{"all", "member"}}}).Total; got != len(all) {
		t.Fatalf("%d documents, want %d", got, len(all))
	}
	exact, worst := 0, 0.0
	for range queries {
		q := randomQuery(r, all)
		hits, facets := plainSearch(all, q)
		res := find(t, x, q)
		var page []index.Hit
		for i := q.Offset; i < min(len(hits), q.Offset+q.Limit); i++ {
			page = append(page, hits[i])
		}
		if diff := cmp.Diff(page, res.Hits); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", q, diff)
		}
		if !res.Exact {
			worst = max(worst, float64(max(res.Total-len(hits), len(hits)-res.Total))/float64(max(1, len(hits))))
			continue
		}
		exact++
		if res.Total != len(hits) {
			t.Fatalf("%+v: total %d, want %d", q, res.Total, len(hits))
		}
		for f, want := range facets {
			got := map[string]int{}
			for _, c := range res.Facets[f] {
				got[c.Value] = c.N
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%+v: %s (-want +got):\n%s", q, f, diff)
			}
		}
	}
	t.Logf("%d of %d totals exact, the others within %.4f %%", exact, queries, 100*worst)
	if worst > 0.001 || exact < queries/2 {
		t.Errorf("%d of %d totals exact, the others within %.4f %%, more than 0.1 %%", exact, queries, 100*worst)
	}
	return queries - exact
}

func FuzzQueryLanguage(f *testing.F) {
	x := index.Open(index.Options{Facets: []index.Facet{theme, region, share, year}})
	n := nation.New(1, testPlaces)
	for i := range 50 {
		apply(f, x, int64(i+1), index.Change{Key: fmt.Sprint(i), Doc: docOf(n.Set(i))})
		if i == 30 {
			if err := x.Flush(context.Background()); err != nil {
				f.Fatal(err)
			}
		}
	}
	x.SetSynonyms([][]string{{"不动产", "房产"}, {"登记", "注册", "备案"}})
	for _, s := range []string{"不动产 登记*", "ab* cd*", "*", "**a", "＊水", "budongchan", "xxxxxxxxxxxx", "\xff*", "a*b", "登记登记登记", "\"a\" -b", "title:x OR y", "[* TO *]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := index.Query{Text: text, Limit: 100, Visible: everyone, Facets: []index.Facet{share}, Correct: true, Explain: true}
		res, err := x.Search(context.Background(), q)
		if err != nil {
			return // refused
		}
		sum := 0
		for _, c := range res.Facets[share] {
			sum += c.N
		}
		if res.Exact && (res.Total != len(res.Hits) || sum != res.Total) || len(res.Why) != len(res.Hits) {
			t.Fatalf("%q: %+v", text, res)
		}
		if _, err := x.Suggest(context.Background(), text, everyone, 5); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Items(context.Background(), index.ItemQuery{Text: text, Visible: everyone, Limit: 5}); err != nil {
			t.Fatal(err)
		}
	})
}
