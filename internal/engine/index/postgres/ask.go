package postgres

import (
	"fmt"
	"strings"

	"fontis/internal/engine/index"
	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
	"fontis/internal/engine/index/word"
)

// ask is a statement on its way: its conditions and what they are given.
type ask struct {
	args  []any
	where []string
	none  bool // nothing can be found
}

// arg gives a value its place in the statement.
func (a *ask) arg(v any) string {
	a.args = append(a.args, v)
	return fmt.Sprintf("$%d", len(a.args))
}

func (a *ask) also(format string, args ...any) {
	a.where = append(a.where, fmt.Sprintf(format, args...))
}

func (a *ask) all() string {
	if len(a.where) == 0 {
		return "true"
	}
	return strings.Join(a.where, " AND ")
}

// scope asks for what the reader may see and the filters let through: first of all
// as a query of terms.
func (x *Index) scope(q *index.Query) (tsquery []string, none bool) {
	lexemes := func(terms []string) []string {
		out := make([]string, len(terms))
		for i, t := range terms {
			out[i] = lexeme(t)
		}
		return out
	}
	audience := func(words []string) []string {
		out := make([]string, len(words))
		for i, w := range words {
			out[i] = segment.AudienceTerm(clean(w))
		}
		return lexemes(out)
	}
	if len(q.Visible.Any) == 0 {
		return nil, true
	}
	tsquery = append(tsquery, anyOf(audience(q.Visible.Any)))
	for _, not := range audience(q.Visible.Not) {
		tsquery = append(tsquery, "!"+not)
	}
	for f, values := range q.Filters {
		if len(values) == 0 {
			return nil, true
		}
		terms := make([]string, len(values))
		for i, v := range values {
			terms[i] = segment.FacetTerm(x.facets[f], clean(v))
		}
		tsquery = append(tsquery, anyOf(lexemes(terms)))
	}
	return tsquery, false
}

// candidates asks for documents that hold the terms of every word, and for the words
// themselves where their terms may stand apart. Ways by sound are left to the caller.
func (x *Index) candidates(q *index.Query, p *word.Plan) *ask {
	a := &ask{}
	terms, none := x.scope(q)
	if none || p.None {
		return &ask{none: true}
	}
	for i := range p.Words {
		w := &p.Words[i]
		terms = append(terms, termsOf(w))
		if w.Ways[0].Titled() || !w.Loose() && !cutShort(w) {
			continue
		}
		var any []string
		for _, column := range []string{"title", "items", "body"} {
			any = append(any, a.holds(w, column))
		}
		a.also("(%s)", strings.Join(any, " OR "))
	}
	a.where = append([]string{fmt.Sprintf("terms @@ %s::tsquery", a.arg(strings.Join(terms, " & ")))}, a.where...)
	if q.Item != "" {
		a.also("id IN (SELECT h.document FROM named h JOIN name n ON n.id = h.name WHERE n.mark = decode(%s, 'hex'))", a.arg(markOf(fold.Text(q.Item))))
	}
	return a
}

// termsOf is a word as a query of terms.
func termsOf(w *word.Word) string {
	var ways []string
	for i := range w.Ways {
		y := &w.Ways[i]
		if y.Kind == word.Prefix {
			ways = append(ways, lexeme(y.Text)+":*")
			continue
		}
		var terms []string
		for _, t := range y.Terms {
			terms = append(terms, lexeme(t))
		}
		ways = append(ways, "("+strings.Join(terms, " & ")+")")
	}
	return anyOf(ways)
}

// cutShort tells a word that is longer than its term.
func cutShort(w *word.Word) bool {
	for i := range w.Ways {
		if len(w.Ways[i].Text) > longestLexeme {
			return true
		}
	}
	return false
}

// holds asks whether a column of lines holds the word in one of its ways.
func (a *ask) holds(w *word.Word, column string) string {
	var any []string
	for i := range w.Ways {
		if y := &w.Ways[i]; !y.Titled() {
			any = append(any, fmt.Sprintf("strpos(%s, %s) > 0", column, a.arg(part(y))))
		}
	}
	return strings.Join(any, " OR ")
}

// part is what stands in a column of lines that holds the word.
func part(y *word.Way) string {
	switch {
	case y.Kind == word.Prefix:
		return " " + y.Text
	case y.Kind == word.Whole && !fold.HasHan(y.Text):
		return " " + y.Text + " "
	}
	return y.Text
}

// tier asks in which tier a document stands that holds every word. A word by its
// sound stands in the title.
func (a *ask) tier(p *word.Plan) string {
	if len(p.Words) == 0 {
		return fmt.Sprint(int(index.InText))
	}
	titles, items := []string{"true"}, []string{"true"}
	for i := range p.Words {
		w := &p.Words[i]
		if w.Ways[0].Titled() {
			continue
		}
		in := a.holds(w, "title")
		titles = append(titles, "("+in+")")
		items = append(items, "("+in+" OR "+a.holds(w, "items")+")")
	}
	exact := "false"
	if p.Exact != "" {
		exact = fmt.Sprintf("strpos(title, %s) > 0", a.arg(about(p.Exact)))
	}
	return fmt.Sprintf("CASE WHEN %s THEN %d WHEN %s THEN %d WHEN %s THEN %d ELSE %d END",
		exact, index.InExactTitle, strings.Join(titles, " AND "), index.InTitle, strings.Join(items, " AND "), index.InItems, index.InText)
}

// seen asks for documents d that the reader may see, without reading their terms.
func (a *ask) seen(v index.Visible) {
	a.also("d.audience && %s::varchar[]", a.arg(cleaned(v.Any)))
	if len(v.Not) > 0 {
		a.also("NOT d.audience && %s::varchar[]", a.arg(cleaned(v.Not)))
	}
}

// lexeme quotes a term for a tsquery.
func lexeme(term string) string {
	term = cut(term, longestLexeme)
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(term) + "'"
}

func anyOf(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " | ") + ")"
}
