package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"fontis/internal/engine/db"
	"fontis/internal/engine/index"
	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/word"
)

// What bounds a suggestion: so many titles that begin as typed are looked at, and so
// many different ones are taken.
const (
	mostLooked   = 5000
	mostSuggests = 20
)

// Suggest gives titles that begin with what was typed, the best documents first,
// each title once; of documents that the reader may see. Letters that begin no title
// are taken for pinyin.
func (x *Index) Suggest(ctx context.Context, typed string, v index.Visible, limit int) ([]index.Suggestion, error) {
	q := index.Query{Text: typed, Visible: v, Limit: min(max(limit, 1), mostSuggests)}
	if err := q.Check(); err != nil {
		return nil, err
	}
	plan, err := x.read(typed, false)
	if err != nil {
		return nil, err
	}
	folded := fold.Text(clean(typed))
	if folded == "" {
		return nil, nil
	}
	var out []index.Suggestion
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		s := &search{ctx: ctx, tx: tx, x: x, q: &q, plan: plan, whole: true}
		some, err := s.beginning(folded)
		if err != nil {
			return err
		}
		if len(some) == 0 && word.Heard(folded) != nil {
			if some, err = s.sounding(); err != nil {
				return err
			}
		}
		out = suggestions(some, folded, q.Limit)
		return nil
	})
	return out, err
}

// offered is a document whose title may be suggested.
type offered struct {
	key    string
	titles []string
}

func offer(r db.Scanner) (o offered, err error) {
	var text string
	if err := r.Scan(&o.key, &text); err != nil {
		return o, err
	}
	var as shown
	if err := json.Unmarshal([]byte(text), &as); err != nil {
		return o, err
	}
	o.titles = as.Titles
	return o, nil
}

// beginning gives documents with a title that begins so.
func (s *search) beginning(folded string) ([]offered, error) {
	if len(s.q.Visible.Any) == 0 {
		return nil, nil
	}
	a := &ask{}
	from := cut(folded, longestTitle)
	first, last := a.arg(from), a.arg(from+string(utf8.MaxRune))
	a.seen(s.q.Visible)
	if from != folded {
		a.also("strpos(d.title, %s) > 0", a.arg("\n "+folded))
	}
	sql := fmt.Sprintf(`SELECT d.key, d.shown FROM (
			SELECT id FROM (
				SELECT DISTINCT ON (t.folded) d.id, d.place, d.key
				FROM (SELECT folded, document FROM title WHERE folded >= %s AND folded < %s ORDER BY folded LIMIT %d) t
				JOIN document d ON d.id = t.document WHERE %s ORDER BY t.folded, d.place, d.key
			) AS one ORDER BY place, key LIMIT %d
		) AS best JOIN document d ON d.id = best.id ORDER BY d.place, d.key`, first, last, mostLooked, a.all(), 4*mostSuggests)
	rows, err := s.tx.Query(s.ctx, sql, a.args...)
	return db.Collect(rows, err, offer)
}

// sounding gives documents with a title that reads like the letters.
func (s *search) sounding() ([]offered, error) {
	if _, err := s.hear(); err != nil {
		return nil, err
	}
	hits, err := s.hits(0, s.q.Limit)
	if err != nil {
		return nil, err
	}
	var out []offered
	for _, h := range hits {
		o, err := offer(s.tx.QueryRow(s.ctx, sqlOffered, h.id))
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

const sqlOffered = `SELECT key, shown FROM document WHERE id = $1`

// suggestions takes of each document the title that begins as typed, else its first.
func suggestions(some []offered, folded string, limit int) []index.Suggestion {
	var out []index.Suggestion
	seen := map[string]bool{}
	for _, o := range some {
		title := ""
		for i := len(o.titles) - 1; i >= 0; i-- {
			if i == 0 && title == "" || strings.HasPrefix(fold.Text(o.titles[i]), folded) {
				title = o.titles[i]
			}
		}
		if title == "" || seen[title] {
			continue
		}
		seen[title] = true
		if out = append(out, index.Suggestion{Title: title, Key: o.key}); len(out) == limit {
			break
		}
	}
	return out
}

// mostNames are the names that are counted for one question.
const mostNames = 4000

// Items finds names of items.
func (x *Index) Items(ctx context.Context, iq index.ItemQuery) (*index.ItemResult, error) {
	q := index.Query{Text: iq.Text, Filters: iq.Filters, Visible: iq.Visible, Offset: iq.Offset, Limit: iq.Limit}
	if err := x.check(&q); err != nil {
		return nil, err
	}
	plan, err := x.read(iq.Text, false)
	if err != nil {
		return nil, err
	}
	res := &index.ItemResult{Exact: true}
	scope, none := x.scope(&q)
	if none || len(plan.Words) == 0 {
		return res, nil
	}
	a := &ask{}
	var terms []string
	for i := range plan.Words {
		terms = append(terms, termsOf(&plan.Words[i]))
	}
	a.also("terms @@ %s::tsquery", a.arg(strings.Join(terms, " & ")))
	for i := range plan.Words {
		a.also("(%s)", a.holds(&plan.Words[i], `E'\n ' || folded || E' \n'`))
	}
	exact := a.arg(plan.Exact)
	seen := &ask{args: a.args}
	seen.seen(q.Visible)
	if len(q.Filters) > 0 {
		seen.also("d.terms @@ %s::tsquery", seen.arg(strings.Join(scope, " & ")))
	}
	a.args = seen.args
	sql := fmt.Sprintf(`WITH few AS MATERIALIZED (
			SELECT id, folded, shown FROM name WHERE %s ORDER BY folded <> %s, id LIMIT %d),
		counted AS MATERIALIZED (
			SELECT s.folded, s.shown, count(*) AS n FROM few s JOIN named h ON h.name = s.id JOIN document d ON d.id = h.document
			WHERE %s GROUP BY s.id, s.folded, s.shown)
		SELECT shown, n, (SELECT count(*) FROM counted), (SELECT count(*) FROM few) FROM counted
		ORDER BY folded <> %s, n DESC, shown COLLATE "C" LIMIT %s OFFSET %s`,
		a.all(), exact, mostNames, seen.all(), exact, a.arg(max(iq.Limit, 1)), a.arg(iq.Offset))
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, sql, a.args...)
		_, err = db.Collect(rows, err, func(r db.Scanner) (struct{}, error) {
			var h index.ItemHit
			looked := 0
			err := r.Scan(&h.Name, &h.N, &res.Total, &looked)
			res.Hits = append(res.Hits, h)
			res.Exact = looked < mostNames
			return struct{}{}, err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}
