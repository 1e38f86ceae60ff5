package index

import (
	"bytes"
	"iter"

	"github.com/RoaringBitmap/roaring/v2"

	"fontis/internal/engine/index/word"

	"fontis/internal/engine/index/segment"
)

// The pairs of a long word may stand apart in a document. So few candidates are
// all looked at. Of many a sample is: when it shows nothing false the number of
// candidates is the total, else sampleMore times as many are looked at and the
// total is reckoned from them.
const sampleMore = 20

// settle makes the total, and takes out false candidates where they are few.
func (s *search) settle() error {
	s.total, s.exact = len(s.loose), true
	candidates := 0
	for _, f := range s.found {
		if f.all != nil {
			candidates += int(f.all.GetCardinality())
		}
	}
	loose := false
	for i := range s.plan.Words {
		loose = loose || s.plan.Words[i].Loose()
	}
	if !loose || candidates == 0 {
		s.total += candidates
		return nil
	}
	limit := s.x.opts.VerifyLimit
	if candidates <= limit {
		return s.verifyAll()
	}
	looked, wrong, err := s.sample(candidates, limit)
	if err == nil && wrong > 0 {
		if candidates <= limit*sampleMore {
			return s.verifyAll()
		}
		looked, wrong, err = s.sample(candidates, limit*sampleMore)
	}
	if err != nil {
		return err
	}
	s.exact = false
	s.total += candidates - int(float64(candidates)*float64(wrong)/float64(looked)+0.5)
	return nil
}

func (s *search) verifyAll() error {
	for i, f := range s.found {
		if f.all == nil {
			continue
		}
		kept := roaring.New()
		for it := f.all.Iterator(); it.HasNext(); {
			if err := s.ctx.Err(); err != nil {
				return err
			}
			id := it.Next()
			ok, err := s.stands(s.v.parts[i], id, InText)
			if err != nil {
				return err
			}
			if ok {
				kept.Add(id)
			}
		}
		f.all = kept
		s.total += int(kept.GetCardinality())
	}
	return nil
}

// sample looks at candidates at even distances.
func (s *search) sample(candidates, most int) (looked, wrong int, err error) {
	before := 0
	step := float64(candidates) / float64(most)
	next := step / 2
	for i, f := range s.found {
		if f.all == nil {
			continue
		}
		n := int(f.all.GetCardinality())
		for int(next) < before+n {
			id, err := f.all.Select(uint32(int(next) - before))
			if err != nil {
				return 0, 0, err
			}
			ok, err := s.stands(s.v.parts[i], id, InText)
			if err == nil {
				err = s.ctx.Err()
			}
			if err != nil {
				return 0, 0, err
			}
			looked++
			if !ok {
				wrong++
			}
			next += step
		}
		before += n
	}
	return looked, wrong, nil
}

// stands reports whether every long word stands whole in the fields of the tier.
// That the short ones do is known from their sets.
func (s *search) stands(p *part, id uint32, t Tier) (bool, error) {
	var text []byte
	for i := range s.plan.Words {
		w := &s.plan.Words[i]
		if !w.Loose() || w.InTitle(p.seg.Titles(id)) || t >= InItems && inItems(w, p, id) {
			continue
		}
		if t < InText {
			return false, nil
		}
		if text == nil {
			body, err := p.seg.Body(id)
			if err != nil {
				return false, err
			}
			text = append(body.Text, '\n')
		}
		if !w.In(text) {
			return false, nil
		}
	}
	return true, nil
}

func inItems(w *word.Word, p *part, id uint32) bool {
	ok := false
	p.seg.NamesOf(id, func(name uint32) bool {
		ok = w.In(p.seg.NameAt(name))
		return !ok
	})
	return ok
}

func eachLine(lines []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(lines) > 0 {
			line := lines
			if i := bytes.IndexByte(lines, '\n'); i >= 0 {
				line, lines = lines[:i], lines[i+1:]
			} else {
				lines = nil
			}
			if len(line) > 0 && !yield(line) {
				return
			}
		}
	}
}

// Reason says where one word of the query was found in a hit.
type Reason struct {
	Word string // as it was found: a synonym may stand for what was written
	Tier Tier   // InTitle, InItems or InText
	Line string // the title, the item, or what stands about the word in a text
}

// about is how many characters of a text are shown on either side of a word.
const about = 20

// why says for each word where it was found.
func (s *search) why(h cand) ([]Reason, error) {
	var body segment.Body
	var items []string
	if h.e != nil {
		body = segment.Body{Titles: h.e.doc.Titles, Text: h.e.text}
		for _, n := range h.e.doc.Items {
			items = append(items, n.Shown)
		}
	} else {
		var err error
		if body, err = h.p.seg.Body(h.id); err != nil {
			return nil, err
		}
		h.p.seg.NamesOf(h.id, func(n uint32) bool {
			items = append(items, h.p.seg.Shown(n))
			return true
		})
	}
	out := make([]Reason, 0, len(s.plan.Words))
	for i := range s.plan.Words {
		out = append(out, Why(&s.plan.Words[i], body.Titles, items, body.Text))
	}
	return out, nil
}
