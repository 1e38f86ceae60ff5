package index_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/index"
	"fontis/internal/engine/index/postgres"
)

// both gives the same documents once in the tail and once in a segment, and in tables
// where there is a server.
func both(t *testing.T, changes ...index.Change) map[string]index.Finder {
	t.Helper()
	o := index.Options{Facets: []index.Facet{theme, region}, Above: above}
	segment := index.Open(o)
	out := map[string]index.Finder{"tail": index.Open(o), "segment": segment}
	if dbtest.OnPostgres() {
		out["postgres"] = inTables(t, o)
	}
	for _, x := range out {
		apply(t, x, 1, changes...)
	}
	if err := segment.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	return out
}

// inTables opens an index in a fresh schema of the server.
func inTables(t testing.TB, o index.Options) index.Finder {
	t.Helper()
	d, err := dbtest.OpenPlace(context.Background(), dbtest.PostgresPlace(t))
	if err != nil {
		t.Fatal(err)
	}
	x, err := postgres.Open(context.Background(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return x
}

func TestTraditionalPinyinInitialsAndSynonyms(t *testing.T) {
	for name, x := range both(t, titled("a", "不動產登記信息"), titled("b", "重庆市社会保险缴费"), titled("c", "BDC 字典"), titled("d", "Births")) {
		x.SetSynonyms([][]string{{"社保", "社会保险"}, {"GDP", "国内生产总值"}})
		for _, c := range []struct {
			text  string
			want  []string
			heard bool
		}{
			{"不动产", []string{"a"}, false},
			{"budongchandengji", []string{"a"}, true},
			{"bdcdj", []string{"a"}, true},
			{"chongqing", []string{"b"}, true},
			{"zhongqing", []string{"b"}, true},
			{"bdc", []string{"c"}, false}, // a word that is there is a word
			{"社保缴费", []string{"b"}, false},
			{"缴费 社保", []string{"b"}, false},
			{"bir*", []string{"d"}, false},
			{"ｂｉｒ＊", []string{"d"}, false},
			{"bir* d*q", nil, false},
		} {
			res, err := x.Search(context.Background(), index.Query{Text: c.text, Limit: 9, Visible: everyone})
			if c.text == "bir* d*q" {
				if err == nil {
					t.Errorf("%s: %q is not refused", name, c.text)
				}
				continue
			}
			if err != nil || !cmp.Equal(keysOf(res.Hits), c.want) || res.Total != len(c.want) || res.Heard != c.heard {
				t.Errorf("%s: %q: %v %+v", name, c.text, err, res)
			}
		}
		if res := find(t, x, index.Query{Text: "社保缴费", Plain: true, Limit: 9, Visible: everyone}); res.Total != 0 {
			t.Errorf("%s: plain: %+v", name, res)
		}
	}
}

func TestWhatWasMeant(t *testing.T) {
	hidden := titled("z", "婚姻登记处")
	hidden.Doc.Audience = []string{"member:m"}
	for name, x := range both(t, titled("a", "不动产登记信息"), titled("b", "Reservoir levels"), hidden) {
		for typed, want := range map[string]string{
			"不动铲登记":        "不动产登记", // one for another
			"不动产登计":        "不动产登记",
			"不动登记":         "不动产登记", // one too few
			"不动产产登记":       "不动产登记", // one too many
			"不产动登记":        "不动产登记", // changed places
			"resevoir":     "reservoir",
			"rezervoir":    "reservoir",
			"婚因登记处":        "", // only another may see it
			"reservoir 水水": "",
		} {
			if name == "tail" && (typed == "不动铲登记" || typed == "不动产登计" || typed == "不动登记") {
				continue // what stands beside a character is known of segments
			}
			res := find(t, x, index.Query{Text: typed, Correct: true, Limit: 9, Visible: everyone})
			if res.Total != 0 || res.Meant != want {
				t.Errorf("%s: %q: %d found, meant %q, want %q", name, typed, res.Total, res.Meant, want)
			}
		}
	}
}

func TestWhyAHitWasFound(t *testing.T) {
	d := index.Change{Key: "a", Doc: &index.Doc{
		Titles: []string{"Ｘ不動產登記"}, Items: []string{"姓名", "Owner_ID"}, Audience: []string{"all"},
		Texts: []string{"本目录由自然资源部门依法编制，包括全市范围内的全部登簿宗地信息，每日更新一次并向有关部门提供查询服务"},
	}}
	want := []index.Reason{
		{Word: "不动产", Tier: index.InTitle, Line: "Ｘ不動產登記"},
		{Word: "owner_id", Tier: index.InItems, Line: "Owner_ID"},
		{Word: "宗地", Tier: index.InText, Line: "源部门依法编制 包括全市范围内的全部登簿宗地信息 每日更新一次并向有关部门提供查询服"},
	}
	for name, x := range both(t, d) {
		res := find(t, x, index.Query{Text: "不动产 owner_ID 宗地", Explain: true, Limit: 1, Visible: everyone})
		if diff := cmp.Diff([][]index.Reason{want}, res.Why); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestItemsByName(t *testing.T) {
	put := func(key, audience string, items ...string) index.Change {
		return index.Change{Key: key, Doc: &index.Doc{Titles: []string{key}, Items: items, Audience: []string{audience}}}
	}
	for name, x := range both(t, put("a", "all", "证书编号", "姓名", "姓名"), put("b", "all", "姓名", "编号"), put("c", "m", "姓名", "编号密级")) {
		res, err := x.Items(context.Background(), index.ItemQuery{Text: "编号", Visible: everyone, Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&index.ItemResult{Total: 2, Exact: true, Hits: []index.ItemHit{{Name: "编号", N: 1}, {Name: "证书编号", N: 1}}}, res); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if res, err = x.Items(context.Background(), index.ItemQuery{Text: "姓名", Visible: everyone, Limit: 9}); err != nil || len(res.Hits) != 1 || res.Hits[0].N != 2 {
			t.Errorf("%s: %v %+v", name, err, res)
		}
		if got := find(t, x, index.Query{Item: "编号", Limit: 9, Visible: everyone}); got.Total != 1 || got.Hits[0].Key != "b" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestSuggestionsBeginAsTyped(t *testing.T) {
	ranked := func(c index.Change, rank uint16) index.Change { c.Doc.Rank = rank; return c }
	hidden := titled("e", "婚姻登记密")
	hidden.Doc.Audience = []string{"m"}
	for name, x := range both(t, titled("a", "婚姻登记信息"), titled("b", "婚姻登记"), ranked(titled("c", "婚姻介绍所名录"), 9), titled("d", "离婚登记"), hidden, titled("f", "婚姻登记")) {
		for typed, want := range map[string][]string{
			"婚姻":   {"婚姻介绍所名录", "婚姻登记", "婚姻登记信息"},
			"婚姻登":  {"婚姻登记", "婚姻登记信息"},
			"離婚":   {"离婚登记"},
			"lhdj": {"离婚登记"},
			"登记":   nil,
			"":     nil,
		} {
			got, err := x.Suggest(context.Background(), typed, everyone, 5)
			var titles []string
			for _, g := range got {
				titles = append(titles, g.Title)
			}
			if err != nil || !cmp.Equal(titles, want) {
				t.Errorf("%s: %q: %v %v", name, typed, err, titles)
			}
		}
	}
}

// TestOfOneTitleTheBestDocumentIsSuggested puts documents of one title into segments
// that are merged: the better one came later.
func TestOfOneTitleTheBestDocumentIsSuggested(t *testing.T) {
	ctx := context.Background()
	x := index.Open(index.Options{})
	for rank, key := range []string{"worse", "better", "best"} {
		c := titled(key, "婚姻登记")
		c.Doc.Rank = uint16(rank)
		apply(t, x, 0, c)
		if err := x.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := x.Suggest(ctx, "婚姻", everyone, 5); err != nil || len(got) != 1 || got[0].Key != "best" {
		t.Errorf("suggested %v %v", got, err)
	}
}

func TestARegionTakesInAllBelowIt(t *testing.T) {
	put := func(key, code string) index.Change {
		return index.Change{Key: key, Doc: &index.Doc{Titles: []string{"登记"}, Facets: map[index.Facet]string{region: code}, Audience: []string{"all"}}}
	}
	for name, x := range both(t, put("a", "330000"), put("b", "330100"), put("c", "330106"), put("d", "330106"), put("e", "330200"), put("f", "340000"), put("g", "")) {
		for _, c := range []struct {
			filter []string
			under  map[index.Facet]string
			total  int
			want   string
		}{
			{nil, map[index.Facet]string{region: ""}, 7, "[{330000 5} {340000 1}]"},
			{[]string{"330000"}, map[index.Facet]string{region: "330000"}, 5, "[{330100 3} {330200 1}]"},
			{[]string{"330100"}, map[index.Facet]string{region: "330100"}, 3, "[{330106 2}]"},
			{[]string{"330106", "340000"}, nil, 3, "[{330106 2} {340000 1}]"},
			{[]string{"350000"}, nil, 0, "[]"},
		} {
			q := index.Query{Facets: []index.Facet{region}, Under: c.under, Visible: everyone}
			if c.filter != nil {
				q.Filters = map[index.Facet][]string{region: c.filter}
			}
			if res := find(t, x, q); res.Total != c.total || fmt.Sprint(res.Facets[region]) != c.want {
				t.Errorf("%s %v under %v: %d %v", name, c.filter, c.under, res.Total, res.Facets[region])
			}
		}
	}
}
