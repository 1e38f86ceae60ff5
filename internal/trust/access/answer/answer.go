package answer

import (
	"slices"
	"time"

	"fontis/internal/engine/source"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/vocab"
)

// Item is the answer for one item.
type Item struct {
	Answer     vocab.Answer        `json:"answer"`
	Value      *string             `json:"value,omitempty"` // read only
	Comparator string              `json:"comparator,omitempty"`
	Reason     vocab.UnknownReason `json:"reason,omitempty"`
	Disputed   bool                `json:"disputed,omitempty"` // a contest of the value is open

	rests *string // the form of the source's value; never leaves
}

// Rests is the canonical form of the source's value that the answer rests on;
// false when it rests on none. It is for the record's print, never for a reader.
func (i Item) Rests() (string, bool) {
	if i.rests == nil {
		return "", false
	}
	return *i.rests, true
}

// Results hold what the look-ups brought, for one or many subjects.
type Results struct {
	Plan    *Plan
	Records [][]source.Record // per scan, per subject
	Stale   []bool
	AsOf    time.Time
	Version string
}

// Of are the answers for subject number i.
func (r *Results) Of(i int) map[vocab.ItemID]Item {
	out := map[vocab.ItemID]Item{}
	for k, s := range r.Plan.Scans {
		record := r.Records[k][i]
		if s.status != nil {
			out[s.holder.Item] = r.ofStatus(s, record, r.Stale[k])
			continue
		}
		for _, b := range s.Items {
			out[b.Item] = r.ofItem(s, b, record, r.Stale[k])
		}
	}
	return out
}

func (r *Results) ofStatus(s *Scan, record source.Record, stale bool) Item {
	if stale {
		return Item{Answer: vocab.Unknown, Reason: vocab.Stale}
	}
	if record.Marked {
		return Item{Answer: vocab.Unknown, Reason: vocab.BadSubject}
	}
	out := Item{rests: rests(s.holder, s.values(s.holder, record))}
	out.Answer, out.Reason = s.status.Evaluate(r.Plan.AsOf, s.Columns, record.Rows)
	return out
}

func (r *Results) ofItem(s *Scan, b *binding.Bound, record source.Record, stale bool) Item {
	if record.Marked {
		return Item{Answer: vocab.Unknown, Reason: vocab.BadSubject}
	}
	out := Item{Answer: vocab.Unknown, Reason: vocab.Stale}
	if r.Plan.Question == vocab.Compare {
		out.Comparator = b.Comparator.String()
	}
	if stale {
		return out
	}
	values := s.values(b, record)
	if r.Plan.Question == vocab.Read {
		return read(b, values)
	}
	held, reason := b.Comparator.Held(values)
	if out.Reason = reason; reason != "" {
		return out
	}
	out.rests = &held
	var err error
	out.Answer, err = b.Comparator.Judge(r.Plan.Submitted[b.Item], held)
	if err != nil { // the submitted value was read before; the source's own never is an error
		out.Answer, out.Reason = vocab.Unknown, vocab.EmptyAtSource
	}
	return out
}

// values are what the record holds in the binding's column.
func (s *Scan) values(b *binding.Bound, record source.Record) []source.Value {
	at := slices.Index(s.Columns, b.Column)
	out := make([]source.Value, len(record.Rows))
	for i, row := range record.Rows {
		out[i] = row[at]
	}
	return out
}

func read(b *binding.Bound, values []source.Value) Item {
	switch {
	case len(values) == 0:
		return Item{Answer: vocab.Unknown, Reason: vocab.NoRecord}
	case slices.ContainsFunc(values[1:], func(v source.Value) bool { return v != values[0] }):
		return Item{Answer: vocab.Unknown, Reason: vocab.SeveralRecords}
	case values[0].Null:
		return Item{Answer: vocab.Unknown, Reason: vocab.EmptyAtSource}
	default:
		return Item{Answer: vocab.Given, Value: &values[0].Text, rests: rests(b, values)}
	}
}

// rests is the form of what the source holds, nil when that is nothing or more
// than one thing. What the comparator cannot read stands as it is.
func rests(b *binding.Bound, values []source.Value) *string {
	form, reason := b.Comparator.Held(values)
	switch {
	case reason == vocab.BadValue:
		form = values[0].Text
	case reason != "":
		return nil
	}
	return &form
}

// Form is the canonical form of one value of the item, as a print is made of it.
func Form(c comparator.Comparator, value string) string {
	form, reason := c.Held([]source.Value{{Kind: source.Text, Text: value}})
	if reason != "" {
		return value
	}
	return form
}
