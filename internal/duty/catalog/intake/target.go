package intake

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"fontis/internal/duty/catalog/entry"
)

// Field is where a column goes: a field of catalog.Fields, a field of an item
// as "item.NAME", or one of the words below.
type Field string

// The targets that an import knows beyond the catalog's own fields.
const (
	// Name, Abstract and ItemName take the language of the text itself.
	Name     Field = "name"
	Abstract Field = "abstract"
	ItemName Field = "item.name"
	// Items is one cell with all items of the data set.
	Items Field = "items"
	// Kept with the entry as labelled lines of its service information.
	Keywords    Field = "keywords"
	Link        Field = "link"
	Licence     Field = "licence"
	PublishedOn Field = "published_on"
	ModifiedOn  Field = "modified_on"
)

const itemPrefix = "item."

// Targets lists every word that a mapping may name, in the order of the forms.
func Targets() []Field {
	out := []Field{Name, Abstract}
	for _, f := range entry.Fields() {
		out = append(out, Field(f))
	}
	out = append(out, Keywords, Link, Licence, PublishedOn, ModifiedOn, Items, ItemName)
	for _, f := range entry.ItemFields() {
		out = append(out, Field(itemPrefix+string(f)))
	}
	return out
}

// OfItem reports whether the field belongs to an item.
func (f Field) OfItem() bool { return strings.HasPrefix(string(f), itemPrefix) }

// words is the field's closed list, if it has one.
func (f Field) words() []string {
	if f.OfItem() {
		return entry.ItemWords(entry.ItemField(strings.TrimPrefix(string(f), itemPrefix)))
	}
	return entry.Words(entry.Field(f))
}

// Words is the closed list of the field's words; nil where it takes any text.
func Words(f Field) []string { return f.words() }

// isList reports whether the field takes several values.
func (f Field) isList() bool {
	return slices.Contains([]Field{"share_modes", "purposes", "related", "legal_basis", Keywords}, f)
}

// isDate reports whether the field takes a day.
func (f Field) isDate() bool { return f == PublishedOn || f == ModifiedOn }

// isCode reports whether the field's digits are a code, so that lost digits
// make it wrong and not only imprecise.
func (f Field) isCode() bool {
	return slices.Contains([]Field{"code", "provider_code", "item.code", "related", "region"}, f)
}

// isNote reports whether the field is kept in the service information.
func (f Field) isNote() bool {
	return slices.Contains([]Field{Keywords, Link, Licence, PublishedOn, ModifiedOn}, f)
}

// inLanguage turns a target that takes the language of the text into the
// catalog's own field.
func (f Field) inLanguage(text string) Field {
	if f != Name && f != Abstract && f != ItemName {
		return f
	}
	if strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
		return f + "_zh"
	}
	return f + "_en"
}

// fold makes two spellings of a word equal: width, case, blanks, punctuation
// and what stands in brackets do not count.
func fold(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range norm.NFKC.String(s) {
		switch {
		case strings.ContainsRune("([{【〔《", r):
			depth++
		case strings.ContainsRune(")]}】〕》", r):
			depth = max(0, depth-1)
		case depth == 0 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// foldWhole is fold that keeps what stands in brackets.
func foldWhole(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}
