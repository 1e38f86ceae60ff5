package live

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"fontis/internal/engine/db/outbox"
	"fontis/internal/vocab"
)

// Facts are the facts of the outbox, in the order of their commits.
type Facts interface {
	Last(ctx context.Context) (int64, error)
	Wait(ctx context.Context, after int64) error
	Read(ctx context.Context, after int64, limit int) ([]outbox.Fact, error)
}

// Hub wakes streams. While nobody listens it reads nothing and runs nothing.
type Hub struct {
	facts Facts
	diary *slog.Logger

	mu      sync.Mutex // guards what follows
	streams map[*stream]bool
	stop    context.CancelFunc // of the reader, while there is one
	closed  bool

	reader sync.WaitGroup
}

// stream is one page that listens.
type stream struct {
	who     string // a session, or an address where nobody signed in
	session string
	parts   []watched
	wake    chan struct{} // holds one: something is dirty
	ended   chan struct{} // closed: the stream must end
	over    sync.Once

	mu    sync.Mutex // guards what follows
	dirty map[string]bool
	check bool // whether the session still stands is to be asked
}

type watched struct {
	name, id string
	topics   []string
	keyed    bool
	untold   bool // no fact tells of it
}

// The bounds: streams of one session (a browser has six connections to a host in
// all), of one address without a session, and of the node; facts read at a time;
// and how long facts are gathered before a page is told.
const (
	mostOfSession = 4
	mostOfAddress = 40
	mostOfNode    = 2000
	factsRead     = 500
	gather        = 150 * time.Millisecond
)

// NewHub makes a hub without streams.
func NewHub(f Facts, diary *slog.Logger) *Hub {
	if diary == nil {
		diary = slog.New(slog.DiscardHandler)
	}
	return &Hub{facts: f, diary: diary, streams: map[*stream]bool{}}
}

// join lets a stream hear. The first one starts the reader, from the facts that
// come after now.
func (h *Hub) join(ctx context.Context, s *stream, most int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for x := range h.streams {
		if x.who == s.who {
			n++
		}
	}
	if n >= most || len(h.streams) >= mostOfNode {
		return vocab.TooManyCalls.Because("%d pages of one visitor are told of changes already, at most %d are", n, most)
	}
	if h.closed {
		s.end()
		return nil
	}
	if h.stop == nil {
		last, err := h.facts.Last(ctx)
		if err != nil {
			return err
		}
		run, stop := context.WithCancel(context.WithoutCancel(ctx))
		h.stop = stop
		h.reader.Go(func() { h.read(run, last) })
	}
	h.streams[s] = true
	return nil
}

// leave takes a stream away; with the last one the reader ends.
func (h *Hub) leave(s *stream) {
	h.mu.Lock()
	delete(h.streams, s)
	if len(h.streams) == 0 && h.stop != nil {
		h.stop()
		h.stop = nil
	}
	h.mu.Unlock()
}

func (h *Hub) read(ctx context.Context, after int64) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		err := h.facts.Wait(ctx, after)
		var list []outbox.Fact
		if err == nil {
			list, err = h.facts.Read(ctx, after, factsRead)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			h.diary.Warn("pages are not told of changes", "error", err)
			h.fail(ctx)
			return
		}
		if len(list) > 0 {
			after = list[len(list)-1].N
			h.tell(list)
		}
		pause.Reset(gather)
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}
	}
}

// tell marks what the facts may have changed.
func (h *Hub) tell(list []outbox.Fact) {
	h.each(func(s *stream) {
		for _, f := range list {
			s.hear(f)
		}
	})
}

// End ends the streams of a session that is no more.
func (h *Hub) End(session string) {
	h.each(func(s *stream) {
		if s.session == session && session != "" {
			s.end()
		}
	})
}

// Close ends every stream and waits until nothing is read any more; a stream that
// comes later ends at once.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
	for s := range h.streams {
		s.end()
	}
	h.mu.Unlock()
	h.reader.Wait()
}

// fail ends what listened to a reader that cannot go on; the next stream to come
// starts another.
func (h *Hub) fail(reader context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if reader.Err() != nil { // another reader may stand in its place already
		return
	}
	h.stop()
	h.stop = nil
	for s := range h.streams {
		s.end()
	}
}

func (h *Hub) each(do func(*stream)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams {
		do(s)
	}
}

func (s *stream) end() { s.over.Do(func() { close(s.ended) }) }

func (s *stream) hear(f outbox.Fact) {
	if f.Topic == topicIdentity {
		s.mu.Lock()
		s.check = true
		s.mu.Unlock()
		s.ring()
	}
	for _, p := range s.parts {
		if slices.Contains(p.topics, f.Topic) && (!p.keyed || p.id == f.Key) {
			s.mark(p.name)
		}
	}
}

func (s *stream) mark(name string) {
	s.mu.Lock()
	s.dirty[name] = true
	s.mu.Unlock()
	s.ring()
}

func (s *stream) ring() {
	select {
	case s.wake <- struct{}{}:
	default: // one ring is enough
	}
}

// take gives what is dirty, and whether the session is to be asked for.
func (s *stream) take() (dirty map[string]bool, check bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dirty, check = s.dirty, s.check
	s.dirty, s.check = map[string]bool{}, false
	return dirty, check
}
