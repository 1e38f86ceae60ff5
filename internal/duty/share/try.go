package share

import (
	"context"
	"fmt"
	"net/netip"

	"fontis/internal/duty/share/snippet"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Trial is one question to a test twin, as somebody typed it.
type Trial struct {
	Subject vocab.SubjectKey
	Values  map[vocab.ItemID]string
	Status  string
	Items   []vocab.ItemID
	Purpose string
	Case    string
	Network netip.Addr // from which it is asked
}

// Bench is what a trial starts from: the invented subjects, what may be asked
// about them, and a trial that works.
type Bench struct {
	Grant    vocab.GrantID // of the twin
	Question vocab.Question
	Items    []vocab.ItemID
	Statuses []string
	Rows     []access.TwinRow
	First    Trial
}

// Tried is what came of a trial, with the call that a program makes for the same.
type Tried struct {
	Answer  access.Answered
	Refusal error // of the door, with cause and remedy; nil when it answered
	Call    snippet.Snippets
}

// Bench gives the requester what can be tried on the twin of their request.
func (s *Service) Bench(ctx context.Context, a identity.Actor, id vocab.RequestID) (Bench, error) {
	r, g, err := s.tryable(ctx, a, id)
	if err != nil {
		return Bench{}, err
	}
	rows, err := s.p.Door.Twin(a, r.twinOf())
	if err != nil {
		return Bench{}, fmt.Errorf("test twin of request: %w", err)
	}
	c := snippet.Example(g, rows[0])
	return Bench{
		Grant: g.ID, Question: g.Question, Items: g.Items, Statuses: g.Statuses, Rows: rows,
		First: Trial{Subject: c.Subject, Values: c.Values, Status: c.Status, Items: c.Items, Purpose: c.Purpose, Case: c.Case},
	}, nil
}

// Try puts one question to the twin. What the door refuses is part of what is
// learnt, and no error of the trial.
func (s *Service) Try(ctx context.Context, a identity.Actor, id vocab.RequestID, t Trial) (Tried, error) {
	_, g, err := s.tryable(ctx, a, id)
	if err != nil {
		return Tried{}, err
	}
	c := snippet.Call{Grant: g.ID, Subject: t.Subject, Purpose: t.Purpose, Case: t.Case}
	asked := access.Call{Trace: vocab.NewTrace(s.p.Clock.Now()), Grant: g.ID, Question: g.Question, Carriage: vocab.Single, Purpose: t.Purpose, Case: t.Case, Network: t.Network, Subject: t.Subject}
	switch g.Question {
	case vocab.Compare:
		c.Values, asked.Values = t.Values, t.Values
	case vocab.Status:
		c.Status, asked.Status = t.Status, t.Status
	default:
		c.Items, asked.Items = t.Items, t.Items
	}
	out := Tried{}
	if out.Call, err = snippet.Written(s.p.URL, g.Question, c); err != nil {
		return Tried{}, fmt.Errorf("write the trial: %w", err)
	}
	out.Answer, out.Refusal = s.p.Door.Ask(ctx, a, asked)
	if out.Refusal != nil && vocab.KindOf(out.Refusal) == vocab.Internal {
		return Tried{}, fmt.Errorf("ask the test twin: %w", out.Refusal)
	}
	return out, nil
}

// tryable is a request of the actor's member that has a twin, and its grant there.
func (s *Service) tryable(ctx context.Context, a identity.Actor, id vocab.RequestID) (*Request, access.Grant, error) {
	r, err := s.Get(ctx, a, id)
	if err != nil {
		return nil, access.Grant{}, err
	}
	if !a.In(r.Requester) {
		return nil, access.Grant{}, identity.NotYours()
	}
	if r.SubmittedAt.IsZero() {
		return nil, access.Grant{}, vocab.StateWrong.Because("a request has a test twin once it is submitted")
	}
	return r, r.grant(access.TwinOf(r.twinOf()), decisionOf(r)), nil
}
