package ckan

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fontis/internal/vocab"
)

// The bounds of the queries of one call: what is longer is refused before it is read.
const (
	maxQuery   = 4096
	maxClauses = 200
	maxDepth   = 20
)

// badQuery is the failure of a query that cannot be understood.
const badQuery = vocab.QueryUnclear

// op is what a node of a query does.
type op int

const (
	leaf  op = iota // field, value
	all             // every kid holds; none: everything
	some            // one kid holds
	not             // the one kid does not hold
	oneOf           // the facet has one of the values
)

// node is a query, or a part of one.
type node struct {
	op     op
	kids   []*node
	field  string   // of a leaf; "" for words anywhere
	value  string   // "*" for any value
	want   string   // value as it is compared
	begin  bool     // the value ended in *
	span   *span    // of a leaf with a range
	values []string // of oneOf
}

// leafOf asks for a value of a field.
func leafOf(field, value string, begin bool) *node {
	return &node{field: field, value: value, want: fold(value), begin: begin}
}

// span is a range of times; a zero end is open.
type span struct{ from, to time.Time }

// parse reads the queries of one call, which must all hold and share the bounds:
// words, field:value, field:"a b", field:(a OR b), ranges with TO, AND, OR, NOT, +
// and -, parentheses, and a trailing *.
func parse(now time.Time, said ...string) ([]*node, error) {
	p := &parser{now: now}
	var out []*node
	size := 0
	for _, s := range said {
		if s == "" {
			continue
		}
		if size += len(s); size > maxQuery {
			return nil, badQuery.Because("the query has more than %d bytes", maxQuery)
		}
		p.rest = s
		n, err := p.any("")
		if err != nil {
			return nil, err
		}
		if p.space(); p.rest != "" {
			return nil, badQuery.Because("a closing parenthesis stands alone")
		}
		if err := n.check(); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

type parser struct {
	rest    string
	now     time.Time
	clauses int
	depth   int
}

func (p *parser) space() { p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace) }

// word takes an operator that stands alone.
func (p *parser) word(w string) bool {
	p.space()
	after, ok := strings.CutPrefix(p.rest, w)
	if !ok || after != "" && !unicode.IsSpace(rune(after[0])) && after[0] != '(' {
		return false
	}
	p.rest = after
	return true
}

// any reads alternatives; inside field:( ) words without a field belong to it.
func (p *parser) any(field string) (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, badQuery.Because("parentheses are nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	out := &node{op: some}
	for {
		n, err := p.every(field)
		if err != nil {
			return nil, err
		}
		out.kids = append(out.kids, n)
		if !p.word("OR") && !p.word("||") {
			break
		}
	}
	if len(out.kids) == 1 {
		return out.kids[0], nil
	}
	return out, nil
}

// every reads what must all hold.
func (p *parser) every(field string) (*node, error) {
	out := &node{op: all}
	for {
		for p.word("AND") || p.word("&&") {
			continue
		}
		if p.space(); p.rest == "" || p.rest[0] == ')' || p.ahead("OR") || p.ahead("||") {
			break
		}
		n, err := p.one(field)
		if err != nil {
			return nil, err
		}
		out.kids = append(out.kids, n)
	}
	if len(out.kids) == 1 {
		return out.kids[0], nil
	}
	return out, nil
}

func (p *parser) ahead(w string) bool {
	kept := p.rest
	ok := p.word(w)
	p.rest = kept
	return ok
}

// one reads a clause with its sign.
func (p *parser) one(field string) (*node, error) {
	if p.clauses++; p.clauses > maxClauses {
		return nil, badQuery.Because("the query has more than %d parts", maxClauses)
	}
	negative := p.word("NOT")
	p.space()
	for p.rest != "" && strings.ContainsRune("+-!", rune(p.rest[0])) {
		negative = negative != (p.rest[0] != '+')
		p.rest = p.rest[1:]
	}
	n, err := p.clause(field)
	if err == nil && negative {
		n = &node{op: not, kids: []*node{n}}
	}
	return n, err
}

func (p *parser) clause(field string) (*node, error) {
	if p.rest == "" {
		return nil, badQuery.Because("the query ends where a word is expected")
	}
	switch p.rest[0] {
	case '(':
		return p.inner(field)
	case '"':
		v, err := p.quoted()
		return leafOf(field, v, false), err
	case '[', '{':
		return p.between(field)
	}
	w := p.bare()
	if after, ok := strings.CutPrefix(p.rest, ":"); ok && field == "" && w != "" {
		p.rest = after
		if p.space(); p.rest == "" {
			return nil, badQuery.Because("the field %s has no value", clip(w))
		}
		return p.clause(w)
	}
	if w == "" {
		return nil, badQuery.Because("a colon or a bracket stands where a word is expected")
	}
	v, begin := strings.CutSuffix(w, "*")
	if v == "" {
		v, begin = "*", false
	}
	return leafOf(field, v, begin), nil
}

func (p *parser) inner(field string) (*node, error) {
	p.rest = p.rest[1:]
	n, err := p.any(field)
	if err != nil {
		return nil, err
	}
	p.space()
	after, ok := strings.CutPrefix(p.rest, ")")
	if !ok {
		return nil, badQuery.Because("a parenthesis is not closed")
	}
	p.rest = after
	return n, nil
}

func (p *parser) quoted() (string, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", badQuery.Because("a quotation mark is not closed")
}

// bare reads a word up to white space, a colon, a quotation mark or a parenthesis.
func (p *parser) bare() string {
	var b strings.Builder
	for p.rest != "" {
		r, n := utf8.DecodeRuneInString(p.rest)
		if r == '\\' && len(p.rest) > 1 {
			p.rest = p.rest[1:]
			_, n = utf8.DecodeRuneInString(p.rest)
		} else if strings.ContainsRune(`:()"`, r) || unicode.IsSpace(r) {
			break
		}
		b.WriteString(p.rest[:n])
		p.rest = p.rest[n:]
	}
	return b.String()
}

// between reads [from TO to].
func (p *parser) between(field string) (*node, error) {
	end := strings.IndexAny(p.rest, "]}")
	if end < 0 {
		return nil, badQuery.Because("a range is not closed")
	}
	from, to, ok := strings.Cut(p.rest[1:end], " TO ")
	p.rest = p.rest[end+1:]
	if !ok {
		return nil, badQuery.Because("a range is written [FROM TO TO], and this one has no TO")
	}
	s := &span{}
	var err error
	if s.from, err = moment(from, p.now); err != nil {
		return nil, err
	}
	if s.to, err = moment(to, p.now); err != nil {
		return nil, err
	}
	return &node{field: field, span: s}, nil
}

// moment reads an end of a range: *, a date, a time, NOW, NOW-7DAYS, NOW/DAY.
func moment(s string, now time.Time) (time.Time, error) {
	s = strings.Trim(strings.TrimSpace(s), `"`)
	if s == "*" {
		return time.Time{}, nil
	}
	if rest, ok := strings.CutPrefix(s, "NOW"); ok {
		rest, _, _ = strings.Cut(rest, "/")
		return shift(now, rest)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, badQuery.Because("%q is not a time such as 2026-01-31T00:00:00Z", clip(s))
}

// shift reads what follows NOW: +2HOURS, -7DAYS.
func shift(now time.Time, s string) (time.Time, error) {
	if s == "" {
		return now, nil
	}
	n, i := 0, 1
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9' && n < 1e6; i++ {
		n = n*10 + int(s[i]-'0')
	}
	if s[0] == '-' {
		n = -n
	}
	if s[0] == '-' || s[0] == '+' {
		switch strings.TrimSuffix(s[i:], "S") {
		case "YEAR":
			return now.AddDate(n, 0, 0), nil
		case "MONTH":
			return now.AddDate(0, n, 0), nil
		case "DAY":
			return now.AddDate(0, 0, n), nil
		case "HOUR":
			return now.Add(time.Duration(n) * time.Hour), nil
		case "MINUTE":
			return now.Add(time.Duration(n) * time.Minute), nil
		case "SECOND":
			return now.Add(time.Duration(n) * time.Second), nil
		}
	}
	return time.Time{}, badQuery.Because("%q after NOW is not such as -7DAYS", clip(s))
}
