package contests

import (
	"net/url"
	"slices"
	"time"

	"fontis/internal/duty/quality"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// listPage lists the contests that concern the visitor.
type listPage struct {
	List    page.Shown[contestLine]
	Persons bool
}

// contestLine is one contest as people read it.
type contestLine struct {
	quality.Contest
	ItemName, Set         page.Tongued
	Holder, Asked, Raiser page.Tongued
}

// LastDay is that of the term that runs.
func (l contestLine) LastDay() time.Time { return clocks.Before(l.DueAt) }

func (s *Section) lines(v *page.Visit, list []*quality.Contest) ([]contestLine, error) {
	var ids []vocab.MemberID
	for _, c := range list {
		ids = append(ids, c.Owner, c.Source, c.Member)
	}
	ids = slices.DeleteFunc(ids, func(m vocab.MemberID) bool { return m == "" })
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]contestLine, len(list))
	for i, c := range list {
		out[i] = contestLine{
			Contest: *c, ItemName: v.ItemName(c.Item), Set: v.SetName(c.Item.Dataset()),
			Holder: v.NameOr(names, c.Owner), Asked: v.NameOr(names, c.Source), Raiser: v.NameOr(names, c.Member),
		}
	}
	return out, err
}

func (s *Section) list(v *page.Visit) (any, error) {
	list, err := s.contestList(v)
	if err != nil {
		return nil, err
	}
	p := listPage{Persons: forPerson(v)}
	p.List, err = list.Show(v)
	return p, err
}

func (s *Section) contestList(v *page.Visit) (page.List[contestLine], error) {
	return page.List[contestLine]{
		Path: "/contests", Key: func(l contestLine) string { return string(l.ID) },
		Columns: []page.Column[contestLine]{
			{Name: "number", Head: "page.contests.number", Say: func(l contestLine) any { return l.ID }},
			{Name: "dataset", Say: func(l contestLine) any { return l.Set }},
			{Name: "contested_item", Say: func(l contestLine) any { return l.ItemName }},
			{Name: "fault", Kind: "fault", Words: page.Strings(quality.Faults()), Say: func(l contestLine) any { return l.Fault }},
			{Name: "by", Head: "page.contests.raisedby", Kind: "raised_by", Say: func(l contestLine) any { return l.By }},
			{Name: "raiser", Head: "page.label.member", Say: func(l contestLine) any { return l.Raiser }},
			{Name: "source", Head: "page.contests.source", Say: func(l contestLine) any {
				if l.Asked.Text != "" {
					return l.Asked
				}
				return l.Holder
			}},
			{Name: "state", Kind: "state", Words: page.Strings(quality.States()), Say: func(l contestLine) any { return l.State }},
			{Name: "due", Head: "page.clock.title", Say: func(l contestLine) any { return page.Day{Time: l.LastDay()} }},
		},
		Fetch: func(after string, limit int) ([]contestLine, error) {
			list, err := s.Quality.List(v.Ctx(), v.Actor, quality.ListQuery{State: quality.State(v.Said("state")), After: after, Limit: limit})
			if err != nil {
				return nil, err
			}
			return s.lines(v, list)
		},
	}, nil
}

// raisePage is the form of a contest.
type raisePage struct {
	Item page.Tongued // when the address names it
	Own  bool         // the person's own number is asked for
	Form *page.Form
}

