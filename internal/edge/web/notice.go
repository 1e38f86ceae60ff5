package web

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/tlog"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// noticesPage is the inbox.
type noticesPage struct {
	Notices []noticeLine
	Next    string
}

type noticeLine struct {
	ID, Kind, Link string
	At             time.Time
	New            bool
	Params         []line
	Read           *form
}

func (s *Site) notices(v *visit) (any, error) {
	list, err := s.Identity.Notices(v.ctx(), v.actor, identity.Page{After: v.said("after"), Limit: pageSize})
	if err != nil {
		return nil, err
	}
	p := noticesPage{}
	for _, n := range list {
		l := noticeLine{ID: n.ID, Kind: n.Kind, Link: n.Link, At: n.At, New: n.Read.IsZero()}
		for k, value := range n.Params {
			l.Params = append(l.Params, line{Field: k, Value: v.look().Tongue(value)})
		}
		sort.Slice(l.Params, func(i, j int) bool { return l.Params[i].Field < l.Params[j].Field })
		if l.New {
			l.Read = v.form(form{Action: "/notices", Name: "read", Inline: true, Fields: []field{{Name: "id", Kind: "hidden", Value: n.ID}}})
		}
		p.Notices = append(p.Notices, l)
	}
	if len(list) == pageSize {
		p.Next = "/notices?after=" + list[len(list)-1].ID
	}
	return p, nil
}

func (s *Site) readNotice(v *visit) (string, error) {
	return "/notices", s.Identity.MarkNoticeRead(v.ctx(), v.actor, v.said("id"))
}

// healthPage is what an operator looks at first.
type healthPage struct {
	Node   identity.Node
	Origin string
	Log    tlog.State
	Repair ledger.Repair
	Alarms string
}

func (s *Site) health(v *visit) (any, error) {
	if err := v.actor.MustOnNode(vocab.Operator, vocab.Authority, vocab.Auditor); err != nil {
		return nil, err
	}
	node, err := s.Identity.Node(v.ctx())
	if err != nil {
		return nil, err
	}
	p := healthPage{Node: node, Origin: s.Ledger.Origin(), Repair: s.Ledger.Repaired()}
	if s.Log != nil {
		p.Log = s.Log.State()
	}
	alarms := make([]string, len(p.Repair.Alarms))
	for i, n := range p.Repair.Alarms {
		alarms[i] = strconv.FormatUint(n, 10)
	}
	p.Alarms = strings.Join(alarms, ", ")
	return p, nil
}
