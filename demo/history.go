package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/vocab"
)

// cast are those of the world whom the history is about. All stand in the first
// part of their books, so that they can be asked from the beginning.
type cast struct {
	visitors []Person // residents who may look at what was asked about them
	pupils   []Person
	elders   []Person
	late     []Person // who died
	firms    []Firm
	odd      []Person // the register has their number wrong, or has them twice
}

const (
	manyVisitors = 3
	manyOthers   = 8
	manyOdd      = 4
	manyLate     = 2
)

func (l *loader) cast() cast {
	var c cast
	w := l.world
	for i := range min(w.Residents, chunk) {
		lines := w.Register(i)
		r := lines[0]
		if len(lines) > 1 || r.Wrong {
			if len(c.odd) < manyOdd {
				c.odd = append(c.odd, r.Person)
			}
			continue
		}
		if r.Died != "" && len(c.late) < manyLate {
			c.late = append(c.late, r.Person)
		}
		if r.NoBirth || r.Died != "" {
			continue
		}
		age := w.age(r.Person)
		switch {
		case age >= 25 && age < 60 && len(c.visitors) < manyVisitors:
			c.visitors = append(c.visitors, r.Person)
		case age >= 60 && len(c.elders) < manyOthers:
			c.elders = append(c.elders, r.Person)
		case len(c.pupils) < manyOthers && len(w.Pupils(i)) > 0:
			c.pupils = append(c.pupils, r.Person)
		}
	}
	for i := range min(w.Firms, chunk, manyOthers) {
		c.firms = append(c.firms, w.Firm(i))
	}
	return c
}

// call is one access of the history.
type call struct {
	agreement string
	subject   vocab.SubjectKey
	values    map[string]string
	purpose   string // another than the grant's: to be refused
}

// calls is the history: ordinary work, a few slips, and one access outside the
// purpose, which is refused and recorded.
func (c cast) calls() []call {
	var out []call
	for i, p := range slices.Concat(c.visitors, c.pupils, c.odd) {
		name := p.Name
		if i%5 == 4 {
			name = homophone(name)
		}
		out = append(out, call{agreement: taxResidents, subject: citizenKey(p), values: map[string]string{"name": name, "born": p.Born.Format("2006-01-02")}})
	}
	for _, p := range c.pupils {
		out = append(out, call{agreement: taxPupils, subject: citizenKey(p)})
	}
	for _, p := range slices.Concat(c.elders, c.late, c.visitors) {
		out = append(out, call{agreement: pensions, subject: citizenKey(p)})
	}
	for _, f := range c.firms {
		out = append(out, call{agreement: taxFirms, subject: vocab.SubjectKey{Kind: vocab.CreditCode, Value: f.Code}})
	}
	if len(c.visitors) > 0 {
		p := c.visitors[0]
		out = append(out, call{agreement: taxResidents, subject: citizenKey(p), values: map[string]string{"name": p.Name}, purpose: purposeMailing})
	}
	return out
}

func citizenKey(p Person) vocab.SubjectKey {
	return vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: p.Number}
}

// live puts the calls through the door, as the askers' officers.
func (l *loader) live(ctx context.Context) error {
	all := l.cast().calls()
	byName := map[string]agreement{}
	for _, g := range agreements() {
		byName[g.name] = g
	}
	for i, c := range all {
		if err := l.ask(ctx, byName[c.agreement], c, i); err != nil {
			return fmt.Errorf("call %d: %w", i+1, err)
		}
		l.tell("history", int64(i+1), int64(len(all)))
	}
	return l.batch(ctx, byName[pensions])
}

// batch sends the month's pensioners as one batch and waits for its answers.
func (l *loader) batch(ctx context.Context, g agreement) error {
	user, err := l.as(ctx, holder(g.asker, vocab.DataUser))
	if err != nil {
		return err
	}
	lines := func(yield func(block.Row, error) bool) {
		for i := range min(l.world.Residents, chunk) {
			p := l.world.Person(i)
			if l.world.age(p) >= 60 && !yield(block.Row{Subject: citizenKey(p)}, nil) {
				return
			}
		}
	}
	asked := batch.Call{Grant: l.mark.Grants[g.name], Question: g.question, Status: g.status, Purpose: g.purpose, Cases: []string{g.cases[:3] + "20260000"}}
	s, bad, err := l.app.Door.StartBatch(ctx, user, asked, lines)
	if err != nil || len(bad) > 0 {
		return fmt.Errorf("start a batch, %d bad lines: %w", len(bad), err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s.State != batch.Done {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if s, err = l.app.Door.Batch(ctx, user, s.ID); err != nil {
			return err
		}
		if s.Error != "" {
			return fmt.Errorf("batch %s stands still: %s", s.ID, s.Error)
		}
		l.tell("batch", s.Done, s.Rows)
	}
	return nil
}

func (l *loader) ask(ctx context.Context, g agreement, c call, n int) error {
	user, err := l.as(ctx, holder(g.asker, vocab.DataUser))
	if err != nil {
		return err
	}
	grant, err := l.app.Door.GrantFor(user, l.mark.Grants[g.name])
	if err != nil {
		return err
	}
	asked := access.Call{
		Grant: grant.ID, Question: g.question, Subject: c.subject, Status: g.status, Purpose: g.purpose, Case: g.cases[:3] + fmt.Sprintf("%08d", 20260001+n),
	}
	if g.question == vocab.Read {
		asked.Items = grant.Items
	}
	if len(c.values) > 0 {
		asked.Values = map[vocab.ItemID]string{}
		for column, v := range c.values {
			asked.Values[vocab.ItemID(string(grant.Dataset)+"/"+column)] = v
		}
	}
	if c.purpose != "" {
		asked.Purpose = c.purpose
	}
	_, err = l.app.Door.Ask(ctx, user, asked)
	if c.purpose != "" && vocab.CodeOf(err) == vocab.PurposeOutside {
		return nil // it was meant to be refused
	}
	return err
}

// next are three commands for a visitor who has signed in as the tax officer.
func (l *loader) next() []string {
	c := l.cast()
	if len(c.visitors) == 0 {
		return nil
	}
	p, grant := c.visitors[0], l.mark.Grants[taxResidents]
	return []string{
		fmt.Sprintf("fontis login %s", holder(Tax, vocab.DataUser).id()),
		fmt.Sprintf("fontis compare %s %s born=%s --purpose %s --case GS-20260099", grant, p.Number, p.Born.Format("2006-01-02"), purposeDeduction),
		"fontis why TRACE",
	}
}
