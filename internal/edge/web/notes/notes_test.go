package notes_test

import (
	"testing"
	"time"

	"fontis/internal/edge/web/notes"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
)

func TestANoteIsForItsSessionAndItsTime(t *testing.T) {
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	n := notes.New(c, 4096)
	mine, other := identity.Actor{Session: "s-1"}, identity.Actor{Session: "s-2"}
	id := n.Put(mine, "secret")
	if _, ok := notes.Read[string](n, other, id); ok {
		t.Error("another session reads it")
	}
	if _, ok := notes.Read[int](n, mine, id); ok {
		t.Error("it is read as something else")
	}
	if got, ok := notes.Read[string](n, mine, id); !ok || got != "secret" {
		t.Error("its own session cannot read it")
	}
	if _, ok := notes.Take[string](n, mine, id); !ok {
		t.Error("it cannot be taken")
	}
	if _, ok := notes.Take[string](n, mine, id); ok {
		t.Error("it is taken twice")
	}
	id = n.Put(mine, "late")
	c.Advance(notes.Life + time.Second)
	if _, ok := notes.Read[string](n, mine, id); ok {
		t.Error("it is read after its time")
	}
}

func TestTheOldestNoteGoesWhenThereAreTooMany(t *testing.T) {
	n, mine := notes.New(clock.NewFake(time.Unix(0, 0)), 4096), identity.Actor{Session: "s-1"}
	first := n.Put(mine, 0)
	for i := range 5000 {
		n.Put(mine, i)
	}
	if _, ok := notes.Read[int](n, mine, first); ok {
		t.Error("notes are kept without bound")
	}
}
