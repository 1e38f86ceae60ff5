package intake

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake/input"
)

// group is one data set with the lines that it was read from.
type group struct {
	key    string
	fields map[Field]string
	from   map[Field]string // the column that gave the field
	draft  catalog.Draft
	lines  []groupLine
	bytes  int  // of the lines' cells
	repeat bool // a further line named the data set again
}

// maxGroupBytes bounds the lines of one data set that are kept until it is
// known whether all of them are right.
const maxGroupBytes = 32 << 20

func (g *group) hold(l *line) {
	g.lines = append(g.lines, groupLine{l.rec, l.troubles})
	for _, c := range l.rec.Cells {
		g.bytes += len(c)
	}
}

// full holds when the data set may not grow; its further lines are then
// rejected as coming apart from it.
func (g *group) full() bool { return len(g.lines) > 2*maxItems || g.bytes > maxGroupBytes }

type groupLine struct {
	rec      input.Record
	troubles []input.Trouble
}

// begin opens a data set with its first line.
func (a *applier) begin(l *line, key string) {
	g := &group{key: key, fields: l.fields, from: l.from}
	g.draft = catalog.Draft{Line: l.rec.Line, Of: l.of}
	if len(a.m.Key) > 0 && l.of == "" {
		var parts []string
		for _, f := range a.m.Key {
			parts = append(parts, l.fields[f])
		}
		g.draft.Key = strings.Join(parts, "\x1f")
	}
	if key != "" {
		sum := sha256.Sum256([]byte(key))
		short := [16]byte(sum[:16])
		if first, twice := a.seen[short]; twice {
			l.troubles = append(l.troubles, input.Trouble{Problem: input.SameAgain, Line: l.rec.Line, Args: []string{strconv.Itoa(first)}, Rejects: true})
		} else {
			a.seen[short] = l.rec.Line
		}
	}
	if l.of == "" {
		a.need(l, "name", Name, "name_zh", "name_en")
		a.need(l, "provider", "provider")
	}
	d := &g.draft.Dataset
	for _, f := range a.targets {
		if v := l.fields[f]; v != "" && f != Items && !f.OfItem() {
			if err := setField(d, nil, f, v); err != nil {
				l.add(&input.Trouble{Problem: input.ValueUnfit, Args: []string{string(f)}, Rejects: true}, f)
			}
		}
	}
	a.items(g, l)
	g.hold(l)
	a.open = g
}

// need asks for one of the fields.
func (a *applier) need(l *line, called string, any ...Field) {
	for _, f := range any {
		if l.fields[f] != "" {
			return
		}
	}
	l.troubles = append(l.troubles, input.Trouble{Problem: input.NeedMissing, Line: l.rec.Line, Column: a.columnOf(any), Args: []string{called}, Rejects: true})
}

// columnOf is the column that should have given one of the fields.
func (a *applier) columnOf(any []Field) string {
	for _, r := range a.rules {
		if slices.Contains(any, r.Field) {
			return r.Column
		}
	}
	return ""
}

// warn tells what is missing in a line of the open data set.
func (a *applier) warn(l *line, p input.Problem, any ...Field) {
	l.troubles = append(l.troubles, input.Trouble{Problem: p, Line: l.rec.Line, Column: a.columnOf(any), Args: []string{strconv.Itoa(a.open.draft.Line)}})
}

// namesItem reports whether the line has an item.
func (l *line) namesItem() bool {
	for _, f := range []Field{ItemName, "item.name_zh", "item.name_en", "item.code"} {
		if l.fields[f] != "" {
			return true
		}
	}
	return false
}

// saysOfSet reports whether the line says anything of its data set.
func (l *line) saysOfSet() bool {
	for f := range l.from {
		if !f.OfItem() && f != Items {
			return true
		}
	}
	return false
}

// join adds a further line to the open data set. Below the first line the cells of
// the data set may be blank altogether; a line without its name alone may belong to
// another, and is told.
func (a *applier) join(l *line, key string) {
	g := a.open
	if key == "" && l.namesItem() && (g.repeat || l.saysOfSet()) {
		a.warn(l, input.SetUnnamed, Name, "name_zh", "name_en")
	}
	g.repeat = g.repeat || key != ""
	for _, f := range a.targets {
		v := l.fields[f]
		if v == "" || f.OfItem() || f == Items || l.from[f] == "" || v == g.fields[f] {
			continue
		}
		if g.fields[f] == "" {
			g.fields[f] = v
			if err := setField(&g.draft.Dataset, nil, f, v); err == nil {
				continue
			}
		}
		l.add(&input.Trouble{Problem: input.LinesDiffer, Args: []string{string(f), strconv.Itoa(g.draft.Line)}, Rejects: true}, f)
	}
	if !l.namesItem() {
		a.warn(l, input.ItemUnnamed, ItemName, "item.name_zh", "item.name_en", "item.code")
	}
	a.items(g, l)
	g.hold(l)
}

