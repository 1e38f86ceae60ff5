package intake

import (
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fontis/internal/duty/catalog/intake/input"
)

// Suggestion is what one column probably means.
type Suggestion struct {
	Column string `json:"column"`
	// Field is empty where nothing fits; the steward then maps the column or
	// sets it aside.
	Field      Field   `json:"field,omitempty"`
	Confidence float64 `json:"confidence"`
	// Why is "name", "name-part", "values", "contact", "number", "returns",
	// "markup" or "".
	Why    string   `json:"why,omitempty"`
	Sample []string `json:"sample,omitempty"`
}

// Proposal is a mapping to begin with, and the reason of each line.
type Proposal struct {
	Mapping Mapping      `json:"mapping"`
	Columns []Suggestion `json:"columns"`
	// Unmapped are the columns that nothing is known about.
	Unmapped []string `json:"unmapped,omitempty"`
}

// sampleRows is how many records a suggestion looks at.
const sampleRows = 50

// Sample reads the first records, for Suggest.
func Sample(r input.Reader, n int) ([]input.Record, error) {
	var out []input.Record
	for len(out) < n {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if len(out) > 0 {
				break // the import itself will name the place
			}
			return nil, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// Propose opens nothing: it reads the first records of r and suggests.
func Propose(r input.Reader) (Proposal, error) {
	rows, err := Sample(r, sampleRows)
	if err != nil {
		return Proposal{}, err
	}
	f := r.Facts()
	p := Suggest(r.Columns(), rows)
	if known := preset(f.Format); known != nil {
		p = known.proposal(r.Columns(), rows)
	}
	p.Mapping.File.Sheet, p.Mapping.File.HeaderLine = f.Sheet, f.HeaderLine
	if f.HeaderLine == 0 && f.Format.IsTable() {
		p.Mapping.File.NoHeader = true
		p.Mapping.File.Columns = slices.Clone(r.Columns())
	}
	return p, nil
}

// Suggest proposes a mapping from the names of the columns and, where those say
// nothing, from their values.
func Suggest(columns []string, rows []input.Record) Proposal {
	names, aside := columnWords(), setAside()
	p := Proposal{Mapping: Mapping{Version: 1, Items: NoItems}}
	taken := map[Field]bool{}
	for _, c := range columns {
		s := Suggestion{Column: c, Sample: samples(c, rows, 3)}
		switch f, known := names[fold(c)]; {
		case aside[fold(c)] != "":
			s.Why, s.Confidence, s.Sample = aside[fold(c)], 1, nil
		case strings.Contains(c, "@"):
			s.Why, s.Confidence = "markup", 1
		case known && !taken[f]:
			s.Field, s.Why, s.Confidence = f, "name", 1
		default:
			s.Field, s.Why, s.Confidence = byPart(c, names, taken)
		}
		if s.Field != "" {
			taken[s.Field] = true
		}
		p.Columns = append(p.Columns, s)
	}
	for i := range p.Columns {
		if s := &p.Columns[i]; s.Why == "" {
			s.Field, s.Why, s.Confidence = byValues(s.Column, rows, taken)
			if s.Field != "" {
				taken[s.Field] = true
			}
		}
	}
	p.placeItems(rows, taken)
	p.finish(taken)
	return p
}

// placeItems decides what a column of items is: the list of all items of the
// data set, or the name of the one item that the line is about.
func (p *Proposal) placeItems(rows []input.Record, taken map[Field]bool) {
	if !taken[Items] || !p.lineAnItem(rows, taken) {
		return
	}
	at := slices.IndexFunc(p.Columns, func(s Suggestion) bool { return s.Field == Items })
	delete(taken, Items)
	if taken[ItemName] {
		p.Columns[at].Field, p.Columns[at].Why, p.Columns[at].Confidence = "", "", 0
		return
	}
	p.Columns[at].Field = ItemName
	taken[ItemName] = true
}

// lineAnItem holds when the lines, looked at together, have one item each: their
// cells are no lists, and they tell more of the item or repeat the data set.
func (p *Proposal) lineAnItem(rows []input.Record, taken map[Field]bool) bool {
	if taken[ItemName] {
		return true
	}
	cells, lists := 0, 0
	for _, r := range rows {
		if n := len(splitList(r.Cells[p.columnOf(Items)], nil)); n > 0 {
			cells++
			if n > 1 {
				lists++
			}
		}
	}
	if 2*lists > cells {
		return false
	}
	for f := range taken {
		if f.OfItem() {
			return true
		}
	}
	return p.setRepeats(rows)
}

// setRepeats holds when a line names the data set of the line above again, or
// none at all, and yet an item.
func (p *Proposal) setRepeats(rows []input.Record) bool {
	var columns []string
	for _, f := range []Field{Name, "name_zh", "name_en", "code", "provider"} {
		if c := p.columnOf(f); c != "" {
			columns = append(columns, c)
		}
	}
	above, itemAbove := "", ""
	for _, r := range rows {
		var set []string
		for _, c := range columns {
			set = append(set, strings.TrimSpace(r.Cells[c]))
		}
		here, item := strings.Join(set, "\x00"), strings.TrimSpace(r.Cells[p.columnOf(Items)])
		again := here == above || strings.Trim(here, "\x00") == ""
		if above != "" && again && item != "" && item != itemAbove {
			return true
		}
		above, itemAbove = here, item
	}
	return false
}

// columnOf is the column that is suggested for the field.
func (p *Proposal) columnOf(f Field) string {
	for _, s := range p.Columns {
		if s.Field == f {
			return s.Column
		}
	}
	return ""
}

// finish makes the mapping of the suggestions. What a column says of one item is
// left for the steward to place where no line is one item.
func (p *Proposal) finish(taken map[Field]bool) {
	switch {
	case taken[Items]:
		p.Mapping.Items = ItemsList
	case taken[ItemName] || taken["item.code"]:
		p.Mapping.Items = ItemsLines
	}
	for i := range p.Columns {
		if s := &p.Columns[i]; s.Field.OfItem() && p.Mapping.Items != ItemsLines {
			s.Field, s.Why, s.Confidence = "", "", 0
		}
	}
	for _, s := range p.Columns {
		switch {
		case s.Field != "":
			p.Mapping.Map = append(p.Mapping.Map, Rule{Column: s.Column, Field: s.Field})
		case s.Why != "":
			p.Mapping.Ignore = append(p.Mapping.Ignore, s.Column)
		default:
			p.Unmapped = append(p.Unmapped, s.Column)
		}
	}
}

func samples(column string, rows []input.Record, n int) []string {
	var out []string
	for _, r := range rows {
		if v := strings.TrimSpace(r.Cells[column]); v != "" && !slices.Contains(out, input.Cut(v, input.CutRunes)) {
			if out = append(out, input.Cut(v, input.CutRunes)); len(out) == n {
				break
			}
		}
	}
	return out
}

// byPart finds a known name inside the column's, the longest first: 本单位共享类型
// holds 共享类型. A short piece proves nothing.
func byPart(column string, names map[string]Field, taken map[Field]bool) (Field, string, float64) {
	folded := fold(column)
	best, longest := Field(""), 0
	for n, f := range names {
		size := utf8.RuneCountInString(n)
		if n[0] < utf8.RuneSelf {
			size /= 3 // letters say less than Han signs
		}
		if size >= 3 && !taken[f] && strings.Contains(folded, n) && (size > longest || size == longest && f < best) {
			best, longest = f, size
		}
	}
	if best == "" {
		return "", "", 0
	}
	return best, "name-part", 0.6 + 0.3*float64(longest)/float64(max(longest, utf8.RuneCountInString(folded)))
}

// byValues looks whether the column's values are words of one closed list.
func byValues(column string, rows []input.Record, taken map[Field]bool) (Field, string, float64) {
	for _, f := range []Field{"share_type", "update_cycle", "open_type", "subject_kind", "origin_class"} {
		if taken[f] {
			continue
		}
		known, ok, all := valueWords(f), 0, 0
		for _, r := range rows {
			v := strings.TrimSpace(r.Cells[column])
			if v == "" {
				continue
			}
			all++
			// A bare digit or 是/否 is a word of many lists and proves none.
			telling := utf8.RuneCountInString(v) > 1 && strings.IndexFunc(v, unicode.IsLetter) >= 0
			if word := known[wordKey(v)]; telling && word != "" {
				ok++
			}
		}
		if all >= 3 && ok*5 >= all*4 {
			return f, "values", 0.7 * float64(ok) / float64(all)
		}
	}
	return "", "", 0
}
