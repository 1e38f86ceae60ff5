package web

import (
	"net/url"
	"slices"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/share"
	"fontis/internal/edge/web/notes"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// deskPage is a steward's day.
type deskPage struct {
	States   []stateCount
	Sets     []hit
	Next     string
	Todo     []catalog.TodoLine
	Incoming []requestLine
	Untags   []untagLine
	Notices  []identity.Notice
}

type stateCount struct {
	State catalog.State
	N     int
	Link  string
}

type untagLine struct {
	catalog.Untagging
	Confirm *form
}

func (s *Site) desk(v *visit) (any, error) {
	if err := v.actor.Must(vocab.Steward); err != nil {
		return nil, err
	}
	p := deskPage{}
	for _, step := range []func(*visit, *deskPage) error{s.deskSets, s.deskRequests, s.deskUntags} {
		if err := step(v, &p); err != nil {
			return nil, err
		}
	}
	var err error
	if p.Todo, err = s.Catalog.Todo(v.ctx(), v.actor); err != nil {
		return nil, err
	}
	p.Notices, err = s.Identity.Notices(v.ctx(), v.actor, identity.Page{Limit: 5})
	return p, err
}

func (s *Site) deskSets(v *visit, p *deskPage) error {
	mine := map[string][]string{"owner": {string(v.actor.Member)}}
	found, err := s.Catalog.Search(v.ctx(), v.actor, catalog.SearchQuery{Filters: mine, Facets: []string{"state"}, Limit: 1})
	if err != nil {
		return err
	}
	for _, c := range found.Facets["state"] {
		link := url.Values{"owner": mine["owner"], "state": {c.Value}}
		p.States = append(p.States, stateCount{State: catalog.State(c.Value), N: c.N, Link: "/search?" + link.Encode()})
	}
	list, err := s.Catalog.List(v.ctx(), v.actor, catalog.ListQuery{Page: catalog.Page{After: vocab.DatasetID(v.said("after")), Limit: pageSize}, Owner: v.actor.Member})
	if err != nil {
		return err
	}
	p.Sets = v.hits(list)
	if len(list) == pageSize {
		p.Next = "/desk?after=" + url.QueryEscape(string(list[len(list)-1].ID))
	}
	return nil
}

func (s *Site) deskRequests(v *visit, p *deskPage) error {
	for _, state := range []share.State{share.StateSubmitted, share.StateSecond} {
		list, err := s.Share.List(v.ctx(), v.actor, share.ListQuery{Incoming: true, State: state, Limit: pageSize})
		if err != nil {
			return err
		}
		lines, err := v.requestLines(list)
		if err != nil {
			return err
		}
		p.Incoming = append(p.Incoming, lines...)
	}
	return nil
}

func (s *Site) deskUntags(v *visit, p *deskPage) error {
	list, err := s.Catalog.Untaggings(v.ctx(), v.actor)
	for _, u := range list {
		p.Untags = append(p.Untags, untagLine{Untagging: u, Confirm: v.form(form{Action: "/desk/untag", Name: "confirm_untag", Inline: true, Fields: []field{
			{Name: "item", Kind: "hidden", Value: string(u.Item)}, {Name: "tag", Kind: "hidden", Value: string(u.Tag)},
		}})})
	}
	return err
}

func (s *Site) confirmUntag(v *visit) (string, error) {
	_, err := s.Catalog.ConfirmUntag(v.ctx(), v.actor, vocab.ItemID(v.said("item")), vocab.Tag(v.said("tag")))
	return "/desk?done=untagged", err
}

// todoPage is the one list of what the member's drafts lack.
type todoPage struct {
	Lines []todoLine
	Undo  *form
}

// todoLine is one field with the first drafts that lack it.
type todoLine struct {
	catalog.TodoLine
	First []hit
}

// firstShown is how many drafts stand beside a line of the to-do list.
const firstShown = 3

func (s *Site) todo(v *visit) (any, error) {
	lines, err := s.Catalog.Todo(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	p := todoPage{}
	for _, l := range lines {
		line := todoLine{TodoLine: l}
		for _, id := range l.Datasets[:min(len(l.Datasets), firstShown)] {
			line.First = append(line.First, hit{ID: id, Name: v.setName(id)})
		}
		p.Lines = append(p.Lines, line)
	}
	if set := v.said("set"); set != "" {
		p.Undo = v.form(form{Action: "/todo/undo", Name: "undo", Fields: []field{{Name: "set", Kind: "hidden", Value: set}}})
	}
	return p, nil
}

func (s *Site) undo(v *visit) (string, error) {
	_, err := s.Catalog.Undo(v.ctx(), v.actor, v.said("set"))
	return "/todo?done=undone", err
}

// fillPage gives many entries one value: first a look, then the act.
type fillPage struct {
	Field   catalog.Field
	Sets    []hit
	Next    string
	Form    *form
	Preview *catalog.ChangeSet
	Apply   *form
}

// filling is what a preview was made of.
type filling struct {
	fill catalog.Fill
	set  *catalog.ChangeSet
}

func (s *Site) fill(v *visit) (any, error) {
	f := catalog.Field(v.id("field"))
	if !slices.Contains(catalog.Fields(), f) {
		return nil, vocab.NoSuchThing.Because("an entry has no such field")
	}
	list, err := s.Catalog.Lacking(v.ctx(), v.actor, f, catalog.Page{After: vocab.DatasetID(v.said("after")), Limit: pageSize})
	if err != nil {
		return nil, err
	}
	base := "/todo/" + url.PathEscape(string(f))
	p := fillPage{Field: f, Sets: v.hits(list)}
	in := field{Name: "value", Text: "entry_" + string(f), Need: true, Kind: "long"}
	if list := catalog.Words(f); list != nil {
		in.Kind, in.Options = "select", words(v, string(f), list)
	}
	p.Form = v.form(form{Action: base, Name: "preview", Fields: []field{in, {Name: "sets", Kind: "checks", Hint: true, Options: setOptions(p.Sets)}}})
	if len(list) == pageSize {
		p.Next = base + "?after=" + url.QueryEscape(string(list[len(list)-1].ID))
	}
	if kept, ok := notes.Read[filling](v.notes, v.actor, v.said("preview")); ok {
		p.Preview = kept.set
		p.Apply = v.form(form{Action: base + "/apply", Name: "apply", Fields: []field{{Name: "preview", Kind: "hidden", Value: v.said("preview")}}})
	}
	return p, nil
}

func setOptions(hits []hit) []option {
	out := make([]option, len(hits))
	for i, h := range hits {
		out[i] = option{Value: string(h.ID), Label: h.Name.Text}
	}
	return out
}

func (s *Site) previewFill(v *visit) (string, error) {
	f := catalog.Fill{Field: catalog.Field(v.id("field")), Value: v.said("value"), Preview: true}
	f.Selection = catalog.Selection{IDs: typed[vocab.DatasetID](v.all("sets"))}
	if len(f.Selection.IDs) == 0 {
		f.Selection.Missing = f.Field
	}
	set, err := s.Catalog.BulkFill(v.ctx(), v.actor, f)
	if err != nil {
		return "", err
	}
	return "/todo/" + url.PathEscape(string(f.Field)) + "?preview=" + v.notes.Put(v.actor, filling{fill: f, set: set}), nil
}

func (s *Site) applyFill(v *visit) (string, error) {
	kept, ok := notes.Read[filling](v.notes, v.actor, v.said("preview"))
	if !ok {
		return "", vocab.FormExpired.Because("the preview is older than %s", notes.Life)
	}
	kept.fill.Preview = false
	set, err := s.Catalog.BulkFill(v.ctx(), v.actor, kept.fill)
	if err != nil {
		return "", err
	}
	return "/todo?done=filled&set=" + url.QueryEscape(set.ID), nil
}
