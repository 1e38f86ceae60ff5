package audit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// State is how far the look at one sampled entry has come.
type State string

// The states of a sampled entry.
const (
	Sampled  State = "sampled"
	Asked    State = "asked" // the member is to show the file
	Answered State = "answered"
	Judged   State = "judged"
)

// Verdict is what the auditor found.
type Verdict string

// The verdicts.
const (
	InOrder       Verdict = "in-order"
	NoFile        Verdict = "no-file"        // there is no such file
	BeyondPurpose Verdict = "beyond-purpose" // the file does not carry this use
	WrongPerson   Verdict = "wrong-person"
	NotAnswered   Verdict = "not-answered"
)

// Verdicts lists every verdict.
func Verdicts() []Verdict { return []Verdict{InOrder, NoFile, BeyondPurpose, WrongPerson, NotAnswered} }

// Case is one sampled entry on its way through the audit.
type Case struct {
	ID         string          `json:"id"`
	Member     vocab.MemberID  `json:"member"` // whose use was drawn
	Draw       string          `json:"draw"`
	Index      uint64          `json:"index"`
	Row        int64           `json:"row"` // of a batch; -1
	Trace      vocab.TraceID   `json:"trace"`
	State      State           `json:"state"`
	Answer     string          `json:"answer,omitempty"`
	AnsweredBy vocab.OfficerID `json:"answered_by,omitempty"`
	Verdict    Verdict         `json:"verdict,omitempty"`
	Finding    string          `json:"finding,omitempty"`
	Asked      time.Time       `json:"asked,omitzero"`
	Answered   time.Time       `json:"answered,omitzero"`
	Judged     time.Time       `json:"judged,omitzero"`
}

// Opened is a sampled entry with what it commits to, the officer's name included.
type Opened struct {
	Case
	Entry ledger.Access  `json:"entry"`
	Line  *ledger.Access `json:"line,omitempty"` // the drawn row of a batch
	Rows  uint64         `json:"rows,omitempty"` // of how many
}

// Cases lists sampled entries, of one draw or of all: the auditor any, a member
// its own that were asked for.
func (s *Service) Cases(ctx context.Context, a identity.Actor, draw string, p identity.Page) ([]Case, error) {
	owner, err := ownerFor(a)
	if err != nil {
		return nil, err
	}
	var list []Case
	err = s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		list, err = cases(ctx, tx, draw, owner, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sampled entries: %w", err)
	}
	return list, nil
}

// CaseStates counts the sampled entries that Cases lists, by their state.
func (s *Service) CaseStates(ctx context.Context, a identity.Actor) (map[State]int, error) {
	owner, err := ownerFor(a)
	if err != nil {
		return nil, err
	}
	var n map[State]int
	err = s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		n, err = caseStates(ctx, tx, owner)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count sampled entries: %w", err)
	}
	return n, nil
}

// ownerFor is whose sampled entries the actor sees: everybody's for an auditor.
func ownerFor(a identity.Actor) (vocab.MemberID, error) {
	if a.Has(vocab.Auditor) {
		return "", nil
	}
	return a.Member, a.Must(vocab.Steward, vocab.Authority)
}

// Open shows a sampled entry: to the auditor, or to the member that is to answer.
func (s *Service) Open(ctx context.Context, a identity.Actor, id string) (Opened, error) {
	if err := a.Must(vocab.Auditor, vocab.Steward, vocab.Authority); err != nil {
		return Opened{}, err
	}
	var out Opened
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		out.Case, err = s.caseFor(ctx, tx, a, id)
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	if out.Entry, err = s.p.Ledger.Entry(ctx, out.Trace, ledger.Viewer{Auditor: true}); err != nil {
		return Opened{}, err
	}
	if out.Row >= 0 {
		line, err := s.p.Ledger.Row(ctx, out.Trace, out.Row)
		if err != nil {
			return Opened{}, err
		}
		if out.Rows, err = s.p.Ledger.CountRows(ctx, out.Trace); err != nil {
			return Opened{}, err
		}
		out.Line = &line
	}
	return out, nil
}

