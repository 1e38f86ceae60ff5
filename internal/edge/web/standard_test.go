package web_test

import (
	"net/url"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/vocab"
)

// Whoever reads of an item comes to its data element, and from there to every other
// item that carries it and to the list of its codes, without being signed in.
func TestAnItemLeadsToItsElementAndTheElementToItsItems(t *testing.T) {
	w := newWorld(t)
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	made, err := w.Catalog.Create(t.Context(), by, entry.Dataset{
		Code: "places", Name: entry.Text{ZH: "地名"}, Provider: "民政局", Subject: vocab.NoSubject, Origin: vocab.Government, Cycle: vocab.Daily, Share: vocab.Unconditional,
		Items: []entry.Item{
			{Code: "division", Name: entry.Text{ZH: "区划"}, Type: entry.TypeText, Element: "GB/T 2260"},
			{Code: "town", Name: entry.Text{ZH: "乡镇"}, Type: entry.TypeNumber, Element: "GB/T 2260"},
			{Code: "road", Name: entry.Text{ZH: "道路"}, Element: "DE9"},
		},
	})
	if err == nil {
		_, err = apptest.Publish(t.Context(), w.App, by, made.ID, made.Rev)
	}
	if err == nil {
		_, err = w.Standard.PutElement(t.Context(), by, standard.Element{ID: "GB/T 2260", Name: entry.Text{ZH: "行政区划代码"}, Type: entry.TypeText, CodeList: "GB/T 2260"})
	}
	if err == nil {
		_, _, err = w.Standard.PutCodes(t.Context(), by, standard.List{ID: "GB/T 2260", Name: entry.Text{ZH: "区划"}}, []standard.Code{
			{Code: "110101", Name: entry.Text{ZH: "东城区"}}, {Code: "110103", Name: entry.Text{ZH: "崇文区"}, Until: "2010-07-01", Successors: []string{"110101"}},
		})
	}
	if err == nil {
		err = w.Catalog.Settled(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	v := w.visitor("zh-CN")
	element, list := "/standards/elements/"+url.PathEscape("GB/T 2260"), "/standards/lists/"+url.PathEscape("GB/T 2260")
	for path, want := range map[string][]string{
		"/datasets/" + string(made.ID): {element, "/standards/elements/DE9"},
		"/standards":                   {element, list},
		element:                        {"division", "town", "类型", list},
		"/standards/elements/DE9":      {"road", "尚无人定义"},
		list:                           {"崇文区", "110101", "2010"},
		list + "?on=2020-01-01":        {"东城区"},
		"/search?" + "item=" + url.QueryEscape("GB/T 2260"): {"地名"},
	} {
		body := v.page(path)
		for _, s := range want {
			if !strings.Contains(body, s) {
				t.Errorf("%s does not say %q: %s", path, s, body)
			}
		}
	}
	if body := v.page(list + "?on=2020-01-01"); strings.Contains(body, "崇文区") {
		t.Errorf("a code that ended is in force: %s", body)
	}
}
