// Package faulty gives a database that fails where a test wants it to: before a
// statement, before the commit, or after it when only the answer is lost.
package faulty

import (
	"context"
	"strings"
	"sync"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Fault says where and how a database fails.
type Fault struct {
	Step  db.Step // the step that fails
	Match string  // a part of the statement's text; empty for every statement
	After int     // so many of these steps pass first
	Times int     // so many fail then; 0 for all that follow
	Err   error   // what they answer; nil for a database that is away
	Do    func()  // done first, such as ending the process
}

// Plan holds the faults to come. It is safe for use by many goroutines; a plan
// without faults changes nothing.
type Plan struct {
	// mu guards what follows.
	mu     sync.Mutex
	faults []Fault
	passed map[db.Step]int
}

// Wrap gives the same database with the faults of the plan; d itself stays sound.
func Wrap(d *db.DB, p *Plan) *db.DB { return d.WithTap(p.at) }

// Fail adds a fault.
func (p *Plan) Fail(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, f)
}

// Mend takes all faults away.
func (p *Plan) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// Passed counts the steps of the kind that were reached so far.
func (p *Plan) Passed(s db.Step) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed[s]
}

func (p *Plan) at(_ context.Context, s db.Step, query string) error {
	do, err := p.next(s, query)
	if do != nil {
		do()
	}
	return err
}

func (p *Plan) next(s db.Step, query string) (do func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.passed == nil {
		p.passed = map[db.Step]int{}
	}
	p.passed[s]++
	for i := range p.faults {
		f := &p.faults[i]
		if f.Step != s || !strings.Contains(query, f.Match) {
			continue
		}
		if f.After > 0 {
			f.After--
			continue
		}
		if f.Times < 0 {
			continue // used up
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				f.Times = -1
			}
		}
		if f.Err != nil {
			return f.Do, f.Err
		}
		return f.Do, vocab.DatabaseAway.Because("a planned fault at %s", s)
	}
	return nil, nil
}
