package mandate_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/identity/token"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/ledgertest"
	"fontis/internal/vocab"
)

type world struct {
	*ledgertest.World
	*mandate.Service
}

func newWorld(t *testing.T) *world {
	w := ledgertest.New(t, "mandate")
	about := func(ctx context.Context, tx *db.Tx, p vocab.PersonRef, act string, fields map[string]string) error {
		_, err := w.Ledger.ActAbout(ctx, tx, p, act, fields)
		return err
	}
	return &world{w, mandate.NewService(mandate.Parts{DB: w.DB, Clock: w.Clock, Identity: w.Identity, Ledger: about})}
}

// given is person 1's mandate to person 2.
func (w *world) given(change func(*mandate.New)) (mandate.Mandate, error) {
	n := mandate.New{Agent: ledgertest.Key(2), Acts: []string{mandate.Contest}, Until: w.Clock.Now().Add(30 * 24 * time.Hour)}
	if change != nil {
		change(&n)
	}
	return w.Give(w.T.Context(), w.Person(1), n)
}

// enter signs person 2 in under the mandate.
func (w *world) enter(id string) (identity.Actor, token.Token) {
	w.T.Helper()
	in, err := w.Enter(w.T.Context(), w.Person(2), id)
	w.Must(err)
	a, err := w.Identity.Authenticate(w.T.Context(), in.Token)
	w.Must(err)
	return a, in.Token
}

func (w *world) acts(person int) []string {
	w.T.Helper()
	p, err := w.Ledger.Uses(w.T.Context(), ledger.UsesOf{Viewer: ledger.Viewer{Person: w.Person(person).Self}})
	w.Must(err)
	var out []string
	for _, u := range p.Uses {
		out = append(out, u.Act+" "+u.Mandate)
	}
	return out
}

func TestAnAgentActsWithinNamedActsAndThePersonSeesIt(t *testing.T) {
	w := newWorld(t)
	m, err := w.given(nil)
	w.Must(err)
	a, _ := w.enter(m.ID)
	if who, err := a.For(mandate.Contest); err != nil || who != w.Person(1).Self {
		t.Errorf("the named act: %v", err)
	}
	for _, act := range []string{mandate.View, mandate.Authorise, mandate.Apply, ""} {
		if _, err := a.For(act); !errors.Is(err, vocab.MandateOutside) {
			t.Errorf("the act %q: %v", act, err)
		}
	}
	if got := w.acts(1); !slices.Equal(got, []string{"mandate.entered " + m.ID, "mandate.given " + m.ID}) {
		t.Errorf("the principal's chain: %v", got)
	}
	if got := w.acts(2); len(got) != 0 {
		t.Errorf("the agent's chain: %v", got)
	}
	for person, want := range map[int]bool{1: true, 2: false} {
		list, err := w.Mine(t.Context(), w.Person(person))
		w.Must(err)
		if len(list) != 1 || list[0].Mine != want || list[0].ID != m.ID {
			t.Errorf("mandates of person %d: %+v", person, list)
		}
		notices, err := w.Identity.Notices(t.Context(), w.Person(person), identity.Page{})
		w.Must(err)
		if len(notices) != 1 || notices[0].Kind != "mandate-given" {
			t.Errorf("inbox of person %d: %+v", person, notices)
		}
	}
	if list, err := w.Mine(t.Context(), w.Person(3)); err != nil || len(list) != 0 {
		t.Errorf("a third person lists %v, %v", list, err)
	}
}

