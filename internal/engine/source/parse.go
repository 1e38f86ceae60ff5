package source

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"fontis/internal/vocab"
)

// The longest expression and the most conditions that ParseConditions reads.
const (
	maxExpression = 64 << 10
	maxConditions = 20
)

const expressionForms = "write COLUMN = 'value', COLUMN != 'value', COLUMN in ('a', 'b'), COLUMN <= 'value', COLUMN >= 'value', COLUMN is null or COLUMN is not null, joined by and; a quote inside a value is doubled"

// ParseConditions reads an expression such as
//
//	state in ('active', 'paused') and ended is null
//
// A column is a bare word or stands in double quotes; a value is a number or
// stands in single quotes. There is no or, no bracket, no function.
func ParseConditions(expression string) ([]Condition, error) {
	if len(expression) > maxExpression {
		return nil, vocab.BadInput.Because("the expression has %d bytes: allowed are %d", len(expression), maxExpression)
	}
	if !utf8.ValidString(expression) || strings.ContainsRune(expression, 0) {
		return nil, vocab.BadInput.Because("the expression is not readable text").WithFix(expressionForms)
	}
	p := &parser{in: expression}
	var all []Condition
	for {
		c, err := p.condition()
		if err != nil {
			return nil, err
		}
		if all = append(all, c); len(all) > maxConditions {
			return nil, p.fail("at most %d conditions", maxConditions)
		}
		p.blanks()
		if p.at == len(p.in) {
			return all, nil
		}
		if !p.keyword("and") {
			return nil, p.fail("and, or the end")
		}
	}
}

// FormatConditions writes conditions so that ParseConditions reads them back.
func FormatConditions(all []Condition) string {
	parts := make([]string, len(all))
	for i, c := range all {
		quoted := make([]string, len(c.Values))
		for j, v := range c.Values {
			quoted[j] = "'" + strings.ReplaceAll(v, "'", "''") + "'"
		}
		switch c.Op {
		case IsNull, IsNotNull:
			parts[i] = quoteName(c.Column) + " " + string(c.Op)
		case In:
			parts[i] = quoteName(c.Column) + " in (" + strings.Join(quoted, ", ") + ")"
		default:
			parts[i] = quoteName(c.Column) + " " + string(c.Op) + " " + strings.Join(quoted, ", ")
		}
	}
	return strings.Join(parts, " and ")
}

// quoteName leaves a bare word bare, unless it would read as a keyword.
func quoteName(name string) string {
	bare := name != ""
	for i, r := range name {
		bare = bare && wordRune(r, i == 0)
	}
	switch strings.ToLower(name) {
	case "and", "in", "is", "not", "null", "or":
		bare = false
	}
	if bare {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func wordRune(r rune, first bool) bool {
	return r == '_' || unicode.IsLetter(r) || !first && unicode.IsDigit(r)
}

type parser struct {
	in string
	at int // in bytes
}

func (p *parser) condition() (Condition, error) {
	name, err := p.name()
	if err != nil {
		return Condition{}, err
	}
	c := Condition{Column: name}
	p.blanks()
	switch {
	case p.keyword("is"):
		c.Op = IsNull
		if p.keyword("not") {
			c.Op = IsNotNull
		}
		if !p.keyword("null") {
			return c, p.fail("null or not null")
		}
	case p.keyword("in"):
		c.Op = In
		c.Values, err = p.list()
	case p.sign("!="), p.sign("<>"):
		c.Op = NotEqual
	case p.sign("<="):
		c.Op = AtMost
	case p.sign(">="):
		c.Op = AtLeast
	case p.sign("="):
		c.Op = Equal
	default:
		return c, p.fail("=, !=, <=, >=, in or is")
	}
	if err == nil && c.Values == nil && c.Op != IsNull && c.Op != IsNotNull {
		var v string
		v, err = p.value()
		c.Values = []string{v}
	}
	if err != nil {
		return c, err
	}
	return c, c.Check()
}

func (p *parser) name() (string, error) {
	p.blanks()
	if p.sign(`"`) {
		return p.quoted('"', "a column name")
	}
	start := p.at
	for p.at < len(p.in) {
		r, n := utf8.DecodeRuneInString(p.in[p.at:])
		if !wordRune(r, p.at == start) {
			break
		}
		p.at += n
	}
	word := p.in[start:p.at]
	if word == "" || quoteName(word) != word {
		p.at = start
		return "", p.fail("a column name")
	}
	return word, nil
}

func (p *parser) list() ([]string, error) {
	p.blanks()
	if !p.sign("(") {
		return nil, p.fail("( before the values")
	}
	var values []string
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		if values = append(values, v); len(values) > MaxConditionValues {
			return nil, p.fail("at most %d values", MaxConditionValues)
		}
		p.blanks()
		if p.sign(")") {
			return values, nil
		}
		if !p.sign(",") {
			return nil, p.fail(", or ) after a value")
		}
	}
}

func (p *parser) value() (string, error) {
	p.blanks()
	if p.sign("'") {
		return p.quoted('\'', "a value")
	}
	start := p.at
	for p.at < len(p.in) && strings.IndexByte("+-.0123456789", p.in[p.at]) >= 0 {
		p.at++
	}
	word := p.in[start:p.at]
	if _, ok := decimal(word); !ok {
		p.at = start
		return "", p.fail("a value in single quotes, or a number")
	}
	return word, nil
}

// quoted reads up to the closing quote; a doubled quote stands for itself.
func (p *parser) quoted(quote byte, what string) (string, error) {
	start := p.at
	var b strings.Builder
	for p.at < len(p.in) {
		if p.in[p.at] != quote {
			b.WriteByte(p.in[p.at])
			p.at++
			continue
		}
		if p.at+1 < len(p.in) && p.in[p.at+1] == quote {
			b.WriteByte(quote)
			p.at += 2
			continue
		}
		p.at++
		return b.String(), nil
	}
	p.at = start
	return "", p.fail("the closing quote of %s", what)
}

func (p *parser) blanks() {
	for p.at < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) sign(s string) bool {
	if !strings.HasPrefix(p.in[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

// keyword reads a word in any case, with its blanks before and no letter after.
func (p *parser) keyword(word string) bool {
	p.blanks()
	end := p.at + len(word)
	if end > len(p.in) || !strings.EqualFold(p.in[p.at:end], word) {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(p.in[end:]); end < len(p.in) && wordRune(r, false) {
		return false
	}
	p.at = end
	return true
}

// fail tells the position in characters, counted from 1.
func (p *parser) fail(format string, args ...any) error {
	position := utf8.RuneCountInString(p.in[:p.at]) + 1
	found := "the end"
	if p.at < len(p.in) {
		r, _ := utf8.DecodeRuneInString(p.in[p.at:])
		found = fmt.Sprintf("%q", r)
	}
	return vocab.BadInput.Because("at position %d: expected %s, found %s", position, fmt.Sprintf(format, args...), found).WithFix(expressionForms)
}
