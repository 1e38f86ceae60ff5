package authorisation_test

import (
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/vocab"
)

// under signs person 9 in as who acts for person i.
func (w *world) under(i int, acts ...string) identity.Actor {
	w.t.Helper()
	number, _ := apptest.Citizen(9)
	m, err := w.node.Records.Mandates.Give(w.t.Context(), w.person(i), mandate.New{
		Agent: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Acts: acts, Until: w.clock.Now().AddDate(0, 1, 0),
	})
	w.must(err)
	in, err := w.node.Records.Mandates.Enter(w.t.Context(), w.person(9), m.ID)
	w.must(err)
	return in.Actor
}

// An agent authorises and takes back within the acts that the person named, for
// the person and for nobody else; each is in the person's chain under the mandate.
func TestAnAgentAuthorisesWithinTheNamedActs(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	r := w.approved()
	gives, takes := w.under(3, mandate.Authorise), w.under(3, mandate.Withdraw)
	for name, do := range map[string]func() error{
		"give with contest": func() error {
			_, err := w.Give(ctx, w.under(3, mandate.Contest), r.ID, authorisation.Given{})
			return err
		},
		"give with withdraw": func() error { _, err := w.Give(ctx, takes, r.ID, authorisation.Given{}); return err },
		"offers":             func() error { _, err := w.Offers(ctx, takes, "", 10); return err },
		"list with give":     func() error { _, err := w.Mine(ctx, gives, "", 10); return err },
		"view with apply":    func() error { _, err := w.Show(ctx, w.under(3, mandate.Apply), r.ID); return err },
	} {
		if err := do(); vocab.CodeOf(err) != vocab.MandateOutside {
			t.Errorf("%s: %v", name, err)
		}
	}
	o, err := w.Show(ctx, gives, r.ID)
	w.must(err)
	word, err := w.Give(ctx, gives, r.ID, authorisation.Given{Shown: o.Shown})
	w.must(err)
	if mine, err := w.Mine(ctx, w.person(3), "", 10); err != nil || len(mine) != 1 || mine[0].ID != word.ID {
		t.Errorf("the person's words: %+v %v", mine, err)
	}
	if mine, err := w.Mine(ctx, w.person(9), "", 10); err != nil || len(mine) != 0 {
		t.Errorf("the agent's own words: %+v %v", mine, err)
	}
	w.must(w.ask(r, 3, "born"))
	w.wants(w.ask(r, 9, "born"), vocab.NotAuthorised)
	_, err = w.Withdraw(ctx, gives, word.ID)
	w.wants(err, vocab.MandateOutside)
	_, err = w.Withdraw(ctx, w.under(4, mandate.Withdraw), word.ID)
	w.wants(err, vocab.NoSuchThing)
	_, err = w.Withdraw(ctx, takes, word.ID)
	w.must(err)
	w.wants(w.ask(r, 3, "born"), vocab.NotAuthorised)

	seen := map[string]string{}
	chain, err := w.node.Ledger.OfPerson(ctx, w.person(3).Self, 0, 50)
	w.must(err)
	for _, e := range chain {
		seen[e.Act] = e.Mandate
	}
	if seen["authorisation.give"] != gives.Mandate || seen["authorisation.withdraw"] != takes.Mandate {
		t.Errorf("the person's chain: %v", seen)
	}
	w.must(w.node.Records.Mandates.Withdraw(ctx, w.person(3), gives.Mandate))
}
