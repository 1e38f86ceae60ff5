package intake

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// Sink takes what Apply makes. An error from it ends the import.
type Sink struct {
	// Good takes each draft, in the order of the file.
	Good func(catalog.Draft) error
	// Bad takes each rejected line, in the order of the file; nil drops them.
	Bad func(Reject) error
	// Whose tells of an entry that the sender sees in this catalog whose it is; nil
	// knows none.
	Whose func(vocab.DatasetID) (Whose, error)
}

// Apply reads all records and gives drafts and rejects. It keeps in memory one
// data set and a fingerprint of each key.
func Apply(ctx context.Context, r input.Reader, m Mapping, sink Sink) (Report, error) {
	a := &applier{m: m, words: newWords(m), sink: sink, table: r.Facts().Format.IsTable(), seen: map[[16]byte]int{}, targets: Targets(), report: newReport()}
	if err := a.compile(r.Columns(), r.Facts().Format); err != nil {
		return a.report, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return a.report, err
		}
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return a.report, fmt.Errorf("after %d lines: %w", a.report.Lines, err)
		}
		a.report.Lines++
		if err := a.take(rec); err != nil {
			return a.report, err
		}
	}
	if err := a.flush(); err != nil {
		return a.report, err
	}
	a.columns(r)
	return a.report, nil
}

type rule struct {
	Rule
	pattern *regexp.Regexp
}

type applier struct {
	m     Mapping
	rules []rule
	words words
	sink  Sink
	table bool             // its columns are named by whoever wrote the list
	seen  map[[16]byte]int // key of a data set to its first line
	open  *group
	// targets fixes the order in which fields are set and troubles named.
	targets []Field
	report  Report
}

func (a *applier) compile(columns []string, f input.Format) error {
	if !f.IsTable() {
		// Entries name their own keys; a key of the mapping may come later.
		for _, r := range a.m.Map {
			if !slices.Contains(columns, r.Column) {
				columns = append(columns, r.Column)
			}
		}
	}
	if err := a.m.Check(columns); err != nil {
		return err
	}
	for _, r := range a.m.Map {
		c := rule{Rule: r}
		if r.Pattern != "" {
			c.pattern = regexp.MustCompile(r.Pattern) // checked above
		}
		a.rules = append(a.rules, c)
	}
	return nil
}

// columns lists those that no rule named.
func (a *applier) columns(r input.Reader) {
	aside := setAside()
	for _, c := range r.Columns() {
		used := slices.ContainsFunc(a.rules, func(r rule) bool { return r.Column == c })
		switch {
		case used || isReturned(c):
		case slices.Contains(a.m.Ignore, c) || aside[fold(c)] == "returns":
			a.report.Ignored = append(a.report.Ignored, c)
		default:
			a.report.Unused = append(a.report.Unused, c)
		}
	}
	a.report.Notes = r.Facts().Notes
}

// line is one record while it is turned into fields.
type line struct {
	rec      input.Record
	of       vocab.DatasetID // the sender's own entry that it names
	fields   map[Field]string
	from     map[Field]string
	troubles []input.Trouble
}

func (l *line) add(t *input.Trouble, f Field) {
	if t == nil {
		return
	}
	t.Line, t.Column = l.rec.Line, l.from[f]
	if t.Column != "" {
		t.Value = input.Cut(l.rec.Cells[t.Column], input.CutRunes)
	}
	l.troubles = append(l.troubles, *t)
}

// take turns a record into fields and joins it to its data set.
func (a *applier) take(rec input.Record) error {
	of, whose, err := a.standing(rec)
	if err != nil {
		return err
	}
	if whose == Others {
		return a.leaveOut(rec, of)
	}
	l := a.read(rec, of)
	key := a.key(l)
	if a.m.Items == ItemsLines && a.open != nil && (key == "" || key == a.open.key) {
		a.join(l, key)
		if a.open.full() {
			l.add(&input.Trouble{Problem: input.ItemsTooMany, Args: []string{strconv.Itoa(maxItems)}, Rejects: true}, ItemName)
			a.open.lines[len(a.open.lines)-1].troubles = l.troubles
			return a.flush()
		}
		return nil
	}
	if err := a.flush(); err != nil {
		return err
	}
	a.begin(l, key)
	return nil
}

