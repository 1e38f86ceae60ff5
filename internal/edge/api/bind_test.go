package api_test

import (
	"strings"
	"testing"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

func TestAnItemIsBoundByItsNameWhereOneBearsIt(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	d, err := w.Catalog.Create(t.Context(), w.Steward, entry.Dataset{
		Name: entry.Text{ZH: "居民"}, Provider: "Civil", Subject: vocab.NaturalPerson,
		Items: []entry.Item{{Code: "iah4", Name: entry.Text{ZH: "出生日期"}}, {Code: "n1", Name: entry.Text{ZH: "姓名"}}, {Code: "n2", Name: entry.Text{ZH: "姓名"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	bind := func(item string) reply {
		return w.send("POST", "/v1/bindings", "civil", `{"item":"`+string(d.ID)+"/"+item+`","source":"residents","table":"resident","column":"born","subject_column":"number","key_kind":"citizen","compare":"date"}`)
	}
	if r := bind("出生日期"); r.status != 200 || !strings.Contains(string(r.body), string(d.ID)+"/iah4") {
		t.Errorf("by its name: %d %s", r.status, r.body)
	}
	for item, want := range map[string]string{"姓名": "n1 (姓名), n2 (姓名)", "住址": "iah4 (出生日期), n1 (姓名)"} {
		if r := bind(item); r.status != 404 || !strings.Contains(string(r.body), want) {
			t.Errorf("%s: %d %s", item, r.status, r.body)
		}
	}
}
