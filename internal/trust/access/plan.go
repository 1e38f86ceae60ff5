package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/keys"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// plan is everything a call needs to know before record and leaf are written, so
// that nothing about the source is learned before.
type plan struct {
	question  vocab.Question
	submitted map[vocab.ItemID]string
	canonical map[vocab.ItemID][]byte // what the guess guard counts
	asOf      time.Time
	scans     []*scan
}

// scan is one look-up: all items of one table of one source.
type scan struct {
	source  vocab.SourceID
	query   source.Query
	items   []*bound
	status  *comparator.Status
	item    vocab.ItemID // of the status
	cycle   vocab.UpdateCycle
	columns []string
}

func normal(d *Door, k vocab.SubjectKey) (vocab.SubjectKey, []subject.Warning, error) {
	return subject.Normalise(k, d.p.Identity.SubjectOptions())
}

// plan resolves bindings and brings submitted values to their canonical form. A
// value that nobody can read is refused here and tells nothing about the source.
func (d *Door) plan(g *Grant, c Call) (*plan, error) {
	p := &plan{question: c.Question, submitted: c.Values, canonical: map[vocab.ItemID][]byte{}, asOf: c.AsOf}
	if p.asOf.IsZero() {
		p.asOf = d.p.Clock.Now()
	}
	path := map[vocab.Question]vocab.Path{vocab.Compare: vocab.PathCompare, vocab.Status: vocab.PathStatus, vocab.Read: vocab.PathRead}[c.Question]
	if c.Question == vocab.Status {
		return p, d.planStatus(p, g, c, path)
	}
	for _, item := range c.names() {
		b, err := d.bound(item, path, c.Subject.Kind)
		if err != nil {
			return nil, err
		}
		if err := p.add(b, c); err != nil {
			return nil, fmt.Errorf("item %s: %w", item, err)
		}
		p.scanFor(b, g).items = append(p.scanFor(b, g).items, b)
	}
	return p, nil
}

func (p *plan) add(b *bound, c Call) error {
	switch c.Question {
	case vocab.Compare:
		if b.Compare == "" {
			return vocab.ItemUnbound.Because("item %s has no comparator", b.Item)
		}
		form, err := b.comparator.Canonical(c.Values[b.Item])
		if err != nil {
			return err
		}
		p.canonical[b.Item] = form
	case vocab.Read:
		if !b.Read {
			return vocab.QuestionOutside.Because("item %s is not bound for reading", b.Item)
		}
	}
	return nil
}

func (d *Door) bound(item vocab.ItemID, path vocab.Path, kind vocab.SubjectKeyKind) (*bound, error) {
	b := d.bindings.get(item)
	if b == nil {
		return nil, vocab.ItemUnbound.Because("item %s has no source", item)
	}
	if err := vocab.Refuse(path, b.About, b.tags()); err != nil {
		return nil, err
	}
	if b.KeyKind != "" && kind != "" && b.KeyKind != kind {
		return nil, vocab.SubjectInvalid.Because("item %s is found by a key of kind %s, not %s", item, b.KeyKind, kind)
	}
	return b, nil
}

func (d *Door) planStatus(p *plan, g *Grant, c Call, path vocab.Path) error {
	for _, item := range g.Items {
		b := d.bindings.get(item)
		if b == nil {
			continue
		}
		for i, s := range b.Statuses {
			if s.Name != c.Status {
				continue
			}
			if _, err := d.bound(item, path, c.Subject.Kind); err != nil {
				return err
			}
			if !c.AsOf.IsZero() {
				// A day that the caller chose is a guess like any other: where a status
				// begins with a date, a dozen days would halve their way to it.
				p.canonical[item] = []byte("as of " + c.AsOf.Format(time.DateOnly))
			}
			sc := p.scanFor(b, g)
			sc.status, sc.item = &b.Statuses[i], item
			for _, col := range s.Columns() {
				sc.addColumn(col)
			}
			return nil
		}
	}
	return vocab.ItemUnbound.Because("no item of grant %s declares the status %q", g.ID, c.Status)
}

// scanFor finds or makes the look-up for the binding's table.
func (p *plan) scanFor(b *bound, g *Grant) *scan {
	for _, s := range p.scans {
		if s.source == sourceKey(b.Owner, b.Source) && s.query.Table == b.Table && s.query.SubjectColumn == b.Subject {
			s.addColumn(b.Column)
			return s
		}
	}
	s := &scan{source: sourceKey(b.Owner, b.Source), cycle: b.Cycle, query: source.Query{Table: b.Table, SubjectColumn: b.Subject, Where: g.Rows}}
	s.addColumn(b.Column)
	p.scans = append(p.scans, s)
	return s
}

func (s *scan) addColumn(c string) {
	if !slices.Contains(s.columns, c) {
		s.columns = append(s.columns, c)
	}
}

// results hold what the look-ups brought, for one or many subjects.
type results struct {
	plan    *plan
	records [][]source.Record // per scan, per subject
	stale   []bool
	asOf    time.Time
	version string
}