// caseFor is the tenancy of a sampled entry.
func (s *Service) caseFor(ctx context.Context, tx *db.Tx, a identity.Actor, id string) (Case, error) {
	c, err := caseByID(ctx, tx, id)
	if err != nil {
		return Case{}, err
	}
	if !a.Has(vocab.Auditor) && (!a.In(c.Member) || c.State == Sampled) {
		return Case{}, identity.NotYours()
	}
	return c, nil
}

// Ask sends "show the case file" to the member whose use was drawn; its term runs
// from now.
func (s *Service) Ask(ctx context.Context, a identity.Actor, id string) (Case, error) {
	return s.step(ctx, a, id, askedFor, func(ctx context.Context, tx *db.Tx, c *Case) error {
		if err := s.mustAudit(a); err != nil {
			return err
		}
		return s.ask(ctx, tx, c)
	})
}

// askedFor is the act by which a file is asked for.
const askedFor = "audit.asked"

func (s *Service) ask(ctx context.Context, tx *db.Tx, c *Case) error {
	if c.State != Sampled {
		return vocab.StateWrong.Because("the file was asked for on %s", c.Asked.Format(time.DateOnly))
	}
	c.State, c.Asked = Asked, s.p.Clock.Now()
	if s.p.Clocks != nil {
		if err := s.p.Clocks.Start(ctx, tx, *c); err != nil {
			return err
		}
	}
	return s.notify(ctx, tx, c.Member, "audit-file-asked", c)
}

// askAtOnce keeps a transaction short.
const askAtOnce = 25

// AskAll asks for every file of a draw that nobody has asked for, and gives how
// many: whoever would spare one has to leave it out by name, and the draw shows it.
func (s *Service) AskAll(ctx context.Context, a identity.Actor, draw string) (int, error) {
	if err := s.mustAudit(a); err != nil {
		return 0, err
	}
	if _, err := s.find(ctx, draw); err != nil {
		return 0, err
	}
	asked := 0
	for {
		n := 0
		err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
			list, err := sampled(ctx, tx, draw, askAtOnce)
			if err != nil {
				return err
			}
			for i := range list {
				c := &list[i]
				if err := s.ask(ctx, tx, c); err != nil {
					return err
				}
				if err := updateCase(ctx, tx, *c); err != nil {
					return err
				}
				if _, err := s.enter(ctx, tx, a, askedFor, c.fields()); err != nil {
					return err
				}
			}
			n = len(list)
			return nil
		})
		if err != nil {
			return asked, fmt.Errorf("ask for the files of a draw: %w", err)
		}
		if asked += n; n < askAtOnce {
			return asked, nil
		}
	}
}

// Answer shows the file, in words and by its number: what lies in it stays with
// the member until the auditor looks.
func (s *Service) Answer(ctx context.Context, a identity.Actor, id, text string) (Case, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 4000 || subject.HoldsCitizenNumber(text) {
		return Case{}, vocab.BadInput.Because("an answer has 1 to 4000 bytes and holds no person's number")
	}
	return s.step(ctx, a, id, "audit.answered", func(ctx context.Context, tx *db.Tx, c *Case) error {
		if !a.In(c.Member) {
			return identity.NotYours()
		}
		if err := a.Must(vocab.Steward, vocab.Authority); err != nil {
			return err
		}
		if c.State != Asked {
			return vocab.StateWrong.Because("the file is not asked for: the entry is %s", c.State)
		}
		c.State, c.Answer, c.AnsweredBy, c.Answered = Answered, text, a.Officer, s.p.Clock.Now()
		if s.p.Clocks != nil {
			if err := s.p.Clocks.End(ctx, tx, *c); err != nil {
				return err
			}
		}
		d, err := drawByID(ctx, tx, c.Draw)
		if err != nil {
			return err
		}
		return s.notify(ctx, tx, d.By, "audit-file-shown", c)
	})
}

