package law_test

import (
	"net/http"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/quality"
	"fontis/internal/edge/api"
	"fontis/internal/edge/api/law"
	"fontis/internal/edge/client"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// world is a whole node behind its faces, with people who are signed in.
type world struct {
	t     *testing.T
	node  *app.App
	face  http.Handler
	token map[string]string
	born  vocab.ItemID
	first identity.Actor
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, nil)
}

// newWorldWith is a node whose operator opened hosts for webhooks.
func newWorldWith(t *testing.T, hosts map[string][]string) *world {
	t.Helper()
	cfg := apptest.Config(t)
	cfg.WebhookHosts = hosts
	w := &world{t: t, node: apptest.Open(t, cfg, app.Options{}), token: map[string]string{}}
	ctx := t.Context()
	inv, err := w.node.Identity.InitNode(ctx, identity.Init{
		Name: "node.test", Instance: "TEST", Jurisdiction: "990000",
		Authority: identity.NewMember{ID: "bureau", Name: identity.Name{En: "Bureau", Zh: "数据局"}, Kind: identity.KindAuthority, Region: "990000"},
		Officer:   identity.NewOfficer{Login: "chief", Name: "Chief"},
	})
	w.must(err)
	w.first = w.accept("chief", inv)
	for _, m := range []vocab.MemberID{"civil", "tax"} {
		_, err := w.node.Identity.AddMember(ctx, w.first, identity.NewMember{ID: m, Name: identity.Name{En: string(m), Zh: "部门"}, Kind: identity.KindDepartment, Region: "990000"})
		w.must(err)
	}
	w.add("civil", "li", vocab.Steward)
	w.add("civil", "he", vocab.Steward)
	w.add("tax", "zhao", vocab.DataUser, vocab.Steward)
	number, _ := apptest.Citizen(3)
	_, self, err := w.node.Identity.IssueDemoSelf(ctx, vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
	w.must(err)
	w.token["me"] = self.Reveal()
	steward := apptest.Officer("civil", vocab.Steward)
	made, err := w.node.Catalog.Create(ctx, steward, entry.Dataset{
		Name: entry.Text{ZH: "居民"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.NaturalPerson, Origin: vocab.Government,
		LegalBasis: []entry.Cite{{Law: "个人信息保护法", Article: "34"}}, Purposes: []string{"pension"}, Level: 3, ImpactRef: "pia-1",
		Items: []entry.Item{{Code: "born", Name: entry.Text{ZH: "出生日期"}, Compare: vocab.CompareDate}},
	})
	w.must(err)
	set, err := apptest.Publish(ctx, w.node, steward, made.ID, made.Rev)
	w.must(err)
	w.born = set.ItemID("born")
	w.face, err = w.node.Face("test")
	w.must(err)
	return w
}

func (w *world) add(m vocab.MemberID, login string, roles ...vocab.Role) {
	w.t.Helper()
	inv, err := w.node.Identity.AddOfficer(w.t.Context(), w.first, identity.NewOfficer{Member: m, Login: login, Name: login, Roles: roles})
	w.must(err)
	w.accept(login, inv)
}

func (w *world) accept(name string, inv identity.Invitation) identity.Actor {
	w.t.Helper()
	in, err := w.node.Identity.AcceptInvitation(w.t.Context(), inv.Code, "correct horse battery 7", identity.From{})
	w.must(err)
	w.token[name] = in.Token.Reveal()
	return in.Actor
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// do calls the interface as somebody; want is the code of the failure, or empty.
func (w *world) do(who, method, path string, in, out any, want vocab.Code) string {
	w.t.Helper()
	err := client.Over(w.face, w.token[who]).Do(w.t.Context(), method, path, in, out)
	switch {
	case want == "" && err != nil:
		w.t.Fatalf("%s %s as %s: %v", method, path, who, err)
	case want != "" && vocab.CodeOf(err) != want:
		w.t.Errorf("%s %s as %s: %v, want %s", method, path, who, err, want)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func subject(i int) vocab.SubjectKey {
	number, _ := apptest.Citizen(i)
	return vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}
}

func TestAContestGoesItsWayOverTheInterface(t *testing.T) {
	w := newWorld(t)
	var c quality.Contest
	w.do("", "POST", "/v1/contests", quality.Raise{Item: w.born, Subject: subject(3), Fault: quality.Wrong}, nil, vocab.SignInNeeded)
	w.do("me", "POST", "/v1/contests", quality.Raise{Item: w.born, Subject: subject(4), Fault: quality.Wrong}, nil, vocab.RoleMissing)
	w.do("me", "POST", "/v1/contests", quality.Raise{Item: w.born, Subject: subject(3), Fault: quality.Wrong, Claimed: "1950-01-01"}, &c, "")
	path := "/v1/contests/" + string(c.ID)
	if c.Number != 0 || c.ID == "" || c.State != quality.StateRaised {
		t.Fatalf("raised: %+v", c)
	}
	w.do("li", "POST", path+"/accept", quality.Word{}, nil, vocab.NoSuchThing)
	w.do("chief", "POST", path+"/accept", quality.Word{}, &c, "")
	w.do("chief", "POST", path+"/route", quality.Word{}, &c, "")
	w.do("li", "POST", path+"/take", quality.Word{}, &c, "")
	var said quality.Said
	w.do("li", "POST", path+"/open", struct{}{}, &said, "")
	if said.Claimed != "1950-01-01" || said.Subject != subject(3) {
		t.Error("the source does not learn what is contested")
	}
	w.do("li", "POST", path+"/find", quality.Finding{As: quality.StateUpheld, Word: quality.Word{Evidence: "K-1"}}, nil, vocab.ReasonNeeded)
	w.do("li", "POST", path+"/find", quality.Finding{As: quality.StateUpheld, Word: quality.Word{Reason: "the record agrees", Citation: "art. 7", Evidence: "K-1"}}, &c, "")
	if c.State != quality.StateClosed {
		t.Fatalf("found: %+v", c)
	}
	var view law.ContestView
	w.do("me", "GET", path, nil, &view, "")
	if len(view.Clocks) == 0 || view.Clocks[0].Rule.Citation == "" {
		t.Errorf("clocks: %+v", view.Clocks)
	}
	var page api.Page[quality.Contest]
	w.do("me", "GET", "/v1/contests", nil, &page, "")
	if len(page.Items) != 1 {
		t.Errorf("the person's list: %+v", page)
	}
	var history law.ContestHistory
	w.do("me", "GET", path+"/history", nil, &history, "")
	if len(history.Items) != 6 {
		t.Errorf("history: %+v", history.Items)
	}
	// What is not yours answers as what does not exist, over every path.
	none := "/v1/contests/q-0000000000000000"
	for _, call := range [][2]string{{"GET", ""}, {"GET", "/history"}, {"GET", "/corrections"}, {"POST", "/open"}, {"POST", "/accept"}, {"POST", "/find"}, {"POST", "/decide"}, {"POST", "/review"}} {
		var in any
		if call[0] == "POST" {
			in = map[string]any{}
			if call[1] == "/find" {
				in = quality.Finding{As: quality.StateUpheld}
			}
			if call[1] == "/decide" {
				in = law.ReviewDecision{}
			}
		}
		a, b := w.do("zhao", call[0], path+call[1], in, nil, vocab.NoSuchThing), w.do("zhao", call[0], none+call[1], in, nil, vocab.NoSuchThing)
		if cut(a) != cut(b) {
			t.Errorf("%s %s: %q and %q", call[0], call[1], a, b)
		}
	}
}

// cut takes the trace off.
func cut(s string) string {
	s, _, _ = strings.Cut(s, "trace")
	return s
}

// TestAbuseAStatusChangedByOneHand is the case of the depositors' health codes:
// one officer tries everything that the interface has.
func TestAbuseAStatusChangedByOneHand(t *testing.T) {
	w := newWorld(t)
	n := quality.NewStatusAct{Item: w.born, Subject: subject(3), Value: "red", Evidence: "doc-1", Law: "传染病防治法", Article: "41", Reason: "a contact"}
	lacks := n
	lacks.Evidence = ""
	w.do("li", "POST", "/v1/status-acts", lacks, nil, vocab.FieldMissing)
	w.do("zhao", "POST", "/v1/status-acts", n, nil, vocab.NoSuchThing)
	var act quality.StatusAct
	w.do("li", "POST", "/v1/status-acts", n, &act, "")
	path := "/v1/status-acts/" + act.ID
	w.do("li", "POST", path+"/confirm", struct{}{}, nil, vocab.SecondNeeded)
	w.do("chief", "POST", path+"/confirm", struct{}{}, nil, vocab.NoSuchThing)
	w.do("zhao", "POST", path+"/confirm", struct{}{}, nil, vocab.NoSuchThing)
	w.do("me", "GET", path, nil, nil, vocab.NoSuchThing)
	w.do("he", "POST", path+"/confirm", struct{}{}, &act, "")
	w.do("he", "POST", path+"/confirm", struct{}{}, nil, vocab.StateWrong)
	act = quality.StatusAct{}
	w.do("me", "GET", path, nil, &act, "")
	if act.Proposer != "" || act.Contest == "" {
		t.Errorf("the person sees %+v", act)
	}
	var c quality.Contest
	w.do("me", "POST", "/v1/contests", quality.Raise{Item: w.born, Subject: subject(3), Fault: quality.Wrong, StatusAct: act.ID}, &c, "")
}
