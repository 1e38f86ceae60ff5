package pace

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
			m := Manners{Waiting: func() bool { return waiting > 0 }}
			began := time.Now()
			err := m.InChunks(t.Context(), &Rows{}, Span{0, 200}, func(s Span) (time.Duration, error) {
				pieces = append(pieces, s.Until-s.From)
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
		m := Manners{Waiting: func() bool { return true }}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		if m.Yield(ctx, time.Hour); time.Since(began) != 0 {
			t.Error("a batch that was stopped rests")
		}
	})
}

// Blocks are made with the processor, which the single answer needs as much.
func TestTheMakingOfBlocksRestsWhileSomebodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Manners{Waiting: func() bool { return true }}
		began := time.Now()
		made, err := Politely(m, func(context.Context, int64) (int64, error) {
			<-time.After(time.Second)
			return 7, nil
		})(t.Context(), 0)
		if made != 7 || err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("%d, %v, in %v", made, err, time.Since(began))
		}
	})
}
