package desk

import (
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"fontis/internal/edge/web/look"
	"fontis/internal/edge/web/page"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/vocab"
)

// noticesPage is the inbox.
type noticesPage struct {
	List page.Shown[noticeLine]
}

type noticeLine struct {
	ID, Kind, Link string
	At             time.Time
	New            bool
	Params         []page.Line
	Read           *page.Form
}

func (s *Section) notices(v *page.Visit) (any, error) {
	list, err := s.noticeList(v)
	if err != nil {
		return nil, err
	}
	shown, err := list.Show(v)
	return noticesPage{List: shown}, err
}

func (s *Section) noticeList(v *page.Visit) (page.List[noticeLine], error) {
	l := v.Look()
	return page.List[noticeLine]{
		Path: "/notices", Key: func(n noticeLine) string { return n.ID },
		Columns: []page.Column[noticeLine]{
			{Name: "when", Say: func(n noticeLine) any { return n.At }},
			{Name: "notice", Kind: "notice", Say: func(n noticeLine) any { return n.Kind }},
			{Name: "about", Say: func(n noticeLine) any {
				said := make([]page.Tongued, len(n.Params))
				for i, p := range n.Params {
					said[i].Text = l.Must("page.param."+p.Field) + l.Must("page.frame.colon") + p.Value.Text
				}
				return said
			}},
			{Name: "state", Kind: "notice_state", Words: []string{"new", "read"}, Say: func(n noticeLine) any {
				if n.New {
					return "new"
				}
				return "read"
			}},
		},
		Fetch: func(after string, limit int) ([]noticeLine, error) {
			list, err := v.Identity.Notices(v.Ctx(), v.Actor, identity.Page{After: after, Limit: limit})
			if err != nil {
				return nil, err
			}
			return s.noticeLines(v, list)
		},
	}, nil
}

func (s *Section) noticeLines(v *page.Visit, list []identity.Notice) ([]noticeLine, error) {
	names, err := noticeNames(v, list)
	if err != nil {
		return nil, err
	}
	var out []noticeLine
	for _, n := range list {
		l := noticeLine{ID: n.ID, Kind: n.Kind, At: n.At, New: n.Read.IsZero()}
		if s.opens(v, n.Link) {
			l.Link = n.Link
		}
		for k, value := range n.Params {
			if said, ok := param(v, k, value, names); ok {
				l.Params = append(l.Params, page.Line{Field: k, Value: said})
			}
		}
		sort.Slice(l.Params, func(i, j int) bool { return l.Params[i].Field < l.Params[j].Field })
		if l.New {
			l.Read = v.Form(page.Form{Action: "/notices", Name: "read", Inline: true, Fields: []page.Field{{Name: "id", Kind: "hidden", Value: n.ID}}})
		}
		out = append(out, l)
	}
	return out, nil
}

// opens reports whether what a notice leads to is the visitor's to read. Everyone
// who acts for a member is told; what the authority rules on and what an auditor
// asks is read by officers of some roles alone.
func (s *Section) opens(v *page.Visit, link string) bool {
	kind, id := path.Split(link)
	if v.Actor.Member == "" || v.Actor.Has(vocab.Authority) {
		return true
	}
	if kind == "/audit/cases/" {
		return v.Actor.Must(vocab.Auditor, vocab.Steward) == nil
	}
	if !v.Actor.OfNode { // told as a party, whose officers all read it
		return true
	}
	var err error
	switch kind {
	case "/requests/":
		_, err = s.Share.Get(v.Ctx(), v.Actor, vocab.RequestID(id))
	case "/contests/":
		_, err = s.Quality.Get(v.Ctx(), v.Actor, vocab.ContestID(id))
	case "/authorisations/":
		_, err = s.Authorisation.Get(v.Ctx(), v.Actor, id)
	}
	return err == nil
}

// noticeNames are the names of the members that notices speak of.
func noticeNames(v *page.Visit, list []identity.Notice) (map[vocab.MemberID]identity.Name, error) {
	var ids []vocab.MemberID
	for _, n := range list {
		ids = append(ids, vocab.MemberID(n.Params["by"]), vocab.MemberID(n.Params["member"]))
	}
	ids = slices.DeleteFunc(ids, func(m vocab.MemberID) bool { return m == "" })
	return v.Identity.MemberNames(v.Ctx(), ids...)
}

// param is a parameter of a notice as people read it. Ids are left out: the
// notice's link leads to what they name.
func param(v *page.Visit, key, value string, names map[vocab.MemberID]identity.Name) (page.Tongued, bool) {
	l := v.Look()
	if value == "" || !l.Has("page.param."+key) {
		return page.Tongued{}, false
	}
	switch key {
	case "by", "member":
		return v.NameOr(names, vocab.MemberID(value)), true
	case "dataset":
		return v.SetName(vocab.DatasetID(value)), true
	case "item":
		return v.ItemName(vocab.ItemID(value)), true
	case "state": // of a contest, or of the answer of one who used the value
		return l.Tongue(l.Word("state", l.Word("correction", value))), true
	case "ground":
		return l.Tongue(l.Word("deferral_ground", value)), true
	case "rule":
		return l.Tongue(l.Word("clock", value)), true
	case "from", "to", "due", "until":
		if day, err := time.ParseInLocation(time.DateOnly, value, look.Official()); err == nil {
			return page.Tongued{Text: l.Day(day)}, true
		}
	}
	return l.Tongue(value), true
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
	Tally  tally.Report
	All    *page.Form // hold every record against every leaf now
	Own    *operator
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
	if s.Tally != nil {
		if p.Tally, err = s.Tally.Report(v.Ctx()); err != nil {
			return nil, err
		}
		p.All = v.Form(page.Form{Action: "/health", Name: "hold", Inline: true})
	}
	p.Own, err = s.condition(v)
	return p, err
}

func (s *Section) holdAll(v *page.Visit) (string, error) {
	if err := v.Actor.MustOnNode(vocab.Operator, vocab.Auditor); err != nil {
		return "", err
	}
	_, err := s.Tally.Hurry(v.Ctx())
	return "/health", err
}
