package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/calendar"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/vocab"
)

// Keeping are the verbs about the whole node; the operators of the member that
// keeps it may call them.
type Keeping struct {
	Backup func(context.Context, io.Writer) error
	State  func(context.Context) (NodeState, error)
	// Tally begins a whole round of holding every record against every leaf, with
	// all processors, and tells its number; State tells how far it is.
	Tally func(context.Context) (int64, error)
}

// NodeState is how the node's log stands, for doctor.
type NodeState struct {
	// Calendars are those that soon know no more days.
	Calendars   []calendar.Warning `json:"calendars,omitempty"`
	DeadLetters int                `json:"dead_letters,omitempty" doc:"Notices that would not go"`
	Origin      string             `json:"origin"`
	Size        uint64             `json:"size"`
	Witnessed   uint64             `json:"witnessed"`
	Witnesses   int                `json:"witnesses"`
	Waiting     time.Time          `json:"waiting_since,omitzero"`
	Trouble     string             `json:"trouble,omitempty"`
	RolledBack  string             `json:"rolled_back,omitempty" doc:"What a witness holds that the log does not"`
	Alarms      []uint64           `json:"alarms,omitempty" doc:"Leaves that belong to no record"`
	Gone        int64              `json:"gone,omitempty" doc:"Numbers of entries at the end that were there at an earlier start"`

	Tally tally.Report `json:"tally" doc:"The round that holds every record against every leaf"`
}

// TallyBegun is the round that was asked for.
type TallyBegun struct {
	Round int64 `json:"round"`
}

func (s *server) addKeeping() {
	t := tags("node")
	s.raw(huma.Operation{
		Method: "GET", Path: "/v1/backup", Summary: "The whole node as one sealed file, while it serves", Tags: t,
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: file("application/octet-stream").Content}},
	}, false, s.backup)
	op(s, huma.Operation{Method: "GET", Path: "/v1/node/state", Summary: "How the log and its witnesses stand", Tags: t}, s.nodeState)
	op(s, huma.Operation{Method: "POST", Path: "/v1/node/tally", Summary: "Hold every record against every leaf, now", Tags: t}, s.nodeTally)
}

func (s *server) backup(w http.ResponseWriter, r *http.Request) error {
	if err := whoOf(r.Context()).actor.MustOnNode(vocab.Operator); err != nil {
		return err
	}
	out := &begun{ResponseWriter: w}
	err := s.Keeping.Backup(r.Context(), out)
	if err == nil || !out.yes {
		return err
	}
	// A file that ends early must not look whole.
	s.Diary.Error("a backup was cut", "error", err)
	panic(http.ErrAbortHandler)
}

// begun notes that a part of the answer is out.
type begun struct {
	http.ResponseWriter
	yes bool
}

// Write sends the header with the first part.
func (b *begun) Write(p []byte) (int, error) {
	if !b.yes {
		b.yes = true
		b.Header().Set("Content-Type", "application/octet-stream")
	}
	return b.ResponseWriter.Write(p)
}

func (s *server) nodeTally(ctx context.Context, a identity.Actor, _ *struct{}) (TallyBegun, error) {
	if err := a.MustOnNode(vocab.Operator, vocab.Auditor); err != nil {
		return TallyBegun{}, err
	}
	round, err := s.Keeping.Tally(ctx)
	return TallyBegun{Round: round}, err
}

func (s *server) nodeState(ctx context.Context, a identity.Actor, _ *struct{}) (NodeState, error) {
	if err := a.MustOnNode(vocab.Operator); err != nil {
		return NodeState{}, err
	}
	return s.Keeping.State(ctx)
}