// open reads every scan of the plan for the subjects. Without a permit of this
// door nothing is opened.
func (d *Door) open(ctx context.Context, permit Permit, p *plan, subjects []string) (*results, error) {
	if err := d.check(permit); err != nil {
		return nil, err
	}
	r := &results{plan: p, asOf: d.p.Clock.Now()}
	var versions []string
	for _, s := range p.scans {
		src, err := d.opened(ctx, s.source)
		if err != nil {
			return nil, err
		}
		q := s.query
		q.Subjects, q.Columns = subjects, s.columns
		records, version, err := src.Lookup(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.source, err)
		}
		r.records = append(r.records, records)
		r.stale = append(r.stale, d.isStale(s.cycle, version.AsOf))
		versions = append(versions, version.Mark)
		if version.AsOf.Before(r.asOf) {
			r.asOf = version.AsOf
		}
	}
	r.version = strings.Join(versions, " ")
	return r, nil
}

func (d *Door) isStale(c vocab.UpdateCycle, asOf time.Time) bool {
	days := c.MaxAgeDays()
	return days > 0 && d.p.Clock.Now().After(asOf.Add(time.Duration(days)*24*time.Hour))
}

// answers are the answers for subject number i.
func (r *results) answers(i int) map[vocab.ItemID]ItemAnswer {
	out := map[vocab.ItemID]ItemAnswer{}
	for k, s := range r.plan.scans {
		record := r.records[k][i]
		if s.status != nil {
			out[s.item] = r.statusAnswer(s, record, r.stale[k])
			continue
		}
		for _, b := range s.items {
			if out[b.Item] = r.itemAnswer(s, b, record, r.stale[k]); record.Marked {
				out[b.Item] = ItemAnswer{Answer: vocab.Unknown, Reason: vocab.BadSubject}
			}
		}
	}
	return out
}

func (r *results) statusAnswer(s *scan, record source.Record, stale bool) ItemAnswer {
	if stale {
		return ItemAnswer{Answer: vocab.Unknown, Reason: vocab.Stale}
	}
	if record.Marked {
		return ItemAnswer{Answer: vocab.Unknown, Reason: vocab.BadSubject}
	}
	answer, reason := s.status.Evaluate(r.plan.asOf, s.columns, record.Rows)
	return ItemAnswer{Answer: answer, Reason: reason}
}

func (r *results) itemAnswer(s *scan, b *bound, record source.Record, stale bool) ItemAnswer {
	out := ItemAnswer{Answer: vocab.Unknown, Reason: vocab.Stale}
	at := slices.Index(s.columns, b.Column)
	values := make([]source.Value, len(record.Rows))
	for i, row := range record.Rows {
		values[i] = row[at]
	}
	if r.plan.question == vocab.Read {
		if stale {
			return out
		}
		return readAnswer(values)
	}
	out.Comparator = b.comparator.String()
	if stale {
		return out
	}
	var err error
	out.Answer, out.Reason, err = b.comparator.Answer(r.plan.submitted[b.Item], values)
	if err != nil { // the submitted value was read before; the source's own never is an error
		out.Answer, out.Reason = vocab.Unknown, vocab.EmptyAtSource
	}
	return out
}

func readAnswer(values []source.Value) ItemAnswer {
	switch {
	case len(values) == 0:
		return ItemAnswer{Answer: vocab.Unknown, Reason: vocab.NoRecord}
	case slices.ContainsFunc(values[1:], func(v source.Value) bool { return v != values[0] }):
		return ItemAnswer{Answer: vocab.Unknown, Reason: vocab.SeveralRecords}
	case values[0].Null:
		return ItemAnswer{Answer: vocab.Unknown, Reason: vocab.EmptyAtSource}
	default:
		return ItemAnswer{Answer: vocab.Given, Value: &values[0].Text}
	}
}

// outcomeFields are what the record keeps of an answer: classes, reasons, the
// source's version and a keyed fingerprint, never a value.
func (d *Door) outcomeFields(answers map[vocab.ItemID]ItemAnswer, r *results) []ledger.Pair {
	classes, reasons := map[string]string{}, map[string]string{}
	var print [][]byte
	for _, item := range sortedItems(answers) {
		a := answers[item]
		classes[string(item)] = string(a.Answer)
		if a.Reason != "" {
			reasons[string(item)] = string(a.Reason)
		}
		value := ""
		if a.Value != nil {
			value = *a.Value
		}
		print = append(print, []byte(item), []byte(a.Answer), []byte(value))
	}
	sum, _ := d.p.Keys.MAC(keys.Audit, append([][]byte{[]byte("fingerprint")}, print...)...)
	return []ledger.Pair{
		{Name: ledger.FieldAnswers, Value: ledger.MapValue(classes)},
		{Name: ledger.FieldReasons, Value: ledger.MapValue(reasons)},
		{Name: ledger.FieldVersion, Value: r.version},
		{Name: ledger.FieldAsOf, Value: r.asOf.UTC().Format(time.RFC3339)},
		{Name: ledger.FieldFingerprint, Value: fmt.Sprintf("%x", sum[:16])},
	}
}

func sortedItems(m map[vocab.ItemID]ItemAnswer) []vocab.ItemID {
	out := make([]vocab.ItemID, 0, len(m))
	for i := range m {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}
