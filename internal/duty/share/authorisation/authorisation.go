package authorisation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// State is where a registration stands.
type State string

// Only an approved registration can be authorised; an ended one never comes back.
const (
	Proposed State = "proposed"
	Approved State = "approved"
	Declined State = "declined"
	Ended    State = "ended"
)

// States lists every state.
func States() []State { return []State{Proposed, Approved, Declined, Ended} }

// Scope is what a body registers that it may ask of persons.
type Scope struct {
	Dataset  vocab.DatasetID `json:"dataset"`
	Items    []vocab.ItemID  `json:"items"`
	Question vocab.Question  `json:"question"`
	Statuses []string        `json:"statuses,omitempty"`
	Purpose  string          `json:"purpose"`
	Service  string          `json:"service"`  // in words that a person understands: for which service
	Basis    entry.Cite      `json:"basis"`    // of consent, or of the body's own duty to ask
	Most     int             `json:"most"`     // days for which one word holds at most
	Security string          `json:"security"` // measures
	PerDay   int64           `json:"per_day,omitempty"`
	Cases    string          `json:"cases,omitempty"` // pattern of its case numbers
}

// Registration is a scope with what became of it.
type Registration struct {
	ID       string          `json:"id"`
	Body     vocab.MemberID  `json:"body"`
	Provider vocab.MemberID  `json:"provider"`
	State    State           `json:"state"`
	Grant    vocab.GrantID   `json:"grant,omitempty"`
	Author   vocab.OfficerID `json:"author,omitempty"` // shown inside the body only
	Reason   string          `json:"reason,omitempty"` // of the authority, or of the end
	Citation string          `json:"citation,omitempty"`
	Scope
	CreatedAt time.Time          `json:"created_at"`
	ChangedAt time.Time          `json:"changed_at"`
	Clocks    []calendar.Running `json:"clocks,omitempty"`
}

// Offer is what a person is shown before giving a word. Shown is the fingerprint
// of all of it.
type Offer struct {
	Registration string         `json:"registration"`
	Body         vocab.MemberID `json:"body"`
	BodyName     identity.Name  `json:"body_name"`
	Provider     vocab.MemberID `json:"provider"`
	Items        []NamedItem    `json:"items"`
	Question     vocab.Question `json:"question"`
	Statuses     []string       `json:"statuses,omitempty"` // of the question status: no other is answered
	Purpose      string         `json:"purpose"`
	Service      string         `json:"service"`
	Basis        entry.Cite     `json:"basis"`
	Most         int            `json:"most"`
	Until        time.Time      `json:"until"` // the latest end, if it is given now
	Shown        string         `json:"shown"`
}

// NamedItem is an item as a person reads it.
type NamedItem struct {
	ID   vocab.ItemID `json:"id"`
	Name entry.Text   `json:"name"`
}

// Given is what a person says: which of the items or of the statuses, until when, and
// what was read.
type Given struct {
	Items    []vocab.ItemID `json:"items,omitempty"`    // all that is offered when empty
	Statuses []string       `json:"statuses,omitempty"` // of the question status; all that is offered when empty
	Until    time.Time      `json:"until,omitzero"`     // the latest end when zero
	Shown    string         `json:"shown"`
}

// Word is a person's authorisation, as the person sees it.
type Word struct {
	ID           string         `json:"id"`
	Registration string         `json:"registration"`
	Body         vocab.MemberID `json:"body"`
	Purpose      string         `json:"purpose"`
	Items        []vocab.ItemID `json:"items"`
	Question     vocab.Question `json:"question"`
	Statuses     []string       `json:"statuses,omitempty"`
	GivenAt      time.Time      `json:"given_at"`
	Until        time.Time      `json:"until"`
	EndedAt      time.Time      `json:"ended_at,omitzero"`
}

// Ledger takes each step as an act, about a person where it is about one.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
	ActAbout(ctx context.Context, tx *db.Tx, person vocab.PersonRef, act string, fields map[string]string) (ledger.Entry, error)
}

// Notices takes a line for an inbox.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Node is what this package asks of the node that it runs on.
type Node interface {
	// Authority is the member that keeps the node, and its jurisdiction.
	Authority(ctx context.Context) (vocab.MemberID, string, error)
	// Body gives a member.
	Body(ctx context.Context, m vocab.MemberID) (identity.Member, error)
}

// Parts are what the service stands on; all but Diary are needed.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Ledger  Ledger
	Notices Notices
	Door    *access.Door
	Catalog *catalog.Service
	Clocks  *calendar.Service
	Node    Node
	Diary   *slog.Logger
}

// Service holds the verbs of authorisation.
type Service struct{ p Parts }

// kind is what the clocks of this package run for, rule the term of the review.
const (
	kind = "authorisation"
	rule = "authorisation.review"
)

// New makes the service.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Notices == nil || p.Door == nil || p.Catalog == nil || p.Clocks == nil || p.Node == nil {
		return nil, fmt.Errorf("make authorisation: %w", vocab.InternalError.Because("a part is missing"))
	}
	if p.Diary == nil {
		p.Diary = slog.New(slog.DiscardHandler)
	}
	s := &Service{p: p}
	p.Clocks.Handle(kind, s.expired)
	return s, nil
}

// The bounds of what one registration and one word may say.
const (
	maxItems = 100
	maxText  = 2000
	maxDays  = 3 * 366
	maxPage  = 500
)

