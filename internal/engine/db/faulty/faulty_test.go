package faulty_test

import (
	"context"
	"errors"
	"testing"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/db/faulty"
	"fontis/internal/engine/db/outbox"
)

func TestAFaultComesWhereThePlanSays(t *testing.T) {
	ctx := context.Background()
	plan := &faulty.Plan{}
	sound := dbtest.Open(t)
	d := faulty.Wrap(sound, plan)
	put := func(on *db.DB) error {
		return on.Write(ctx, func(tx *db.Tx) error { return outbox.Put(ctx, tx, outbox.Fact{Topic: "t"}) })
	}
	own := errors.New("own")
	did := 0
	plan.Fail(faulty.Fault{Step: db.StepExec, Match: "INTO outbox ", After: 1, Times: 2, Err: own, Do: func() { did++ }})
	plan.Fail(faulty.Fault{Step: db.StepExec, Match: "no such text"})
	for i, fails := range []bool{false, true, true, false} {
		if err := put(d); errors.Is(err, own) != fails {
			t.Errorf("write %d: got %v, want a fault: %v", i, err, fails)
		}
		if err := put(sound); err != nil {
			t.Errorf("the unwrapped database failed too: %v", err)
		}
	}
	if did != 2 || plan.Passed(db.StepExec) != 4 || plan.Passed(db.StepCommit) != 2 {
		t.Errorf("done %d times, %d statements, %d commits", did, plan.Passed(db.StepExec), plan.Passed(db.StepCommit))
	}
	if last, err := outbox.New(d).Last(ctx); err != nil || last != 6 {
		t.Errorf("%d facts, want 6, %v", last, err)
	}
}
