package index

import (
	"bytes"
	"context"
	"runtime"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
	"fontis/internal/engine/index/word"
)

// Suggestion is a title that begins as it was typed, with one document that has
// it.
type Suggestion struct {
	Title string
	Key   string
}

// What bounds a suggestion: so many titles of a range are looked at one by one,
// and of a longer range so many documents in their order.
const (
	shortRange   = 2048
	mostLooked   = 20_000
	mostSuggests = 20
)

// Suggest gives titles that begin with what was typed, the best documents first,
// each title once; of documents that the reader may see. Letters that begin no
// title are taken for pinyin.
func (x *Index) Suggest(ctx context.Context, typed string, v Visible, limit int) ([]Suggestion, error) {
	q := Query{Text: typed, Visible: v, Limit: min(max(limit, 1), mostSuggests)}
	if err := q.Check(); err != nil {
		return nil, err
	}
	p, err := x.read("", true)
	if err != nil {
		return nil, err
	}
	s := &search{ctx: ctx, x: x, q: &q, v: x.now.Load(), plan: p}
	defer runtime.KeepAlive(s.v)
	typed = fold.Text(typed)
	if typed == "" {
		return nil, nil
	}
	s.scope()
	var best []cand
	for i, part := range s.v.parts {
		best = append(best, s.beginning(part, s.scopes[i], typed)...)
	}
	for _, e := range s.v.tail {
		if titleBegins(e.title, typed) && s.allows(e) {
			best = append(best, cand{e: e})
		}
	}
	if len(best) == 0 && word.Heard(typed) != nil {
		best, err = x.sounding(ctx, q)
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(best, compare)
	return suggestions(best, typed, q.Limit)
}

// sounding gives documents with a title that reads like the letters.
func (x *Index) sounding(ctx context.Context, q Query) ([]cand, error) {
	s := &search{ctx: ctx, x: x, q: &q, v: x.now.Load(), buf: make([]uint32, block)}
	var err error
	if s.plan, err = x.read(q.Text, false); err != nil {
		return nil, err
	}
	s.scope()
	s.hear()
	s.find()
	if err := s.settle(); err != nil {
		return nil, err
	}
	return s.page()
}

func suggestions(best []cand, typed string, limit int) ([]Suggestion, error) {
	var out []Suggestion
	seen := map[string]bool{}
	for _, c := range best {
		title, err := c.title(typed)
		if err != nil {
			return nil, err
		}
		if title == "" || seen[title] {
			continue
		}
		seen[title] = true
		if out = append(out, Suggestion{title, c.key()}); len(out) == limit {
			break
		}
	}
	return out, nil
}

// title is the title of a document that begins as typed, else its first.
func (c cand) title(typed string) (string, error) {
	var titles []string
	if c.e != nil {
		titles = c.e.doc.Titles
	} else {
		body, err := c.p.seg.Body(c.id)
		if err != nil {
			return "", err
		}
		titles = body.Titles
	}
	for _, t := range titles {
		if bytes.HasPrefix([]byte(fold.Text(t)), []byte(typed)) {
			return t, nil
		}
	}
	if len(titles) == 0 {
		return "", nil
	}
	return titles[0], nil
}

func titleBegins(titles []byte, typed string) bool {
	for line := range eachLine(titles) {
		if bytes.HasPrefix(line, []byte(typed)) {
			return true
		}
	}
	return false
}

// beginning gives the first documents of a part with a title that begins so: in a
// short range of titles by looking at all, in a long one by going through the
// documents that hold its words in their order. The same title is given a few
// times at most.
func (s *search) beginning(p *part, scope *roaring.Bitmap, typed string) []cand {
	if scope == nil {
		return nil
	}
	const enough = 4 * mostSuggests
	from, to := p.seg.TitleRange(typed, false)
	var ids []uint32
	if to-from <= shortRange {
		last := []byte(nil)
		for i := from; i < to; i++ {
			title, id := p.seg.TitleAt(i)
			if !scope.Contains(id) || last != nil && bytes.Equal(title, last) {
				continue
			}
			last = title
			ids = append(ids, id)
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
	} else {
		ids = s.walk(p, scope, typed, enough)
	}
	out := make([]cand, 0, min(len(ids), enough))
	for _, id := range ids[:min(len(ids), enough)] {
		out = append(out, cand{p: p, id: id})
	}
	return out
}

func (s *search) walk(p *part, scope *roaring.Bitmap, typed string, enough int) []uint32 {
	var some []*roaring.Bitmap
	fold.Terms(typed, func(t string) {
		if set := p.seg.Lookup(t).Set(segment.Title); set != nil {
			some = append(some, set) // the last word may be unfinished
		}
	})
	holding := intersection(append(some, scope))
	if holding == nil {
		holding = scope
	}
	var ids []uint32
	seen := map[string]bool{}
	looked := 0
	for it := holding.Iterator(); it.HasNext() && len(ids) < enough && looked < mostLooked; looked++ {
		id := it.Next()
		if titles := p.seg.Titles(id); titleBegins(titles, typed) && !seen[string(titles)] {
			seen[string(titles)] = true
			ids = append(ids, id)
		}
	}
	return ids
}
