package entries

import (
	"sync"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// sampleRows is how many rows a page shows of an open set.
const sampleRows = 5

// The bounds of what is kept of open sets: how long rows are shown again, how long
// a source that was away is left alone, and of how many sets. A robot that reads
// every page costs a source one look in that time.
const (
	sampleLife   = 10 * time.Minute
	sampleAway   = time.Minute
	mostSamples  = 1000
	mostOfSample = 16 << 10 // bytes of one set's rows; longer ones are asked for each time
)

// samples are the few rows that pages showed of open sets. The door counted them
// when it gave them out; whoever looks meanwhile is shown the same ones with the
// moment of their source. Its zero value is empty, and many may use it at once.
type samples struct {
	mu   sync.Mutex // guards what follows
	kept map[vocab.DatasetID]sample
}

type sample struct {
	rev   int64 // of the entry: what it says of openness and items
	until time.Time
	rows  access.OpenRows
	err   error // the source was away
}

// of is the set's rows: those kept for this state of its entry, or what ask says.
// Its own steward, who changes sources and bindings, sees what the source says now.
func (s *samples) of(v *page.Visit, d *entry.Dataset, ask func() (access.OpenRows, error)) (access.OpenRows, error) {
	now := v.Clock.Now()
	s.mu.Lock()
	k, ok := s.kept[d.ID]
	s.mu.Unlock()
	if ok && k.rev == d.Rev && now.Before(k.until) && !(v.Actor.In(d.Owner) && v.Actor.Has(vocab.Steward)) {
		return k.rows, k.err
	}
	k = sample{rev: d.Rev, until: now.Add(sampleLife)}
	k.rows, k.err = ask()
	if k.err != nil {
		k.until = now.Add(sampleAway)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if size(k.rows) > mostOfSample || k.err != nil && (vocab.KindOf(k.err) != vocab.Unavailable || v.Ctx().Err() != nil) {
		delete(s.kept, d.ID)
		return k.rows, k.err
	}
	s.put(d.ID, k, now)
	return k.rows, k.err
}

// put keeps a sample; where too many are kept, those that are over go first, and
// then any one.
func (s *samples) put(id vocab.DatasetID, k sample, now time.Time) {
	if s.kept == nil {
		s.kept = map[vocab.DatasetID]sample{}
	}
	if _, ok := s.kept[id]; !ok && len(s.kept) >= mostSamples {
		for other, o := range s.kept {
			if !now.Before(o.until) {
				delete(s.kept, other)
			}
		}
		for other := range s.kept {
			if len(s.kept) < mostSamples {
				break
			}
			delete(s.kept, other)
		}
	}
	s.kept[id] = k
}

func size(r access.OpenRows) int {
	n := 0
	for _, row := range r.Rows {
		for _, c := range row {
			if c != nil {
				n += len(*c)
			}
		}
	}
	return n
}
