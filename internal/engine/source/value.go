package source

import (
	"encoding/hex"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ValueKind says how a value's text is to be read.
type ValueKind string

// Text is as stored. Integer and Number are decimal without superfluous zeros
// and without exponent. Bool is true or false. Date is 2006-01-02. Moment is a
// date alone at midnight, else 2006-01-02T15:04:05, with fraction and offset
// where the source has them. Bytes are hexadecimal. Other is the source's own
// spelling.
const (
	Text    ValueKind = "text"
	Integer ValueKind = "integer"
	Number  ValueKind = "number"
	Bool    ValueKind = "bool"
	Date    ValueKind = "date"
	Moment  ValueKind = "moment"
	Bytes   ValueKind = "bytes"
	Other   ValueKind = "other"
)

// Value is one value of a source as canonical text. It is data about someone:
// it never prints into a log.
type Value struct {
	Null bool
	Kind ValueKind
	Text string
}

// LogValue hides the value from structured logs.
func (Value) LogValue() slog.Value { return slog.StringValue("[value]") }

// NullValue is the empty value of a kind.
func NullValue(k ValueKind) Value { return Value{Null: true, Kind: k} }

// NewValue makes the canonical value from the source's own spelling. Text that
// is no UTF-8 becomes bytes: no fact is changed to make it readable.
func NewValue(k ValueKind, text string) Value {
	if !utf8.ValidString(text) {
		return Value{Kind: Bytes, Text: hex.EncodeToString([]byte(text))}
	}
	return Value{Kind: k, Text: canonical(text, k)}
}

// canonical gives the one spelling of a value; a text that is none of its kind
// stays as it is.
func canonical(text string, k ValueKind) string {
	switch k {
	case Integer, Number:
		return canonicalDecimal(text)
	case Bool:
		switch strings.ToLower(text) {
		case "t", "true", "1":
			return "true"
		case "f", "false", "0":
			return "false"
		}
	case Date, Moment:
		return canonicalMoment(text)
	}
	return text
}

// The largest exponent that is written out: beyond it lie no facts, only
// floating-point limits.
const mostExponent = 400

// canonicalDecimal writes a decimal without plus, exponent, or needless zeros.
func canonicalDecimal(text string) string {
	sign, digits, point, ok := splitDecimal(text)
	if !ok {
		return text
	}
	for len(digits) < point {
		digits += "0"
	}
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	whole := strings.TrimLeft(digits[:point], "0")
	fraction := strings.TrimRight(digits[point:], "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		return sign + whole + "." + fraction
	}
	if whole == "0" {
		return "0"
	}
	return sign + whole
}

// splitDecimal takes a decimal apart: its sign, its digits, and the place of the
// point among them, which may lie outside.
func splitDecimal(text string) (sign, digits string, point int, ok bool) {
	s := text
	if rest, neg := strings.CutPrefix(s, "-"); neg {
		sign, s = "-", rest
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	exponent := 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > mostExponent || n < -mostExponent {
			return "", "", 0, false
		}
		exponent, s = n, s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	digits = whole + fraction
	if digits == "" {
		return "", "", 0, false
	}
	for _, r := range digits {
		if r < '0' || r > '9' {
			return "", "", 0, false
		}
	}
	return sign, digits, len(whole) + exponent, true
}

// canonicalMoment keeps the source's own zone: the day is the day that the
// source's people see, and a birth date at their midnight stays that date.
func canonicalMoment(text string) string {
	for _, layout := range []string{
		"2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04",
		"2006-01-02 15:04:05-07", "2006-01-02 15:04:05-07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00",
	} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t.Equal(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())) {
			return t.Format(time.DateOnly)
		}
		if strings.Contains(layout, "07") {
			return t.Format("2006-01-02T15:04:05.999999999Z07:00")
		}
		return t.Format("2006-01-02T15:04:05.999999999")
	}
	return text
}