// check brings a scope to its one form and refuses what no body may register.
func (sc *Scope) check() error {
	sc.Items = slices.Clone(sc.Items)
	for i, it := range sc.Items {
		if !strings.Contains(string(it), "/") {
			sc.Items[i] = vocab.ItemID(string(sc.Dataset) + "/" + string(it))
		}
		if sc.Items[i].Dataset() != sc.Dataset || slices.Contains(sc.Items[:i], sc.Items[i]) {
			return vocab.BadInput.Because("a registration names each item of its one data set once")
		}
	}
	switch {
	case sc.Dataset == "" || len(sc.Items) == 0 || len(sc.Items) > maxItems:
		return vocab.FieldMissing.Because("a registration names a data set and 1 to %d of its items", maxItems)
	case !slices.Contains(vocab.Questions(), sc.Question):
		return vocab.BadInput.Because("the question is one of compare, status, read")
	case sc.Question == vocab.Status && len(sc.Statuses) == 0:
		return vocab.FieldMissing.Because("the question status names its statuses")
	case sc.Question != vocab.Status && len(sc.Statuses) > 0:
		return vocab.BadInput.Because("the question %s has no statuses; %d are named", sc.Question, len(sc.Statuses))
	case sc.Purpose == "" || sc.Service == "" || sc.Basis.Law == "" || sc.Security == "":
		return vocab.FieldMissing.Because("a registration says purpose, service, basis and security measures")
	case sc.Most < 1 || sc.Most > maxDays:
		return vocab.BadInput.Because("a word holds for 1 to %d days, not for %d", maxDays, sc.Most)
	case sc.PerDay < 0:
		return vocab.BadInput.Because("a volume is not below 0")
	}
	for _, v := range append([]string{sc.Purpose, sc.Service, sc.Basis.Law, sc.Basis.Article, sc.Security}, sc.Statuses...) {
		if err := checkText(v); err != nil {
			return err
		}
	}
	return access.CheckCasePattern(sc.Cases)
}

func checkText(v string) error {
	if !utf8.ValidString(v) || utf8.RuneCountInString(v) > maxText || strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		return vocab.BadInput.Because("a text is UTF-8 that prints, of at most %d signs", maxText)
	}
	if subject.HoldsCitizenNumber(v) {
		return vocab.BadInput.Because("a text of a registration names no person")
	}
	return nil
}

// offer is what a person is shown of a registration now.
func (r *Registration) offer(name identity.Name, set *entry.Dataset, now time.Time) Offer {
	o := Offer{
		Registration: r.ID, Body: r.Body, BodyName: name, Provider: r.Provider, Question: r.Question, Statuses: r.Statuses,
		Purpose: r.Purpose, Service: r.Service, Basis: r.Basis, Most: r.Most, Until: now.AddDate(0, 0, r.Most),
	}
	for _, id := range r.Items {
		it, _ := set.Item(id.Name())
		o.Items = append(o.Items, NamedItem{ID: id, Name: it.Name})
	}
	o.Shown = o.fingerprint()
	return o
}

// fingerprint is over everything that is read, but for the moment at which it is.
func (o Offer) fingerprint() string {
	o.Until, o.Shown = time.Time{}, ""
	b, err := json.Marshal(o)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// named is the offered item that a person means by its plain name, where one alone has it.
func named(said vocab.ItemID, offered []vocab.ItemID) vocab.ItemID {
	found := said
	for _, id := range offered {
		if id == said {
			return said
		}
		if id.Name() == string(said) {
			if found != said {
				return said
			}
			found = id
		}
	}
	return found
}

func joined(items []vocab.ItemID) string {
	words := make([]string, len(items))
	for i, it := range items {
		words[i] = string(it)
	}
	return strings.Join(words, ",")
}

// settle holds what a person says against what was offered.
func (g *Given) settle(o Offer, now time.Time) error {
	if g.Shown != o.Shown || o.Shown == "" {
		return vocab.RevisionStale.Because("what is asked has changed since it was shown").WithFix("Read it again, then authorise.")
	}
	var offered []vocab.ItemID
	for _, it := range o.Items {
		offered = append(offered, it.ID)
	}
	if len(g.Items) == 0 {
		g.Items = offered
	}
	for i, it := range g.Items {
		it = named(it, offered)
		if g.Items[i] = it; !slices.Contains(offered, it) || slices.Contains(g.Items[:i], it) {
			return vocab.ItemOutside.Because("an item is not among those that %s registered, or is named twice", o.Body).WithFix("Name what is offered: --items %s", joined(offered))
		}
	}
	if o.Question == vocab.Status && len(g.Items) != len(offered) {
		return vocab.BadInput.Because("of a status question statuses are chosen, not items: the answer is one word whatever it rests on")
	}
	if len(g.Statuses) == 0 {
		g.Statuses = o.Statuses
	}
	for i, name := range g.Statuses {
		if !slices.Contains(o.Statuses, name) || slices.Contains(g.Statuses[:i], name) {
			return vocab.ItemOutside.Because("a status is not among those that %s registered", o.Body)
		}
	}
	if g.Until.IsZero() {
		g.Until = o.Until
	}
	if g.Until.After(o.Until) || !g.Until.After(now) {
		return vocab.BadInput.Because("a word ends after now and within %d days", o.Most)
	}
	return nil
}
