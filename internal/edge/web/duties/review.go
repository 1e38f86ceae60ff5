package duties

import (
	"net/url"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// changesPage lists updates that are owed or reviewed.
type changesPage struct {
	List page.Shown[changeLine]
}

type changeLine struct {
	review.Change
	Set, Of, Why, Did, Found page.Tongued
	Clocks                   []clocks.Clock
	Steps                    []*page.Form
}

func (s *Section) changes(v *page.Visit) (any, error) {
	list, err := s.changeList(v)
	if err != nil {
		return nil, err
	}
	shown, err := list.Show(v)
	return changesPage{List: shown}, err
}

func (s *Section) changeList(v *page.Visit) (page.List[changeLine], error) {
	return page.List[changeLine]{
		Path: "/changes", Key: func(l changeLine) string { return l.ID },
		Columns: []page.Column[changeLine]{
			{Name: "number", Say: func(l changeLine) any { return l.ID }},
			{Name: "dataset", Say: func(l changeLine) any { return l.Set }},
			{Name: "provider", Say: func(l changeLine) any { return l.Of }},
			{Name: "cause", Kind: "change_cause", Words: page.Strings(review.Causes()), Say: func(l changeLine) any { return l.Cause }},
			{Name: "change_on", Say: func(l changeLine) any { return l.On }},
			{Name: "reason", Say: func(l changeLine) any { return l.Why }},
			{Name: "state", Kind: "change_state", Words: page.Strings(review.States()), Say: func(l changeLine) any { return l.State }},
		},
		Fetch: func(after string, limit int) ([]changeLine, error) {
			list, err := s.Review.List(v.Ctx(), v.Actor, after, limit)
			if err != nil {
				return nil, err
			}
			return changeLines(v, list)
		},
	}, nil
}

func changeLines(v *page.Visit, list []*review.Change) ([]changeLine, error) {
	var ids []vocab.MemberID
	for _, c := range list {
		ids = append(ids, c.Owner)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	if err != nil {
		return nil, err
	}
	l, out := v.Look(), make([]changeLine, len(list))
	for i, c := range list {
		out[i] = changeLine{
			Change: *c, Set: v.SetName(c.Dataset), Of: v.NameOr(names, c.Owner), Why: l.Tongue(c.Reason), Did: l.Tongue(c.Done), Found: l.Tongue(c.Finding), Steps: steps(v, c),
		}
		if out[i].Clocks, err = clocks.Of(v, c.Clocks); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// steps are the forms of the steps that the visitor may take.
func steps(v *page.Visit, c *review.Change) []*page.Form {
	var out []*page.Form
	for _, t := range c.Steps(v.Actor) {
		fields := []page.Field{{Name: "reason", Kind: "long", Need: t.Reason}}
		switch t.Act {
		case review.ActExtend:
			fields = append(fields, page.Field{Name: "days", Kind: "number", Need: true})
		case review.ActUpdate:
			fields = append(fields, secrecyFields()...)
		}
		out = append(out, v.Form(page.Form{Action: "/changes/" + url.PathEscape(c.ID) + "/" + t.Act, Name: "change_" + t.Act, Fields: fields}))
	}
	return out
}

func secrecyFields() []page.Field {
	return []page.Field{{Name: "secrecy_checked_by", Hint: true}, {Name: "secrecy_basis", Hint: true}}
}

func (s *Section) step(v *page.Visit) (string, error) {
	days, err := v.Count("days")
	if err != nil {
		return "", err
	}
	_, err = s.Review.Take(v.Ctx(), v.Actor, v.ID("id"), review.Step{
		Act: v.ID("act"), Reason: v.Said("reason"), Days: int(days),
		Secrecy: catalog.Secrecy{CheckedBy: v.Said("secrecy_checked_by"), Basis: v.Said("secrecy_basis")},
	})
	return "/changes?done=step", err
}

// reviewPage shows what secrecy reviews said of an entry, with the forms of a word
// and of a change.
type reviewPage struct {
	ID    vocab.DatasetID
	Set   page.Tongued
	Lines []review.Check
	Steps []*page.Form
}

func (s *Section) review(v *page.Visit) (any, error) {
	id := vocab.DatasetID(v.ID("id"))
	list, err := s.Review.Checks(v.Ctx(), v.Actor, id)
	if err != nil {
		return nil, err
	}
	base, on := "/datasets/"+url.PathEscape(string(id))+"/review", page.Field{Name: "on", Text: "change_on", Kind: "date", Need: true}
	return reviewPage{ID: id, Set: v.SetName(id), Lines: list, Steps: []*page.Form{
		v.Form(page.Form{Action: base, Name: "secrecy", Fields: []page.Field{
			{Name: "result", Kind: "select", Need: true, Options: page.Words(v, "secrecy", []review.Result{review.Listable, review.Withheld})},
			{Name: "basis", Text: "secrecy_basis", Need: true},
		}}),
		v.Form(page.Form{Action: base + "/change", Name: "change_announce", Fields: []page.Field{
			{Name: "cause", Kind: "select", Need: true, Options: page.Words(v, "change_cause", review.Causes())}, on, {Name: "reason", Kind: "long", Need: true},
		}}),
	}}, nil
}

func (s *Section) check(v *page.Visit) (string, error) {
	id := v.ID("id")
	_, err := s.Review.Check(v.Ctx(), v.Actor, vocab.DatasetID(id), review.Word{Listable: v.Said("result") == string(review.Listable), Basis: v.Said("basis")})
	return "/datasets/" + url.PathEscape(id) + "?done=step", err
}

func (s *Section) announce(v *page.Visit) (string, error) {
	n := review.News{Cause: review.Cause(v.Said("cause")), Reason: v.Said("reason")}
	on, err := v.Date("on")
	if err != nil {
		return "", err
	}
	if !on.IsZero() {
		n.On = calendar.DayOf(on.Date())
	}
	_, err = s.Review.Announce(v.Ctx(), v.Actor, vocab.DatasetID(v.ID("id")), n)
	return "/changes?done=step", err
}
