package finding

import (
	"cmp"
	"net/url"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/lists"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// listsPage is the responsibility list: a line a department.
type listsPage struct {
	List    page.Shown[dutyLine]
	Demands bool // the visitor finds the demands
}

type dutyLine struct {
	lists.Duty
	Name page.Tongued
}

// Hits is the search that finds what a number counts.
func (l dutyLine) Hits(share string) string {
	if share == string(vocab.NotShared) {
		return "/lists/negative?" + url.Values{"of": {string(l.Owner)}}.Encode()
	}
	u := url.Values{"owner": {string(l.Owner)}, "state": {string(entry.StatePublished)}}
	if share != "" {
		u.Set(string(entry.FieldShare), share)
	}
	return "/search?" + u.Encode()
}

func (s *Section) responsibility(v *page.Visit) (any, error) {
	list, err := s.duties(v)
	if err != nil {
		return nil, err
	}
	p := listsPage{Demands: v.Actor.Must(vocab.Steward, vocab.DataUser, vocab.Authority) == nil}
	p.List, err = list.Show(v)
	return p, err
}

func (s *Section) duties(v *page.Visit) (page.List[dutyLine], error) {
	number := func(head string, n func(dutyLine) int) page.Column[dutyLine] {
		return page.Column[dutyLine]{Head: "page.lists." + head, Say: func(l dutyLine) any { return n(l) }}
	}
	key := func(l dutyLine) string { return string(l.Owner) }
	return page.List[dutyLine]{
		Path: "/lists", Key: key,
		Columns: []page.Column[dutyLine]{
			{Head: "page.coverage.code", Say: func(l dutyLine) any { return string(l.Owner) }},
			{Head: "page.coverage.department", Say: func(l dutyLine) any { return l.Name.Text }},
			number("listed", func(l dutyLine) int { return l.Listed }),
			number("unconditional", func(l dutyLine) int { return l.Unconditional }),
			number("conditional", func(l dutyLine) int { return l.Conditional }),
			number("not_shared", func(l dutyLine) int { return l.NotShared }),
		},
		Fetch: page.Whole(key, func() ([]dutyLine, error) {
			all, err := s.Lists.Responsibility(v.Ctx(), v.Actor)
			if err != nil {
				return nil, err
			}
			ids := make([]vocab.MemberID, len(all))
			for i, d := range all {
				ids[i] = d.Owner
			}
			names, err := v.Identity.MemberNames(v.Ctx(), ids...)
			if err != nil {
				return nil, err
			}
			out := make([]dutyLine, len(all))
			for i, d := range all {
				out[i] = dutyLine{Duty: d, Name: v.NameOr(names, d.Owner)}
			}
			return out, nil
		}),
	}, nil
}

// negativePage is the negative list, of all departments or of one.
type negativePage struct {
	List page.Shown[withheldLine]
	Of   page.Tongued
}

type withheldLine struct {
	lists.Withheld
	Title, From, Why, Under page.Tongued
}

func (s *Section) negative(v *page.Visit) (any, error) {
	list, err := s.withheld(v)
	if err != nil {
		return nil, err
	}
	p := negativePage{}
	if of := vocab.MemberID(v.Asked("of")); of != "" {
		names, err := v.Identity.MemberNames(v.Ctx(), of)
		if err != nil {
			return nil, err
		}
		p.Of = v.NameOr(names, of)
	}
	p.List, err = list.Show(v)
	return p, err
}

func (s *Section) withheld(v *page.Visit) (page.List[withheldLine], error) {
	return page.List[withheldLine]{
		Path: "/lists/negative", Keep: []string{"of"}, Key: func(l withheldLine) string { return l.After() },
		Columns: []page.Column[withheldLine]{
			{Name: "dataset", Say: func(l withheldLine) any { return string(l.Dataset) }},
			{Head: "page.negative.name", Say: func(l withheldLine) any { return l.Title }},
			{Head: "page.coverage.department", Say: func(l withheldLine) any { return l.From }},
			{Head: "page.negative.reason", Say: func(l withheldLine) any { return l.Why }},
			{Head: "page.negative.law", Say: func(l withheldLine) any { return l.Under }},
		},
		Fetch: func(after string, limit int) ([]withheldLine, error) {
			all, err := s.Lists.Negative(v.Ctx(), v.Actor, lists.Query{Owner: vocab.MemberID(v.Asked("of")), After: after, Limit: limit})
			if err != nil {
				return nil, err
			}
			ids := make([]vocab.MemberID, len(all))
			for i, w := range all {
				ids[i] = w.Owner
			}
			names, err := v.Identity.MemberNames(v.Ctx(), ids...)
			if err != nil {
				return nil, err
			}
			l, out := v.Look(), make([]withheldLine, len(all))
			for i, w := range all {
				from := v.NameOr(names, w.Owner)
				from.Text = cmp.Or(from.Text, w.Provider)
				out[i] = withheldLine{Withheld: w, Title: l.Either(w.Name), From: from, Why: l.Tongue(w.Reason), Under: l.Law(w.Law)}
			}
			return out, nil
		},
	}, nil
}
