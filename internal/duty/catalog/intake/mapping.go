package intake

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// ItemMode says how a list holds the items of its data sets.
type ItemMode string

// A list has no items, all items in one cell, or one line an item with the
// data set's cells repeated, merged or left blank below the first.
const (
	NoItems    ItemMode = "none"
	ItemsList  ItemMode = "list"
	ItemsLines ItemMode = "lines"
)

// Mapping says what the columns of one kind of list mean. It is kept with the
// import and may be used again.
type Mapping struct {
	Version int       `toml:"version" json:"version"`
	File    FileHints `toml:"file" json:"file"`
	Items   ItemMode  `toml:"items" json:"items"`
	// Key are the fields that tell two data sets apart; by default the code,
	// without one name and provider.
	Key []Field `toml:"key,omitempty" json:"key,omitempty"`
	Map []Rule  `toml:"map" json:"map"`
	// Constants fill a field that no column fills.
	Constants map[Field]string `toml:"constants,omitempty" json:"constants,omitempty"`
	// Defaults fill what is still empty, by the provider's name or code.
	Defaults map[string]map[Field]string `toml:"defaults,omitempty" json:"defaults,omitempty"`
	// Words translate values before the shipped words are asked.
	Words map[Field]map[string]string `toml:"words,omitempty" json:"words,omitempty"`
	// Ignore are the columns that are left out on purpose.
	Ignore []string `toml:"ignore,omitempty" json:"ignore,omitempty"`
}

// FileHints are the Options that belong to the kind of list.
type FileHints struct {
	Encoding   string   `toml:"encoding,omitempty" json:"encoding,omitempty"`
	Delimiter  string   `toml:"delimiter,omitempty" json:"delimiter,omitempty"`
	Sheet      string   `toml:"sheet,omitempty" json:"sheet,omitempty"`
	NoHeader   bool     `toml:"no_header,omitempty" json:"no_header,omitempty"`
	HeaderLine int      `toml:"header_line,omitempty" json:"header_line,omitempty"`
	Columns    []string `toml:"columns,omitempty" json:"columns,omitempty"`
}

// Rule sends one column to one field. A column may have several rules; of
// several columns for one field the first that is not blank counts, but lists
// are joined.
type Rule struct {
	Column string `toml:"column" json:"column"`
	Field  Field  `toml:"field" json:"field"`
	// Pattern takes a part of the cell: its first group, or the whole match. A
	// cell that does not match counts as blank.
	Pattern string `toml:"pattern,omitempty" json:"pattern,omitempty"`
	// Separators split a list; without them the commonest ones are tried.
	Separators []string `toml:"separators,omitempty" json:"separators,omitempty"`
	// Unknown is what happens to a word that the field's list lacks: "reject"
	// the line (the default) or leave the field "blank" with a warning.
	Unknown string `toml:"unknown,omitempty" json:"unknown,omitempty"`
}

// Options are the mapping's hints as options for Open.
func (m Mapping) Options() input.Options {
	return input.Options{
		Encoding: m.File.Encoding, Delimiter: m.File.Delimiter, Sheet: m.File.Sheet,
		NoHeader: m.File.NoHeader, HeaderLine: m.File.HeaderLine, Columns: m.File.Columns,
	}
}

const maxMapping = 1 << 20

// ReadMapping reads a mapping file, TOML or JSON.
func ReadMapping(r io.Reader) (Mapping, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxMapping+1))
	if err != nil {
		return Mapping{}, vocab.FileUnreadable.Wrap(err, "read the mapping file")
	}
	if len(b) > maxMapping {
		return Mapping{}, vocab.FileTooLarge.Because("the mapping file is larger than %s", input.BytesWord(maxMapping))
	}
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	var m Mapping
	if bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&m); err != nil {
			return Mapping{}, vocab.BadInput.Because("the mapping file is not as expected: %v", err)
		}
		return m, m.check()
	}
	meta, err := toml.Decode(string(b), &m)
	if err != nil {
		return Mapping{}, vocab.BadInput.Because("the mapping file is not as expected: %s", tomlCause(err)).WithFix("mend it, or let one be made: fontis import LIST --map")
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return Mapping{}, vocab.BadInput.Because("the mapping file has an unknown key %s", extra[0])
	}
	return m, m.check()
}

// tomlCause is what is wrong with the text, and in which line.
func tomlCause(err error) string {
	return input.Cut(strings.TrimPrefix(err.Error(), "toml: "), 200)
}

// mappingNotes stand above a mapping that is written for people.
const mappingNotes = `# What the columns of the list mean. Mend it, then import with --mapping.
#
# items says where the items of a data set stand:
#   "list"   one line is one data set; one cell holds all its items, parted by
#            a sign such as 、 or ; and its column is mapped to items
#   "lines"  one line is one item; the cells of the data set are repeated, merged
#            or left blank below the first; the item's column is mapped to item.name
#   "none"   the list names no items
# header_line is the line of the file that names the columns, counted from 1;
# 0 lets the import look for it.
# Each [[map]] sends one column to one field; columns under ignore are left out.
# A word of yours that no field knows is translated at the end of this file:
#   [words.share_type]
#   "部分共享" = "conditional"

`

// Write gives the mapping as TOML with notes, for keeping and for mending by hand.
func (m Mapping) Write(w io.Writer) error {
	if _, err := io.WriteString(w, mappingNotes); err != nil {
		return err
	}
	return toml.NewEncoder(w).Encode(m)
}

// canonical is the mapping in one spelling only; it ends in the import's name.
func (m Mapping) canonical() ([]byte, error) { return json.Marshal(m) }