// read applies the rules, the constants and the defaults to one record. Of an entry
// of the sender's own only what the file carries whole is read.
func (a *applier) read(rec input.Record, of vocab.DatasetID) *line {
	l := &line{rec: rec, of: of, fields: map[Field]string{}, from: map[Field]string{}, troubles: slices.Clone(rec.Troubles)}
	raw := map[Field]string{}
	for _, r := range a.rules {
		if of != "" && !carried(rec, r.Column) {
			continue
		}
		cell := strings.TrimSpace(rec.Cells[r.Column])
		if r.pattern != nil && cell != "" {
			cell = firstGroup(r.pattern, cell)
		}
		if cell == "" {
			continue
		}
		if f := r.Field; f.isList() {
			parts := parted(f, cell, r.Separators)
			raw[f] = strings.TrimPrefix(raw[f]+"\n"+strings.Join(parts, "\n"), "\n")
		} else if raw[f] == "" {
			raw[f] = cell
		} else {
			continue
		}
		l.from[r.Field] = r.Column
	}
	if a.m.Items != ItemsLines || raw[a.nameField(raw)] != "" {
		a.fill(raw)
	}
	if of != "" {
		delete(raw, "provider") // of the mapping, for lists that name none
	}
	for _, f := range a.targets {
		if v := raw[f]; v != "" {
			a.convert(l, f, v)
		}
	}
	l.codesWithLostDigits()
	return l
}

// codesWithLostDigits rejects a code whose digits a spreadsheet lost.
func (l *line) codesWithLostDigits() {
	for i, t := range l.troubles {
		if t.Problem != input.DigitsLost {
			continue
		}
		for f, column := range l.from {
			if column == t.Column && f.isCode() {
				l.troubles[i].Rejects = true
			}
		}
	}
}

func firstGroup(p *regexp.Regexp, cell string) string {
	found := p.FindStringSubmatch(cell)
	switch {
	case found == nil:
		return ""
	case len(found) > 1:
		return strings.TrimSpace(found[1])
	}
	return strings.TrimSpace(found[0])
}

func (a *applier) nameField(raw map[Field]string) Field {
	for _, f := range []Field{Name, "name_zh", "name_en"} {
		if raw[f] != "" {
			return f
		}
	}
	return Name
}

// fill sets what no column gave: constants, then the provider's defaults.
func (a *applier) fill(raw map[Field]string) {
	set := func(f Field, v string) {
		switch {
		case raw[f] != "":
		case f.isList():
			raw[f] = strings.Join(parted(f, v, nil), "\n")
		default:
			raw[f] = v
		}
	}
	for f, v := range a.m.Constants {
		set(f, v)
	}
	for _, provider := range []string{raw["provider_code"], raw["provider"]} {
		for f, v := range a.m.Defaults[provider] {
			set(f, v)
		}
	}
}

func (a *applier) convert(l *line, f Field, v string) {
	if f == Items {
		l.fields[f] = v
		return
	}
	if f == "item.type" {
		kind, length, precision := typeParts(v)
		v = kind
		if length > 0 && l.fields["item.length"] == "" {
			l.fields["item.length"] = strconv.Itoa(length)
		}
		if precision > 0 && l.fields["item.precision"] == "" {
			l.fields["item.precision"] = strconv.Itoa(precision)
		}
	}
	value, t := a.words.value(f, v)
	if t != nil && t.Problem == input.WordUnknown && a.blankUnknown(f) {
		t.Rejects, value = false, ""
	}
	l.add(t, f)
	if value != "" {
		l.fields[f] = value
	}
}

func (a *applier) blankUnknown(f Field) bool {
	return slices.ContainsFunc(a.rules, func(r rule) bool { return r.Field == f && r.Unknown == "blank" })
}

// key tells data sets apart; "" when the line names none.
func (a *applier) key(l *line) string {
	if l.of != "" {
		return "o\x00" + string(l.of)
	}
	fields := a.m.Key
	if len(fields) == 0 {
		if l.fields["code"] != "" {
			return "c\x00" + l.fields["code"]
		}
		fields = []Field{Name, "name_zh", "name_en", "provider"}
	}
	var parts []string
	for _, f := range fields {
		parts = append(parts, l.fields[f])
	}
	if strings.Trim(strings.Join(parts, ""), " ") == "" {
		return ""
	}
	if len(a.m.Key) == 0 && parts[0] == "" && parts[1] == "" && parts[2] == "" {
		return ""
	}
	return "k\x00" + strings.Join(parts, "\x00")
}

// Err is the line's first ground for rejection, as an error with its code.
func (r Reject) Err() error {
	for _, t := range r.Troubles {
		if t.Rejects {
			return t.Failure()
		}
	}
	return vocab.LineRejected.Because("line %d", r.Line)
}
