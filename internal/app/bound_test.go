package app_test

import (
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/holding"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/vocab"
)

// A register that nothing asked for the rule's time and that an item was bound to
// since stays, however shortly before the round that was; one that is gone stays
// gone until it is loaded again.
func TestARegisterThatIsBoundAgainIsNotDestroyed(t *testing.T) {
	now := clock.NewFake(time.Now())
	w := apptest.Fill(t, apptest.Open(t, apptest.Config(t), app.Options{Clock: now}), 5, vocab.Compare)
	bureau := apptest.Officer("bureau", vocab.Authority)
	bureau.OfNode = true
	must(t, w.Records.Retention.PutRule(t.Context(), bureau, retention.Rule{Dataset: retention.Any, Kind: "register", Days: 90, Citation: "Invented Act art. 3"}))
	for _, id := range []vocab.SourceID{"bound", "idle"} {
		_, err := w.Door.Load(t.Context(), w.Steward, access.Register{
			ID: id, Dated: now.Now(), Columns: []string{"number", "born"}, KeyKind: vocab.CitizenNumber,
			Rows: func(yield func([]string, error) bool) {
				number, born := apptest.Citizen(1)
				yield([]string{number, born}, nil)
			},
		})
		must(t, err)
	}
	must(t, w.Tidy(t.Context())) // notes that nothing asks them
	now.Set(now.Now().AddDate(0, 0, 91))
	_, err := w.Door.Bind(t.Context(), w.Steward, access.Binding{
		Item: apptest.Born, Owner: apptest.Civil, Source: "bound", Column: "born", Subject: "number",
		KeyKind: vocab.CitizenNumber, Compare: "date", About: vocab.NaturalPerson,
	})
	must(t, err)
	_, err = w.Records.Retention.Due(t.Context())
	must(t, err)
	for id, gone := range map[vocab.SourceID]bool{"bound": false, "idle": true} {
		c, err := w.Door.Source(t.Context(), w.Steward, id)
		if err != nil || gone != (c.State == holding.Destroyed) {
			t.Errorf("the register %s is %s, %v", id, c.State, err)
		}
	}
	if c, err := w.Door.CheckSource(t.Context(), w.Steward, "idle"); vocab.CodeOf(err) != vocab.SourceUnknown || c.State != holding.Destroyed {
		t.Errorf("a look at what was destroyed: %s, %v", c.State, err)
	}
	if c, err := w.Door.Source(t.Context(), w.Steward, "idle"); err != nil || c.State != holding.Destroyed {
		t.Errorf("after the look it is %s, %v", c.State, err)
	}
}
