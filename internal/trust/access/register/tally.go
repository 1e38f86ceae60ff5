package register

import (
	"fontis/internal/trust/access/tagged"
	"fontis/internal/vocab"
)

// Tally counts the values of a register on their way in, since no one can look
// at them afterwards: a column that holds a refused tag is known from then on.
type Tally struct {
	columns []string
	counts  []map[string]int64
}

// tallyValues bounds what is remembered of a column; a code list has far fewer.
// Words of a list are counted however late they come, the rest as one.
const (
	tallyValues = 2000
	tallyRest   = "\x00 other values"
)

// NewTally counts for a register of these columns.
func NewTally(columns []string) *Tally {
	t := &Tally{columns: columns, counts: make([]map[string]int64, len(columns))}
	for i := range t.counts {
		t.counts[i] = map[string]int64{}
	}
	return t
}

// Add counts the values of one row.
func (t *Tally) Add(values []string) {
	for i, v := range values[1:] {
		c := t.counts[i+1]
		_, known := c[v]
		switch {
		case known || len(c) < tallyValues || tagged.Listed(v):
			c[v]++
		default:
			c[tallyRest]++
		}
	}
}

// Tags are the refused tags that the columns were found to hold.
func (t *Tally) Tags() map[string][]vocab.Tag {
	out := map[string][]vocab.Tag{}
	for i, c := range t.counts {
		values := make([]tagged.Value, 0, len(c))
		for v, n := range c {
			values = append(values, tagged.Value{Text: v, Count: n})
		}
		for _, p := range tagged.Detect(values) {
			out[t.columns[i]] = append(out[t.columns[i]], p.Tag)
		}
		if tag, ok := tagged.ByName(t.columns[i]); ok {
			out[t.columns[i]] = append(out[t.columns[i]], tag)
		}
	}
	return out
}
