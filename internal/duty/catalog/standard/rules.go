package standard

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// The bounds of what is kept.
const (
	maxName     = 200
	maxText     = 4000
	maxCodes    = 100_000 // of one list; towns are 40,707
	maxSuccess  = 50      // codes that stand in the place of one
	maxIDLength = 100
)

// checkID refuses what cannot stand in an address or in a declaration.
func checkID(what, id string) error {
	if id == "" || len(id) > maxIDLength || strings.TrimSpace(id) != id || strings.ContainsAny(id, "\n\r\t;；") || entry.Clean(id) != nil {
		return vocab.ValueInvalid.Because("%s: the identifier %q is empty, longer than %d bytes, or holds a line end or a semicolon", what, id, maxIDLength)
	}
	return nil
}

func checkText(what, s string, most int) error {
	if utf8.RuneCountInString(s) > most {
		return vocab.ValueInvalid.Because("%s has more than %d characters", what, most)
	}
	return entry.Clean(s)
}

// check refuses an element that says too little or what no item can say.
func (e *Element) check() error {
	if err := checkID("data element", e.ID); err != nil {
		return err
	}
	if e.Name.ZH == "" && e.Name.EN == "" {
		return vocab.ValueInvalid.Because("the data element %s has no name", e.ID)
	}
	for _, f := range []struct {
		what, text string
		most       int
	}{
		{"the name", e.Name.ZH, maxName},
		{"the name", e.Name.EN, maxName},
		{"the definition", e.Definition.ZH, maxText},
		{"the definition", e.Definition.EN, maxText},
		{"the source", e.Source, maxName},
		{"the unit", e.Unit, maxName},
		{"the code list", e.CodeList, maxIDLength},
	} {
		if err := checkText(f.what, f.text, f.most); err != nil {
			return err
		}
	}
	var probe entry.Item
	if err := probe.Set(entry.ItemKind, string(e.Type)); err != nil {
		return err
	}
	if e.Length < 0 || e.Precision < 0 {
		return vocab.ValueInvalid.Because("length and precision are not below 0")
	}
	return nil
}

// Differs names the fields in which an item says otherwise than its element. What
// the item leaves open the element says for it.
func Differs(it entry.Item, e Element) []entry.ItemField {
	var out []entry.ItemField
	if it.Type != "" && e.Type != "" && it.Type != e.Type {
		out = append(out, entry.ItemKind)
	}
	if it.Length > 0 && e.Length > 0 && it.Length != e.Length {
		out = append(out, entry.ItemLength)
	}
	if it.Unit != "" && e.Unit != "" && it.Unit != e.Unit {
		out = append(out, entry.ItemUnit)
	}
	if it.CodeList != "" && e.CodeList != "" && it.CodeList != e.CodeList {
		out = append(out, entry.ItemCodeList)
	}
	return out
}

// check refuses a code that cannot be kept.
func (c *Code) check() error {
	if err := checkID("code", c.Code); err != nil {
		return err
	}
	if c.Name.ZH == "" && c.Name.EN == "" {
		return vocab.ValueInvalid.Because("the code %s has no name", c.Code)
	}
	if len(c.Successors) > maxSuccess {
		return vocab.ValueInvalid.Because("the code %s has more than %d successors", c.Code, maxSuccess)
	}
	for _, day := range []string{c.From, c.Until} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil && (day != Unknown || day == c.From) {
			return vocab.ValueInvalid.Because("the code %s: %q is no day; a day is written 2026-11-23", c.Code, day)
		}
	}
	if c.Until != "" && c.Until != Unknown && c.From > c.Until {
		return vocab.ValueInvalid.Because("the code %s ends on %s, before it begins on %s", c.Code, c.Until, c.From)
	}
	for _, t := range append([]string{c.Name.ZH, c.Name.EN, c.Broader}, c.Successors...) {
		if err := checkText("the words of a code", t, maxName); err != nil {
			return err
		}
	}
	return checkText("the words of a code", c.Note, maxText)
}

// Valid tells whether the code is known to have been in force on the day, written
// 2026-11-23.
func (c *Code) Valid(day string) bool {
	return c.Until != Unknown && (c.From == "" || c.From <= day) && (c.Until == "" || day <= c.Until)
}

// merge lays a new table over the codes that a list holds. What the table leaves out
// ends the day before, and stays; the report counts what became of the codes.
func merge(old, table []Code, day time.Time) ([]Code, Changes, error) {
	var did Changes
	if len(table) == 0 || len(table) > maxCodes {
		return nil, did, vocab.ValueInvalid.Because("the table has %d codes; it has 1 to %d", len(table), maxCodes)
	}
	was := make(map[string]*Code, len(old))
	for i := range old {
		was[old[i].Code] = &old[i]
	}
	now := make(map[string]bool, len(table))
	out := make([]Code, 0, len(table)+len(old))
	for _, c := range table {
		if err := c.check(); err != nil {
			return nil, did, err
		}
		if now[c.Code] {
			return nil, did, vocab.ValueInvalid.Because("the code %s stands twice in the table", c.Code)
		}
		now[c.Code] = true
		switch before := was[c.Code]; {
		case before == nil:
			did.Added++
		case !before.same(c):
			did.Changed++
		}
		out = append(out, c)
	}
	last := day.AddDate(0, 0, -1).Format(time.DateOnly)
	for _, c := range old {
		if now[c.Code] {
			continue
		}
		if c.Until == "" {
			c.Until = max(last, c.From)
			did.Ended++
		}
		out = append(out, c)
	}
	if len(out) > maxCodes {
		return nil, did, vocab.ValueInvalid.Because("with the codes that ended the list would have %d codes, more than %d", len(out), maxCodes)
	}
	slices.SortFunc(out, func(a, b Code) int { return strings.Compare(a.Code, b.Code) })
	return out, did, nil
}

func (c *Code) same(o Code) bool {
	return c.Name == o.Name && c.Broader == o.Broader && c.From == o.From && c.Until == o.Until && c.Note == o.Note && slices.Equal(c.Successors, o.Successors)
}
