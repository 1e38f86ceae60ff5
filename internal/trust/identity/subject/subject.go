// Package subject knows the numbers by which the outside names a person or a
// body: citizen numbers (GB 11643), unified social credit codes (GB 32100),
// organisation codes (GB 11714), and the looser permits, passports and register
// numbers.
//
// A key comes in as it was typed; Normalise answers its one canonical form, the
// warnings that a clerk should see, or vocab.SubjectInvalid. Everything here is
// pure. No error and no warning ever holds the number itself.
package subject

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fontis/internal/vocab"
)

// Warning is something that a clerk should check at the source; the key is
// taken all the same.
type Warning string

// The warnings. Real credit codes with a non-standard check sign exist (early
// pilot codes), so a wrong sign is never a reason to refuse one.
const (
	// CreditCheckSign says that the last sign of a credit code is not the computed one.
	CreditCheckSign Warning = "credit-code-check-sign"
	// OrganisationCheckSign says so of the organisation code inside a credit code.
	OrganisationCheckSign Warning = "organisation-code-check-sign"
	// AreaOfDemo says that the number lies in the area that does not exist.
	AreaOfDemo Warning = "area-of-demo"
)

// Options says what kind of node asks.
type Options struct {
	// Demo takes citizen numbers of area 990000, which does not exist, so that
	// no invented person can ever be a real one.
	Demo bool
	// Today refuses a day of birth after it; the zero time refuses none.
	Today time.Time
}

// DemoArea is the area code that no place has; only a demo node takes it.
const DemoArea = "990000"

// maxLength bounds every key, counted after folding; the longest real register
// numbers stay far below.
const maxLength = 64

// Normalise answers the canonical form of a key, with its warnings. The error
// is vocab.SubjectInvalid and never holds the value.
func Normalise(k vocab.SubjectKey, o Options) (vocab.SubjectKey, []Warning, error) {
	if !utf8.ValidString(k.Value) {
		return vocab.SubjectKey{}, nil, invalid(k.Kind, "it is not valid text")
	}
	c := Canonical(k)
	if c.Value == "" {
		return vocab.SubjectKey{}, nil, invalid(k.Kind, "it is empty")
	}
	if len(c.Value) > maxLength {
		return vocab.SubjectKey{}, nil, invalid(k.Kind, "it is longer than any number of this kind")
	}
	warnings, err := check(c, o)
	if err != nil {
		return vocab.SubjectKey{}, nil, err
	}
	return c, warnings, nil
}

func check(c vocab.SubjectKey, o Options) ([]Warning, error) {
	switch c.Kind {
	case vocab.CitizenNumber:
		return checkCitizen(c.Value, o)
	case vocab.CreditCode:
		return checkCredit(c.Value)
	case vocab.Permit, vocab.Passport:
		if len(c.Value) < 5 || len(c.Value) > 20 || !all(c.Value, isSign) {
			return nil, invalid(c.Kind, "it is not 5 to 20 letters and digits")
		}
		return nil, nil
	case vocab.RegisterNumber:
		for _, r := range c.Value {
			if !unicode.IsPrint(r) {
				return nil, invalid(c.Kind, "it holds a sign that does not print")
			}
		}
		return nil, nil
	default:
		return nil, vocab.SubjectInvalid.Because("the kind of the subject key is none of citizen, permit, passport, credit_code, register")
	}
}

// Canonical folds width and blanks, and the case where the kind has none, and
// checks nothing. Two spellings of one number have one canonical form, so the
// pseudonyms are computed over it even when a source holds a wrong number.
func Canonical(k vocab.SubjectKey) vocab.SubjectKey {
	v := norm.NFKC.String(k.Value)
	if k.Kind == vocab.RegisterNumber {
		return vocab.SubjectKey{Kind: k.Kind, Value: strings.Join(strings.Fields(v), " ")}
	}
	v = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u200b', r == '\ufeff':
			return -1
		case r == '-' && k.Kind == vocab.CreditCode:
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, v)
	return vocab.SubjectKey{Kind: k.Kind, Value: v}
}

func invalid(kind vocab.SubjectKeyKind, why string) error {
	return vocab.SubjectInvalid.Because("the %s number was refused: %s", kind, why)
}

func all(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
func isSign(b byte) bool  { return isDigit(b) || b >= 'A' && b <= 'Z' }
