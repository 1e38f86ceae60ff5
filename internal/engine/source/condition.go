package source

import (
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fontis/internal/vocab"
)

// Op is how a Condition compares.
type Op string

// The closed list of operators. Null satisfies IsNull and nothing else.
const (
	Equal     Op = "="
	NotEqual  Op = "!="
	In        Op = "in"
	AtMost    Op = "<="
	AtLeast   Op = ">="
	IsNull    Op = "is null"
	IsNotNull Op = "is not null"
)

// Ops lists every operator.
func Ops() []Op { return []Op{Equal, NotEqual, In, AtMost, AtLeast, IsNull, IsNotNull} }

// The most values that one condition may list, and the longest value.
const (
	MaxConditionValues = 1000
	MaxConditionLength = 4096
)

// Condition is one condition on one column. Numbers compare as numbers, dates as
// dates, everything else by its bytes, whatever collation the source has.
type Condition struct {
	Column string   `json:"column"`
	Op     Op       `json:"op"`
	Values []string `json:"values,omitempty"`
}

// Check refuses an operator outside the list and a number of values that the
// operator does not take.
func (c Condition) Check() error {
	if c.Column == "" || !utf8.ValidString(c.Column) || strings.ContainsRune(c.Column, 0) {
		return vocab.BadInput.Because("a condition names no column")
	}
	n := len(c.Values)
	switch c.Op {
	case Equal, NotEqual, AtMost, AtLeast:
		if n != 1 {
			return vocab.BadInput.Because("%s takes one value, not %d", c.Op, n)
		}
	case In:
		if n < 1 || n > MaxConditionValues {
			return vocab.BadInput.Because("in takes 1 to %d values, not %d", MaxConditionValues, n)
		}
	case IsNull, IsNotNull:
		if n != 0 {
			return vocab.BadInput.Because("%s takes no value", c.Op)
		}
	default:
		return vocab.BadInput.Because("%q is not an operator of a condition", short(string(c.Op))).WithFix("use one of =, !=, in, <=, >=, is null, is not null")
	}
	for _, v := range c.Values {
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) || len(v) > MaxConditionLength {
			return vocab.BadInput.Because("a value of the condition on %q is no text of at most %d bytes", short(c.Column), MaxConditionLength)
		}
	}
	return nil
}

// fits also checks the values against the kind of the column, so that a source
// is never asked whether a number equals a word.
func (c Condition) fits(col Column) error {
	if err := c.Check(); err != nil {
		return err
	}
	for _, v := range c.Values {
		if !fitsKind(v, col.Kind) {
			return vocab.BadInput.Because("column %s holds values of kind %s, and a value of its condition is none", col.Name, col.Kind)
		}
	}
	return nil
}

// The longest number that a column of numbers is asked for: any database reads
// one of this length, whatever its type.
const maxNumber = 300

func fitsKind(v string, k ValueKind) bool {
	switch k {
	case Integer:
		r, ok := decimal(v)
		return ok && r.IsInt() && r.Num().IsInt64()
	case Number:
		_, ok := decimal(v)
		return ok && len(canonicalDecimal(v)) <= maxNumber
	case Bool:
		c := canonical(v, Bool)
		return c == "true" || c == "false"
	case Date:
		return isDay(v)
	case Moment:
		return len(v) >= len(time.DateOnly) && isDay(v[:len(time.DateOnly)]) && canonicalMoment(v) == v
	}
	return true
}

// isDay reports whether v is a day that exists, of a year that databases know.
func isDay(v string) bool {
	t, err := time.Parse(time.DateOnly, v)
	return err == nil && t.Year() > 0
}

// Holds says whether the condition holds of a value; known is false where the
// value is null and the condition asks for something else than that.
func (c Condition) Holds(v Value) (holds, known bool) {
	switch {
	case c.Op == IsNull:
		return v.Null, true
	case c.Op == IsNotNull:
		return !v.Null, true
	case v.Null:
		return false, false
	case c.Op == In:
		return slices.ContainsFunc(c.Values, func(w string) bool { return order(v, w) == 0 }), true
	case len(c.Values) != 1:
		return false, false
	}
	n := order(v, c.Values[0])
	switch c.Op {
	case Equal:
		return n == 0, true
	case NotEqual:
		return n != 0, true
	case AtMost:
		return n <= 0, true
	case AtLeast:
		return n >= 0, true
	}
	return false, false
}

// order compares a value of a source with one of a condition.
func order(v Value, w string) int {
	if v.Kind == Integer || v.Kind == Number {
		a, okA := decimal(v.Text)
		b, okB := decimal(w)
		if okA && okB {
			return a.Cmp(b)
		}
	}
	return strings.Compare(v.Text, canonical(w, v.Kind))
}

// decimal reads a canonical decimal exactly.
func decimal(s string) (*big.Rat, bool) {
	if _, _, _, ok := splitDecimal(s); !ok {
		return nil, false
	}
	return new(big.Rat).SetString(canonicalDecimal(s))
}
