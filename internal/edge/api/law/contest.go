package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/quality"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// ContestView is a contest with the clocks that ran and run for it.
type ContestView struct {
	*quality.Contest
	Clocks []calendar.Running `json:"clocks,omitempty" doc:"Each with its citation; verified tells whether the law's own text was read"`
}

// ContestHistory is the steps of a contest, oldest first.
type ContestHistory struct {
	Items []quality.Change `json:"items"`
}

// ReviewDecision ends a review.
type ReviewDecision struct {
	Reopen bool `json:"reopen" doc:"Open it again; else the outcome is confirmed"`
	quality.Word
}

// ComparedSubjects are those whose values a run compares.
type ComparedSubjects struct {
	Item     vocab.ItemID       `json:"item"`
	Subjects []vocab.SubjectKey `json:"subjects"`
}

// NamedSources are the independent sources of an item.
type NamedSources struct {
	Item   vocab.ItemID   `json:"item"`
	Others []vocab.ItemID `json:"others"`
}

type contests struct{ q *quality.Service }

// worded is a step of a contest with what is said.
type worded struct {
	ContestPath
	Body quality.Word
}

func addContests(a *api.API, q *quality.Service) {
	s, t := contests{q}, []string{"contests"}
	step := func(name, summary string, verb func(context.Context, identity.Actor, vocab.ContestID, quality.Word) (*quality.Contest, error)) {
		api.Op(a, huma.Operation{Method: "POST", Path: "/v1/contests/{id}/" + name, Summary: summary, Tags: t},
			func(ctx context.Context, by identity.Actor, in *worded) (*quality.Contest, error) {
				return verb(ctx, by, in.ID, in.Body)
			})
	}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/contests", Summary: "Contests that concern the caller, newest first", Tags: t}, s.list)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/contests", Summary: "Contest a value", Tags: t}, s.raise)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/contests/{id}", Summary: "One contest, with its clocks", Tags: t}, s.get)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/contests/{id}/history", Summary: "Every step of a contest", Tags: t}, s.history)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/contests/{id}/open", Summary: "What the raiser says, and whose value it is; for officers an entry of its own", Tags: t}, s.said)
	step("accept", "Take it up: the value says disputed from now on", func(ctx context.Context, by identity.Actor, id vocab.ContestID, _ quality.Word) (*quality.Contest, error) {
		return q.Accept(ctx, by, id)
	})
	step("decline", "Do not take it up, with the reason and the rule", q.Decline)
	step("withdraw", "Take it back", q.Withdraw)
	step("route", "Send it to the golden source", q.Route)
	step("not-mine", "Say that the value is another's", q.NotMine)
	step("assign", "Say, as the authority, who checks it", q.Assign)
	step("take", "Say that the value is one's own", func(ctx context.Context, by identity.Actor, id vocab.ContestID, _ quality.Word) (*quality.Contest, error) {
		return q.Take(ctx, by, id)
	})
	step("extend", "Make the term of a complex case longer, once", q.Extend)
	step("review", "Ask for a review of the outcome", q.AskReview)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/contests/{id}/find", Summary: "The source's finding: corrected, corrected_in_part, upheld, act_disputed", Tags: t}, s.find)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/contests/{id}/decide", Summary: "End a review", Tags: t}, s.decide)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/contests/{id}/corrections", Summary: "Who was told of the wrong value, and what each answered", Tags: t}, s.corrections)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/quality/runs", Summary: "Compare an item's source with the others that the authority named", Tags: t}, s.run)
	api.Do(a, huma.Operation{Method: "PUT", Path: "/v1/quality/sources", Summary: "Name the independent sources of an item", Tags: t}, s.sources)
}

func (s contests) list(ctx context.Context, a identity.Actor, in *struct {
	api.Paging
	State quality.State `query:"state"`
},
) (api.Page[*quality.Contest], error) {
	all, err := s.q.List(ctx, a, quality.ListQuery{State: in.State, After: in.After, Limit: in.Limit + 1})
	return api.PageOf(all, in.Limit, func(c *quality.Contest) string { return string(c.ID) }), err
}

func (s contests) raise(ctx context.Context, a identity.Actor, in *body[quality.Raise]) (*quality.Contest, error) {
	return s.q.Raise(ctx, a, in.Body)
}

func (s contests) get(ctx context.Context, a identity.Actor, in *ContestPath) (ContestView, error) {
	c, err := s.q.Get(ctx, a, in.ID)
	if err != nil {
		return ContestView{}, err
	}
	clocks, err := s.q.Clocks(ctx, a, in.ID)
	return ContestView{Contest: c, Clocks: clocks}, err
}

func (s contests) history(ctx context.Context, a identity.Actor, in *struct {
	ContestPath
	After int64 `query:"after" doc:"Only steps after this revision"`
},
) (ContestHistory, error) {
	all, err := s.q.History(ctx, a, in.ID, in.After)
	return ContestHistory{Items: all}, err
}

func (s contests) said(ctx context.Context, a identity.Actor, in *ContestPath) (quality.Said, error) {
	return s.q.Said(ctx, a, in.ID)
}

func (s contests) find(ctx context.Context, a identity.Actor, in *struct {
	ContestPath
	Body quality.Finding
},
) (*quality.Contest, error) {
	return s.q.Find(ctx, a, in.ID, in.Body)
}

func (s contests) decide(ctx context.Context, a identity.Actor, in *struct {
	ContestPath
	Body ReviewDecision
},
) (*quality.Contest, error) {
	return s.q.Decide(ctx, a, in.ID, in.Body.Reopen, in.Body.Word)
}

func (s contests) corrections(ctx context.Context, a identity.Actor, in *struct {
	ContestPath
	api.Paging
},
) (api.Page[*quality.Task], error) {
	all, err := s.q.TasksOf(ctx, a, in.ID, in.After, in.Limit+1)
	return api.PageOf(all, in.Limit, taskID), err
}

func (s contests) run(ctx context.Context, a identity.Actor, in *body[ComparedSubjects]) (quality.Run, error) {
	return s.q.CompareSources(ctx, a, in.Body.Item, in.Body.Subjects)
}

func (s contests) sources(ctx context.Context, a identity.Actor, in *body[NamedSources]) error {
	return s.q.NameSources(ctx, a, in.Body.Item, in.Body.Others)
}

func taskID(t *quality.Task) string { return t.ID }

func addCorrections(a *api.API, q *quality.Service) {
	s, t := contests{q}, []string{"contests"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/corrections", Summary: "Wrong values that the member received, newest first", Tags: t}, s.tasks)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/corrections/{id}", Summary: "One wrong value that the member received", Tags: t}, s.task)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/corrections/{id}/answer", Summary: "Say what was done: redone, or no_effect because", Tags: t}, s.answer)
}

func (s contests) tasks(ctx context.Context, a identity.Actor, in *struct {
	api.Paging
	State quality.State `query:"state"`
},
) (api.Page[*quality.Task], error) {
	all, err := s.q.Tasks(ctx, a, quality.ListQuery{State: in.State, After: in.After, Limit: in.Limit + 1})
	return api.PageOf(all, in.Limit, taskID), err
}

func (s contests) task(ctx context.Context, a identity.Actor, in *NamePath) (*quality.Task, error) {
	return s.q.Task(ctx, a, in.ID)
}

func (s contests) answer(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body quality.Answer
},
) (*quality.Task, error) {
	return s.q.Answer(ctx, a, in.ID, in.Body)
}
