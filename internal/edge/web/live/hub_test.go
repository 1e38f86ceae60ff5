package live

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fontis/internal/engine/db/outbox"
	"fontis/internal/vocab/fact"
)

// facts is an outbox in memory.
type facts struct {
	mu   sync.Mutex // guards what follows
	list []outbox.Fact
	news chan struct{}
	away error // what the next look says
}

func (f *facts) put(topic, key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, outbox.Fact{N: int64(len(f.list) + 1), Topic: topic, Key: key})
	close(f.news)
	f.news = make(chan struct{})
}

func (f *facts) Last(context.Context) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.list)), nil
}

func (f *facts) Wait(ctx context.Context, after int64) error {
	for {
		f.mu.Lock()
		more, news, away := int64(len(f.list)) > after, f.news, f.away
		f.away = nil
		f.mu.Unlock()
		if away != nil {
			return away
		}
		if more {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *facts) Read(_ context.Context, after int64, limit int) ([]outbox.Fact, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.list[after:min(int64(len(f.list)), after+int64(limit))]), nil
}

func listener(who string, parts ...watched) *stream {
	return &stream{who: who, session: who, parts: parts, wake: make(chan struct{}, 1), ended: make(chan struct{}), dirty: map[string]bool{}}
}

// rung waits for the stream to be woken and gives what is dirty.
func (s *stream) rung(t *testing.T) map[string]bool {
	t.Helper()
	select {
	case <-s.wake:
		dirty, _ := s.take()
		return dirty
	case <-time.After(20 * time.Second):
		t.Fatal("the stream is not woken")
		return nil
	}
}

// Only the parts that a fact may have changed are marked, however many streams
// come and go meanwhile, and with the last one the reader is gone.
func TestAFactMarksItsPartsAndNoOthers(t *testing.T) {
	before := goleak.IgnoreCurrent()
	f := &facts{news: make(chan struct{})}
	f.put(fact.TopicRequest, "r-1") // before anybody listens
	h := NewHub(f, nil)
	request := watched{name: "request:r-1", id: "r-1", topics: []string{fact.TopicRequest}, keyed: true}
	inbox := watched{name: "inbox", topics: []string{fact.TopicNotice}}
	s := listener("a", request, inbox)
	if err := h.join(t.Context(), s, 1); err != nil {
		t.Fatal(err)
	}
	if err := h.join(t.Context(), listener("a"), 1); err == nil {
		t.Error("a second stream of one visitor, where one is the most")
	}
	var others sync.WaitGroup
	for i := range 50 {
		others.Go(func() {
			o := listener("o"+strconv.Itoa(i), inbox)
			if err := h.join(t.Context(), o, 1); err == nil {
				h.leave(o)
			}
		})
	}
	others.Wait()
	f.put(fact.TopicNotice, "n-1")
	if dirty := s.rung(t); !dirty["inbox"] || dirty["request:r-1"] {
		t.Errorf("after a notice: %v", dirty)
	}
	f.put(fact.TopicRequest, "r-2")
	f.put(fact.TopicRequest, "r-1")
	if dirty := s.rung(t); !dirty["request:r-1"] || dirty["inbox"] {
		t.Errorf("after a step: %v", dirty)
	}
	h.End("b")
	select {
	case <-s.ended:
		t.Error("another's session ended, and this stream with it")
	default:
	}
	h.End("a")
	<-s.ended
	h.leave(s)
	h.reader.Wait()
	goleak.VerifyNone(t, before)
}

// A node that stops waits until nothing reads its database for pages any more: the
// streams end, and whoever comes then starts nothing.
func TestTheEndOfAHubWaitsForItsReader(t *testing.T) {
	f := &slow{facts: facts{news: make(chan struct{})}, reads: make(chan struct{}), goOn: make(chan struct{})}
	h := NewHub(f, nil)
	inbox := watched{name: "inbox", topics: []string{fact.TopicNotice}}
	s := listener("a", inbox)
	if err := h.join(t.Context(), s, 1); err != nil {
		t.Fatal(err)
	}
	f.put(fact.TopicNotice, "n-1")
	<-f.reads
	over := make(chan struct{})
	go func() { h.Close(); close(over) }()
	<-s.ended
	select {
	case <-over:
		t.Error("the hub was closed while its reader read")
	default:
	}
	close(f.goOn)
	<-over
	late := listener("b", inbox)
	if err := h.join(t.Context(), late, 1); err != nil {
		t.Fatal(err)
	}
	<-late.ended
	if h.stop != nil {
		t.Error("a reader was started after the end")
	}
}

// slow says when it is read, and answers when it may.
type slow struct {
	facts
	reads, goOn chan struct{}
}

func (f *slow) Read(ctx context.Context, after int64, limit int) ([]outbox.Fact, error) {
	close(f.reads)
	<-f.goOn
	return f.facts.Read(ctx, after, limit)
}

// A database that was away ends the streams; whoever comes again is told of what
// follows, also while another of those that ended is still on its way out.
func TestAfterAReaderThatFailedTheNextStreamIsToldAgain(t *testing.T) {
	f := &facts{news: make(chan struct{}), away: errors.New("the database is away")}
	h := NewHub(f, nil)
	inbox := watched{name: "inbox", topics: []string{fact.TopicNotice}}
	s := listener("a", inbox)
	if err := h.join(t.Context(), s, 1); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	h.reader.Wait()
	again := listener("b", inbox)
	if err := h.join(t.Context(), again, 1); err != nil {
		t.Fatal(err)
	}
	f.put(fact.TopicNotice, "n-1")
	if !again.rung(t)["inbox"] {
		t.Error("told of something else")
	}
	h.leave(s)
	h.leave(again)
	h.reader.Wait()
}
