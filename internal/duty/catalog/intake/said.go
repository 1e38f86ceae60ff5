package intake

import (
	"slices"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// Said turns a value of a closed list, as people say it in Chinese or English,
// into the catalog's own word, as an import would; a value of any other field
// stays as it is. A word that is only near to one of the list is refused: nobody
// sees the warning that an import gives.
func Said(f entry.Field, v string) (string, error) {
	list := closedWords(f)
	if list == nil || strings.TrimSpace(v) == "" {
		return v, nil
	}
	w, parts := newWords(Mapping{}), []string{v}
	if Field(f).isList() {
		parts = splitList(v, nil)
	}
	for i, p := range parts {
		to, t := w.word(Field(f), strings.TrimSpace(p))
		if t != nil {
			return "", vocab.ValueInvalid.Because("%q is no word of %s", input.Cut(p, 40), f).
				WithFix("give one of: %s", strings.Join(namedWords(f, list), ", "))
		}
		parts[i] = to
	}
	return strings.Join(parts, "\n"), nil
}

func closedWords(f entry.Field) []string {
	if f == entry.FieldLevel {
		return []string{"1", "2", "3", "4"}
	}
	return slices.Clone(entry.Words(f))
}

// namedWords gives each word with its commonest name in brackets.
func namedWords(f entry.Field, list []string) []string {
	names := valueNames(Field(f))
	for i, w := range list {
		if common := strings.Fields(names[w]); len(common) > 0 && common[0] != w {
			list[i] = w + " (" + common[0] + ")"
		}
	}
	return list
}
