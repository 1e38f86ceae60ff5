package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/password"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

const tiny = 200

func load(t *testing.T, a *app.App) Summary {
	t.Helper()
	var early Summary
	s, err := Load(t.Context(), a, Options{Seed: 1, Residents: tiny, Ready: func(s Summary) { early = s }})
	if err != nil {
		t.Fatal(err)
	}
	if len(early.Accounts) != len(s.Accounts) || len(early.Residents) != len(s.Residents) {
		t.Error("the early summary lacks accounts or residents")
	}
	return s
}

func signIn(t *testing.T, a *app.App, id vocab.OfficerID) identity.Actor {
	t.Helper()
	in, err := a.Identity.SignIn(t.Context(), string(id), password.Password(Password), identity.From{})
	if err != nil {
		t.Fatalf("%s cannot sign in: %v", id, err)
	}
	return in.Actor
}

// compare asks the tax office's grant about a resident's birth date.
func compare(t *testing.T, a *app.App, number, born string) access.ItemAnswer {
	t.Helper()
	user := signIn(t, a, holder(Tax, vocab.DataUser).id())
	grants, err := a.Door.Grants(t.Context(), user, false, "", 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range grants {
		if g.Question != vocab.Compare {
			continue
		}
		item := vocab.ItemID(string(g.Dataset) + "/born")
		got, err := a.Door.Ask(t.Context(), user, access.Call{
			Grant: g.ID, Question: g.Question, Purpose: g.Purpose, Case: "GS-20260001",
			Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Values: map[vocab.ItemID]string{item: born},
		})
		if err != nil {
			t.Fatal(err)
		}
		return got.Answers[item]
	}
	t.Fatal("the tax office has no grant to compare")
	return access.ItemAnswer{}
}

func TestALoadedWorld(t *testing.T) {
	a := apptest.Open(t, apptest.Config(t), app.Options{})
	s := load(t, a)
	t.Run("shows every state of a request", func(t *testing.T) { showsEveryState(t, a) })
	t.Run("anybody reads the divisions and nobody the residents", func(t *testing.T) { readsOpenly(t, a) })
	t.Run("an officer compares and the resident finds it", func(t *testing.T) { residentFinds(t, a, s) })
	t.Run("every officer of the summary signs in", func(t *testing.T) { everyOneSignsIn(t, a, s) })
}

func residentFinds(t *testing.T, a *app.App, s Summary) {
	own := s.Residents[0]
	born := own.Number[6:10] + "-" + own.Number[10:12] + "-" + own.Number[12:14]
	self, err := a.Identity.Authenticate(t.Context(), own.Token)
	if err != nil {
		t.Fatal(err)
	}
	before, err := a.Door.Mine(t.Context(), self, 0, 50)
	if err != nil || len(before) < 2 {
		t.Fatalf("the resident's view holds %d accesses: %v", len(before), err)
	}
	if got := compare(t, a, own.Number, born); got.Answer != vocab.Match {
		t.Errorf("the right birth date: %+v", got)
	}
	if got := compare(t, a, own.Number, "2001-02-03"); got.Answer != vocab.Mismatch {
		t.Errorf("a wrong birth date: %+v", got)
	}
	after, err := a.Door.Mine(t.Context(), self, 0, 50)
	if err != nil || len(after) != len(before)+2 || after[0].Member != Tax {
		t.Errorf("%d accesses before, %d after: %v", len(before), len(after), err)
	}
}

func readsOpenly(t *testing.T, a *app.App) {
	civil := signIn(t, a, holder(Civil, vocab.Steward).id())
	all, err := a.Catalog.List(t.Context(), civil, catalog.ListQuery{Page: catalog.Page{Limit: 100}, Owner: Civil})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		got, err := a.Door.Rows(t.Context(), access.OpenCall{Dataset: d.ID, Limit: 5})
		open := d.Open == entry.UnconditionalOpen && d.State == entry.StatePublished
		if open && (err != nil || len(got.Rows) != 5 || got.Next == "") || !open && vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("%s, %s: %d rows, %v", d.Code, d.Open, len(got.Rows), err)
		}
		if !open {
			continue
		}
		shut, err := a.Catalog.Suspend(t.Context(), civil, d.ID, d.Rev, "under revision")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Door.Rows(t.Context(), access.OpenCall{Dataset: d.ID}); vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("%s is suspended and still read: %v", d.Code, err)
		}
		if _, err := a.Catalog.Resume(t.Context(), civil, d.ID, shut.Rev); err != nil {
			t.Fatal(err)
		}
	}
}

