package web_test

import (
	"net/url"
	"strings"
	"testing"

	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// takes sends the form of a step that the page of the request offers.
func (v *visitor) takes(request, act string, said url.Values) {
	v.w.t.Helper()
	if page := v.page(request); !strings.Contains(page, `action="`+request+"/take/"+act+`"`) {
		v.w.t.Fatalf("the page offers no %s: %s", act, page)
	}
	v.must(v.post(request, request+"/take/"+act, said))
}

// TestARequestGoesRoundTheHouseOnPages: it is passed on to the source, disowned,
// assigned, refused, disputed up to the superior, agreed to, delivered, reviewed, ended
// and certified, each by the form that its page offers to whose turn it is, and each
// side reads the page on the way in both languages.
func TestARequestGoesRoundTheHouseOnPages(t *testing.T) {
	w := newWorld(t)
	for m, kind := range map[vocab.MemberID]identity.MemberKind{"city": identity.KindAuthority, "town": identity.KindDepartment} {
		if _, err := w.Identity.AddMember(t.Context(), mustActor(t, w), identity.NewMember{ID: m, Name: identity.Name{En: "Body " + string(m), Zh: "部门"}, Kind: kind, Region: "990100"}); err != nil {
			t.Fatal(err)
		}
	}
	w.officer("city", "ma", vocab.Authority)
	w.officer("town", "li", vocab.Steward)
	civil, other, user := w.signedIn("li@civil", "en"), w.signedIn("li@other", "en"), w.signedIn("li@tax", "en")
	town, city, chief := w.signedIn("li@town", "zh-CN"), w.signedIn("ma@city", "zh-CN"), w.signedIn("chief@bureau", "en")
	set, theirs, towns := newEntry(t, w, civil), newEntryOf(t, w, other, "other"), newEntryOf(t, w, town, "town")
	request := user.draft(set)
	user.must(user.post(request, request+"/submit", nil))
	read := func(want string, by ...*visitor) {
		t.Helper()
		for _, v := range by {
			page := v.page(request)
			checkPage(t, v.lang, request, page)
			if !strings.Contains(page, want) {
				t.Errorf("%s does not read %q", v.lang, want)
			}
		}
	}
	because := func(said string) url.Values { return url.Values{"reason": {said}, "citation": {"art. 9"}} }
	passed := because("their register has it")
	passed.Set("dataset", theirs)
	civil.takes(request, "reroute", passed)
	read("their register has it", other, user)
	other.takes(request, "disown", because("we keep a copy only"))
	read("we keep a copy only", user, chief)
	assigned := because("the town keeps the original")
	assigned.Set("dataset", towns)
	chief.takes(request, "assign", assigned)
	read("the town keeps the original", town, user)
	town.must(town.post(request, request, url.Values{"word": {"refuse"}, "sure": {"yes"}, "reason": {"no ground"}, "citation": {"art. 9"}}))
	user.takes(request, "dispute", because("the law says so"))
	user.takes(request, "escalate", because("no agreement"))
	city.takes(request, "uphold", because("the ground is too wide"))
	read("the ground is too wide", town, user)
	user.takes(request, "appeal", because("another region gives it"))
	if strings.Contains(city.page(request), request+"/take/order") {
		t.Error("who has ruled is offered the superior's ruling")
	}
	chief.takes(request, "order", because("the statute names the item"))
	read("the statute names the item", town, user, chief)
	town.must(town.post(request, request, url.Values{"word": {"agree"}, "sure": {"yes"}, "items": {towns + "/born"}}))
	town.takes(request, "deliver", nil)
	town.takes(request, "review", because("still needed"))
	read("still needed", town, user)
	_, grant, _ := strings.Cut(user.page(request), `href="/grants/`)
	grant, _, _ = strings.Cut(grant, `"`)
	user.must(user.post("/grants/"+grant, "/grants/"+grant+"/end", url.Values{"reason": {"the project is over"}}))
	user.must(user.post(request, request+"/certify", url.Values{"method": {"overwritten"}, "what": {"the cache at the counter"}, "on": {"2026-11-01"}}))
	read("overwritten", town, user)
}
