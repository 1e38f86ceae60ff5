package audit

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
	"fontis/internal/vocab/cell"
)

// Clocks start and end the term within which a member shows a file; the duty of
// calendars and clocks is wired in.
type Clocks interface {
	Start(ctx context.Context, tx *db.Tx, c Case) error
	End(ctx context.Context, tx *db.Tx, c Case) error
}

// Parts are what the desk stands on. Clocks may be nil: then no term runs.
type Parts struct {
	DB       *db.DB
	Clock    clock.Clock
	Ledger   *ledger.Ledger
	Identity *identity.Service
	Clocks   Clocks
}

// Service holds the verbs of this package.
type Service struct{ p Parts }

// NewService makes the service.
func NewService(p Parts) *Service { return &Service{p} }

// About narrows a list to one sort of exception.
type About string

// The sorts of exceptions. Everything is the empty word.
const (
	Deferrals   About = "deferrals"
	Emergencies About = "emergencies"
	Overrides   About = "overrides" // what somebody decided over another's head, or took away
	Refusals    About = "refusals"
	Hands       About = "hands"        // what took two officers, with who admitted each
	OneAdmitter About = "one-admitter" // of these, where one officer had admitted both
)

// prefixes are the acts of each sort.
func (w About) prefixes() []string {
	switch w {
	case Deferrals:
		return []string{"deferral."}
	case Emergencies:
		return []string{"emergency."}
	case Overrides:
		return []string{
			"request.order", "request.assign", "request.extend", "contest.assign", "item.untag", "ledger.erase", "hold.", "member-protects",
			"member-state", "officer-state", "grant.suspended",
		}
	}
	return nil
}

func (w About) known() bool {
	return w == "" || w == Refusals || w == Hands || w == OneAdmitter || w.prefixes() != nil
}

// Filter chooses entries; what is empty does not filter.
type Filter struct {
	Member      vocab.MemberID
	Officer     vocab.OfficerID
	Grant       vocab.GrantID
	Purpose     string
	About       About
	From, Until time.Time
	After       int64 // Next of the page before
	Limit       int
}

// Page is one page of entries, newest first.
type Page struct {
	Entries []ledger.Access `json:"entries"`
	Next    int64           `json:"next,omitempty"`
}

// pageRead bounds what one page reads to find its lines.
const pageRead = 50_000

// List gives a page of entries to an auditor; that it was read is an entry.
func (s *Service) List(ctx context.Context, a identity.Actor, f Filter) (Page, error) {
	if err := s.mayRead(ctx, a, f, "audit.list"); err != nil {
		return Page{}, err
	}
	return s.list(ctx, f)
}

// mayRead is nil for an auditor, once the reading is written down.
func (s *Service) mayRead(ctx context.Context, a identity.Actor, f Filter, act string) error {
	if err := a.Must(vocab.Auditor); err != nil {
		return err
	}
	if !f.About.known() {
		return vocab.BadInput.Because("exceptions are deferrals, emergencies, overrides, refusals, hands or one-admitter")
	}
	if f.After > 0 {
		return nil // a further page of a reading that is on record
	}
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		return s.p.Ledger.Act(ctx, tx, act, map[string]string{
			ledger.FieldMember: string(a.Member), ledger.FieldOfficer: string(a.Officer), "of": string(f.Member), "of_officer": string(f.Officer),
			ledger.FieldGrant: string(f.Grant), ledger.FieldPurpose: f.Purpose, "about": string(f.About),
			"from": day(f.From), "until": day(f.Until),
		})
	})
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func (s *Service) list(ctx context.Context, f Filter) (Page, error) {
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 100
	}
	var p Page
	q := ledger.EntriesOf{Owner: f.Member, From: f.From, Until: f.Until, After: f.After, Newest: true, Limit: 500}
	for read := 0; read < pageRead; read += q.Limit {
		list, err := s.p.Ledger.Entries(ctx, q)
		if err != nil {
			return Page{}, err
		}
		for i := range list {
			if len(p.Entries) == f.Limit {
				p.Next = q.After
				return p, nil
			}
			q.After = list[i].Seq
			if f.wants(&list[i]) {
				p.Entries = append(p.Entries, list[i].Access)
			}
		}
		if len(list) < q.Limit {
			return p, nil
		}
	}
	p.Next = q.After
	return p, nil
}

// wants is the filter on what an entry commits to. An act's officer stands under
// by_officer where the change was one of identity.
func (f *Filter) wants(r *ledger.Raw) bool {
	by := r.Fields[ledger.FieldOfficer]
	if by == "" {
		by = r.Fields["by_officer"]
	}
	switch {
	case f.Officer != "" && by != string(f.Officer), f.Grant != "" && r.Grant != f.Grant && r.Fields[ledger.FieldGrant] != string(f.Grant),
		f.Purpose != "" && r.Fields[ledger.FieldPurpose] != f.Purpose:
		return false
	case f.About == Refusals:
		return r.State == vocab.Refused
	case f.About == Hands:
		return r.Fields[hands.Field] != ""
	case f.About == OneAdmitter:
		return hands.OneAdmitter(r.Fields[hands.Field]) != ""
	case f.About == "":
		return true
	}
	act := r.Fields[ledger.FieldAct]
	for _, prefix := range f.About.prefixes() {
		if strings.HasPrefix(act, prefix) {
			return true
		}
	}
	return false
}

// File writes the whole list as JSON lines or CSV.
func (s *Service) File(ctx context.Context, a identity.Actor, f Filter, format string, to io.Writer) error {
	f.After = 0
	if err := s.mayRead(ctx, a, f, "audit.export"); err != nil {
		return err
	}
	var line func(*ledger.Access) error
	end := func() error { return nil }
	switch format {
	case "jsonl":
		enc := json.NewEncoder(to)
		line = func(e *ledger.Access) error { return enc.Encode(e) }
	case "csv":
		w := csv.NewWriter(to)
		if err := w.Write(columns()); err != nil {
			return err
		}
		line = func(e *ledger.Access) error { return w.Write(cells(e)) }
		end = func() error { w.Flush(); return w.Error() }
	default:
		return vocab.BadInput.Because("the file is jsonl or csv")
	}
	f.Limit = 1000
	for {
		p, err := s.list(ctx, f)
		if err != nil {
			return fmt.Errorf("export entries: %w", err)
		}
		for i := range p.Entries {
			if err := line(&p.Entries[i]); err != nil {
				return err
			}
		}
		if f.After = p.Next; p.Next == 0 {
			return end()
		}
	}
}

func columns() []string {
	return []string{"at", "kind", "state", "member", "officer", "officer_named", "unit", "provider", "grant", "purpose", "basis", "case", "question", "items", "act", "refused", "hands", "trace"}
}

func cells(e *ledger.Access) []string {
	row := []string{
		e.At.Format(time.RFC3339), e.Kind, e.State, string(e.Member), e.Officer, e.Named, e.Unit, string(e.Provider), string(e.Grant), e.Purpose, e.Basis,
		e.Case, e.Question, strings.Join(e.Items, " "), e.Act, e.Refused, e.Hands, string(e.Trace),
	}
	for i, s := range row {
		row[i] = cell.Guard(s)
	}
	return row
}
