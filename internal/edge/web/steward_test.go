package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// A file that a page cannot take is refused for what it is, and nothing of a table
// is left out in silence.
func TestAnImportSaysWhatIsWrongWithTheFile(t *testing.T) {
	w := newWorld(t)
	p := w.signedIn("li@civil", "zh-CN")
	if got := p.send("/import", "/import", "空.csv", nil, nil); got.status == http.StatusSeeOther || !strings.Contains(got.body, "文件为空") || strings.Contains(got.body, "没有选择文件") {
		t.Errorf("a file of no bytes: %d %s", got.status, wrongOf(got.body))
	}
	var head, line []string
	for i := range 3000 {
		head, line = append(head, fmt.Sprint("列", i)), append(line, "值")
	}
	wide := strings.Join(head, ",") + "\n" + strings.Join(line, ",") + "\n"
	got := p.send("/import", "/import", "宽.csv", []byte(wide), nil)
	if got.status == http.StatusSeeOther || !strings.Contains(got.body, "表格超过 200 列") || !strings.Contains(got.body, "--mapping") || len(got.body) > 100_000 {
		t.Errorf("3,000 columns: %d, %d bytes, %s", got.status, len(got.body), wrongOf(got.body))
	}
	at := p.must(p.send("/import", "/import", "清单.xlsx", []byte("资源名称,,提供方\n甲,乙,丙\n"), nil))
	page := p.page(at)
	checkPage(t, "zh-CN", at, page)
	if !strings.Contains(page, "内容是纯文本") || !strings.Contains(page, "第 2 列（无列名）") || strings.Contains(page, ">column 2<") {
		t.Errorf("text that calls itself a workbook: %s", page)
	}
}

// What is wrong with a new entry is said at the fields that are wrong, all of them,
// in words.
func TestANewEntrySaysWhichFieldsAreWrong(t *testing.T) {
	w := newWorld(t)
	p := w.signedIn("li@civil", "zh-CN")
	got := p.post("/datasets/new", "/datasets/new", url.Values{"share_modes": {"zzz"}, "security_level": {"9"}})
	wrong, _, _ := strings.Cut(wrongOf(got.body), "</section>")
	for _, want := range []string{"中文名称：新建草稿必须填写", "提供方：新建草稿必须填写", "无法识别所填内容"} {
		if !strings.Contains(wrong, want) {
			t.Errorf("the page does not say %q: %s", want, wrong)
		}
	}
	if got.status != http.StatusUnprocessableEntity || strings.Contains(wrong, "share_modes") || strings.Contains(wrong, "give one of") {
		t.Errorf("%d %s", got.status, wrong)
	}
	if n := strings.Count(wrong, `<li><a href="#f`); n != 4 {
		t.Errorf("%d fields are named, want 4: %s", n, wrong)
	}
}

// A value that asks for other fields says that the list has grown by them.
func TestAFillThatAsksForMoreSaysSo(t *testing.T) {
	w := newWorld(t)
	steward, actor := w.signedIn("li@civil", "en"), apptest.Officer(apptest.Civil, vocab.Steward)
	if _, err := w.Catalog.Create(t.Context(), actor, entry.Dataset{Name: entry.Text{ZH: "甲"}, Provider: "民政局"}); err != nil {
		t.Fatal(err)
	}
	at := steward.must(steward.post("/todo/share_type", "/todo/share_type", url.Values{"value": {"conditional"}}))
	_, id, _ := strings.Cut(at, "?preview=")
	done := steward.must(steward.post(at, "/todo/share_type/apply", url.Values{"preview": {id}}))
	if !strings.Contains(steward.page(done), "asks for further fields") {
		t.Errorf("after %s the list has grown without a word", done)
	}
}

