package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/transparency-dev/tessera"

	"fontis/internal/vocab"
)

func TestEveryIndexHoldsItsLeafUnder512Appenders(t *testing.T) {
	l := mustOpen(t, t.TempDir(), nil)
	const appenders, each = 512, 6
	held := make([][]byte, appenders*each)
	var mu sync.Mutex
	var running sync.WaitGroup
	for a := range appenders {
		running.Go(func() {
			// Calls of one to three leaves, so that calls straddle groups.
			for sent := 0; sent < each; {
				var leaves [][]byte
				for len(leaves) <= a%3 && sent < each {
					leaves = append(leaves, fmt.Appendf(nil, "appender %d leaf %d", a, sent))
					sent++
				}
				indices, err := l.Append(soon(t), leaves)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for i, index := range indices {
					if i > 0 && index <= indices[i-1] {
						t.Errorf("leaves of one call went to %v", indices)
					}
					if held[index] != nil {
						t.Errorf("index %d was given twice", index)
					}
					held[index] = leaves[i]
				}
				mu.Unlock()
			}
		})
	}
	running.Wait()
	if size, err := l.Size(soon(t)); err != nil || size != appenders*each {
		t.Fatalf("size %d, %v", size, err)
	}
	err := l.Leaves(soon(t), 0, appenders*each, func(index uint64, leaf []byte) error {
		if !bytes.Equal(leaf, held[index]) {
			return fmt.Errorf("index %d holds %q, its appender was told %q", index, leaf, held[index])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// slowStore is a sequencer in memory. Each group is told on took, and is made
// "durable" when goOn is received; a non-nil error there fails it. With the test
// it ends, whatever still waits.
type slowStore struct {
	took chan []string
	goOn chan error
	end  context.Context
	size uint64
}

func newSlowStore(t *testing.T) *slowStore {
	return &slowStore{took: make(chan []string), goOn: make(chan error), end: t.Context()}
}

func (s *slowStore) fit(n int) int { return n }

func (s *slowStore) sequence(_ context.Context, group []*tessera.Entry) (uint64, error) {
	var words []string
	for _, e := range group {
		words = append(words, string(e.Data()))
	}
	select {
	case s.took <- words:
	case <-s.end.Done():
		return 0, s.end.Err()
	}
	select {
	case err := <-s.goOn:
		if err != nil {
			return 0, err
		}
	case <-s.end.Done():
		return 0, s.end.Err()
	}
	first := s.size
	s.size += uint64(len(group))
	return first, nil
}

// withStore makes a log that has a committer over the store and nothing else.
func withStore(t *testing.T, s sequencer, change func(*Options)) *Log {
	t.Helper()
	o := Options{Dir: t.TempDir(), Origin: origin, Signer: testSigner(t)}
	if change != nil {
		change(&o)
	}
	l, err := prepare(o)
	if err != nil {
		t.Fatal(err)
	}
	l.committer = newCommitter(l, s)
	l.running.Go(func() { l.committer.run(context.Background()) })
	t.Cleanup(func() { l.Close() })
	return l
}

// appendLater appends in the background.
func appendLater(l *Log, words ...string) <-chan error {
	done := make(chan error, 1)
	var leaves [][]byte
	for _, w := range words {
		leaves = append(leaves, []byte(w))
	}
	go func() {
		_, err := l.Append(context.Background(), leaves)
		done <- err
	}()
	return done
}

// awaitQueue returns once exactly n leaves wait.
func awaitQueue(t *testing.T, l *Log, n int) {
	t.Helper()
	for ctx := soon(t); ctx.Err() == nil; runtime.Gosched() {
		l.committer.mu.Lock()
		waiting := l.committer.waiting
		l.committer.mu.Unlock()
		if waiting == n {
			return
		}
	}
	t.Fatalf("never %d leaves waited", n)
}

func TestNextGroupGathersWhileOneIsMadeDurable(t *testing.T) {
	s := newSlowStore(t)
	l := withStore(t, s, nil)
	first := appendLater(l, "a")
	if diff := cmp.Diff([]string{"a"}, <-s.took); diff != "" {
		t.Fatal(diff)
	}
	second := appendLater(l, "b", "c")
	awaitQueue(t, l, 2)
	third := appendLater(l, "d")
	awaitQueue(t, l, 3)
	s.goOn <- nil
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "c", "d"}, <-s.took); diff != "" {
		t.Fatal(diff)
	}
	s.goOn <- nil
	if err := errors.Join(<-second, <-third); err != nil {
		t.Fatal(err)
	}
}

func TestGroupHasASizeBound(t *testing.T) {
	s := newSlowStore(t)
	l := withStore(t, s, func(o *Options) { o.BatchSize = 2 })
	done := appendLater(l, "a", "b", "c", "d", "e")
	var got [][]string
	for range 3 {
		got = append(got, <-s.took)
		s.goOn <- nil
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"a", "b"}, {"c", "d"}, {"e"}}, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestTooManyWaitingLeavesAreRefused(t *testing.T) {
	s := newSlowStore(t)
	l := withStore(t, s, func(o *Options) { o.MaxWaiting = 3 })
	first := appendLater(l, "in work")
	<-s.took
	waiting := appendLater(l, "1", "2", "3")
	awaitQueue(t, l, 3)
	select {
	case err := <-appendLater(l, "4"):
		if !errors.Is(err, vocab.LedgerAway) {
			t.Fatalf("a fourth leaf got %v", err)
		}
	case <-soon(t).Done():
		t.Fatal("a fourth leaf waits")
	}
	s.goOn <- nil
	<-s.took
	// Room again: what is in work no longer waits.
	again := appendLater(l, "4")
	s.goOn <- nil
	<-s.took
	s.goOn <- nil
	if err := errors.Join(<-first, <-waiting, <-again); err != nil {
		t.Fatal(err)
	}
}

func TestLeafOfACallerWhoLeftIsDropped(t *testing.T) {
	s := newSlowStore(t)
	l := withStore(t, s, nil)
	first := appendLater(l, "a")
	<-s.took
	ctx, leave := context.WithCancel(context.Background())
	gone := make(chan error, 1)
	go func() {
		_, err := l.Append(ctx, [][]byte{[]byte("gone")})
		gone <- err
	}()
	awaitQueue(t, l, 1)
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	last := appendLater(l, "b")
	awaitQueue(t, l, 1)
	s.goOn <- nil
	if diff := cmp.Diff([]string{"b"}, <-s.took); diff != "" {
		t.Fatal(diff)
	}
	s.goOn <- nil
	if err := errors.Join(<-first, <-last); err != nil {
		t.Fatal(err)
	}
}

func TestFailedGroupFailsEveryCallInIt(t *testing.T) {
	s := newSlowStore(t)
	l := withStore(t, s, func(o *Options) { o.BatchSize = 3 })
	first := appendLater(l, "a", "b", "c", "d")
	<-s.took
	second := appendLater(l, "e")
	awaitQueue(t, l, 2)
	s.goOn <- errors.New("disk full")
	if err := <-first; !errors.Is(err, vocab.LedgerAway) {
		t.Fatalf("got %v", err)
	}
	// Its rest, "d", is not written. And with no tree on disk to look at after
	// the failure, nothing is written at all.
	if err := <-second; !errors.Is(err, vocab.LedgerAway) {
		t.Fatalf("got %v", err)
	}
}

func TestLogGoesOnAfterAFailedGroup(t *testing.T) {
	l := mustOpen(t, t.TempDir(), nil)
	fill(t, l, 0, 3)
	real := l.committer.seq
	l.committer.seq = &failOnce{sequencer: real}
	if _, err := l.Append(soon(t), [][]byte{[]byte("x")}); !errors.Is(err, vocab.LedgerAway) {
		t.Fatalf("got %v", err)
	}
	fill(t, l, 3, 9)
}

// failOnce fails its first group without writing it.
type failOnce struct {
	sequencer
	failed bool
}

func (f *failOnce) sequence(ctx context.Context, group []*tessera.Entry) (uint64, error) {
	if !f.failed {
		f.failed = true
		return 0, errors.New("no space left")
	}
	return f.sequencer.sequence(ctx, group)
}

func TestLeafTooLongForTheFormatIsRefused(t *testing.T) {
	l := mustOpen(t, t.TempDir(), nil)
	if _, err := l.Append(soon(t), [][]byte{make([]byte, MaxLeaf+1)}); !errors.Is(err, vocab.BadInput) {
		t.Fatalf("got %v", err)
	}
	if _, err := l.Append(soon(t), [][]byte{make([]byte, MaxLeaf), {}}); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Append(soon(t), nil); got != nil || err != nil {
		t.Fatalf("no leaves: %v, %v", got, err)
	}
}

func TestClosedLogRefusesAndReopensWhereItWas(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, nil)
	fill(t, l, 0, 300)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(soon(t), [][]byte{{1}}); !errors.Is(err, vocab.LedgerAway) {
		t.Fatalf("got %v", err)
	}
	fill(t, mustOpen(t, dir, nil), 300, 301)
}

func TestOneAppenderAFolder(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir, nil)
	if _, err := open(t, dir, nil); !errors.Is(err, vocab.LeaseHeld) {
		t.Fatalf("a second appender got %v", err)
	}
}

