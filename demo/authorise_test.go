package demo

import (
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/vocab"
)

// A resident of the demo may let its bank ask, and take the word back; the bank is
// one of those who may sign in.
func TestAResidentOfTheDemoAuthorisesItsBankAndWithdraws(t *testing.T) {
	a := apptest.Open(t, apptest.Config(t), app.Options{})
	s := load(t, a)
	resident, err := a.Identity.SelfActor(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: s.Residents[0].Number})
	if err != nil {
		t.Fatal(err)
	}
	offers, err := a.Authorisation.Offers(t.Context(), resident, "", 10)
	if err != nil || len(offers) != 1 || offers[0].Service == "" {
		t.Fatalf("a resident is asked for %d words: %v", len(offers), err)
	}
	o := offers[0]
	given := authorisation.Given{Until: a.Clock.Now().Add(30 * 24 * time.Hour), Shown: o.Shown}
	for _, i := range o.Items {
		given.Items = append(given.Items, i.ID)
	}
	w, err := a.Authorisation.Give(t.Context(), resident, o.Registration, given)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Authorisation.Withdraw(t.Context(), resident, w.ID); err != nil {
		t.Fatal(err)
	}
	signIn(t, a, holder(Bank, vocab.DataUser).id())
}
