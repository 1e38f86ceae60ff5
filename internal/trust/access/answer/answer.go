package answer

import (
	"slices"
	"time"

	"fontis/internal/engine/source"
	"fontis/internal/trust/access/binding"
	"fontis/internal/vocab"
)

// Item is the answer for one item.
type Item struct {
	Answer     vocab.Answer        `json:"answer"`
	Value      *string             `json:"value,omitempty"` // read only
	Comparator string              `json:"comparator,omitempty"`
	Reason     vocab.UnknownReason `json:"reason,omitempty"`
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
			out[s.item] = r.ofStatus(s, record, r.Stale[k])
			continue
		}
		for _, b := range s.Items {
			if out[b.Item] = r.item(s, b, record, r.Stale[k]); record.Marked {
				out[b.Item] = Item{Answer: vocab.Unknown, Reason: vocab.BadSubject}
			}
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
	answer, reason := s.status.Evaluate(r.Plan.AsOf, s.Columns, record.Rows)
	return Item{Answer: answer, Reason: reason}
}

func (r *Results) item(s *Scan, b *binding.Bound, record source.Record, stale bool) Item {
	out := Item{Answer: vocab.Unknown, Reason: vocab.Stale}
	at := slices.Index(s.Columns, b.Column)
	values := make([]source.Value, len(record.Rows))
	for i, row := range record.Rows {
		values[i] = row[at]
	}
	if r.Plan.Question == vocab.Read {
		if stale {
			return out
		}
		return readAnswer(values)
	}
	out.Comparator = b.Comparator.String()
	if stale {
		return out
	}
	var err error
	out.Answer, out.Reason, err = b.Comparator.Answer(r.Plan.Submitted[b.Item], values)
	if err != nil { // the submitted value was read before; the source's own never is an error
		out.Answer, out.Reason = vocab.Unknown, vocab.EmptyAtSource
	}
	return out
}

func readAnswer(values []source.Value) Item {
	switch {
	case len(values) == 0:
		return Item{Answer: vocab.Unknown, Reason: vocab.NoRecord}
	case slices.ContainsFunc(values[1:], func(v source.Value) bool { return v != values[0] }):
		return Item{Answer: vocab.Unknown, Reason: vocab.SeveralRecords}
	case values[0].Null:
		return Item{Answer: vocab.Unknown, Reason: vocab.EmptyAtSource}
	default:
		return Item{Answer: vocab.Given, Value: &values[0].Text}
	}
}
