package comparator

import (
	"math/big"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// foldText is NFKC with outer blanks off and inner runs of blanks as one space.
// The invisible characters that forms and spreadsheets leave behind are blanks.
func foldText(v string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKC.String(v) {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Folding case can undo a normal form and the reverse; the rounds end at a form
// that neither changes. Three are enough for every character there is.
const foldRounds = 4

// foldName is foldText without case, with one middle dot, and without the blanks
// that forms put between the characters of a Han name.
func foldName(v string) string {
	fold := cases.Fold()
	for range foldRounds {
		next := foldText(fold.String(foldText(v)))
		if next == v {
			break
		}
		v = next
	}
	runes := []rune(v)
	for i, r := range runes {
		if isDot(r) {
			runes[i] = '·'
		}
	}
	out := make([]rune, 0, len(runes))
	for i, r := range runes {
		if r == ' ' && i > 0 && i+1 < len(runes) && joins(runes[i-1], runes[i+1]) {
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

// joins reports whether a blank between two characters means nothing.
func joins(left, right rune) bool {
	return left == '·' || right == '·' || unicode.Is(unicode.Han, left) && unicode.Is(unicode.Han, right)
}

// isDot knows the characters that stand for the middle dot of a transcribed name.
func isDot(r rune) bool { return strings.ContainsRune("·•‧・∙⋅⸱⸳ꞏ᛫‣●", r) }

// foldDate reads a day that exists. Only a value at the source may carry a time
// of day after it, which does not count.
func foldDate(v string, atSource bool) (string, bool) {
	v = foldText(v)
	if atSource {
		v = dropTime(v)
	}
	if len(v) > len("2006年01月02日") {
		return "", false
	}
	for _, layout := range []string{"2006-1-2", "20060102", "2006/1/2", "2006.1.2", "2006年1月2日"} {
		if t, err := time.Parse(layout, v); err == nil && t.Year() > 0 {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

// dropTime takes a time of day off, as 2006-01-02T15:04:05+08:00 and
// 2006-01-02 15:04:05 have it.
func dropTime(v string) string {
	i := strings.IndexAny(v, "T ")
	if i < len("2006-1-2") {
		return v
	}
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05Z07:00", "15:04:05Z0700", "15:04:05Z07"} {
		if _, err := time.Parse(layout, v[i+1:]); err == nil {
			return v[:i]
		}
	}
	return v
}

// The most digits of a number: enough for any amount, too few to keep us busy.
const maxDigits = 60

// foldNumber reads a decimal without exponent and without separators.
func foldNumber(v string) (string, bool) {
	v = strings.Replace(foldText(v), "\u2212", "-", 1) // the sign that typographers write
	digits := strings.TrimPrefix(strings.TrimPrefix(v, "-"), "+")
	if len(v)-len(digits) > 1 || digits == "" || len(digits) > maxDigits {
		return "", false
	}
	for _, r := range digits {
		if (r < '0' || r > '9') && r != '.' {
			return "", false
		}
	}
	if strings.Count(digits, ".") > 1 || strings.HasPrefix(digits, ".") || strings.HasSuffix(digits, ".") {
		return "", false
	}
	n, ok := new(big.Rat).SetString(v)
	if !ok {
		return "", false
	}
	return formatDecimal(n), true
}

// formatDecimal writes a decimal fraction without needless zeros.
func formatDecimal(n *big.Rat) string {
	s := n.FloatString(maxDigits)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}