// Find closes the look with a verdict; the finding is an entry. Without an answer
// the only verdict is that there was none, and no one finds about their own body.
func (s *Service) Find(ctx context.Context, a identity.Actor, id string, v Verdict, text string) (Case, error) {
	if !slices.Contains(Verdicts(), v) || strings.TrimSpace(text) == "" || len(text) > 4000 || subject.HoldsCitizenNumber(text) {
		return Case{}, vocab.BadInput.Because("a finding has one of the verdicts %v and reasons without a person's number", Verdicts())
	}
	return s.step(ctx, a, id, "audit.found", func(ctx context.Context, tx *db.Tx, c *Case) error {
		if err := s.mustAudit(a); err != nil {
			return err
		}
		switch {
		case a.In(c.Member):
			return vocab.SecondNeeded.Because("an auditor does not find about %s, their own body", c.Member)
		case c.State != Answered && !(c.State == Asked && v == NotAnswered):
			return vocab.StateWrong.Because("the entry is %s; a finding needs the member's answer, or that it stayed away", c.State)
		case c.State == Asked && s.p.Clocks != nil:
			if err := s.p.Clocks.End(ctx, tx, *c); err != nil {
				return err
			}
		}
		c.State, c.Verdict, c.Finding, c.Judged = Judged, v, text, s.p.Clock.Now()
		return s.notify(ctx, tx, c.Member, "audit-finding", c)
	})
}

// Overdue tells both sides that a file was not shown in time; the clock calls it.
func (s *Service) Overdue(ctx context.Context, tx *db.Tx, id string) error {
	c, err := caseByID(ctx, tx, id)
	if err != nil || c.State != Asked {
		return err
	}
	d, err := drawByID(ctx, tx, c.Draw)
	if err != nil {
		return err
	}
	for _, m := range []vocab.MemberID{c.Member, d.By} {
		if err := s.notify(ctx, tx, m, "audit-file-overdue", &c); err != nil {
			return err
		}
	}
	_, err = s.enter(ctx, tx, identity.Actor{Member: c.Member}, "audit.overdue", c.fields())
	return err
}

func (s *Service) step(ctx context.Context, a identity.Actor, id, act string, do func(context.Context, *db.Tx, *Case) error) (Case, error) {
	if err := a.Must(vocab.Auditor, vocab.Steward, vocab.Authority); err != nil {
		return Case{}, err
	}
	var c Case
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		if c, err = s.caseFor(ctx, tx, a, id); err != nil {
			return err
		}
		if err := do(ctx, tx, &c); err != nil {
			return err
		}
		if err := updateCase(ctx, tx, c); err != nil {
			return err
		}
		_, err = s.enter(ctx, tx, a, act, c.fields())
		return err
	})
	if err != nil {
		return Case{}, fmt.Errorf("go on with a sampled entry: %w", err)
	}
	return c, nil
}

func (c *Case) fields() []ledger.Pair {
	return []ledger.Pair{
		{Name: "case_id", Value: c.ID},
		{Name: "draw", Value: c.Draw},
		{Name: "of", Value: string(c.Member)},
		{Name: "entry", Value: string(c.Trace)},
		{Name: "leaf", Value: strconv.FormatUint(c.Index, 10)},
		{Name: "to_state", Value: string(c.State)},
		{Name: "verdict", Value: string(c.Verdict)},
		{Name: "finding", Value: c.Finding},
		{Name: "answer", Value: c.Answer},
	}
}

func (s *Service) notify(ctx context.Context, tx *db.Tx, to vocab.MemberID, kind string, c *Case) error {
	return s.p.Identity.PutNotice(ctx, tx, identity.Notice{
		Member: to, Kind: kind, Link: "/audit/cases/" + c.ID, Params: map[string]string{"case": c.ID, "verdict": string(c.Verdict)},
	})
}
