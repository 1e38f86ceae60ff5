package supervision

import (
	"fontis/internal/edge/web/page"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/vocab"
)

// overview is what an auditor sees first: the state of the log and of its
// witnesses, how far the samples are, and the newest report.
type overview struct {
	Log     tlog.State
	Draws   int
	Cases   []stateCount
	Reports int
	Newest  *reportLine
	Health  bool // the node's own state is the visitor's to read
}

type stateCount struct {
	State audit.State
	N     int
}

func (s *Section) overview(v *page.Visit) (*overview, error) {
	o := &overview{Health: v.Actor.MustOnNode(vocab.Operator, vocab.Authority, vocab.Auditor) == nil}
	if s.Log != nil {
		o.Log = s.Log.State()
	}
	draws, err := s.Audit.Draws(v.Ctx(), identity.Page{Limit: 500})
	if err != nil {
		return nil, err
	}
	cases, err := s.Audit.CaseStates(v.Ctx(), v.Actor)
	if err != nil {
		return nil, err
	}
	reports, err := s.Audit.Published(v.Ctx(), identity.Page{Limit: 500})
	if err != nil {
		return nil, err
	}
	o.Draws, o.Reports = len(draws), len(reports)
	for _, state := range []audit.State{audit.Sampled, audit.Asked, audit.Answered, audit.Judged} {
		o.Cases = append(o.Cases, stateCount{state, cases[state]})
	}
	for i, r := range reports {
		if o.Newest == nil || r.Made.After(o.Newest.Made) {
			o.Newest = &reportLine{Report: reports[i]}
		}
	}
	return o, nil
}
