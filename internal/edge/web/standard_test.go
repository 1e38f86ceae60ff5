package web_test

import (
	"encoding/json"
	"net/http"
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

// What is wrong with an element or with the lines of a table of codes is said wholly in
// the reader's language, each line by its number.
func TestWhatIsWrongWithAStandardIsSaidInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	v := w.signedIn("li@civil", "zh-CN")
	long := strings.Repeat("长", 201)
	wrong := func(p seen) string {
		t.Helper()
		if p.status < 400 || p.status > 499 {
			t.Errorf("answered %d: %s", p.status, p.body)
		}
		said, _, _ := strings.Cut(wrongOf(p.body), "</section>")
		return said
	}
	for want, form := range map[string]url.Values{
		"数据元：标识符":     {"element": {"a;b"}, "name_zh": {"名"}},
		"名称超过200个字符":  {"element": {"DE1"}, "name_zh": {long}},
		"所用代码表超过100个": {"element": {"DE1"}, "name_zh": {"名"}, "codes": {strings.Repeat("c", 101)}},
	} {
		if said := wrong(v.post("/standards", "/standards", form)); !strings.Contains(said, want) || strings.Contains(said, "data element") || strings.Contains(said, "the name") {
			t.Errorf("want %q: %s", want, said)
		}
	}
	said := wrong(v.send("/standards", "/standards/lists", "codes.csv", []byte("code,name_zh,from\n1,x,2026-01-01\n2,,\n3,y,yesterday\n4,"+long+",\n"), url.Values{"list": {"L1"}, "name_zh": {"表"}}))
	for _, want := range []string{"共4行，其中3行不能导入", "文件第 3 行：代码2没有名称", "文件第 4 行：", "&#34;yesterday&#34;不是日期", "代码的名称或者说明超过200个字符"} {
		if !strings.Contains(said, want) {
			t.Errorf("lacks %q: %s", want, said)
		}
	}
	if strings.Contains(said, "line") || strings.Contains(said, "value-invalid") {
		t.Errorf("English in a Chinese page: %s", said)
	}
}

// A search that finds nothing offers nothing to narrow down.
func TestNothingFoundIsNotNarrowedDown(t *testing.T) {
	w := newWorld(t)
	if body := w.visitor("en").page("/search?q=zzyzx"); strings.Contains(body, "Narrow down") {
		t.Error("a box without a choice stands beside no hit")
	}
}

// A term of one day is one working day.
func TestATermOfOneIsSaidInTheSingular(t *testing.T) {
	w := newWorld(t)
	body := w.visitor("en").page("/rules")
	if !strings.Contains(body, "1 working day<") || strings.Contains(body, "1 working days") {
		t.Error("one working day is said as many")
	}
}

// The check of a receipt says the names of bodies and items beside their ids, to whoever
// is signed in; what is not there has none.
func TestTheCheckOfAReceiptKnowsNames(t *testing.T) {
	w := newWorld(t)
	steward, nobody := w.signedIn("li@civil", "en"), w.visitor("en")
	set := newEntry(t, w, steward)
	at := "/check/names?of=tax&of=nobody&of=" + url.QueryEscape(set+"/born") + "&of=none%2Fborn"
	var got map[string]string
	if err := json.Unmarshal([]byte(steward.page(at)), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got["tax"] != "Body tax" || got[set+"/born"] == "" || got[set+"/born"] == "born" {
		t.Errorf("names: %v", got)
	}
	if said := w.signedIn("li@tax", "zh-CN").page("/check/names?of=at_school"); !strings.Contains(said, "在校") {
		t.Errorf("a status is called %s", said)
	}
	if p := nobody.get(at); p.status != http.StatusSeeOther {
		t.Errorf("nobody is told names: %d %s", p.status, p.body)
	}
	if !strings.Contains(steward.page("/check"), `data-names="/check/names"`) || strings.Contains(nobody.page("/check"), "data-names") {
		t.Error("the page does not say where the names are, or says it to whoever may not ask")
	}
	if p := steward.get("/check/names?of=a" + strings.Repeat("&of=a", 60)); p.status != http.StatusBadRequest {
		t.Errorf("61 names: %d", p.status)
	}
}
