package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/edge/text"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
	"fontis/web"
)

func TestAGrantThatDoesNotFitSaysWhyAndWhatToDo(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	sentences, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	other := func(change func(*access.Grant)) access.Grant {
		g := apptest.Grant(vocab.Compare)
		change(&g)
		w.Put(t, g)
		return g
	}
	ended := other(func(g *access.Grant) { g.From, g.Until = g.From.AddDate(-1, 0, 0), time.Now().Add(-time.Hour) })
	early := other(func(g *access.Grant) { g.From = time.Now().AddDate(0, 0, 3) })
	suspended := other(func(g *access.Grant) { g.State = access.GrantSuspended })
	for name, c := range map[string]struct {
		change func(*access.Call)
		code   vocab.Code
		says   string // of the values that disagree
	}{
		"ended":       {func(c *access.Call) { c.Grant = ended.ID }, vocab.GrantEnded, string(ended.ID)},
		"not begun":   {func(c *access.Call) { c.Grant = early.ID }, vocab.GrantNotBegun, string(early.ID)},
		"suspended":   {func(c *access.Call) { c.Grant = suspended.ID }, vocab.GrantSuspended, string(suspended.ID)},
		"purpose":     {func(c *access.Call) { c.Purpose = "curiosity" }, vocab.PurposeOutside, "curiosity"},
		"case":        {func(c *access.Call) { c.Case = "X" }, vocab.CaseMismatch, ""},
		"no case":     {func(c *access.Call) { c.Case = "" }, vocab.CaseMissing, ""},
		"not a grant": {func(c *access.Call) { c.Grant = "g-nowhere" }, vocab.GrantMissing, ""},
	} {
		call := w.Ask(1, "1990-01-01")
		c.change(&call)
		_, err := w.Door.Ask(t.Context(), w.User, call)
		var f *vocab.Failure
		if !errors.As(err, &f) || f.Code != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, lang := range text.Langs() {
			if fix, err := sentences.Get(lang, "error."+string(f.Code)+".fix"); err != nil || fix == "" {
				t.Errorf("%s says no remedy in %s: %v", name, lang, err)
			}
		}
	}
}
