package share

import (
	"context"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Procedure is what comes before the answer by law, or a consultation. It stops the
// term once, and has a term of its own.
type Procedure struct {
	Kind     string         `json:"kind" doc:"As the row of the stopped term names it: special-procedure or consultation"`
	What     string         `json:"what"`
	Citation string         `json:"citation"`
	Of       vocab.MemberID `json:"of"`
	Began    time.Time      `json:"began"`
	Ended    time.Time      `json:"ended,omitzero"`
	Back     State          `json:"back"`
	Clock    string         `json:"clock,omitempty"` // that stands meanwhile
}

// The reasons for which a term stands, as rows of law name them.
const (
	stopSupplement       = "supplement"
	stopSpecialProcedure = "special-procedure"
	stopConsultation     = "consultation"
)

// Procedures lists the kinds of procedures that stop the term of a reply.
func Procedures() []string { return []string{stopSpecialProcedure, stopConsultation} }

// proceeding notes the procedure that a provider names. Where no row says how long
// one may last, none stops a term: it would stand for ever.
func (s *Service) proceeding(ctx context.Context, tx *db.Tx, r *Request, w Word) error {
	if !slices.Contains(Procedures(), w.Kind) {
		return vocab.BadInput.Because("the kind of a procedure is one of %s", strings.Join(Procedures(), ", "))
	}
	r.Procedure = &Procedure{Kind: w.Kind, What: w.Reason, Citation: w.Citation, Of: r.Provider, Began: s.p.Clock.Now(), Back: r.State}
	_, err := s.p.Clocks.Rule(ctx, tx, r.Region, RuleProcedure)
	return err
}
