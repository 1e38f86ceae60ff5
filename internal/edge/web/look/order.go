package look

import (
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Order compares two names as a reader of the language looks for them: Chinese
// ones by their sound, which is the order of every printed directory.
func (l *Look) Order() func(a, b string) int {
	return collate.New(language.Make(l.Must("format.order")), collate.Numeric).CompareString
}
