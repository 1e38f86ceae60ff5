package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/engine/index"
	"fontis/internal/engine/index/word"
)

// mostHeard is how many titles are looked at for letters that are taken for pinyin.
const mostHeard = 5000

// search is one query on its way, in one snapshot of the tables.
type search struct {
	ctx  context.Context
	tx   *db.Tx
	x    *Index
	q    *index.Query
	plan *word.Plan

	heard []int64 // the documents whose titles read like the letters
	whole bool    // they are all
}

// Search answers the query from the documents that the reader may see.
func (x *Index) Search(ctx context.Context, q index.Query) (*index.Result, error) {
	if err := x.check(&q); err != nil {
		return nil, err
	}
	plan, err := x.read(q.Text, q.Plain)
	if err != nil {
		return nil, err
	}
	res := &index.Result{Exact: true}
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		s := &search{ctx: ctx, tx: tx, x: x, q: &q, plan: plan, whole: true}
		return s.into(res)
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

func (x *Index) check(q *index.Query) error {
	if err := q.Check(); err != nil {
		return err
	}
	for _, f := range q.Facets {
		if _, err := x.knows(f); err != nil {
			return err
		}
	}
	for f := range q.Filters {
		if _, err := x.knows(f); err != nil {
			return err
		}
	}
	return nil
}

func (x *Index) read(text string, plain bool) (*word.Plan, error) {
	known := x.synonyms.Load()
	if plain {
		known = nil
	}
	return word.Read(clean(text), known)
}

func (s *search) into(res *index.Result) (err error) {
	if !s.q.Plain && !s.plan.None {
		if res.Heard, err = s.hear(); err != nil {
			return err
		}
	}
	if res.Total, res.Facets, err = s.count(s.q.Facets); err != nil {
		return err
	}
	res.Exact = s.whole
	if res.Total > 0 && s.q.Limit > 0 {
		if err := s.page(res); err != nil {
			return err
		}
	}
	if s.q.Correct && res.Total == 0 && !s.plan.None {
		res.Meant, err = s.meant()
	}
	return err
}

// asked is the statement's conditions for all words.
func (s *search) asked() *ask {
	a := s.x.candidates(s.q, s.plan)
	if !a.none && slices.ContainsFunc(s.plan.Words, titled) {
		a.also("id = ANY(%s::bigint[])", a.arg(s.heard))
	}
	return a
}

func titled(w word.Word) bool { return w.Ways[0].Titled() }

// count counts what was found, and the facets of it.
func (s *search) count(facets []index.Facet) (int, map[index.Facet][]index.Count, error) {
	out := map[index.Facet][]index.Count{}
	for _, f := range facets {
		out[f] = []index.Count{}
	}
	a := s.asked()
	if a.none {
		return 0, out, nil
	}
	columns, parts := []string{"1 AS one"}, []string{"SELECT -1, '', count(*) FROM found"}
	for i, f := range facets {
		columns = append(columns, fmt.Sprintf("facets[%d] AS f%d", s.x.facets[f]+1, i))
		parts = append(parts, fmt.Sprintf("SELECT %d, f%d, count(*) FROM found WHERE f%d <> '' GROUP BY f%d", i, i, i, i))
	}
	sql := fmt.Sprintf("WITH found AS MATERIALIZED (SELECT %s FROM document WHERE %s) %s",
		strings.Join(columns, ", "), a.all(), strings.Join(parts, " UNION ALL "))
	total := 0
	counts := make([]map[string]int, len(facets))
	for i := range counts {
		counts[i] = map[string]int{}
	}
	rows, err := s.tx.Query(s.ctx, sql, a.args...)
	_, err = db.Collect(rows, err, func(r db.Scanner) (struct{}, error) {
		facet, value, n := 0, "", 0
		err := r.Scan(&facet, &value, &n)
		switch {
		case err != nil:
		case facet < 0:
			total = n
		default:
			counts[facet][value] = n
		}
		return struct{}{}, err
	})
	if err != nil {
		return 0, nil, err
	}
	for i, f := range facets {
		out[f] = s.sorted(f, counts[i])
	}
	return total, out, nil
}

// sorted gives the counts of a facet, the most first; those of a tree by the values
// below Under, each with all below it.
func (s *search) sorted(f index.Facet, counts map[string]int) []index.Count {
	if root, ok := s.q.Under[f]; ok {
		counts = s.rolled(f, counts, root)
	}
	out := make([]index.Count, 0, len(counts))
	for v, n := range counts {
		out = append(out, index.Count{Value: v, N: n})
	}
	slices.SortFunc(out, func(a, b index.Count) int { return cmp.Or(b.N-a.N, strings.Compare(a.Value, b.Value)) })
	if s.q.Top > 0 && len(out) > s.q.Top {
		out = out[:s.q.Top:s.q.Top]
	}
	return out
}

func (s *search) rolled(f index.Facet, counts map[string]int, root string) map[string]int {
	out := map[string]int{}
	for v, n := range counts {
		below := ""
		s.x.spec.Chain(s.x.facets[f], v, func(up string) {
			if up == root && below != "" {
				out[below] += n
			}
			below = up
		})
		if root == "" {
			out[below] += n
		}
	}
	return out
}

// found is a document on the page.
type found struct {
	id   int64
	key  string
	tier int
}

// page gives the hits from the offset on.
func (s *search) page(res *index.Result) error {
	hits, err := s.hits(s.q.Offset, s.q.Limit)
	if err != nil {
		return err
	}
	for _, h := range hits {
		res.Hits = append(res.Hits, index.Hit{Key: h.key, Tier: index.Tier(h.tier)})
	}
	if !s.q.Explain {
		return nil
	}
	for _, h := range hits {
		why, err := s.why(h)
		if err != nil {
			return err
		}
		res.Why = append(res.Why, why)
	}
	return nil
}

func (s *search) hits(offset, limit int) ([]found, error) {
	a := s.asked()
	if a.none {
		return nil, nil
	}
	where := a.all()
	sql := fmt.Sprintf("SELECT id, key, %s AS tier FROM document WHERE %s ORDER BY tier, place, key LIMIT %s OFFSET %s",
		a.tier(s.plan), where, a.arg(limit), a.arg(offset))
	rows, err := s.tx.Query(s.ctx, sql, a.args...)
	return db.Collect(rows, err, func(r db.Scanner) (h found, err error) {
		return h, r.Scan(&h.id, &h.key, &h.tier)
	})
}

const sqlShown = `SELECT shown, body FROM document WHERE id = $1`

// why says for each word where it was found.
func (s *search) why(h found) ([]index.Reason, error) {
	var text, body string
	if err := s.tx.QueryRow(s.ctx, sqlShown, h.id).Scan(&text, &body); err != nil {
		return nil, err
	}
	var as shown
	if err := json.Unmarshal([]byte(text), &as); err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.SplitSeq(body, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	out := make([]index.Reason, 0, len(s.plan.Words))
	for i := range s.plan.Words {
		out = append(out, index.Why(&s.plan.Words[i], as.Titles, as.Items, []byte(strings.Join(lines, "\n"))))
	}
	return out, nil
}

// hear takes a word of letters that nothing holds for the sound of a title, and finds
// the documents of which that is true.
func (s *search) hear() (bool, error) {
	some := false
	for i := range s.plan.Words {
		w := &s.plan.Words[i]
		if len(w.Ways) > 1 || w.Ways[0].Kind != word.Whole {
			continue
		}
		ways := word.Heard(w.Ways[0].Text)
		if len(ways) == 0 {
			continue
		}
		held, err := s.held(w)
		if err != nil {
			return false, err
		}
		if !held {
			w.Ways, some = ways, true
		}
	}
	if !some {
		return false, nil
	}
	return true, s.listen()
}

// held tells whether anything that may be found holds the word.
func (s *search) held(w *word.Word) (held bool, err error) {
	a := s.x.candidates(s.q, &word.Plan{Words: []word.Word{*w}})
	if a.none {
		return false, nil
	}
	return held, s.tx.QueryRow(s.ctx, "SELECT EXISTS (SELECT 1 FROM document WHERE "+a.all()+")", a.args...).Scan(&held)
}

// listen reads the titles of the candidates.
func (s *search) listen() error {
	a := s.x.candidates(s.q, s.plan)
	if a.none {
		return nil
	}
	sql := fmt.Sprintf("SELECT id, title FROM document WHERE %s ORDER BY place, key LIMIT %d", a.all(), mostHeard)
	rows, err := s.tx.Query(s.ctx, sql, a.args...)
	looked := 0
	s.heard = []int64{}
	_, err = db.Collect(rows, err, func(r db.Scanner) (struct{}, error) {
		var id int64
		var title string
		if err := r.Scan(&id, &title); err != nil {
			return struct{}{}, err
		}
		looked++
		if s.reads(title) {
			s.heard = append(s.heard, id)
		}
		return struct{}{}, nil
	})
	s.whole = looked < mostHeard
	return err
}

func (s *search) reads(title string) bool {
	return !slices.ContainsFunc(s.plan.Words, func(w word.Word) bool { return titled(w) && !w.InTitle([]byte(title)) })
}