func TestTheViewIsNamedInPersonOnly(t *testing.T) {
	w := newWorld(t)
	view := func(n *mandate.New) { n.Acts = []string{mandate.Contest, mandate.View} }
	if _, err := w.given(view); !errors.Is(err, vocab.MandateOutside) {
		t.Errorf("from home: %v", err)
	}
	if _, err := w.given(func(n *mandate.New) { view(n); n.InPerson = true }); !errors.Is(err, vocab.MandateOutside) {
		t.Errorf("from home, saying otherwise: %v", err)
	}
	clerk := ledgertest.Officer("civil", vocab.Counter)
	n := mandate.New{
		Kind: mandate.Guardian, Principal: ledgertest.Key(1), Agent: ledgertest.Key(2), Acts: []string{mandate.View}, Until: w.Clock.Now().Add(time.Hour),
		Document: "guardianship", Reference: "G-12",
	}
	if _, err := w.Record(t.Context(), clerk, n); !errors.Is(err, vocab.MandateOutside) {
		t.Errorf("a guardian without the person: %v", err)
	}
	n.InPerson = true
	m, err := w.Record(t.Context(), clerk, n)
	w.Must(err)
	a, _ := w.enter(m.ID)
	if _, err := a.For(mandate.View); err != nil {
		t.Errorf("ticked in person: %v", err)
	}
	self := w.Person(1)
	self.InPerson = true
	if _, err := w.Give(t.Context(), self, mandate.New{Agent: ledgertest.Key(2), Acts: []string{mandate.View}, Until: w.Clock.Now().Add(time.Hour)}); err != nil {
		t.Errorf("the person at the counter's own screen: %v", err)
	}
}

func TestAWithdrawnMandateIsDeadAtOnce(t *testing.T) {
	w := newWorld(t)
	for name, end := range map[string]func(id string) error{
		"the person": func(id string) error { return w.Withdraw(t.Context(), w.Person(1), id) },
		"the agent":  func(id string) error { return w.Withdraw(t.Context(), w.Person(2), id) },
		"the counter": func(id string) error {
			return w.End(t.Context(), ledgertest.Officer("civil", vocab.Counter), id, mandate.GuardianshipOver, "D-1")
		},
		"a death": func(id string) error {
			n, err := w.Died(t.Context(), ledgertest.Officer("civil", vocab.Counter), ledgertest.Key(1), "D-2")
			if n != 1 {
				t.Errorf("%d mandates ended", n)
			}
			return err
		},
	} {
		m, err := w.given(nil)
		w.Must(err)
		_, token := w.enter(m.ID)
		w.Must(end(m.ID))
		if _, err := w.Identity.Authenticate(t.Context(), token); !errors.Is(err, vocab.SignInNeeded) {
			t.Errorf("%s: an open session lives: %v", name, err)
		}
		if _, err := w.Enter(t.Context(), w.Person(2), m.ID); vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("%s: a new session opens: %v", name, err)
		}
		if err := w.Withdraw(t.Context(), w.Person(1), m.ID); !errors.Is(err, vocab.StateWrong) {
			t.Errorf("%s: ended twice: %v", name, err)
		}
	}
}

func TestAMandateRunsOut(t *testing.T) {
	w := newWorld(t)
	m, err := w.given(func(n *mandate.New) { n.Until = w.Clock.Now().Add(10 * time.Minute) })
	w.Must(err)
	_, token := w.enter(m.ID)
	w.Clock.Advance(10 * time.Minute)
	if _, err := w.Identity.Authenticate(t.Context(), token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("a session outlives its mandate: %v", err)
	}
	if _, err := w.Enter(t.Context(), w.Person(2), m.ID); err == nil {
		t.Error("a mandate that ran out opens a session")
	}
}