func everyOneSignsIn(t *testing.T, a *app.App, s Summary) {
	if len(s.Accounts) != len(clerks) || len(s.Next) != 3 || len(s.Residents) != manyVisitors || len(s.Counts) == 0 {
		t.Errorf("the summary: %d accounts, %d commands, %d residents", len(s.Accounts), len(s.Next), len(s.Residents))
	}
	for _, acc := range s.Accounts {
		actor := signIn(t, a, acc.Officer)
		for _, r := range acc.Roles {
			if !actor.Has(r) {
				t.Errorf("%s does not hold %s", acc.Officer, r)
			}
		}
	}
}

func showsEveryState(t *testing.T, a *app.App) {
	states := map[share.State]int{}
	for _, o := range offices {
		user := holder(o.id, vocab.DataUser)
		if user.login == "" {
			continue
		}
		all, err := a.Share.List(t.Context(), signIn(t, a, user.id()), share.ListQuery{Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			states[r.State]++
		}
	}
	if states[share.StateAgreed] != 4 || states[share.StateInPart] != 1 || states[share.StateRefused] != 1 || states[share.StateSubmitted] != 1 {
		t.Errorf("requests by state: %v", states)
	}
	auditor := signIn(t, a, holder(Audit, vocab.Auditor).id())
	sets, err := a.Catalog.List(t.Context(), auditor, catalog.ListQuery{Page: catalog.Page{Limit: 100}})
	if err != nil || len(sets) != 9 {
		t.Fatalf("everyone sees %d data sets, want 9: %v", len(sets), err)
	}
	for _, d := range sets {
		if d.Name.ZH == "" || d.Name.EN == "" || d.Abstract.ZH == "" || d.Abstract.EN == "" || d.State != entry.StatePublished || len(d.Items) < 4 {
			t.Errorf("entry %s is not whole", d.Code)
		}
		for _, it := range d.Items {
			if it.Name.ZH == "" || it.Name.EN == "" {
				t.Errorf("item %s of %s lacks a name", it.Code, d.Code)
			}
		}
	}
	taxman := signIn(t, a, holder(Tax, vocab.DataUser).id())
	list, err := a.Door.Accesses(t.Context(), taxman, ledger.Filter{AsCaller: true})
	refused := 0
	for _, l := range list {
		if l.State == string(vocab.Refused) {
			refused++
		}
	}
	if err != nil || len(list) < 10 || refused != 1 {
		t.Errorf("the tax office's ledger: %d accesses, %d refused, %v", len(list), refused, err)
	}
}

func TestASecondLoadChangesNothing(t *testing.T) {
	cfg := apptest.Config(t)
	a := apptest.Open(t, cfg, app.Options{})
	load(t, a)
	size, before := settled(t, cfg, a), folderHash(t, a)
	a, err := app.Open(t.Context(), cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := load(t, a)
	if again := settled(t, cfg, a); again != size {
		t.Errorf("the log grew from %d to %d", size, again)
	}
	for name, hash := range folderHash(t, a) {
		if before[name] != hash {
			t.Errorf("%s has changed", name)
		}
	}
	if len(s.Accounts) == 0 || s.Residents[0].Token != "" {
		t.Error("the second summary lacks the accounts, or has given permits")
	}
	if a, err = app.Open(t.Context(), cfg, app.Options{}); err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	fresh, err := Permits(t.Context(), a, s)
	if err != nil || fresh[0].Token == "" {
		t.Errorf("no fresh permits: %v", err)
	}
	_, err = Load(t.Context(), a, Options{Seed: 2, Residents: tiny})
	if vocab.CodeOf(err) != vocab.AlreadyExists {
		t.Errorf("another world was loaded over this one: %v", err)
	}
}

// settled closes the node, which finishes what was under way, and gives the size
// of its log.
func settled(t *testing.T, cfg app.Config, a *app.App) uint64 {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	size, err := a.Log.Size(t.Context())
	if err := errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
	return size
}

func folderHash(t *testing.T, a *app.App) map[string]string {
	t.Helper()
	folder := filepath.Join(a.Config.Dir, "demo-sources")
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range files {
		out[f.Name()] = hashOf(t, filepath.Join(folder, f.Name()))
	}
	return out
}

func TestAStoppedLoadGoesOnWhereItStood(t *testing.T) {
	whole := apptest.Open(t, apptest.Config(t), app.Options{})
	load(t, whole)
	want := folderHash(t, whole)

	cfg := apptest.Config(t)
	node := apptest.Open(t, cfg, app.Options{})
	for _, stop := range []string{"officers", "databases", "sources", "catalog", "bindings", "requests", "history", "batch", "divisions 2023"} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Load(ctx, node, Options{Seed: 1, Residents: tiny, Progress: func(step string, _, _ int64) {
			if step == stop {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at %s: %v", stop, err)
		}
		if err := node.Close(); err != nil {
			t.Fatal(err)
		}
		if node, err = app.Open(t.Context(), cfg, app.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	s := load(t, node)
	defer node.Close()
	got := folderHash(t, node)
	for _, o := range []vocab.MemberID{Civil, Security, Market, Education, Tax} {
		if name := string(o) + ".db"; got[name] != want[name] || want[name] == "" {
			t.Errorf("%s differs from that of an unbroken load", name)
		}
	}
	born := s.Residents[0].Number[6:14]
	if got := compare(t, node, s.Residents[0].Number, born); got.Answer != vocab.Match {
		t.Errorf("after all stops: %+v", got)
	}
}

func TestOnlyADemoNodeIsLoaded(t *testing.T) {
	cfg := apptest.Config(t)
	cfg.Demo = false
	a := apptest.Open(t, cfg, app.Options{})
	_, err := Load(t.Context(), a, Options{Residents: tiny})
	if vocab.CodeOf(err) != vocab.NotOffered {
		t.Fatalf("a node that is no demo was loaded: %v", err)
	}
	if _, err := os.Stat(filepath.Join(cfg.Dir, "demo-sources")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("and something was written: %v", err)
	}
}

func TestANodeOfOthersIsNotLoaded(t *testing.T) {
	a := apptest.Open(t, apptest.Config(t), app.Options{})
	_, err := a.Identity.InitNode(t.Context(), identity.Init{
		Name: "node", Jurisdiction: "310000", Authority: identity.NewMember{ID: "bureau-310000", Name: identity.Name{En: "Bureau"}},
		Officer: identity.NewOfficer{Login: "someone", Name: "Someone"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Load(t.Context(), a, Options{Residents: tiny}); vocab.CodeOf(err) != vocab.StateWrong {
		t.Errorf("the demo moved into another's node: %v", err)
	}
}

func TestALostFirstInvitationIsNoDeadEnd(t *testing.T) {
	a := apptest.Open(t, apptest.Config(t), app.Options{})
	_, err := a.Identity.InitNode(t.Context(), identity.Init{
		Name: a.Config.Name, Instance: "DEMO", Jurisdiction: "990000", Authority: offices[0].member("990000"), Officer: clerks[0].officer(),
	})
	if err != nil {
		t.Fatal(err)
	}
	load(t, a) // whose code nobody kept
	signIn(t, a, clerks[0].id())
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		a := apptest.Open(b, apptest.Config(b), app.Options{})
		if _, err := Load(b.Context(), a, Options{Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

// Who declares an emergency does not review it: each body whose officers may declare
// one for the demo's grants has another officer who may review it.
func TestAnEmergencyOfTheTaxOfficeFindsAReviewer(t *testing.T) {
	if second(Tax, vocab.DataUser).login == "" {
		t.Error("only one officer of the tax office may declare an emergency, and nobody else may review it")
	}
}
