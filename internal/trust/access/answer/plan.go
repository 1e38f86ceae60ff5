package answer

import (
	"fmt"
	"slices"
	"time"

	"fontis/internal/engine/source"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/access/grant"
	"fontis/internal/vocab"
)

// Plan is everything a call needs to know before record and leaf are written, so
// that nothing about the source is learned before.
type Plan struct {
	Question  vocab.Question
	Submitted map[vocab.ItemID]string
	Canonical map[vocab.ItemID][]byte // what the guess guard counts
	AsOf      time.Time
	Scans     []*Scan
}

// Scan is one look-up: all items of one table of one source.
type Scan struct {
	Source  vocab.SourceID
	Query   source.Query
	Items   []*binding.Bound
	status  *comparator.Status
	holder  *binding.Bound // of the status
	Cycle   vocab.UpdateCycle
	Columns []string
}

// NewPlan resolves bindings and brings submitted values to their canonical form. A
// value that nobody can read is refused here and tells nothing about the source.
func NewPlan(bindings *binding.Index, g *grant.Grant, c grant.Call, now time.Time) (*Plan, error) {
	p := &Plan{Question: c.Question, Submitted: c.Values, Canonical: map[vocab.ItemID][]byte{}, AsOf: c.AsOf}
	if p.AsOf.IsZero() {
		p.AsOf = now
	}
	path := map[vocab.Question]vocab.Path{vocab.Compare: vocab.PathCompare, vocab.Status: vocab.PathStatus, vocab.Read: vocab.PathRead}[c.Question]
	if c.Question == vocab.Status {
		return p, p.addStatus(bindings, g, c, path)
	}
	for _, item := range c.Names() {
		b, err := usable(bindings, item, path, c.Subject.Kind)
		if err != nil {
			return nil, err
		}
		if err := p.add(b, c); err != nil {
			return nil, fmt.Errorf("item %s: %w", item, err)
		}
		s := p.scanFor(b, g)
		s.Items = append(s.Items, b)
	}
	return p, nil
}

// OwnPlan reads one item for the body whose source it is, without a grant.
func OwnPlan(bindings *binding.Index, item vocab.ItemID, kind vocab.SubjectKeyKind) (*Plan, error) {
	b, err := usable(bindings, item, vocab.PathRead, kind)
	if err != nil {
		return nil, err
	}
	p := &Plan{Question: vocab.Read}
	s := p.scanFor(b, &grant.Grant{})
	s.Items = append(s.Items, b)
	return p, nil
}

func (p *Plan) add(b *binding.Bound, c grant.Call) error {
	switch c.Question {
	case vocab.Compare:
		if b.Compare == "" {
			return vocab.ItemUnbound.Because("item %s has no comparator", b.Item)
		}
		form, err := b.Comparator.Canonical(c.Values[b.Item])
		if err != nil {
			return err
		}
		p.Canonical[b.Item] = form
	case vocab.Read:
		if !b.Read {
			return vocab.QuestionOutside.Because("item %s is not bound for reading", b.Item)
		}
	}
	return nil
}

func usable(bindings *binding.Index, item vocab.ItemID, path vocab.Path, kind vocab.SubjectKeyKind) (*binding.Bound, error) {
	b := bindings.Get(item)
	if b == nil {
		return nil, vocab.ItemUnbound.Because("item %s has no source", item)
	}
	if err := vocab.Refuse(path, b.About, b.AllTags()); err != nil {
		return nil, err
	}
	if b.KeyKind != "" && kind != "" && b.KeyKind != kind {
		return nil, vocab.SubjectInvalid.Because("item %s is found by a key of kind %s, not %s", item, b.KeyKind, kind)
	}
	return b, nil
}

func (p *Plan) addStatus(bindings *binding.Index, g *grant.Grant, c grant.Call, path vocab.Path) error {
	for _, item := range g.Items {
		b := bindings.Get(item)
		if b == nil {
			continue
		}
		for i, s := range b.Statuses {
			if s.Name != c.Status {
				continue
			}
			if _, err := usable(bindings, item, path, c.Subject.Kind); err != nil {
				return err
			}
			if !c.AsOf.IsZero() {
				// A day that the caller chose is a guess like any other: where a status
				// begins with a date, a dozen days would halve their way to it.
				p.Canonical[item] = []byte("as of " + c.AsOf.Format(time.DateOnly))
			}
			sc := p.scanFor(b, g)
			sc.status, sc.holder = &b.Statuses[i], b
			for _, col := range s.Columns() {
				sc.addColumn(col)
			}
			return nil
		}
	}
	return vocab.ItemUnbound.Because("no item of grant %s declares the status %q", g.ID, c.Status)
}

// scanFor finds or makes the look-up for the binding's table.
func (p *Plan) scanFor(b *binding.Bound, g *grant.Grant) *Scan {
	for _, s := range p.Scans {
		if s.Source == b.SourceKey() && s.Query.Table == b.Table && s.Query.SubjectColumn == b.Subject {
			s.addColumn(b.Column)
			return s
		}
	}
	s := &Scan{Source: b.SourceKey(), Cycle: b.Cycle, Query: source.Query{Table: b.Table, SubjectColumn: b.Subject, Where: g.Rows}}
	s.addColumn(b.Column)
	p.Scans = append(p.Scans, s)
	return s
}

func (s *Scan) addColumn(c string) {
	if !slices.Contains(s.Columns, c) {
		s.Columns = append(s.Columns, c)
	}
}