func (s *Section) raiseForm(v *page.Visit) (any, error) {
	p := raisePage{}
	item := page.Field{Name: "item", Text: "contested_item", Hint: true, Need: true, Value: v.Said("item")}
	if id := vocab.ItemID(v.Said("item")); id.Name() != "" {
		p.Item, item.Kind = v.ItemName(id), "hidden"
	}
	fields := []page.Field{item, {Name: "act", Kind: "hidden", Value: v.Said("act")}}
	_, known := ownKey(v)
	switch p.Own = v.Actor.IsPerson() && !known; {
	case p.Own:
		fields = append(fields, page.Field{Name: "subject", Need: true, Complete: "off"})
	case !known:
		kinds := []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.CreditCode, vocab.Permit, vocab.Passport, vocab.RegisterNumber}
		fields = append(fields, page.Field{Name: "subject_kind", Text: "key_kind", Kind: "select", Options: page.Words(v, "key_kind", kinds)},
			page.Field{Name: "subject", Need: true, Complete: "off"})
	}
	fields = append(
		fields,
		page.Field{Name: "fault", Kind: "select", Need: true, Options: v.Choose(page.Words(v, "fault", quality.Faults()))},
		page.Field{Name: "claimed", Hint: true, Complete: "off"},
		page.Field{Name: "statement", Kind: "long", Hint: true},
		page.Field{Name: "evidence", Hint: true},
	)
	if !forPerson(v) {
		fields = append(fields, page.Field{Name: "case", Complete: "off"}, page.Field{Name: "judgment", Hint: true})
	}
	if v.Actor.Has(vocab.Counter) {
		fields = append(fields, page.Field{Name: "at_counter", Kind: "check"})
	}
	p.Form = v.Form(page.Form{Action: "/contests/new", Name: "raise", Fields: fields})
	return p, nil
}

// forPerson says whether the visitor is a person, or acts for one.
func forPerson(v *page.Visit) bool { return v.Actor.IsPerson() || v.Actor.Mandate != "" }

// ownKey is the number of the person who visits, where the node keeps it; a
// person whom it knows by pseudonym alone says it, and the verb holds it against
// that.
func ownKey(v *page.Visit) (vocab.SubjectKey, bool) {
	if !v.Actor.IsPerson() {
		return vocab.SubjectKey{}, false
	}
	k, err := v.Identity.OwnKey(v.Ctx(), v.Actor)
	return k, err == nil
}

func (s *Section) raise(v *page.Visit) (string, error) {
	r := quality.Raise{
		Item: vocab.ItemID(v.Said("item")), Fault: quality.Fault(v.Said("fault")), Claimed: v.Said("claimed"), Statement: v.Said("statement"),
		Evidence: page.Listed(v.Said("evidence")), Case: v.Said("case"), Judgment: v.Said("judgment"), StatusAct: v.Said("act"), AtCounter: v.Said("at_counter") != "",
		Subject: vocab.SubjectKey{Kind: vocab.SubjectKeyKind(v.Said("subject_kind")), Value: v.Said("subject")},
	}
	if own, known := ownKey(v); known {
		r.Subject = own
	} else if v.Actor.IsPerson() {
		r.Subject = v.OwnNumber(r.Subject.Value)
	}
	c, err := s.Quality.Raise(v.Ctx(), v.Actor, r)
	if err != nil {
		return "", err
	}
	return "/contests/" + url.PathEscape(string(c.ID)) + "?done=raised", nil
}

// contestPage is one contest with its terms, its steps and who was told.
type contestPage struct {
	Contest  contestLine
	Next     string // what happens next, by whom and until when
	Clocks   []clocks.Clock
	Compared []comparedLine
	Named    page.Tongued // whom the source named
	Reason   page.Tongued
	Citation page.Tongued
	Steps    []*page.Form
	Open     *page.Form
	Said     *quality.Said
	Told     []taskLine
	History  []changeLine
}

type comparedLine struct {
	Member page.Tongued
	Answer vocab.Answer
}

type changeLine struct {
	quality.Change
	Who              page.Tongued
	Reason, Citation page.Tongued
}

