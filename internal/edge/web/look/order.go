package look

import (
	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"fontis/internal/edge/text"
)

// Order compares two names as a reader of the language looks for them: Chinese
// ones by their sound, which is the order of every printed directory.
func (l *Look) Order() func(a, b string) int {
	tag := language.English
	if l.lang == text.Chinese {
		tag = language.Make("zh-u-co-pinyin")
	}
	return collate.New(tag, collate.Numeric).CompareString
}
