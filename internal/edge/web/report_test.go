package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Whoever reads a published report reads in which division each body is, on the
// page and in the lines.
func TestAPublishedReportSaysTheDivisionOfEachBody(t *testing.T) {
	w := newWorld(t)
	ctx, from := t.Context(), w.Clock.Now().Add(-time.Hour)
	if _, err := w.Identity.AddMember(ctx, mustActor(t, w), identity.NewMember{ID: "yard", Name: identity.Name{En: "The yard", Zh: "船厂局"}, Kind: identity.KindDepartment, Region: "990100"}); err != nil {
		t.Fatal(err)
	}
	for body, answers := range map[vocab.MemberID]int{apptest.Civil: 12, "yard": 15} {
		for i := range answers {
			f := map[string]string{"member": "tax", "provider": string(body), "request": fmt.Sprint(body, i), "citation": "art. 4"}
			for _, act := range []string{"request.submit", "request.refuse"} {
				if err := w.DB.Write(ctx, func(tx *db.Tx) error { return w.Ledger.Act(ctx, tx, act, f) }); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	r, err := w.Records.Audit.Publish(ctx, apptest.Officer("bureau", vocab.Auditor), from, w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Records.Audit.Publish(ctx, apptest.Officer("bureau", vocab.Auditor), from.AddDate(-1, 0, 0), from.AddDate(0, -11, 0)); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "zh-CN"} {
		label := map[string]string{"en": "Area code", "zh-CN": "行政区划代码"}[lang]
		page := w.visitor(lang).page("/audit/reports")
		checkPage(t, lang, "/audit/reports", page)
		for _, code := range []string{"990000", "990100"} {
			region := map[string]string{"en": "Invented area (" + code + ")", "zh-CN": "虚构地区（" + code + "）"}[lang]
			if !strings.Contains(page, `<td data-label="`+label+`"><bdi>`+region+`</bdi></td>`) {
				t.Errorf("%s: no body is in %s: %s", lang, region, page)
			}
		}
		if nothing := map[string]string{"en": "Nothing that a report shows", "zh-CN": "没有报告所列的事项"}[lang]; strings.Count(page, nothing) != 1 || strings.Contains(page, "<bdi></bdi>") {
			t.Errorf("%s: a time without anything, and a cell without anything: %s", lang, page)
		}
	}
	p := w.visitor("en").get("/audit/reports/" + r.ID + "/lines")
	if p.status != http.StatusOK {
		t.Fatalf("the lines: %d", p.status)
	}
	for _, want := range []string{",answers,civil,990000,,12,", ",answers,yard,990100,,15,"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the lines lack %q: %s", want, p.body)
		}
	}
}

// Who publishes sees the figures first, and nothing is public until then; a time
// that is not over is refused where it was typed, and a withdrawn report says why.
func TestAReportIsSeenBeforeItIsPublishedAndCanBeWithdrawn(t *testing.T) {
	w := newWorld(t)
	w.officer("bureau", "feng", vocab.Auditor)
	p := w.signedIn("feng@bureau", "zh-CN")
	day := func(n int) string {
		return w.Clock.Now().AddDate(0, 0, n).In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	}
	at := func(from, until string) string { return "/audit/reports?from=" + from + "&until=" + until }
	ahead := p.get(at(day(-30), day(365)))
	if ahead.status != http.StatusConflict || !strings.Contains(ahead.body, "报告时段尚未结束") || !strings.Contains(ahead.body, `value="`+day(365)+`"`) {
		t.Errorf("ahead: %d %s", ahead.status, ahead.body)
	}
	seen := p.get(at(day(-30), day(-1)))
	if seen.status != http.StatusOK || !strings.Contains(seen.body, "尚未发布") || strings.Contains(w.visitor("zh-CN").page("/audit/reports"), day(-30)) {
		t.Errorf("a draft: %d %s", seen.status, seen.body)
	}
	checkPage(t, "zh-CN", "/audit/reports", seen.body)
	p.must(p.post(at(day(-30), day(-1)), "/audit/reports", url.Values{"from": {day(-30)}, "until": {day(-1)}}))
	list, err := w.Records.Audit.Published(t.Context(), identity.Page{})
	if err != nil || len(list) != 1 {
		t.Fatalf("published: %v %v", list, err)
	}
	p.must(p.post("/audit/reports", "/audit/reports/"+list[0].ID+"/withdraw", url.Values{"reason": {"三月重复计算"}}))
	open := w.visitor("zh-CN").page("/audit/reports")
	checkPage(t, "zh-CN", "/audit/reports", open)
	if !strings.Contains(open, "三月重复计算") || !strings.Contains(open, "已撤回") || strings.Contains(open, "/withdraw") {
		t.Errorf("withdrawn: %s", open)
	}
}
