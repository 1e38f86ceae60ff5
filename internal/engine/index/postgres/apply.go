package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"fontis/internal/engine/db"
	"fontis/internal/engine/index"
	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
	"fontis/internal/vocab"
)

const (
	sqlRemove = `DELETE FROM document WHERE key = ANY($1::text[])`
	sqlInsert = `INSERT INTO document (key, place, title, items, body, shown, facets, audience, terms)
		SELECT key, place, title, items, body, shown, facets, audience, array_to_tsvector(terms)
		FROM json_to_recordset($1::json) AS d (key text, place bigint, title text, items text, body text, shown json, facets text[], audience text[], terms text[])`
	sqlTitles = `INSERT INTO title (folded, document) SELECT t.folded, d.id
		FROM json_to_recordset($1::json) AS t (key text, folded text) JOIN document d ON d.key = t.key`
	// In one order whoever writes: names are shared by documents.
	sqlNames = `INSERT INTO name (mark, folded, shown, terms)
		SELECT decode(mark, 'hex'), folded, shown, array_to_tsvector(terms)
		FROM json_to_recordset($1::json) AS n (mark text, folded text, shown text, terms text[])
		ORDER BY mark ON CONFLICT (mark) DO NOTHING`
	sqlNamed = `INSERT INTO named (name, document) SELECT n.id, d.id
		FROM json_to_recordset($1::json) AS h (key text, mark text)
		JOIN document d ON d.key = h.key JOIN name n ON n.mark = decode(h.mark, 'hex')`
	sqlPairs = `INSERT INTO pair (pair) SELECT DISTINCT p FROM unnest($1::text[]) AS p ON CONFLICT (pair) DO NOTHING`

	sqlForget = `DELETE FROM name n WHERE NOT EXISTS (SELECT 1 FROM named h WHERE h.name = n.id)`
	sqlSettle = `SELECT gin_clean_pending_list('document_terms'), gin_clean_pending_list('name_terms')`
	sqlCount  = `ANALYZE document, title, name, named`
)

// What a row holds of what is longer.
const (
	longestLexeme = 500 // bytes; a tsvector takes 2,046
	longestTitle  = 600 // bytes of the beginning by which it is suggested
)

// Apply does the changes in one transaction; searches that begin afterwards see all
// of them. A position that was reached before is skipped whole; position 0 is for
// filling, and moves nothing.
func (x *Index) Apply(ctx context.Context, position int64, changes []index.Change) error {
	last := map[string]int{}
	for i, c := range changes {
		if c.Key == "" {
			return vocab.InternalError.Because("a document without a key")
		}
		last[c.Key] = i
	}
	b := &batch{x: x, names: map[string]bool{}, pairs: map[string]bool{}}
	for i, c := range changes {
		if last[c.Key] == i {
			b.add(c)
		}
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	if position != 0 && position <= x.Position() {
		return nil
	}
	return x.moving(ctx, position, func(tx *db.Tx) error { return b.write(ctx, tx) })
}

// write is moving to where the tables stand already.
func (x *Index) write(ctx context.Context, fn func(*db.Tx) error) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	return x.moving(ctx, 0, fn)
}