// items adds the line's items to the data set.
func (a *applier) items(g *group, l *line) {
	d := &g.draft.Dataset
	var found []entry.Item
	switch a.m.Items {
	case ItemsList:
		found = a.listed(l)
	case ItemsLines:
		if it, ok := a.item(l); ok {
			found = []entry.Item{it}
		}
	}
	for _, it := range found {
		if len(d.Items) >= maxItems {
			l.add(&input.Trouble{Problem: input.ItemsTooMany, Args: []string{strconv.Itoa(maxItems)}, Rejects: true}, Items)
			return
		}
		if !addItem(d, it) {
			from := Items
			if a.m.Items == ItemsLines {
				from = ItemName
			}
			l.add(&input.Trouble{Problem: input.ItemTwice, Args: []string{shortName(it)}}, from)
		}
	}
}

func (a *applier) listed(l *line) []entry.Item {
	var out []entry.Item
	for _, r := range a.rules {
		if r.Field != Items {
			continue
		}
		parts := splitList(l.rec.Cells[r.Column], r.Separators)
		if whole := coded(l, r.Column, parts); whole != nil {
			out = append(out, whole...)
			continue
		}
		for _, part := range parts {
			if len(out) > maxItems {
				return out
			}
			if it := itemNamed(part); it.Name != (entry.Text{}) {
				out = append(out, it)
			}
		}
	}
	return out
}

// coded makes the items of a list of objects whose names stand in the column, where
// each has a code beside its name; other words count where each item has one. nil
// where the list is of names alone.
func coded(l *line, column string, names []string) []entry.Item {
	root, isName := strings.CutSuffix(column, ".name")
	codes := strings.Split(l.rec.Cells[root+".code"], "\n")
	if !isName || len(names) == 0 || len(codes) != len(names) || len(names) > maxItems {
		return nil
	}
	beside := func(word string) []string {
		values := strings.Split(l.rec.Cells[root+word], "\n")
		if len(values) != len(names) {
			return nil
		}
		return values
	}
	out := make([]entry.Item, len(names))
	for _, f := range entry.ItemFields() {
		for i, v := range beside(besides(f)) {
			if f == entry.ItemShare && v == l.fields["share_type"] {
				continue // the list says what holds for the item; this one follows its entry
			}
			_ = out[i].Set(f, v) // a word that the catalog does not know is left blank
		}
	}
	for i, name := range names {
		it := &out[i]
		it.Code = codes[i]
		if it.Name == (entry.Text{}) && name != it.Code { // an item without a name is called by its code
			setItemName(it, name)
		}
	}
	return out
}

// besides is the column, behind that of the list, which holds a field of its items.
func besides(f entry.ItemField) string {
	switch f {
	case entry.ItemNameZH:
		return ".name_translated.zh"
	case entry.ItemNameEN:
		return ".name_translated.en"
	}
	return "." + string(f)
}

// item makes the item that a line of its own describes.
func (a *applier) item(l *line) (entry.Item, bool) {
	var it entry.Item
	for _, f := range a.targets {
		v := l.fields[f]
		if v == "" || !f.OfItem() {
			continue
		}
		if err := setField(nil, &it, f, v); err != nil {
			l.add(&input.Trouble{Problem: input.ValueUnfit, Args: []string{string(f)}, Rejects: true}, f)
		}
	}
	name := it.Name.In("zh-Hans")
	if name == "" && it.Code == "" {
		return it, false
	}
	if name == "" {
		setItemName(&it, it.Code)
	}
	if it.Code == "" {
		it.Code = itemCode(name)
	}
	return it, true
}

// flush hands the open data set on: whole, or all its lines as rejects.
func (a *applier) flush() error {
	g := a.open
	a.open = nil
	if g == nil {
		return nil
	}
	badLine := 0
	for _, l := range g.lines {
		if badLine == 0 && rejects(l.troubles) {
			badLine = l.rec.Line
		}
	}
	for i := range g.lines {
		l := &g.lines[i]
		if badLine != 0 && !rejects(l.troubles) {
			l.troubles = append(l.troubles, input.Trouble{Problem: input.GroupRejected, Line: l.rec.Line, Args: []string{strconv.Itoa(badLine)}, Rejects: true})
		}
		a.report.count(l.troubles)
	}
	if badLine == 0 {
		a.report.Good++
		a.report.LinesGood += len(g.lines)
		a.report.Items += len(g.draft.Dataset.Items)
		if a.sink.Good == nil {
			return nil
		}
		return a.sink.Good(g.draft)
	}
	a.report.Rejected += len(g.lines)
	for _, l := range g.lines {
		if a.sink.Bad == nil {
			break
		}
		if err := a.sink.Bad(Reject{Line: l.rec.Line, Cells: l.rec.Cells, Troubles: l.troubles}); err != nil {
			return err
		}
	}
	return nil
}

func rejects(ts []input.Trouble) bool {
	return slices.ContainsFunc(ts, func(t input.Trouble) bool { return t.Rejects })
}
