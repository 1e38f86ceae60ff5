package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/keys"
	"fontis/internal/trust/access/answer"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// plan is what the call needs to know before record and leaf are written, so that
// nothing about the source is learned before.
func (d *Door) plan(g *Grant, c Call) (*answer.Plan, error) {
	return answer.NewPlan(&d.bindings, g, c, d.now())
}

func normal(d *Door, k vocab.SubjectKey) (vocab.SubjectKey, []subject.Warning, error) {
	return subject.Normalise(k, d.p.Identity.SubjectOptions())
}

// look reads every scan of the plan for the subjects. Without a permit of this
// door nothing is opened.
func (d *Door) look(ctx context.Context, permit Permit, p *answer.Plan, subjects []string) (*answer.Results, error) {
	if err := d.check(permit); err != nil {
		return nil, err
	}
	r := &answer.Results{Plan: p, AsOf: d.p.Clock.Now()}
	var versions []string
	for _, s := range p.Scans {
		src, err := d.opened(ctx, s.Source)
		if err != nil {
			return nil, err
		}
		q := s.Query
		q.Subjects, q.Columns = subjects, s.Columns
		records, version, err := src.Lookup(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.Source, err)
		}
		r.Records = append(r.Records, records)
		r.Stale = append(r.Stale, d.isStale(s.Cycle, version.AsOf))
		versions = append(versions, version.Mark)
		if version.AsOf.Before(r.AsOf) {
			r.AsOf = version.AsOf
		}
	}
	r.Version = strings.Join(versions, " ")
	return r, nil
}

func (d *Door) isStale(c vocab.UpdateCycle, asOf time.Time) bool {
	days := c.MaxAgeDays()
	return days > 0 && d.p.Clock.Now().After(asOf.Add(time.Duration(days)*24*time.Hour))
}

// outcomeFields are what the record keeps of an answer: classes, reasons, what
// was disputed, the source's version and keyed prints, never a value.
func (d *Door) outcomeFields(answers map[vocab.ItemID]ItemAnswer, r *answer.Results) []ledger.Pair {
	classes, reasons := map[string]string{}, map[string]string{}
	var print [][]byte
	var disputed []string
	for _, item := range sortedItems(answers) {
		a := answers[item]
		classes[string(item)] = string(a.Answer)
		if a.Reason != "" {
			reasons[string(item)] = string(a.Reason)
		}
		if a.Disputed {
			disputed = append(disputed, string(item))
		}
		value := ""
		if a.Value != nil {
			value = *a.Value
		}
		print = append(print, []byte(item), []byte(a.Answer), []byte(value))
	}
	sum, _ := d.p.Keys.MAC(keys.Audit, append([][]byte{[]byte("fingerprint")}, print...)...)
	out := []ledger.Pair{
		{Name: ledger.FieldAnswers, Value: proof.MapValue(classes)},
		{Name: ledger.FieldReasons, Value: proof.MapValue(reasons)},
		{Name: ledger.FieldVersion, Value: r.Version},
		{Name: ledger.FieldAsOf, Value: r.AsOf.UTC().Format(time.RFC3339)},
		{Name: ledger.FieldFingerprint, Value: fmt.Sprintf("%x", sum[:16])},
		{Name: ledger.FieldPrints, Value: proof.MapValue(d.prints(answers))},
	}
	if len(disputed) > 0 {
		out = append(out, ledger.Pair{Name: ledger.FieldDisputed, Value: proof.ListValue(disputed)})
	}
	return out
}

func sortedItems(m map[vocab.ItemID]ItemAnswer) []vocab.ItemID {
	out := make([]vocab.ItemID, 0, len(m))
	for i := range m {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}
