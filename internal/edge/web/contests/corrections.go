package contests

import (
	"net/url"

	"fontis/internal/duty/quality"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// tasksPage lists the wrong values that the member received.
type tasksPage struct {
	List page.Shown[taskLine]
}

// taskLine is what one holder is asked.
type taskLine struct {
	quality.Task
	Holder   page.Tongued
	ItemName page.Tongued
	Because  page.Tongued
	Link     bool // the visitor may open it
}

func taskLines(v *page.Visit, list []*quality.Task) ([]taskLine, error) {
	var ids []vocab.MemberID
	for _, t := range list {
		if t.Member != "" {
			ids = append(ids, t.Member)
		}
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]taskLine, len(list))
	for i, t := range list {
		out[i] = taskLine{Task: *t, Holder: v.NameOr(names, t.Member), ItemName: v.ItemName(t.Item), Because: v.Look().Tongue(t.Reason), Link: v.Actor.In(t.Member) || v.Actor.OfNode && v.Actor.Has(vocab.Authority)}
	}
	return out, err
}

func (s *Section) tasks(v *page.Visit) (any, error) {
	list, err := s.taskList(v)
	if err != nil {
		return nil, err
	}
	shown, err := list.Show(v)
	return tasksPage{List: shown}, err
}

func (s *Section) taskList(v *page.Visit) (page.List[taskLine], error) {
	return page.List[taskLine]{
		Path: "/corrections", Key: func(l taskLine) string { return l.ID },
		Columns: []page.Column[taskLine]{
			{Name: "number", Say: func(l taskLine) any { return l.ID }},
			{Name: "contested_item", Say: func(l taskLine) any { return l.ItemName }},
			{Name: "member", Say: func(l taskLine) any { return l.Holder }},
			{Name: "state", Kind: "correction", Words: page.Strings([]quality.TaskState{quality.TaskOpen, quality.TaskRedone, quality.TaskNoEffect, quality.TaskExcused}), Say: func(l taskLine) any { return l.State }},
			{Name: "correction_reason", Say: func(l taskLine) any { return l.Because }},
			{Name: "grant_id", Say: func(l taskLine) any { return l.Grant }},
			{Name: "when", Say: func(l taskLine) any { return l.TellAt }},
		},
		Fetch: func(after string, limit int) ([]taskLine, error) {
			list, err := s.Quality.Tasks(v.Ctx(), v.Actor, quality.ListQuery{After: after, Limit: limit})
			if err != nil {
				return nil, err
			}
			return taskLines(v, list)
		},
	}, nil
}

// taskPage is one wrong value that a body received, with its answer.
type taskPage struct {
	Task  taskLine
	Party bool // the contest is the visitor's to read
	Form  *page.Form
}

func (s *Section) task(v *page.Visit) (any, error) {
	t, err := s.Quality.Task(v.Ctx(), v.Actor, v.ID("id"))
	if err != nil {
		return nil, err
	}
	lines, err := taskLines(v, []*quality.Task{t})
	if err != nil {
		return nil, err
	}
	_, hidden := s.Quality.Get(v.Ctx(), v.Actor, t.Contest)
	p := taskPage{Task: lines[0], Party: hidden == nil}
	words := []quality.TaskState{quality.TaskRedone, quality.TaskNoEffect}
	if !v.Actor.In(t.Member) {
		words = []quality.TaskState{quality.TaskExcused}
	}
	if t.State == quality.TaskOpen {
		p.Form = v.Form(page.Form{Name: "answer_correction", Fields: []page.Field{
			{Name: "state", Text: "correction_answer", Kind: "select", Need: true, Options: page.Words(v, "correction", words)},
			{Name: "reason", Text: "correction_reason", Kind: "long", Hint: true},
		}})
	}
	return p, nil
}

func (s *Section) answer(v *page.Visit) (string, error) {
	_, err := s.Quality.Answer(v.Ctx(), v.Actor, v.ID("id"), quality.Answer{State: quality.TaskState(v.Said("state")), Reason: v.Said("reason")})
	return "/corrections/" + url.PathEscape(v.ID("id")) + "?done=answered", err
}
