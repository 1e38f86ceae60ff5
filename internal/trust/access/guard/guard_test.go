package guard_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/guard"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

type world struct {
	*guard.Guard
	t     *testing.T
	db    *db.DB
	grant *grant.Grant
	told  int
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, db: dbtest.Open(t, "identity", "ledger", "access"), grant: &grant.Grant{ID: "g-1", Provider: "civil", To: "tax"}}
	store, err := keys.Open(filepath.Join(t.TempDir(), "keys"), keys.Options{New: true, Clock: clock.NewFake(noon)})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Ensure(keys.Audit); err != nil {
		t.Fatal(err)
	}
	w.Guard = guard.New(store, func(context.Context, *db.Tx, identity.Notice) error {
		w.told++
		return nil
	})
	return w
}

func (w *world) call(person byte, value string, at time.Time) *guard.Ticket {
	return &guard.Ticket{
		Asker: guard.Asker{Grant: w.grant, Member: "tax", Now: at}, Case: "P-1",
		Guess: guard.Guess{Person: vocab.PersonRef{person}, Values: w.Values(map[vocab.ItemID][]byte{"d/born": []byte(value)})},
	}
}

// pass gives the codes of a group's calls, empty for one that passed.
func (w *world) pass(calls ...*guard.Ticket) []vocab.Code {
	w.t.Helper()
	tickets := make([]any, len(calls))
	for i, c := range calls {
		tickets[i] = c
	}
	codes := make([]vocab.Code, len(calls))
	err := w.db.Write(w.t.Context(), func(tx *db.Tx) error {
		refusals, err := w.Pass(w.t.Context(), tx, tickets)
		for i, r := range refusals {
			if r != nil {
				codes[i] = vocab.CodeOf(r)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return codes
}

func (w *world) want(got []vocab.Code, want ...vocab.Code) {
	w.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("got %q, want %q", got, want)
	}
}

func TestAGroupIsCountedInTheOrderOfItsCalls(t *testing.T) {
	w := newWorld(t)
	w.want(w.pass(
		w.call(1, "a", noon), w.call(1, "b", noon), w.call(1, "a", noon), w.call(1, "c", noon), w.call(2, "a", noon),
		w.call(1, "d", noon), w.call(1, "e", noon), w.call(1, "f", noon), w.call(1, "e", noon),
	), "", "", "", "", "", "", "", vocab.GuessGuard, "")
	if w.told != 1 {
		t.Errorf("the provider was told %d times", w.told)
	}
	w.want(w.pass(w.call(1, "f", noon.Add(time.Hour)), w.call(1, "a", noon.Add(time.Hour))), vocab.GuessGuard, "")
}

func TestAValueCountsForADayAfterItsLastUse(t *testing.T) {
	w := newWorld(t)
	for _, v := range []string{"a", "b", "c", "d", "e"} {
		w.want(w.pass(w.call(1, v, noon)), "")
	}
	w.want(w.pass(w.call(1, "a", noon.Add(20*time.Hour))), "")
	w.want(w.pass(w.call(1, "f", noon.Add(24*time.Hour-time.Second))), vocab.GuessGuard)
	w.want(w.pass(w.call(1, "f", noon.Add(25*time.Hour)), w.call(1, "g", noon.Add(25*time.Hour))), "", "")
	if err := w.db.Write(t.Context(), func(tx *db.Tx) error {
		n, err := w.Prune(t.Context(), tx, noon.Add(60*time.Hour))
		if n != 4 {
			t.Errorf("%d values forgotten, want the 4 that no window holds", n)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func TestARefusedCallCountsForNothing(t *testing.T) {
	w := newWorld(t)
	w.grant.PerDay = 3
	w.want(w.pass(w.call(1, "a", noon), w.call(2, "a", noon)), "", "")
	w.want(w.pass(w.call(3, "a", noon), w.call(4, "a", noon), w.call(4, "b", noon)), "", vocab.QuotaSpent, vocab.QuotaSpent)
	w.grant.PerDay = 0
	w.want(w.pass(w.call(4, "v", noon), w.call(4, "w", noon), w.call(4, "x", noon), w.call(4, "y", noon), w.call(4, "z", noon)), "", "", "", "", "")
}

func TestACaseCarriesSoManyCallsADay(t *testing.T) {
	w := newWorld(t)
	w.grant.PerDay, w.grant.CasesPerDay = 10, 2
	other := w.call(4, "a", noon)
	other.Case = "P-2"
	w.want(w.pass(w.call(1, "a", noon), w.call(2, "a", noon), w.call(3, "a", noon), other), "", "", vocab.QuotaSpent, "")
	w.want(w.pass(w.call(5, "a", noon)), vocab.QuotaSpent)
	w.want(w.pass(w.call(5, "a", noon.Add(24*time.Hour))), "")
}

func TestABatchIsCountedWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	w.want(w.pass(w.call(9, "a", noon), w.call(9, "b", noon), w.call(9, "c", noon), w.call(9, "d", noon), w.call(9, "e", noon)), "", "", "", "", "")
	rows := []guard.Guess{w.call(8, "a", noon).Guess, w.call(9, "f", noon).Guess}
	err := w.db.Write(t.Context(), func(tx *db.Tx) error {
		at, err := w.Count(t.Context(), tx, w.call(9, "f", noon).Asker, rows)
		if at != 1 {
			t.Errorf("refused at row %d", at)
		}
		return err
	})
	if !errors.Is(err, vocab.GuessGuard) {
		t.Errorf("got %v", err)
	}
	for n, want := range map[int64]error{101: vocab.QuotaSpent, 100: nil} {
		err := w.db.Write(t.Context(), func(tx *db.Tx) error {
			return w.Spend(t.Context(), tx, &grant.Grant{ID: vocab.GrantID(fmt.Sprint("g-", n)), PerDay: 100}, n, noon)
		})
		if !errors.Is(err, want) {
			t.Errorf("%d of 100: %v", n, err)
		}
	}
}