func (s *Section) contest(v *page.Visit) (any, error) {
	c, err := s.Quality.Get(v.Ctx(), v.Actor, vocab.ContestID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	lines, err := s.lines(v, []*quality.Contest{c})
	if err != nil {
		return nil, err
	}
	p := contestPage{Contest: lines[0], Reason: v.Look().Tongue(c.Reason), Citation: v.Look().Law(c.Citation)}
	if c.Named != "" {
		names, err := v.Identity.MemberNames(v.Ctx(), c.Named)
		if err != nil {
			return nil, err
		}
		p.Named = v.NameOr(names, c.Named)
	}
	if said, ok := notes.Read[quality.Said](v.Notes, v.Actor, v.Said("said")); ok {
		p.Said = &said
	} else {
		p.Open = v.Form(page.Form{Action: "/contests/" + url.PathEscape(string(c.ID)) + "/open", Name: "open_contest"})
	}
	for _, step := range []func(*page.Visit, *contestPage) error{s.contestClocks, s.contestTold, s.contestBefore, s.contestSteps} {
		if err := step(v, &p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (s *Section) contestClocks(v *page.Visit, p *contestPage) error {
	running, err := s.Quality.Clocks(v.Ctx(), v.Actor, p.Contest.ID)
	if err != nil {
		return err
	}
	if p.Clocks, err = clocks.Of(v, running); err != nil {
		return err
	}
	if p.Next, err = Next(v, &p.Contest.Contest, running); err != nil {
		return err
	}
	var ids []vocab.MemberID
	for _, c := range p.Contest.Contest.Compared {
		ids = append(ids, c.Member)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	for _, c := range p.Contest.Contest.Compared {
		p.Compared = append(p.Compared, comparedLine{Member: v.NameOr(names, c.Member), Answer: c.Answer})
	}
	return err
}

func (s *Section) contestTold(v *page.Visit, p *contestPage) error {
	list, err := s.Quality.TasksOf(v.Ctx(), v.Actor, p.Contest.ID, "", 200)
	if err != nil {
		return err
	}
	p.Told, err = taskLines(v, list)
	return err
}

func (s *Section) contestBefore(v *page.Visit, p *contestPage) error {
	list, err := s.Quality.History(v.Ctx(), v.Actor, p.Contest.ID, 0)
	if err != nil {
		return err
	}
	var ids []vocab.MemberID
	for _, h := range list {
		if h.Member != "" {
			ids = append(ids, h.Member)
		}
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	l := v.Look()
	for _, h := range slices.Backward(list) {
		p.History = append(p.History, changeLine{Change: h, Who: who(v, names, h), Reason: l.Tongue(h.Reason), Citation: l.Law(h.Citation)})
	}
	return err
}

// who took a step: a body by its name, a person by the side alone.
func who(v *page.Visit, names map[vocab.MemberID]identity.Name, h quality.Change) page.Tongued {
	if h.Member == "" {
		return v.Look().Tongue(v.Look().Word("side", string(h.Side)))
	}
	return v.NameOr(names, h.Member)
}

// contestSteps are the forms of the steps that the visitor may take now.
func (s *Section) contestSteps(v *page.Visit, p *contestPage) error {
	steps := p.Contest.Steps(v.Actor)
	if len(steps) == 0 {
		return nil
	}
	bodies, err := bodies(v, steps)
	if err != nil {
		return err
	}
	base := "/contests/" + url.PathEscape(string(p.Contest.ID)) + "/"
	for _, t := range steps {
		var fields []page.Field
		switch t.Act {
		case quality.ActRoute:
			fields = append(fields, page.Field{Name: "to", Text: "contest_to", Kind: "select", Hint: true, Value: string(p.Contest.Owner), Options: v.OrNone(slices.Clone(bodies))})
		case quality.ActRedirect, quality.ActAssign:
			fields = append(fields, page.Field{Name: "to", Text: "contest_to", Kind: "select", Need: true, Options: slices.Clone(bodies)})
		case quality.ActExtend:
			fields = append(fields, page.Field{Name: "days", Kind: "number", Need: true})
		case quality.ActRefer:
			fields = append(fields, page.Field{Name: "remedy", Kind: "select", Need: true, Options: page.Words(v, "remedy", []quality.Remedy{quality.AdministrativeReview, quality.Court})})
		}
		if _, finds := findings()[t.Act]; finds {
			fields = append(fields, page.Field{Name: "evidence", Text: "found_by", Hint: true})
		}
		if t.Reason {
			fields = append(fields, page.Field{Name: "reason", Kind: "long", Need: true})
		}
		if t.Cite {
			fields = append(fields, page.Field{Name: "citation", Need: true})
		}
		p.Steps = append(p.Steps, v.Form(page.Form{Action: base + t.Act, Name: "contest_" + t.Act, Fields: fields}))
	}
	return nil
}

// bodies are the members that a contest may go to, where a step names one.
func bodies(v *page.Visit, steps []quality.Transition) ([]page.Option, error) {
	if !slices.ContainsFunc(steps, func(t quality.Transition) bool {
		return t.Act == quality.ActRoute || t.Act == quality.ActRedirect || t.Act == quality.ActAssign
	}) {
		return nil, nil
	}
	list, err := v.Identity.Members(v.Ctx(), v.Actor, identity.Page{Limit: 200})
	out := make([]page.Option, len(list))
	for i, m := range list {
		out[i] = page.Option{Value: string(m.ID), Label: v.Look().Name(m.Name).Text}
	}
	v.ByName(out)
	return out, err
}

// open shows what the raiser says; for an officer that is an entry of its own.
func (s *Section) open(v *page.Visit) (string, error) {
	id := vocab.ContestID(v.ID("id"))
	said, err := s.Quality.Said(v.Ctx(), v.Actor, id)
	if err != nil {
		return "", err
	}
	return "/contests/" + url.PathEscape(string(id)) + "?said=" + v.Notes.Put(v.Actor, said), nil
}

// step takes one step of the table.
func (s *Section) step(v *page.Visit) (string, error) {
	id := vocab.ContestID(v.ID("id"))
	days, err := v.Count("days")
	if err != nil {
		return "", err
	}
	w := quality.Word{
		Reason: v.Said("reason"), Citation: v.Said("citation"), To: vocab.MemberID(v.Said("to")), Remedy: quality.Remedy(v.Said("remedy")),
		Days: int(days), Evidence: v.Said("evidence"),
	}
	return "/contests/" + url.PathEscape(string(id)) + "?done=step", s.take(v, id, w)
}

func (s *Section) take(v *page.Visit, id vocab.ContestID, w quality.Word) error {
	var err error
	ctx, a := v.Ctx(), v.Actor
	switch v.ID("act") {
	case quality.ActAccept:
		_, err = s.Quality.Accept(ctx, a, id)
	case quality.ActDecline:
		_, err = s.Quality.Decline(ctx, a, id, w)
	case quality.ActWithdraw:
		_, err = s.Quality.Withdraw(ctx, a, id, w)
	case quality.ActRoute:
		_, err = s.Quality.Route(ctx, a, id, w)
	case quality.ActRedirect, quality.ActDisclaim:
		_, err = s.Quality.NotMine(ctx, a, id, w)
	case quality.ActAssign:
		_, err = s.Quality.Assign(ctx, a, id, w)
	case quality.ActTake:
		_, err = s.Quality.Take(ctx, a, id)
	case quality.ActExtend:
		_, err = s.Quality.Extend(ctx, a, id, w)
	case quality.ActReview:
		_, err = s.Quality.AskReview(ctx, a, id, w)
	case quality.ActReopen, quality.ActConfirm:
		_, err = s.Quality.Decide(ctx, a, id, v.ID("act") == quality.ActReopen, w)
	default:
		as, ok := findings()[v.ID("act")]
		if !ok {
			return identity.NotYours()
		}
		_, err = s.Quality.Find(ctx, a, id, quality.Finding{As: as, Word: w})
	}
	return err
}

// findings are what the source may have found, by the step that says so.
func findings() map[string]quality.State {
	return map[string]quality.State{
		quality.ActCorrect: quality.StateCorrected, quality.ActInPart: quality.StateInPart,
		quality.ActUphold: quality.StateUpheld, quality.ActRefer: quality.StateActDispute,
	}
}
