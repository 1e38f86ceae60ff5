package desk

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"fontis/internal/edge/web/page"
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
	Params         []page.Line
	Read           *page.Form
}

func (s *Section) notices(v *page.Visit) (any, error) {
	list, err := v.Identity.Notices(v.Ctx(), v.Actor, identity.Page{After: v.Said("after"), Limit: page.Size})
	if err != nil {
		return nil, err
	}
	p := noticesPage{}
	for _, n := range list {
		l := noticeLine{ID: n.ID, Kind: n.Kind, Link: n.Link, At: n.At, New: n.Read.IsZero()}
		for k, value := range n.Params {
			l.Params = append(l.Params, page.Line{Field: k, Value: v.Look().Tongue(value)})
		}
		sort.Slice(l.Params, func(i, j int) bool { return l.Params[i].Field < l.Params[j].Field })
		if l.New {
			l.Read = v.Form(page.Form{Action: "/notices", Name: "read", Inline: true, Fields: []page.Field{{Name: "id", Kind: "hidden", Value: n.ID}}})
		}
		p.Notices = append(p.Notices, l)
	}
	if len(list) == page.Size {
		p.Next = "/notices?after=" + list[len(list)-1].ID
	}
	return p, nil
}

func (s *Section) readNotice(v *page.Visit) (string, error) {
	return "/notices", v.Identity.MarkNoticeRead(v.Ctx(), v.Actor, v.Said("id"))
}

// healthPage is what an operator looks at first.
type healthPage struct {
	Node   identity.Node
	Origin string
	Log    tlog.State
	Repair ledger.Repair
	Alarms string
}

func (s *Section) health(v *page.Visit) (any, error) {
	if err := v.Actor.MustOnNode(vocab.Operator, vocab.Authority, vocab.Auditor); err != nil {
		return nil, err
	}
	node, err := v.Identity.Node(v.Ctx())
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
