package postgres

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fontis/internal/engine/db"
	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/word"
)

// mostWeighed is how far it is counted how frequent a guess is.
const mostWeighed = 1000

const (
	sqlAfter = `SELECT substr(p.pair, 2) FROM pair p WHERE p.pair >= $1 AND p.pair < $2
		AND ($3 = '' OR EXISTS (SELECT 1 FROM pair n WHERE n.pair = substr(p.pair, 2) || $3)) ORDER BY 1`
	sqlKnown = `SELECT pair FROM pair WHERE pair = ANY($1::text[])`
)

var sqlWeigh = fmt.Sprintf(`SELECT g.n, (SELECT count(*) FROM (SELECT 1 FROM document WHERE terms @@ g.q::tsquery LIMIT %d) AS few)
	FROM unnest($1::text[]) WITH ORDINALITY AS g(q, n)`, mostWeighed)

// meant gives the query with one typing error mended, "" where none is found. A
// guess counts only when it finds something for this reader.
func (s *search) meant() (string, error) {
	for i := range s.plan.Words {
		w := &s.plan.Words[i]
		if w.Ways[0].Kind == word.Prefix {
			continue
		}
		if len(s.plan.Words) > 1 {
			held, err := s.held(w)
			if err != nil {
				return "", err
			}
			if held && !titled(*w) {
				continue
			}
		}
		guesses, err := s.guesses(w.Ways[0].Text)
		if err != nil {
			return "", err
		}
		for _, guess := range guesses {
			plan, text := s.plan.Mended(i, guess)
			one := &search{ctx: s.ctx, tx: s.tx, x: s.x, q: s.q, plan: plan, heard: s.heard}
			if n, _, err := one.count(nil); err != nil || n > 0 {
				return text, err
			}
		}
	}
	return "", nil
}

// guesses are the likeliest words that one error may have made of what was typed.
func (s *search) guesses(typed string) ([]string, error) {
	letters, failed := s.letters([]rune(typed))
	all := word.Guesses(typed, letters)
	if *failed != nil {
		return nil, *failed
	}
	if len(all) == 0 {
		return nil, nil
	}
	queries := make([]string, len(all))
	for i, g := range all {
		w := word.Word{Ways: []word.Way{word.Of(g)}}
		queries[i] = termsOf(&w)
	}
	weight := make(map[string]int, len(all))
	rows, err := s.tx.Query(s.ctx, sqlWeigh, queries)
	_, err = db.Collect(rows, err, func(r db.Scanner) (struct{}, error) {
		at, n := 0, 0
		err := r.Scan(&at, &n)
		if err == nil {
			weight[all[at-1]] = n
		}
		return struct{}{}, err
	})
	if err != nil {
		return nil, err
	}
	return word.Likeliest(all, typed, func(g string) int { return weight[g] }), nil
}

// letters gives what may stand at a place of a word: for letters and digits all of
// them, for Han characters those that stand beside the neighbours somewhere.
func (s *search) letters(runes []rune) (func(i int, between bool) []rune, *error) {
	failed := new(error)
	if len(runes) == 0 || !fold.IsHan(runes[0]) {
		return word.Anywhere, failed
	}
	return func(i int, between bool) []rune {
		after := ""
		next := i + 1
		if between {
			next = i
		}
		if next < len(runes) {
			after = string(runes[next])
		}
		switch {
		case *failed != nil:
			return nil
		case i > 0:
			before := string(runes[i-1])
			return s.column(failed, sqlAfter, before, before+string(utf8.MaxRune), after)
		case after == "":
			return nil
		}
		var alike []string
		fold.Alike(runes[min(i, len(runes)-1)], func(r rune) { alike = append(alike, string(r)+after) })
		return s.column(failed, sqlKnown, alike)
	}, failed
}

// column reads the first characters of one column.
func (s *search) column(failed *error, sql string, args ...any) []rune {
	rows, err := s.tx.Query(s.ctx, sql, args...)
	texts, err := db.Collect(rows, err, func(r db.Scanner) (t string, err error) { return t, r.Scan(&t) })
	if err != nil {
		*failed = err
		return nil
	}
	out := []rune(nil)
	for _, t := range texts {
		if r, n := utf8.DecodeRuneInString(strings.TrimSpace(t)); n > 0 {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
