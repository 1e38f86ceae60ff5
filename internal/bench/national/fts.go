package national

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	_ "modernc.org/sqlite" // the driver of the comparison

	"fontis/demo/nation"
	"fontis/internal/engine/index/fold"
)

// sideBySide is the same search on SQLite's FTS5: the same terms, its hits as one
// list, total, facets and order from columns in memory.
type sideBySide struct {
	db     *sql.DB
	titles []uint8 // characters of the title, by rowid
	codes  [4][]uint32
	values [4]map[string]uint32
	above  []uint32 // division -> province
}

func (m *measuring) fts(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(off)&_pragma=synchronous(off)&_pragma=cache_size(-262144)&_pragma=mmap_size(8000000000)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	s := &sideBySide{db: db, titles: make([]uint8, m.Sets+1)}
	for f := range s.codes {
		s.codes[f], s.values[f] = make([]uint32, m.Sets+1), map[string]uint32{}
	}
	began, before := time.Now(), cpu()
	if err := m.fill(ctx, s); err != nil {
		return fmt.Errorf("fill FTS5: %w", err)
	}
	m.figures["fts5_load_s"], m.figures["fts5_load_cpu_s"] = time.Since(began).Seconds(), (cpu() - before).Seconds()
	m.say("FTS5 loaded in %.1f s, %.1f cpu-s", m.figures["fts5_load_s"], m.figures["fts5_load_cpu_s"])
	by, err := m.perClass(func(q nation.Query) (int, error) { return s.search(ctx, q) })
	if err != nil {
		return err
	}
	m.figures["fts5_cpu_ms_by_class"] = by
	ours := m.figures["cpu_ms_by_class"].(map[string]Cost)
	ratios, mine, theirs := map[string]float64{}, 0.0, 0.0
	for class, c := range by {
		ratios[class] = c.CPU / ours[class].CPU
		mine, theirs = mine+ours[class].CPU, theirs+c.CPU
	}
	m.figures["fts5_times_our_cpu_by_class"], m.figures["fts5_times_our_cpu"] = ratios, theirs/mine
	m.say("FTS5 takes %.1f times our processor time: %v; cpu-ms %v", theirs/mine, ratios, by)
	return nil
}

func (m *measuring) fill(ctx context.Context, s *sideBySide) error {
	const create = `CREATE VIRTUAL TABLE f USING fts5(title, items, text, content='', tokenize="ascii tokenchars '_'")`
	const insert = `INSERT INTO f (rowid, title, items, text) VALUES ($1, $2, $3, $4)`
	if _, err := s.db.ExecContext(ctx, create); err != nil {
		return err
	}
	for from := 0; from < m.Sets; from += 20_000 {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		st, err := tx.PrepareContext(ctx, insert)
		if err != nil {
			return err
		}
		for i := from; i < min(m.Sets, from+20_000); i++ {
			d := doc(m.nation.Set(i))
			s.titles[i+1] = uint8(min(255, utf8.RuneCountInString(fold.Text(d.Titles[0]))))
			for f, facet := range facets {
				s.codes[f][i+1] = s.code(f, d.Facets[facet])
			}
			if _, err := st.ExecContext(ctx, i+1, bigrams(d.Titles), bigrams(d.Items), bigrams(d.Texts)); err != nil {
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		if from%100_000 == 0 {
			m.say("FTS5: %d sets", from)
		}
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO f (f) VALUES ('optimize')`)
	return err
}

func (s *sideBySide) code(f int, value string) uint32 {
	if value == "" {
		return 0
	}
	c, ok := s.values[f][value]
	if !ok {
		c = uint32(len(s.values[f]) + 1)
		s.values[f][value] = c
	}
	return c
}

// bigrams writes texts as the terms that FTS5 keeps.
func bigrams(texts []string) string {
	var out []string
	for _, t := range texts {
		for run := range strings.FieldsSeq(fold.Text(t)) {
			out = append(out, phraseOf(run)...)
		}
	}
	return strings.Join(out, " ")
}

func phraseOf(run string) []string {
	if r, _ := utf8.DecodeRuneInString(run); !fold.IsHan(r) {
		return []string{run}
	}
	var out []string
	fold.Pairs(run, func(t string) { out = append(out, t) })
	return out
}

func (s *sideBySide) search(ctx context.Context, q nation.Query) (int, error) {
	var words, titles []string
	for run := range strings.FieldsSeq(fold.Text(q.Text)) {
		p := `"` + strings.Join(phraseOf(run), " ") + `"`
		words, titles = append(words, p), append(titles, "title : "+p)
	}
	all, err := s.ids(ctx, strings.Join(words, " AND "))
	if err != nil {
		return 0, err
	}
	if q.Region != "" {
		all = slices.DeleteFunc(all, func(id uint32) bool { return !s.passes(q, id) })
	}
	var counts [4][]uint32
	for f := range counts {
		counts[f] = make([]uint32, len(s.values[f])+1)
		for _, id := range all {
			counts[f][s.codes[f][id]]++
		}
	}
	best, err := s.ids(ctx, strings.Join(titles, " AND "))
	if err != nil {
		return 0, err
	}
	if q.Region != "" {
		best = slices.DeleteFunc(best, func(id uint32) bool { return !s.passes(q, id) })
	}
	s.page(best, q.Offset+10)
	return len(all), nil
}

// page takes the first by the length of their titles: a counting sort.
func (s *sideBySide) page(ids []uint32, need int) []uint32 {
	var buckets [256][]uint32
	for _, id := range ids {
		if b := &buckets[s.titles[id]]; len(*b) < need {
			*b = append(*b, id)
		}
	}
	var out []uint32
	for _, b := range buckets {
		slices.SortFunc(b, cmp.Compare)
		out = append(out, b...)
		if len(out) >= need {
			break
		}
	}
	return out
}

func (s *sideBySide) passes(q nation.Query, id uint32) bool {
	if s.above == nil {
		s.above = make([]uint32, len(s.values[1])+1)
		for v, c := range s.values[1] {
			n, _ := strconv.Atoi(v[:2])
			s.above[c] = uint32(n)
		}
	}
	n, _ := strconv.Atoi(q.Region[:2])
	return s.above[s.codes[1][id]] == uint32(n) && s.codes[2][id] == s.values[2][q.Share]
}

func (s *sideBySide) ids(ctx context.Context, match string) ([]uint32, error) {
	const query = `SELECT COALESCE(group_concat(rowid), '') FROM f WHERE f MATCH $1`
	var list string
	if err := s.db.QueryRowContext(ctx, query, match).Scan(&list); err != nil {
		return nil, err
	}
	var out []uint32
	n := uint32(0)
	for i := range len(list) {
		if c := list[i]; c == ',' {
			out, n = append(out, n), 0
		} else {
			n = 10*n + uint32(c-'0')
		}
	}
	if list != "" {
		out = append(out, n)
	}
	return out, nil
}
