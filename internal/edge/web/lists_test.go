package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// withhold publishes an entry of the civil department that is not shared.
func (w *world) withhold(name, reason string) *entry.Dataset {
	w.t.Helper()
	li := identity.Actor{Member: apptest.Civil, Officer: "li@civil", Roles: []vocab.Role{vocab.Steward}}
	d, err := w.Catalog.Create(w.t.Context(), li, entry.Dataset{
		Name: entry.Text{ZH: name}, Provider: "民政局", Share: vocab.NotShared, NotSharedReason: reason, NotSharedLaw: "反不正当竞争法第九条",
		Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government, Theme: "tax",
		Items: []entry.Item{{Code: "name", Name: entry.Text{ZH: "内部字段"}, Type: entry.TypeText}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if d, err = w.Catalog.Publish(w.t.Context(), li, d.ID, d.Rev, catalog.Secrecy{CheckedBy: "何平", Basis: "x"}); err != nil {
		w.t.Fatal(err)
	}
	return d
}

// TestTheListsOfTheCatalogAreEverybodys: who is not signed in reads which department
// answers for how much and what is held back, as a page and as a file, and each
// number is that of the entries that it leads to.
func TestTheListsOfTheCatalogAreEverybodys(t *testing.T) {
	w := newWorld(t)
	w.grant()
	d := w.withhold("技术秘密目录", "=涉及商业秘密")
	for n := range 24 { // more than a page holds
		w.withhold("秘密目录"+strconv.Itoa(n), "涉及商业秘密")
	}
	if err := w.Catalog.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	nobody := w.visitor("en")
	rows := nobody.table("/lists", "csv")
	if len(rows) != 2 || strings.Join(rows[0], "|") != "Identifier|Department|Listed|Shared without condition|Shared on condition|Not shared" || rows[1][0] != "civil" || rows[1][5] != "25" {
		t.Fatalf("the responsibility list: %q", rows)
	}
	body := nobody.page("/lists")
	for n, at := range []string{"/search?owner=civil&state=published", "/search?owner=civil&share_type=unconditional&state=published", "/search?owner=civil&share_type=conditional&state=published", "/lists/negative?of=civil"} {
		found := len(nobody.table(at, "csv")) - 1
		if rows[1][2+n] != strconv.Itoa(found) {
			t.Errorf("%s: the list says %s, %d are found", at, rows[1][2+n], found)
		}
		if leads := strings.Contains(body, strings.ReplaceAll(at, "&", "&amp;")); leads != (found > 0) {
			t.Errorf("%s: %d, and a link: %v", at, found, leads)
		}
	}
	seen := 0
	for at := "/lists/negative"; at != ""; {
		page := nobody.page(at)
		seen += strings.Count(page, "<h2><a href=\"/datasets/")
		if strings.Contains(page, "内部字段") {
			t.Error("the list tells an item of what is held back")
		}
		_, next, _ := strings.Cut(page, `<a href="/lists/negative?after=`)
		number, _, _ := strings.Cut(next, `"`)
		if at = ""; number != "" {
			at = "/lists/negative?after=" + number
		}
	}
	if seen != 25 {
		t.Errorf("its pages hold %d entries", seen)
	}
	held := nobody.table("/lists/negative", "csv")
	if len(held) != 26 || strings.Join(held[0], "|") != "Data set|Name|Department|Why it is not shared|Law" {
		t.Fatalf("%d lines: %q", len(held), held[0])
	}
	var line []string
	for _, l := range held {
		if l[0] == string(d.ID) {
			line = l
		}
	}
	if line == nil || line[3] != "'=涉及商业秘密" || line[4] != "反不正当竞争法第九条" {
		t.Errorf("the line: %q", line)
	}
	if !strings.Contains(nobody.page("/search"), `href="/lists"`) {
		t.Error("nothing on the search leads to the lists")
	}
	if strings.Contains(body, `href="/demands"`) || !strings.Contains(w.signedIn("li@civil", "en").page("/lists"), `href="/demands"`) {
		t.Error("the demands are found by those who may read them, and only by them")
	}
	if p := nobody.get("/lists/negative?after=x"); p.status != http.StatusBadRequest {
		t.Errorf("a wrong after: %d", p.status)
	}
}
