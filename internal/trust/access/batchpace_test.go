package access

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// What a batch writes, and how long it rests beside somebody who waits for one answer.
func TestABatchRestsTwiceAsLongAsItWroteWhileSomebodyWaits(t *testing.T) {
	const wrote = 10 * time.Millisecond
	run := func(waiting int64) (pieces []int64, took time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			d := &Door{}
			d.asking.Store(waiting)
			began := time.Now()
			err := d.inChunks(t.Context(), &pace{}, span{0, 200}, func(s span) (time.Duration, error) {
				pieces = append(pieces, s.until-s.from)
				<-time.After(wrote)
				return wrote, nil
			})
			if err != nil {
				t.Error(err)
			}
			took = time.Since(began)
		})
		return pieces, took
	}
	if pieces, took := run(0); len(pieces) != 1 || took != wrote {
		t.Errorf("alone: %v in %v", pieces, took)
	}
	if pieces, took := run(1); len(pieces) != 4 || pieces[0] != politeRows || took != 4*3*wrote {
		t.Errorf("beside one who waits: %v in %v", pieces, took)
	}
	synctest.Test(t, func(t *testing.T) {
		d := &Door{}
		d.asking.Store(1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		if d.yield(ctx, time.Hour); time.Since(began) != 0 {
			t.Error("a batch that was stopped rests")
		}
	})
}

// Blocks are made with the processor, which the single answer needs as much.
func TestTheMakingOfBlocksRestsWhileSomebodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &Door{}
		d.asking.Store(1)
		began := time.Now()
		made, err := politely(d, func(context.Context, int64) (int64, error) {
			<-time.After(time.Second)
			return 7, nil
		})(t.Context(), 0)
		if made != 7 || err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("%d, %v, in %v", made, err, time.Since(began))
		}
	})
}
