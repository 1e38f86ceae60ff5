package grant

import (
	"testing"
	"time"

	"fontis/internal/vocab"
)

// Whatever the row of law says, the door opens nothing for longer.
func TestAnEmergencyGrantIsOfADayAtMostAndForSingleQuestions(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	asked := Emergency{
		Items: []vocab.ItemID{"d-1/born"}, Question: vocab.Compare, Purpose: "flood", Basis: "Emergency Response Law art. 49", Reason: "people are missing",
	}
	whole := asked.Grant("civil", "tax", now)
	if err := whole.Check(); err != nil || whole.Until.Sub(whole.From) != 24*time.Hour {
		t.Errorf("a day: %v, of %v", err, whole.Until.Sub(whole.From))
	}
	for name, change := range map[string]func(*Grant){
		"a minute more": func(g *Grant) { g.Until = g.From.Add(24*time.Hour + time.Minute) },
		"a batch":       func(g *Grant) { g.Carriages = []vocab.Carriage{vocab.Batch} },
	} {
		g := asked.Grant("civil", "tax", now)
		change(&g)
		if err := g.Check(); vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("%s: %v", name, err)
		}
	}
	asked.Hours = 25
	if err := asked.Check(); vocab.CodeOf(err) != vocab.BadInput {
		t.Errorf("25 hours: %v", err)
	}
}
