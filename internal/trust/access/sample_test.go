package access_test

import (
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// TestBindingShowsFiveMaskedComparisonsOrAllThereAre: a steward who binds a column
// sees five lines of it, fewer only where it has fewer, and never a whole value.
func TestBindingShowsFiveMaskedComparisonsOrAllThereAre(t *testing.T) {
	for residents, want := range map[int]int{1: 1, 4: 4, 5: 5, 6: 5, 40: 5} {
		w := apptest.NewWorld(t, residents, vocab.Compare)
		sample, err := w.Door.Bind(t.Context(), w.Steward, access.Binding{
			Item: apptest.Born, Owner: apptest.Civil, Source: "residents", Table: "resident", Column: "born", Subject: "number",
			KeyKind: vocab.CitizenNumber, Compare: "date", Read: true, About: vocab.NaturalPerson,
		})
		if err != nil || len(sample) != want {
			t.Errorf("of %d residents %d comparisons are shown, %v: want %d", residents, len(sample), err, want)
		}
		for _, m := range sample {
			if m.Stored == "" { // null, of which there is nothing to show
				continue
			}
			if m.Same != vocab.Match || !strings.ContainsAny(m.Stored, "*•…") {
				t.Errorf("a value stands as %q and compares with itself as %s", m.Stored, m.Same)
			}
			for i := range residents {
				if _, born := apptest.Citizen(i); m.Stored == born {
					t.Errorf("the value %s of a person is shown whole", born)
				}
			}
		}
	}
}
