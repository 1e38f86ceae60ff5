// Package statement writes the few SELECT statements that sources are asked.
//
// It gets tables and columns of a catalog that a driver has read from the source
// itself, never names from outside, and quotes them all the same; every value
// becomes a parameter. Two things differ between the databases and stand in
// Words: how a list of subjects is given, and how a value gets the type of its
// column.
package statement

import (
	"strconv"
	"strings"

	"fontis/internal/engine/source"
)

// Words are what a kind of database says in its own way.
type Words struct {
	// OneOf writes that a column is one of the texts in a parameter.
	OneOf func(c source.Column, parameter string) string
	// List makes the argument for OneOf from texts.
	List func(values []string) any
	// Param writes a parameter so that it compares with the column.
	Param func(c source.Column, parameter string) string
	// Side writes a column so that it compares with Param, by bytes if it is text.
	Side func(c source.Column) string
	// Shown writes a column for the result.
	Shown func(c source.Column) string
	// AsText writes a subject column for the result.
	AsText func(c source.Column) string
}

// Quote writes a name so that it is one name, whatever stands in it.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// From writes a table's name.
func From(t source.Table) string {
	if t.Schema == "" {
		return Quote(t.Name)
	}
	return Quote(t.Schema) + "." + Quote(t.Name)
}

// Rows writes the statement of a Scan with its arguments.
func Rows(w Words, s source.Scan) (string, []any) {
	b := builder{words: w}
	b.text.WriteString("SELECT ")
	if s.Subject != nil {
		b.text.WriteString(w.AsText(*s.Subject))
	}
	for i, c := range s.Columns {
		if i > 0 || s.Subject != nil {
			b.text.WriteString(", ")
		}
		b.text.WriteString(w.Shown(c))
	}
	b.text.WriteString(" FROM " + From(s.Table))
	joint := " WHERE "
	if s.Paged {
		b.text.WriteString(joint + Quote(s.Subject.Name) + " IS NOT NULL")
		joint = " AND "
		if s.After != "" {
			b.text.WriteString(joint + w.Side(*s.Subject) + " > " + w.Param(*s.Subject, b.param(s.After)))
		}
	} else if s.Subject != nil {
		b.text.WriteString(joint + w.OneOf(*s.Subject, b.param(w.List(s.Subjects))))
		joint = " AND "
	}
	for _, c := range s.Where {
		b.text.WriteString(joint + b.condition(c))
		joint = " AND "
	}
	if s.Paged {
		b.text.WriteString(" ORDER BY " + w.Side(*s.Subject))
	}
	b.text.WriteString(" LIMIT " + strconv.Itoa(s.Limit+1))
	return b.text.String(), b.args
}

// Top writes the statement of a TopScan: value, count, all rows and all nulls
// that were counted; the most frequent first, and null among the values.
func Top(w Words, s source.TopScan) string {
	return "SELECT v, n, CAST(SUM(n) OVER () AS BIGINT), CAST(SUM(CASE WHEN v IS NULL THEN n ELSE 0 END) OVER () AS BIGINT)" +
		" FROM (SELECT v, COUNT(*) AS n FROM (SELECT " + w.Shown(s.Column) + " AS v FROM " + From(s.Table) +
		" LIMIT " + strconv.Itoa(s.Scanned) + ") AS scanned GROUP BY v) AS counted ORDER BY n DESC, v LIMIT " + strconv.Itoa(s.Values+1)
}

type builder struct {
	words Words
	text  strings.Builder
	args  []any
}

func (b *builder) param(v any) string {
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

// condition writes one condition. An operator outside the closed list cannot
// come here; if it did, the condition would hold of no row.
func (b *builder) condition(c source.Bound) string {
	side := b.words.Side(c.Column)
	switch c.Op {
	case source.IsNull:
		return Quote(c.Column.Name) + " IS NULL"
	case source.IsNotNull:
		return Quote(c.Column.Name) + " IS NOT NULL"
	case source.In:
		all := make([]string, len(c.Values))
		for i, v := range c.Values {
			all[i] = b.words.Param(c.Column, b.param(v))
		}
		return side + " IN (" + strings.Join(all, ", ") + ")"
	case source.Equal, source.AtMost, source.AtLeast:
		return side + " " + string(c.Op) + " " + b.words.Param(c.Column, b.param(c.Values[0]))
	case source.NotEqual:
		return side + " <> " + b.words.Param(c.Column, b.param(c.Values[0]))
	}
	return "FALSE"
}
