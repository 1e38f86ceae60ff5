package desk

import (
	"net/url"
	"slices"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/entries"
	"fontis/internal/edge/web/importing"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/sharing"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// deskPage is the day of a steward and of a data user: what there is of each thing,
// and what comes next.
type deskPage struct {
	Parts    []part
	Steward  bool
	User     *userDay
	States   []stateCount
	Total    int
	Sets     []entries.Hit
	Next     string
	Todo     []catalog.TodoLine
	Incoming []sharing.RequestLine
	Live     string // of what comes in

	LiveImports string // while a list is being taken in
	Untags      []untagLine
	Notices     []identity.Notice
	Contests    []contestLine
	Imports     []importing.Upload
	Sources     []access.Connected
	Fresh       map[vocab.DatasetID]share.Freshness
	Lapsed      []lapsedLine // by their ids, the first of them

	MoreContests bool // some state has more than were read
}

// part is one matter of the desk with how much of it there is. Next is the word of
// what to do, page.desk.next_WORD; More says that there may be more than counted.
type part struct {
	Name  string // page.desk.part_NAME, and the id of its section
	Count int
	More  bool
	Next  string
	Path  string
}

type contestLine struct {
	quality.Contest
	Item page.Tongued
	Due  string
	Late bool
}

// lapsedLine is a set whose data are older than promised.
type lapsedLine struct {
	entries.Hit
	Since time.Time
}

// deskLapsed are the sets that lapsed, as the department was told.
func (s *Section) deskLapsed(v *page.Visit, p *deskPage) error {
	list, err := s.Freshness.Lapses(v.Ctx(), v.Actor, freshness.Page{Limit: page.Size})
	if err != nil {
		return err
	}
	for _, l := range list {
		d, err := v.Catalog.Get(v.Ctx(), v.Actor, l.Dataset)
		if vocab.CodeOf(err) == vocab.NoSuchThing {
			continue // dropped since the night
		}
		if err != nil {
			return err
		}
		hits, err := entries.Hits(v, []*entry.Dataset{d})
		if err != nil {
			return err
		}
		p.Lapsed = append(p.Lapsed, lapsedLine{hits[0], l.Since})
	}
	return nil
}

type stateCount struct {
	State entry.State
	N     int
	Link  string
}

type untagLine struct {
	catalog.Untagging
	Confirm *page.Form
}

func (s *Section) desk(v *page.Visit) (any, error) {
	if err := v.Actor.Must(vocab.Steward, vocab.DataUser); err != nil {
		return nil, err
	}
	p := deskPage{Steward: v.Actor.Has(vocab.Steward)}
	var steps []func(*page.Visit, *deskPage) error
	if p.Steward {
		p.Live = v.Live("incoming", "")
		steps = append(steps, s.deskSets, s.deskLapsed, s.deskRequests, s.deskContests, s.deskSources, s.deskUntags, deskTodo)
	}
	if v.Actor.Has(vocab.DataUser) {
		steps = append(steps, s.deskUser)
	}
	for _, step := range steps {
		if err := step(v, &p); err != nil {
			return nil, err
		}
	}
	var err error
	if p.Notices, err = v.Identity.Notices(v.Ctx(), v.Actor, identity.Page{Limit: 5}); err != nil {
		return nil, err
	}
	for i, n := range p.Notices { // as in the inbox, nothing leads to what the reader may not open
		if !s.opens(v, n.Link) {
			p.Notices[i].Link = ""
		}
	}
	if p.Steward {
		p.Parts = parts(&p)
	}
	if p.User != nil {
		p.Parts = append(p.Parts, p.User.parts()...)
	}
	return p, nil
}

func deskTodo(v *page.Visit, p *deskPage) (err error) {
	p.Todo, err = v.Catalog.Todo(v.Ctx(), v.Actor)
	return err
}

// parts count what the desk shows and say what comes next, the urgent first.
func parts(p *deskPage) []part {
	lacking, waiting, away, stale, late := 0, 0, 0, 0, 0
	for _, t := range p.Todo {
		lacking += t.Count
	}
	for _, u := range p.Imports {
		if u.State == "" {
			waiting++
		}
	}
	for _, c := range p.Sources {
		if c.State != "ready" {
			away++
		}
	}
	for _, f := range p.Fresh {
		if f.Stale || f.Source == "none" {
			stale++
		}
	}
	for _, c := range p.Contests {
		if c.Late {
			late++
		}
	}
	next := func(n int, word string) string {
		if n == 0 {
			return "nothing"
		}
		return word
	}
	contests := next(len(p.Contests), "check")
	if late > 0 {
		contests = "late"
	}
	return []part{
		{Name: "incoming", Count: len(p.Incoming), Next: next(len(p.Incoming), "decide"), Path: "/requests?side=incoming"},
		{Name: "contests", Count: len(p.Contests), More: p.MoreContests, Next: contests, Path: "/contests"},
		{Name: "todo", Count: lacking, Next: next(lacking, "fill"), Path: "/todo"},
		{Name: "imports", Count: len(p.Imports), More: len(p.Imports) == importing.MostRecent, Next: next(waiting, "map"), Path: "/import"},
		{Name: "sources", Count: len(p.Sources), Next: map[bool]string{true: "connect", false: next(away, "mend")}[len(p.Sources) == 0], Path: "/sources"},
		{Name: "sets", Count: p.Total, Next: next(stale, "renew"), Path: "/desk#sets"},
	}
}

// deskContests are the contests that still run.
func (s *Section) deskContests(v *page.Visit, p *deskPage) error {
	for _, state := range quality.States() {
		if state.Final() {
			continue
		}
		list, err := s.Quality.List(v.Ctx(), v.Actor, quality.ListQuery{State: state, Limit: page.Size})
		if err != nil {
			return err
		}
		p.MoreContests = p.MoreContests || len(list) == page.Size
		for _, c := range list {
			if c.DueAt.IsZero() {
				continue
			}
			p.Contests = append(p.Contests, contestLine{Contest: *c, Item: v.ItemName(c.Item), Due: v.Look().Day(clocks.Before(c.DueAt)), Late: v.Clock.Now().After(c.DueAt)})
		}
	}
	slices.SortStableFunc(p.Contests, func(a, b contestLine) int { return a.DueAt.Compare(b.DueAt) })
	return nil
}

// deskSources are what is connected, with how it was when last asked, and the
// lists that were brought.
func (s *Section) deskSources(v *page.Visit, p *deskPage) error {
	var err error
	if p.Sources, err = s.Door.Sources(v.Ctx(), v.Actor); err != nil {
		return err
	}
	if p.Imports, err = importing.Recent(v, s.Imports, importing.MostRecent); err != nil {
		return err
	}
	if slices.ContainsFunc(p.Imports, func(u importing.Upload) bool { return u.State == "running" }) {
		p.LiveImports = v.Live("imports", "")
	}
	return nil
}

func (s *Section) deskSets(v *page.Visit, p *deskPage) error {
	mine := map[string][]string{"owner": {string(v.Actor.Member)}}
	found, err := v.Catalog.Search(v.Ctx(), v.Actor, catalog.SearchQuery{Filters: mine, Facets: []string{"state"}, Limit: 1})
	if err != nil {
		return err
	}
	for _, c := range found.Facets["state"] {
		link := url.Values{"owner": mine["owner"], "state": {c.Value}}
		p.Total += c.N
		p.States = append(p.States, stateCount{State: entry.State(c.Value), N: c.N, Link: "/search?" + link.Encode()})
	}
	list, more, err := ownSets(v, p.Total)
	if err != nil {
		return err
	}
	if p.Sets, err = entries.Hits(v, list); err != nil {
		return err
	}
	ids := make([]vocab.DatasetID, len(list))
	for i, d := range list {
		ids[i] = d.ID
	}
	if p.Fresh, err = s.Share.Fresh(v.Ctx(), v.Actor, ids...); err != nil {
		return err
	}
	if more {
		p.Next = "/desk?after=" + url.QueryEscape(string(list[len(list)-1].ID))
	}
	return nil
}

// byName is up to how many sets of a member stand by their names; more stand by
// their numbers, because each name would be read for each window.
const byName = 200

// ownSets is the window of the member's sets that the address asks for, and
// whether another follows.
func ownSets(v *page.Visit, total int) (list []*entry.Dataset, more bool, err error) {
	after := vocab.DatasetID(v.Said("after"))
	q := catalog.ListQuery{Page: catalog.Page{After: after, Limit: page.Size}, Owner: v.Actor.Member}
	if total > byName {
		list, err = v.Catalog.List(v.Ctx(), v.Actor, q)
		return list, len(list) == page.Size, err
	}
	q.Page = catalog.Page{Limit: byName}
	if list, err = v.Catalog.List(v.Ctx(), v.Actor, q); err != nil {
		return nil, false, err
	}
	order := v.Look().Order()
	slices.SortStableFunc(list, func(a, b *entry.Dataset) int {
		return order(v.Look().Either(a.Name).Text, v.Look().Either(b.Name).Text)
	})
	list = list[1+slices.IndexFunc(list, func(d *entry.Dataset) bool { return d.ID == after }):]
	return list[:min(len(list), page.Size)], len(list) > page.Size, nil
}

func (s *Section) deskRequests(v *page.Visit, p *deskPage) error {
	for _, state := range sharing.Awaited() {
		list, err := s.Share.List(v.Ctx(), v.Actor, share.ListQuery{Incoming: true, State: state, Limit: page.Size})
		if err != nil {
			return err
		}
		lines, err := sharing.RequestLines(v, list)
		if err != nil {
			return err
		}
		if err := sharing.Clocked(v, s.Share, lines); err != nil {
			return err
		}
		p.Incoming = append(p.Incoming, lines...)
	}
	return nil
}

func (s *Section) deskUntags(v *page.Visit, p *deskPage) error {
	list, err := v.Catalog.Untaggings(v.Ctx(), v.Actor)
	for _, u := range list {
		p.Untags = append(p.Untags, untagLine{Untagging: u, Confirm: v.Form(page.Form{Action: "/desk/untag", Name: "confirm_untag", Inline: true, Fields: []page.Field{
			{Name: "item", Kind: "hidden", Value: string(u.Item)}, {Name: "tag", Kind: "hidden", Value: string(u.Tag)},
		}})})
	}
	return err
}

func (s *Section) confirmUntag(v *page.Visit) (string, error) {
	_, err := v.Catalog.ConfirmUntag(v.Ctx(), v.Actor, vocab.ItemID(v.Said("item")), vocab.Tag(v.Said("tag")))
	return "/desk?done=untagged", err
}