// check reads the mapping without a file.
func (m Mapping) check() error {
	targets := Targets()
	known := func(f Field) error {
		if !slices.Contains(targets, f) {
			return vocab.ColumnUnknown.Because("the catalog has no field %s", input.Cut(string(f), 40)).
				WithFix("the fields are: %s", joinFields(targets))
		}
		return nil
	}
	for _, r := range m.Map {
		if err := known(r.Field); err != nil {
			return err
		}
		if _, err := regexp.Compile(r.Pattern); err != nil {
			return vocab.BadInput.Wrap(err, "the pattern for column %s", input.Cut(r.Column, 40))
		}
		if r.Unknown != "" && r.Unknown != "reject" && r.Unknown != "blank" {
			return vocab.BadInput.Because("unknown = %q; it is \"reject\" or \"blank\"", input.Cut(r.Unknown, 20))
		}
	}
	if err := m.checkItems(); err != nil {
		return err
	}
	for _, f := range m.Key {
		if err := known(f); err != nil {
			return err
		}
		if f.OfItem() || f == Items {
			return vocab.BadInput.Because("the key cannot hold the item field %s", f)
		}
	}
	for f, translations := range m.Words {
		if err := known(f); err != nil {
			return err
		}
		for _, to := range translations {
			if list := f.words(); list != nil && to != "" && !slices.Contains(list, to) {
				return vocab.BadInput.Because("the words of %s lead to %q; the field knows %s", f, input.Cut(to, 20), strings.Join(list, ", "))
			}
		}
	}
	return m.checkFills(known)
}

// checkItems refuses a mode that would leave a mapped column of items unread.
func (m Mapping) checkItems() error {
	if m.Items != "" && m.Items != NoItems && m.Items != ItemsList && m.Items != ItemsLines {
		return vocab.BadInput.Because("items = %q; it is none, list or lines", input.Cut(string(m.Items), 20))
	}
	if m.Items != ItemsLines {
		return m.itemsUnread()
	}
	at := slices.IndexFunc(m.Map, func(r Rule) bool { return r.Field == Items })
	if at < 0 {
		return nil
	}
	column := input.Cut(m.Map[at].Column, 60)
	return vocab.BadInput.Because("items = \"lines\", yet the column %s is mapped to items, which is one cell with all items", column).
		WithFix("map the column %s to item.name, or write items = \"list\" where its cell holds all items of the data set", column)
}

// itemsUnread refuses columns of one item, and a list of items where none are
// read: only a line that is one item has the first.
func (m Mapping) itemsUnread() error {
	mode := m.Items
	if mode == "" {
		mode = NoItems
	}
	for _, r := range m.Map {
		column := input.Cut(r.Column, 60)
		switch {
		case r.Field.OfItem():
			return vocab.BadInput.Because("items = %q, yet the column %s is mapped to %s, which is read only where each line is one item", mode, column, r.Field).
				WithFix("write items = \"lines\" where each line is one item; otherwise take the column %s from the map and put it under ignore", column)
		case r.Field == Items && mode == NoItems:
			return vocab.BadInput.Because("items = \"none\", yet the column %s is mapped to items", column).
				WithFix("write items = \"list\" where its cell holds all items of the data set; otherwise put the column %s under ignore", column)
		}
	}
	for _, fill := range m.fills() {
		for f := range fill {
			if f.OfItem() {
				return vocab.BadInput.Because("items = %q, yet there is a constant or a default for %s, which is read only where each line is one item", mode, f).
					WithFix("write items = \"lines\" where each line is one item; otherwise take %s out", f)
			}
		}
	}
	return nil
}

// fills are the constants and every department's defaults.
func (m Mapping) fills() []map[Field]string {
	return append(slices.Collect(maps.Values(m.Defaults)), m.Constants)
}

// checkFills tries the constants and defaults on an empty entry.
func (m Mapping) checkFills(known func(Field) error) error {
	for _, fill := range m.fills() {
		for f, v := range fill {
			if err := known(f); err != nil {
				return err
			}
			if f == Items {
				return vocab.BadInput.Because("items cannot be a constant")
			}
			value, trouble := newWords(m).value(f, v)
			if trouble == nil || !trouble.Rejects {
				if setField(&entry.Dataset{}, &entry.Item{}, f, value) == nil {
					continue
				}
			}
			return vocab.BadInput.Because("the constant %q does not fit the field %s", input.Cut(v, 40), f)
		}
	}
	return nil
}

// Check reads the mapping against the columns of a file.
func (m Mapping) Check(columns []string) error {
	if err := m.check(); err != nil {
		return err
	}
	fields := map[Field]bool{}
	for _, r := range m.Map {
		if !slices.Contains(columns, r.Column) {
			return vocab.ColumnUnknown.Because("the mapping names the column %s, which the file does not have", input.Cut(r.Column, 60)).
				WithFix("the file has: %s", input.Cut(strings.Join(columns, ", "), 600))
		}
		fields[r.Field] = true
	}
	for f := range m.Constants {
		fields[f] = true
	}
	if !fields[Name] && !fields["name_zh"] && !fields["name_en"] {
		return vocab.ColumnUnmapped.Because("no column is mapped to the name of the data set").
			WithFix("map one column to the field name; the file has: %s", input.Cut(strings.Join(columns, ", "), 600))
	}
	return nil
}

func joinFields(fs []Field) string {
	s := make([]string, len(fs))
	for i, f := range fs {
		s[i] = string(f)
	}
	return strings.Join(s, ", ")
}
