package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// TestAnOldAddressLeadsOn: an entry is merged on its page; its address sends everybody
// to the one that lives, which says why, and its owner still reads it as it was. Of one
// that was split the address leads to all that replace it.
func TestAnOldAddressLeadsOn(t *testing.T) {
	w := newWorld(t)
	actor := apptest.Officer(apptest.Civil, vocab.Steward)
	set := func(name string) string {
		d, err := w.Catalog.Create(t.Context(), actor, entry.Dataset{
			Name: entry.Text{ZH: name}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Catalog.Publish(t.Context(), actor, d.ID, 0, catalog.Secrecy{CheckedBy: "何平", Basis: "x"}); err != nil {
			t.Fatal(err)
		}
		return "/datasets/" + string(d.ID)
	}
	old, stays, third := set("名录甲"), set("名录乙"), set("名录丙")
	id := func(path string) string { return strings.TrimPrefix(path, "/datasets/") }
	steward := w.signedIn("li@civil", "en")
	after := steward.must(steward.post(old, old+"/merge", url.Values{"into": {id(stays)}, "reason": {"重复编目"}}))
	if page := steward.page(after); !strings.Contains(page, "名录甲") || !strings.Contains(page, `href="`+stays+`"`) {
		t.Errorf("the owner does not read the entry as it was: %s", page)
	}
	for _, lang := range []string{"en", "zh-CN"} {
		nobody := w.visitor(lang)
		p := nobody.get(old)
		if p.status != http.StatusSeeOther || !strings.HasPrefix(p.to, stays+"?was=") {
			t.Fatalf("the old address answers %d to %q", p.status, p.to)
		}
		page := nobody.page(p.to)
		checkPage(t, lang, p.to, page)
		if !strings.Contains(page, "重复编目") || strings.Contains(page, "名录甲") {
			t.Errorf("the page does not say why, or tells more of the old entry: %s", page)
		}
		page = nobody.page(old + "/moved")
		checkPage(t, lang, old+"/moved", page)
	}
	fourth := set("名录丁")
	steward.must(steward.post(stays, stays+"/split", url.Values{"into": {id(third) + "，" + id(fourth)}, "reason": {"按主体拆分"}}))
	nobody := w.visitor("zh-CN")
	if p := nobody.get(stays); p.status != http.StatusSeeOther || p.to != stays+"/moved" {
		t.Errorf("the address of what was split answers %d to %q", p.status, p.to)
	}
	if page := nobody.page(stays + "/moved"); !strings.Contains(page, "名录丙") || !strings.Contains(page, "名录丁") {
		t.Errorf("what replaces it is not listed: %s", page)
	}
	if p := nobody.get(third + "/moved"); p.status != http.StatusNotFound {
		t.Errorf("one that lives has moved: %d", p.status)
	}
}
