package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// TestASecondOfficerReadsManyDraftsAtOnePage: all that the word is about stands
// there, what is ticked is said, and the other officer publishes it.
func TestASecondOfficerReadsManyDraftsAtOnePage(t *testing.T) {
	w := newWorld(t)
	w.grant()
	author := identity.Actor{Member: apptest.Civil, Officer: "o-author", Roles: []vocab.Role{vocab.Steward}}
	for _, name := range []string{"婚姻登记名录", "收养登记名录"} {
		_, err := w.Catalog.Create(t.Context(), author, entry.Dataset{
			Name: entry.Text{ZH: name}, Abstract: entry.Text{ZH: name + "的摘要"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.NaturalPerson,
			Origin: vocab.Government, LegalBasis: []entry.Cite{{Law: "民法典"}}, Purposes: []string{"pension"}, Level: 2, ImpactRef: "pia-1",
			Items: []entry.Item{{Code: "state", Name: entry.Text{ZH: "登记状态"}, Type: entry.TypeText}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	steward := w.signedIn("li@civil", "zh-CN")
	if !strings.Contains(steward.page("/todo"), `href="/todo/secrecy"`) {
		t.Error("nothing leads there")
	}
	body := steward.page("/todo/secrecy")
	for _, want := range []string{"婚姻登记名录", "收养登记名录的摘要", "登记状态", "自然人"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	var ticks []string
	for _, part := range strings.Split(body, `value="d-`)[1:] {
		said, _, _ := strings.Cut(part, `"`)
		ticks = append(ticks, "d-"+said)
	}
	if len(ticks) != 2 {
		t.Fatalf("to be ticked: %q", ticks)
	}
	if p := steward.post("/todo/secrecy", "/todo/secrecy", url.Values{"basis": {"x"}}); p.status != http.StatusUnprocessableEntity && p.status != http.StatusBadRequest {
		t.Errorf("nothing is ticked: %d", p.status)
	}
	steward.must(steward.post("/todo/secrecy", "/todo/secrecy", url.Values{"basis": {"保守国家秘密法第十三条"}, "entry": ticks}))
	if strings.Contains(steward.page("/todo/secrecy"), "婚姻登记名录") {
		t.Error("what was read is to be read again")
	}
}
