package block

import (
	"strings"
	"unicode"

	"fontis/internal/trust/identity/subject"
)

// mostOfName bounds the name of a file, in characters.
const mostOfName = 120

// FileName is what is kept of the name of the file that a batch came in: no folder, no
// sign that is not seen, and of a longer one its beginning and its ending. A name that
// holds a person's number is not kept.
func FileName(said string) string {
	name := said[strings.LastIndexAny(said, `/\`)+1:]
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name))
	if subject.HoldsCitizenNumber(name) {
		return ""
	}
	if all := []rune(name); len(all) > mostOfName {
		name = string(all[:mostOfName-11]) + "…" + string(all[len(all)-10:])
	}
	return name
}
