package web_test

import (
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/vocab"
)

// A facet stands beside the hits while it narrows them: what all of them have is no
// choice, and a choice that is made can be taken back. Regions go by their names.
func TestAFacetNarrowsOrIsNotThere(t *testing.T) {
	w := newWorld(t)
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	for code, d := range map[string]entry.Dataset{
		"graves":    {Name: entry.Text{ZH: "公墓"}, Region: "310101", Theme: "民政"},
		"marriages": {Name: entry.Text{ZH: "婚姻登记"}, Region: "320100", Theme: "民政"},
	} {
		d.Code, d.Provider, d.Subject, d.Origin, d.Cycle, d.Share, d.ShareCondition = code, "民政局", vocab.LegalEntity, vocab.Government, vocab.Daily, vocab.Conditional, "依申请"
		made, err := w.Catalog.Create(t.Context(), by, d)
		if err == nil {
			_, err = apptest.Publish(t.Context(), w.App, by, made.ID, made.Rev)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Catalog.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := w.visitor("zh-CN")
	body := v.page("/search")
	if !strings.Contains(body, "<h3>行政区划</h3>") || !strings.Contains(body, "上海市（310101）") || !strings.Contains(body, "江苏省（320100）") {
		t.Errorf("regions that narrow are not offered by name: %s", body)
	}
	if strings.Contains(body, "<h3>主题</h3>") || strings.Contains(body, "<h3>状态</h3>") {
		t.Errorf("what all hits have is offered as a choice: %s", body)
	}
	if _, _, err := w.Standard.PutCodes(t.Context(), by, standard.List{ID: standard.DivisionList, Name: entry.Text{ZH: "区划"}}, []standard.Code{
		{Code: "310100", Name: entry.Text{ZH: "市辖区"}}, {Code: "310101", Name: entry.Text{ZH: "黄浦区"}}, {Code: "320100", Name: entry.Text{ZH: "南京市"}},
	}); err != nil {
		t.Fatal(err)
	}
	if body = v.page("/search"); !strings.Contains(body, "上海市黄浦区（310101）") || !strings.Contains(body, "江苏省南京市（320100）") {
		t.Errorf("regions of the node's own list are not offered by their names: %s", body)
	}
	if body = w.visitor("en").page("/search"); !strings.Contains(body, `<bdi>Shanghai</bdi><bdi> &gt; </bdi><bdi lang="zh-Hans">黄浦区</bdi>`) {
		t.Errorf("an English page does not mark the Chinese name of a region: %s", body)
	}
	body = v.page("/search?theme=民政")
	if !strings.Contains(body, "主题：") || !strings.Contains(body, `<a class="mark" href="/search?"`) {
		t.Errorf("a choice that narrows nothing cannot be taken back: %s", body)
	}
	if body = v.page("/search?region=310101"); !strings.Contains(body, "上海市黄浦区（310101）") || strings.Contains(body, "婚姻登记</") {
		t.Errorf("the chosen region: %s", body)
	}
}