func TestLadderNeverLosesMoreThanAFifth(t *testing.T) {
	s := &tesseraStore{}
	rungs := map[int]bool{}
	for n := 1; n <= DefaultBatchSize; n++ {
		got := s.fit(n)
		if got > n || got*5 < n*4 {
			t.Fatalf("a group of %d becomes %d", n, got)
		}
		if s.fit(got) != got {
			t.Fatalf("rung %d is not a rung", got)
		}
		rungs[got] = true
	}
	if len(rungs) > 50 {
		t.Fatalf("%d queues", len(rungs))
	}
}

// quickStore makes every group durable at once.
type quickStore struct{ size uint64 }

func (s *quickStore) fit(n int) int { return n }

func (s *quickStore) sequence(_ context.Context, group []*tessera.Entry) (uint64, error) {
	first := s.size
	s.size += uint64(len(group))
	return first, nil
}

func TestAgeIsACeilingAndALoneClientNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const age = 3 * time.Millisecond
		l := withStore(t, &quickStore{}, func(o *Options) { o.BatchAge = age })
		wait := func(leaves int) time.Duration {
			began := time.Now()
			if _, err := l.Append(context.Background(), make([][]byte, leaves)); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		for range 3 {
			if got := wait(1); got != 0 {
				t.Fatalf("a lone client waited %v", got)
			}
		}
		wait(5)
		if got := wait(1); got != age {
			t.Fatalf("the first to come back after a group of five waited %v, not %v", got, age)
		}
		if got := wait(1); got != 0 {
			t.Fatalf("alone again it waited %v", got)
		}
		wait(5)
		if got := wait(5); got != 0 {
			t.Fatalf("as many as before waited %v", got)
		}
		synctest.Wait()
		<-time.After(age) // the bubble's time: long after a crowd, a lone client is alone
		if got := wait(1); got != 0 {
			t.Fatalf("a lone client waited %v for a crowd long gone", got)
		}
	})
}
