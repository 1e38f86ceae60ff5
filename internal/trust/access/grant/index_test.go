package grant

import (
	"testing"
	"time"

	"fontis/internal/vocab"
)

func TestGrantsOfOnePatternShareItAndNoOther(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var x Index
	put := func(id vocab.GrantID, pattern string) {
		g := &Grant{
			ID: id, To: "tax", State: Active, Items: []vocab.ItemID{"d/a"}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single},
			Purpose: "p", CasePattern: pattern, From: now.Add(-time.Hour), Until: now.Add(time.Hour),
		}
		if err := g.Ready(); err != nil {
			t.Fatal(err)
		}
		x.Put(g)
	}
	put("1", `P-\d+`)
	put("2", `Q-\d+`)
	put("3", `P-\d+`)
	if x.Get("1").caseForm != x.Get("3").caseForm {
		t.Error("one pattern is compiled twice")
	}
	put("1", `R-\d+`)
	for id, number := range map[vocab.GrantID]string{"1": "R-7", "2": "Q-7", "3": "P-7"} {
		for _, tried := range []string{"P-7", "Q-7", "R-7", "S-7"} {
			c := Call{
				Grant: id, Question: vocab.Compare, Carriage: vocab.Single, Purpose: "p", Case: tried,
				Subject: vocab.SubjectKey{Value: "x"}, Values: map[vocab.ItemID]string{"d/a": "1"},
			}
			err := Decide(x.Get(id), "tax", c, now)
			if held := err == nil; held != (tried == number) {
				t.Errorf("grant %s, case %s: %v", id, tried, err)
			}
		}
	}
}

func TestEveryItemMustBeHeld(t *testing.T) {
	for _, held := range []int{2, 20} {
		g := &Grant{ID: "g"}
		for i := range held {
			g.Items = append(g.Items, vocab.ItemID("d/"+string(rune('a'+i))))
		}
		if err := g.Ready(); err != nil {
			t.Fatal(err)
		}
		within := Call{Items: g.Items[:1], Values: map[vocab.ItemID]string{g.Items[held-1]: ""}}
		if err := itemsHold(g, within, time.Time{}); err != nil {
			t.Errorf("%d items: %v", held, err)
		}
		for _, c := range []Call{{Items: []vocab.ItemID{"d/a", "d/!"}}, {Values: map[vocab.ItemID]string{"d/!": "", "d/a": ""}}} {
			if err := itemsHold(g, c, time.Time{}); vocab.CodeOf(err) != vocab.ItemOutside {
				t.Errorf("%d items: %v", held, err)
			}
		}
		if err := itemsHold(g, Call{Question: vocab.Read}, time.Time{}); vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("no item: %v", err)
		}
	}
}
