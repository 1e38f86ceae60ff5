package grant

import (
	"regexp"
	"sync"

	"fontis/internal/vocab"
)

// Index is every grant in memory, so that a decision costs no look-up in
// the database. Grants in it are never changed, only replaced.
type Index struct {
	mu  sync.RWMutex // guards what follows
	all map[vocab.GrantID]*Grant
	// forms are the case patterns in use, each compiled once: a hundred thousand
	// grants have a few patterns, and a few stay near the processor.
	forms map[string]*regexp.Regexp
}

// Get is the grant of that id; nil without one.
func (x *Index) Get(id vocab.GrantID) *Grant {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.all[id]
}

// Put makes the grant known in place of an older one. It must be Ready, and the
// caller's to give away.
func (x *Index) Put(g *Grant) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all, x.forms = map[vocab.GrantID]*Grant{}, map[string]*regexp.Regexp{}
	}
	if form := x.forms[g.CasePattern]; form != nil {
		g.caseForm = form
	} else {
		x.forms[g.CasePattern] = g.caseForm
	}
	x.all[g.ID] = g
}
