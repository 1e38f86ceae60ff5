package db

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// An import, a batch and a load write beside people who wait for one answer: what
// they did with the processor they give back twice, and alone they lose nothing.
func TestWorkThatNobodyWaitsForRestsTwiceAsLongWhileTheWriterIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &DB{core: &core{writer: make(chan *conn, 1)}}
		d.writer <- nil
		began := time.Now()
		if d.Yield(t.Context(), time.Second); time.Since(began) != 0 {
			t.Errorf("alone it rests %s", time.Since(began))
		}
		<-d.writer // somebody writes
		if d.Yield(t.Context(), time.Second); time.Since(began) != 2*time.Second {
			t.Errorf("beside a writer it rests %s after a second of work", time.Since(began))
		}
		stopped, stop := context.WithCancel(t.Context())
		stop()
		began = time.Now()
		if d.Yield(stopped, time.Hour); time.Since(began) != 0 {
			t.Error("what was stopped rests")
		}
	})
}