// A library that every department files under is said in the reader's language.
func TestAKnownThemeIsSaidInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	d, err := w.Catalog.Create(t.Context(), apptest.Officer(apptest.Civil, vocab.Steward), entry.Dataset{Name: entry.Text{ZH: "甲"}, Provider: "民政局", Theme: "人口基础库"})
	if err != nil {
		t.Fatal(err)
	}
	if page := w.signedIn("li@civil", "en").page("/datasets/" + string(d.ID)); !strings.Contains(page, "Base library of population") || strings.Contains(page, "人口基础库") {
		t.Errorf("the English page: %s", page)
	}
	if page := w.signedIn("li@civil", "zh-CN").page("/datasets/" + string(d.ID)); !strings.Contains(page, "人口基础库") {
		t.Errorf("the Chinese page: %s", page)
	}
}

// Complete drafts are published together, after a look that says which are not.
func TestCompleteDraftsArePublishedTogetherAfterALook(t *testing.T) {
	w := newWorld(t)
	steward, actor := w.signedIn("li@civil", "en"), apptest.Officer(apptest.Civil, vocab.Steward)
	if at := steward.must(steward.post("/todo/publish", "/todo/publish", url.Values{})); !strings.Contains(steward.page(at), "No draft is complete yet") {
		t.Errorf("with nothing to publish: %s", steward.page(at))
	}
	firms := func(name string, of vocab.SubjectKind) *entry.Dataset {
		d, err := w.Catalog.Create(t.Context(), actor, entry.Dataset{
			Name: entry.Text{ZH: name}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: of, Origin: vocab.Government,
			Items:      []entry.Item{{Code: "name", Name: entry.Text{ZH: "名称"}}},
			LegalBasis: []entry.Cite{{Law: "个人信息保护法"}}, Purposes: []string{"pension"}, Level: 2, ImpactRef: "pia-1",
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first, second, persons := firms("企业名录", vocab.LegalEntity), firms("社团名录", vocab.LegalEntity), firms("居民名录", vocab.NaturalPerson)
	at := steward.must(steward.post("/todo/publish", "/todo/publish", url.Values{"secrecy_checked_by": {"何平"}, "secrecy_basis": {"保守国家秘密法 第十三条"}}))
	page := steward.page(at)
	checkPage(t, "en", at, page)
	for _, want := range []string{"Would be published: 2", "企业名录", "社团名录", "Stay drafts: 1", "居民名录", `value="何平"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the look does not say %q: %s", want, page)
		}
	}
	_, id, _ := strings.Cut(at, "?preview=")
	if to := steward.must(steward.post(at, "/todo/publish/apply", url.Values{"preview": {id}})); to != "/todo?done=published_all" {
		t.Errorf("afterwards %s", to)
	}
	for _, d := range []*entry.Dataset{first, second, persons} {
		now, err := w.Catalog.Get(t.Context(), actor, d.ID)
		want := entry.StatePublished
		if d == persons {
			want = entry.StateDraft
		}
		if err != nil || now.State != want {
			t.Errorf("%s is %s, want %s: %v", d.Name.ZH, now.State, want, err)
		}
	}
}

// An auditor begins at their own desk, a wrong day keeps the form that asked, and the
// seed of a sample can be made without a command.
func TestAnAuditorsPagesKeepWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	w.officer("bureau", "feng", vocab.Auditor)
	v := w.visitor("zh-CN")
	if in := v.post("/sign-in", "/sign-in", url.Values{"login": {"feng@bureau"}, "password": {strong}}); in.to != "/audit" {
		t.Errorf("an auditor begins at %s", in.to)
	}
	got := v.get("/audit?from=2026-13-40&purpose=" + url.QueryEscape("核验"))
	if got.status != http.StatusBadRequest || !strings.Contains(got.body, `value="核验"`) || !strings.Contains(got.body, `data-page="audit"`) {
		t.Errorf("a wrong day: %d %s", got.status, wrongOf(got.body))
	}
	page := v.page("/audit/draws")
	if !strings.Contains(page, "data-seed hidden") || !strings.Contains(page, "仅提交其哈希值") {
		t.Errorf("no seed can be made on the page: %s", page)
	}
}