func TestMandatesThatAreNone(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*mandate.New){
		"to oneself":         func(n *mandate.New) { n.Agent = ledgertest.Key(1) },
		"for another":        func(n *mandate.New) { n.Principal = ledgertest.Key(3) },
		"no acts":            func(n *mandate.New) { n.Acts = nil },
		"an unknown act":     func(n *mandate.New) { n.Acts = []string{"everything"} },
		"no end":             func(n *mandate.New) { n.Until = time.Time{} },
		"in the past":        func(n *mandate.New) { n.Until = w.Clock.Now() },
		"for ever":           func(n *mandate.New) { n.Until = w.Clock.Now().AddDate(9, 0, 0) },
		"a guardian by word": func(n *mandate.New) { n.Kind = mandate.Guardian },
		"an heir by word":    func(n *mandate.New) { n.Kind = mandate.Heir },
		"to a wrong number":  func(n *mandate.New) { n.Agent.Value = "1" },
	} {
		if _, err := w.given(change); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	clerk := ledgertest.Officer("civil", vocab.Counter)
	good := mandate.New{
		Kind: mandate.Relative, Principal: ledgertest.Key(1), Agent: ledgertest.Key(2), Acts: []string{mandate.Contest}, Until: w.Clock.Now().Add(time.Hour),
		Document: "power-of-attorney", Reference: "P-1",
	}
	for name, change := range map[string]func(*mandate.New) identity.Actor{
		"no document":            func(n *mandate.New) identity.Actor { n.Document = ""; return clerk },
		"no number of it":        func(n *mandate.New) identity.Actor { n.Reference = " "; return clerk },
		"a person's number":      func(n *mandate.New) identity.Actor { n.Reference = "11010519491231002X"; return clerk },
		"a firm without one":     func(n *mandate.New) identity.Actor { n.Kind = mandate.Representative; return clerk },
		"not a counter":          func(*mandate.New) identity.Actor { return ledgertest.Officer("civil", vocab.Steward) },
		"a machine at a counter": func(*mandate.New) identity.Actor { a := clerk; a.Machine = "m"; return a },
		"the agent":              func(*mandate.New) identity.Actor { return w.Person(2) },
	} {
		n := good
		if _, err := w.Record(t.Context(), change(&n), n); err == nil {
			t.Errorf("%s: recorded", name)
		}
	}
	if _, err := w.Record(t.Context(), clerk, good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestAFirmActsThroughItsRepresentative(t *testing.T) {
	w := newWorld(t)
	firm := vocab.SubjectKey{Kind: vocab.CreditCode, Value: "11100000000013338W"}
	m, err := w.Record(t.Context(), ledgertest.Officer("civil", vocab.Counter), mandate.New{
		Kind: mandate.Representative, Principal: firm, Agent: ledgertest.Key(2), Acts: []string{mandate.View}, Until: w.Clock.Now().Add(time.Hour),
		InPerson: true, Document: "business-licence", Reference: "L-1",
	})
	w.Must(err)
	a, _ := w.enter(m.ID)
	want, err := w.Identity.SelfActor(firm)
	w.Must(err)
	if who, err := a.For(mandate.View); err != nil || who != want.Self {
		t.Errorf("the firm's view: %v", err)
	}
}

func TestAForeignMandateIsAsOneThatIsNot(t *testing.T) {
	w := newWorld(t)
	m, err := w.given(nil)
	w.Must(err)
	other := ledgertest.Officer("tax", vocab.Counter)
	for verb, do := range map[string]func(id string) error{
		"withdraw, a third person": func(id string) error { return w.Withdraw(t.Context(), w.Person(3), id) },
		"withdraw, a counter":      func(id string) error { return w.Withdraw(t.Context(), other, id) },
		"enter, a third person":    func(id string) error { _, err := w.Enter(t.Context(), w.Person(3), id); return err },
		"enter, the principal":     func(id string) error { _, err := w.Enter(t.Context(), w.Person(1), id); return err },
	} {
		foreign, missing := do(m.ID), do("md-none")
		if foreign == nil || missing == nil || foreign.Error() != missing.Error() {
			t.Errorf("%s: %v, and %v of one that is not", verb, foreign, missing)
		}
	}
	under, _ := w.enter(m.ID)
	for verb, do := range map[string]func() error{
		"give":  func() error { _, err := w.Give(t.Context(), under, mandate.New{}); return err },
		"list":  func() error { _, err := w.Mine(t.Context(), under); return err },
		"enter": func() error { _, err := w.Enter(t.Context(), under, m.ID); return err },
	} {
		if do() == nil {
			t.Errorf("who acts under a mandate can %s", verb)
		}
	}
}
