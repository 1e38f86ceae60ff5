package comparator

import (
	"math/big"
	"strings"
	"unicode/utf8"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// The longest value that is compared: beyond it lie documents, not facts.
const maxValue = 64 << 10

// Comparator compares the values of one item. Its zero value compares exactly.
type Comparator struct {
	kind      vocab.Comparator
	tolerance *big.Rat // for numbers; nil means none
	listName  string   // for codes declared by name
	list      map[string]string
}

// List is a code list by its name: from names, old codes and spellings to codes.
type List struct {
	Name  string
	Codes map[string]string
}

// Parse reads a spec. A spec code:NAME needs the list of that name.
func Parse(spec string, lists ...List) (Comparator, error) {
	word, rest, more := strings.Cut(spec, ":")
	kind := vocab.Comparator(word)
	switch kind {
	case vocab.CompareExact, vocab.CompareText, vocab.CompareName, vocab.CompareDate:
		if more {
			return Comparator{}, badSpec("comparator %s takes nothing after it", kind)
		}
		return Comparator{kind: kind}, nil
	case vocab.CompareNumber:
		return parseNumber(rest, more)
	case vocab.CompareCode:
		return parseCode(rest, lists)
	}
	return Comparator{}, badSpec("there is no comparator of this name")
}

// String gives the spec; Parse reads it back.
func (c Comparator) String() string {
	switch {
	case c.tolerance != nil:
		return string(c.kind) + ":" + formatDecimal(c.tolerance)
	case c.listName != "":
		return string(c.kind) + ":" + c.listName
	case c.list != nil:
		return string(c.kind) + ":" + formatList(c.list)
	}
	return string(c.Kind())
}

// Kind is the declared way of comparing.
func (c Comparator) Kind() vocab.Comparator {
	if c.kind == "" {
		return vocab.CompareExact
	}
	return c.kind
}

// Canonical is the one form of a submitted value, for comparison and for the
// guess guard.
func (c Comparator) Canonical(submitted string) ([]byte, error) {
	form, err := c.submitted(submitted)
	return []byte(form), err
}

// Compare says whether a submitted value is the stored one. A stored value that
// is empty or that nobody can read makes the answer unknown.
func (c Comparator) Compare(submitted, stored string) (vocab.Answer, error) {
	answer, _, err := c.Answer(submitted, []source.Value{{Kind: source.Text, Text: stored}})
	return answer, err
}

// Answer compares a submitted value with what the source holds of a subject:
// one value for each of its rows. Rows that agree are one; rows that differ,
// be it a value against a null, are several records.
func (c Comparator) Answer(submitted string, rows []source.Value) (vocab.Answer, vocab.UnknownReason, error) {
	held, reason := c.Held(rows)
	answer, err := c.Judge(submitted, held)
	if err != nil {
		return "", "", err
	}
	if reason != "" {
		return vocab.Unknown, reason, nil
	}
	return answer, "", nil
}

// Held is the canonical form of what the source holds of a subject, or why there
// is none.
func (c Comparator) Held(rows []source.Value) (string, vocab.UnknownReason) {
	if len(rows) == 0 {
		return "", vocab.NoRecord
	}
	held, reason := c.stored(rows[0])
	for _, row := range rows[1:] {
		if h, r := c.stored(row); h != held || r != reason {
			return "", vocab.SeveralRecords
		}
	}
	return held, reason
}

// Judge compares a submitted value with a held form.
func (c Comparator) Judge(submitted, held string) (vocab.Answer, error) {
	asked, err := c.submitted(submitted)
	if err != nil {
		return "", err
	}
	if c.same(asked, held) {
		return vocab.Match, nil
	}
	return vocab.Mismatch, nil
}

// same compares two canonical forms.
func (c Comparator) same(asked, held string) bool {
	if c.tolerance == nil {
		return asked == held
	}
	a, okA := new(big.Rat).SetString(asked)
	b, okB := new(big.Rat).SetString(held)
	if !okA || !okB {
		return false
	}
	difference := a.Sub(a, b)
	return difference.Abs(difference).Cmp(c.tolerance) <= 0
}

// submitted gives the form of a value from outside, or says why it has none.
func (c Comparator) submitted(v string) (string, error) {
	if len(v) > maxValue {
		return "", vocab.ValueInvalid.Because("the submitted value has %d bytes: allowed are %d", len(v), maxValue)
	}
	if !utf8.ValidString(v) {
		return "", vocab.ValueInvalid.Because("the submitted value is no UTF-8 text")
	}
	form, ok := c.form(v, false)
	if !ok {
		return "", vocab.ValueInvalid.Because("the submitted value is not what comparator %s reads", c.Kind()).WithFix("%s", c.remedy())
	}
	if form == "" {
		return "", vocab.ValueInvalid.Because("the submitted value is empty")
	}
	return form, nil
}

// stored gives the form of a value at the source, or the reason why it has none.
func (c Comparator) stored(v source.Value) (string, vocab.UnknownReason) {
	if v.Null || foldText(v.Text) == "" {
		return "", vocab.EmptyAtSource
	}
	if len(v.Text) > maxValue || !utf8.ValidString(v.Text) {
		return "", vocab.BadValue
	}
	form, ok := c.form(v.Text, true)
	if !ok {
		return "", vocab.BadValue
	}
	if form == "" {
		return "", vocab.EmptyAtSource
	}
	return form, ""
}

// form is the canonical form. Only a stored date may carry a time of day.
func (c Comparator) form(v string, atSource bool) (string, bool) {
	switch c.Kind() {
	case vocab.CompareText:
		return foldText(v), true
	case vocab.CompareName:
		return foldName(v), true
	case vocab.CompareDate:
		return foldDate(v, atSource)
	case vocab.CompareNumber:
		return foldNumber(v)
	case vocab.CompareCode:
		code, ok := c.list[foldText(v)]
		return code, ok
	}
	return v, true
}

func (c Comparator) remedy() string {
	switch c.Kind() {
	case vocab.CompareDate:
		return "write a day that exists, as 2006-01-02, 20060102, 2006/1/2 or 2006年1月2日"
	case vocab.CompareNumber:
		return "write digits with at most one point, without separators, such as 1234.50"
	case vocab.CompareCode:
		return "write a code or a name of the item's code list"
	}
	return "write the value as text"
}

const specForms = "write exact, text, name, date, number, number:0.01, code:LIST or code:{\"name\":\"code\"}"

func badSpec(format string, args ...any) error {
	return vocab.BadInput.Because(format, args...).WithFix(specForms)
}
