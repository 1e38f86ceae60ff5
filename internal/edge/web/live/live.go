// Package live tells a page which of its parts changed while it is read, over
// server-sent events.
//
// The flow: a page names its parts with a stamp of what it shows; its script
// listens at one address; a commit puts a fact on the outbox, the hub marks the
// parts that the fact may have changed, and each stream asks for their stamps
// anew, as its visitor. Only where a stamp is another the stream says "this part
// changed", and the page fetches the part as it fetches any page.
//
// The promises: nothing of a part's content is in the stream, and what a visitor
// may see is decided where the page decides it. A stream ends with its session,
// with the node, and after Life without an act of the reader; whoever comes again
// is told what changed meanwhile, because the page says what it shows.
package live

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

const topicIdentity = fact.TopicIdentity

// Life is how long a stream lasts; a page that is still looked at comes again at
// the reader's next act, so an empty chair keeps no session awake.
const Life = 10 * time.Minute

// beat is how often a stream shows that it lives; the server's patience with a
// connection that takes nothing is longer.
const beat = 15 * time.Second

// look is how often work that puts no fact is looked at, here beside the work; it
// is one row, or a number in memory.
const look = 2 * time.Second

// mostParts is how many parts one page may watch.
const mostParts = 24

// Section is the one address of all streams.
type Section struct{ Hub *Hub }

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{{Path: "/live", Open: true, Send: s.stream}}
}

// Close ends all streams, and waits for what reads for them.
func (s *Section) Close() { s.Hub.Close() }

func (s *Section) stream(v *page.Visit) error {
	st, shown, err := s.parts(v)
	if err != nil {
		return err
	}
	most := mostOfSession
	if st.session == "" {
		most = mostOfAddress
	}
	if err := s.Hub.join(v.Ctx(), st, most); err != nil {
		return err
	}
	defer s.Hub.leave(st)
	out := &writer{w: v.W, control: http.NewResponseController(v.W)}
	v.W.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	v.W.Header().Set("X-Accel-Buffering", "no")
	if out.say(": here\n\n") != nil {
		return nil // the reader is gone
	}
	s.follow(v, st, shown, out)
	return nil
}

// parts reads what the page watches, and the stamps of what it shows.
func (s *Section) parts(v *page.Visit) (*stream, map[string]string, error) {
	said := v.R.URL.Query()["on"]
	if len(said) == 0 || len(said) > mostParts {
		return nil, nil, vocab.BadInput.Because("1 to %d parts can be watched, not %d", mostParts, len(said))
	}
	st := &stream{session: v.Actor.Session, who: v.Actor.Session, wake: make(chan struct{}, 1), ended: make(chan struct{}), dirty: map[string]bool{}}
	if st.who == "" {
		st.who = "at " + v.Call.From.String()
	}
	shown := map[string]string{}
	for _, one := range said {
		name, stamp, _ := strings.Cut(one, "@")
		p, id, ok := v.Part(name)
		if !ok || shown[name] != "" {
			return nil, nil, vocab.NoSuchThing.Because("no part of a page has this name")
		}
		if _, err := v.Fresh().Stamp(name); err != nil {
			return nil, nil, err
		}
		shown[name], st.dirty[name] = stamp+"-", true // the dash: never empty
		st.parts = append(st.parts, watched{name: name, id: id, topics: p.Topics, keyed: p.Keyed, untold: p.Untold})
	}
	st.wake <- struct{}{}
	return st, shown, nil
}

// follow tells changes until the stream ends.
func (s *Section) follow(v *page.Visit, st *stream, shown map[string]string, out *writer) {
	life, ticks, looks := time.NewTimer(Life), time.NewTicker(beat), time.NewTicker(look)
	defer life.Stop()
	defer ticks.Stop()
	defer looks.Stop()
	for {
		select {
		case <-v.Ctx().Done():
			return
		case <-v.Call.Stopping:
			return
		case <-st.ended:
			_ = out.say("event: over\ndata: session\n\n") // the reader may be gone
			return
		case <-life.C:
			_ = out.say("event: over\ndata: life\n\n")
			return
		case <-ticks.C:
			if out.say(": beat\n\n") != nil {
				return
			}
		case <-looks.C:
			for _, w := range st.parts {
				if w.untold {
					st.mark(w.name)
				}
			}
		case <-st.wake:
			dirty, check := st.take()
			if check && v.Stands() != nil {
				st.end()
				continue
			}
			if !tell(v, st, dirty, shown, out) {
				return
			}
		}
	}
}

// tell names the dirty parts that are another now. A part that is no longer the
// visitor's is named once more: the page finds out as any visit would.
func tell(v *page.Visit, st *stream, dirty map[string]bool, shown map[string]string, out *writer) bool {
	for _, w := range st.parts {
		if !dirty[w.name] {
			continue
		}
		stamp, err := v.Fresh().Stamp(w.name)
		if err != nil {
			stamp = "gone"
		}
		if shown[w.name] == stamp+"-" {
			continue
		}
		shown[w.name] = stamp + "-"
		if out.say(fmt.Sprintf("event: changed\ndata: %s\n\n", w.name)) != nil {
			return false
		}
	}
	return true
}

// writer sends at once what it is given.
type writer struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (w *writer) say(s string) error {
	if _, err := w.w.Write([]byte(s)); err != nil {
		return err
	}
	return w.control.Flush()
}