// moving changes the tables and their position together. The position stands in the
// tables when the filling ended: one that was killed is begun anew.
func (x *Index) moving(ctx context.Context, position int64, fn func(*db.Tx) error) error {
	x.mu.Lock()
	anew, to, mark := x.anew, max(x.position, position), x.mark
	x.mu.Unlock()
	err := x.db.Write(ctx, func(tx *db.Tx) error {
		if anew {
			if _, err := tx.Exec(ctx, sqlEmpty); err != nil {
				return err
			}
		}
		if err := fn(tx); err != nil || to == 0 {
			return err
		}
		_, err := tx.Exec(ctx, sqlSetState, x.origin(), to, mark.Position, mark.Text)
		return err
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.anew = false
	if to > x.position {
		x.position = to
		close(x.moved)
		x.moved = make(chan struct{})
	}
	return nil
}

// Compact forgets names that no document has, and tells the server what it holds.
func (x *Index) Compact(ctx context.Context) error {
	return x.write(ctx, func(tx *db.Tx) error {
		for _, sql := range []string{sqlForget, sqlSettle, sqlCount} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
}

// batch is what one transaction writes.
type batch struct {
	x      *Index
	keys   []string
	docs   []docRow
	titles []titleRow
	name   []nameRow
	named  []namedRow
	names  map[string]bool
	pairs  map[string]bool
}

type docRow struct {
	Key    string   `json:"key"`
	Place  int64    `json:"place"`
	Title  string   `json:"title"`
	Items  string   `json:"items"`
	Body   string   `json:"body"`
	Shown  shown    `json:"shown"`
	Facets []string `json:"facets"`

	Audience []string `json:"audience"`
	Terms    []string `json:"terms"`
}

type shown struct {
	Titles []string `json:"titles"`
	Items  []string `json:"items"`
}

type titleRow struct {
	Key    string `json:"key"`
	Folded string `json:"folded"`
}

type nameRow struct {
	Mark   string   `json:"mark"`
	Folded string   `json:"folded"`
	Shown  string   `json:"shown"`
	Terms  []string `json:"terms"`
}

type namedRow struct {
	Key  string `json:"key"`
	Mark string `json:"mark"`
}

func (b *batch) add(c index.Change) {
	key := clean(c.Key)
	b.keys = append(b.keys, key)
	if c.Doc == nil {
		return
	}
	d := c.Doc
	titles := fold.Lines(d.Titles)
	row := docRow{
		Key: key, Place: int64(index.Place(titles, d.Rank)), Title: about(titles), Body: about(fold.Lines(d.Texts)),
		Shown: shown{Titles: cleaned(d.Titles)}, Facets: make([]string, len(b.x.opts.Facets)), Audience: cleaned(d.Audience),
	}
	terms := lexemes{}
	terms.text(titles)
	terms.text(fold.Lines(d.Texts))
	fold.Sounds(titles, func(pair string, initials bool) { terms.add(segment.SoundTerm(pair, initials)) })
	for line := range strings.SplitSeq(titles, "\n") {
		if line != "" {
			b.titles = append(b.titles, titleRow{key, cut(line, longestTitle)})
		}
	}
	var items []string
	mine := map[string]bool{}
	for _, name := range d.Items {
		f := fold.Text(name)
		if f == "" {
			continue
		}
		items = append(items, f)
		row.Shown.Items = append(row.Shown.Items, clean(name))
		terms.text(f)
		mark := markOf(f)
		if !mine[mark] {
			mine[mark] = true
			b.named = append(b.named, namedRow{key, mark})
		}
		if !b.names[mark] {
			b.names[mark] = true
			own := lexemes{}
			own.text(f)
			b.name = append(b.name, nameRow{mark, f, clean(name), own.list()})
		}
	}
	row.Items = about(strings.Join(items, "\n"))
	for t := range terms {
		if r, n := utf8.DecodeRuneInString(t); fold.IsHan(r) && n < len(t) {
			b.pairs[t] = true
		}
	}
	for _, a := range row.Audience {
		terms.add(segment.AudienceTerm(a))
	}
	for f, v := range d.Facets {
		if i, ok := b.x.facets[f]; ok {
			row.Facets[i] = clean(v)
			b.x.spec.Chain(i, row.Facets[i], func(v string) { terms.add(segment.FacetTerm(i, v)) })
		}
	}
	row.Terms = terms.list()
	b.docs = append(b.docs, row)
}

func (b *batch) write(ctx context.Context, tx *db.Tx) error {
	if len(b.keys) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlRemove, b.keys); err != nil {
		return err
	}
	pairs := make([]string, 0, len(b.pairs))
	for p := range b.pairs {
		pairs = append(pairs, p)
	}
	slices.Sort(pairs)
	for _, step := range []struct {
		sql  string
		rows any
	}{{sqlInsert, b.docs}, {sqlTitles, b.titles}, {sqlNames, b.name}, {sqlNamed, b.named}} {
		text, err := json.Marshal(step.rows)
		if err != nil {
			return err
		}
		if string(text) == "null" {
			continue
		}
		if _, err := tx.Exec(ctx, step.sql, string(text)); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, sqlPairs, pairs)
	return err
}

// lexemes are the different terms of a document.
type lexemes map[string]bool

func (l lexemes) add(term string)    { l[cut(term, longestLexeme)] = true }
func (l lexemes) text(folded string) { fold.Terms(folded, l.add) }

func (l lexemes) list() []string {
	out := make([]string, 0, len(l))
	for t := range l {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

func markOf(folded string) string {
	sum := sha256.Sum256([]byte(folded))
	return hex.EncodeToString(sum[:])
}

// about writes folded lines so that a line, a word and the beginning of a word can
// each be looked for as a part of the whole.
func about(lines string) string {
	if lines == "" {
		return ""
	}
	return "\n " + strings.ReplaceAll(lines, "\n", " \n ") + " \n"
}

// cut gives at most so many bytes of whole characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// clean is text that PostgreSQL takes: UTF-8 without NUL.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func cleaned(in []string) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		if s != "" {
			out = append(out, clean(s))
		}
	}
	return out
}
