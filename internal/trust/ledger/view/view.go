package view

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Act is the word by which a mandate names the view.
const Act = "view"

// Parts are what the view stands on.
type Parts struct {
	DB       *db.DB
	Ledger   *ledger.Ledger
	Identity *identity.Service
}

// Service holds the verbs of this package.
type Service struct{ p Parts }

// New makes the service.
func New(p Parts) *Service { return &Service{p} }

// Filter chooses lines; what is empty does not filter.
type Filter struct {
	After string // Next of the page before
	Limit int

	Member      vocab.MemberID
	From, Until time.Time
	Item        string // item, or data set
	Kind        string // access, batch, act
	State       string
	Case        string
}

// Line is one use of the person's data, or one act about them.
type Line struct {
	ledger.Access
	Body identity.Name `json:"body"`
}

// Page is one page of the view, newest first.
type Page struct {
	Lines  []Line    `json:"lines"`
	Next   string    `json:"next,omitempty"`
	Newest int64     `json:"newest,omitempty"` // the person's newest number
	Since  time.Time `json:"since"`            // since when this node keeps its ledger
	Log    string    `json:"log"`              // the log against which receipts are checked
}

// Mine gives a page of the view of the person who is signed in, or of the one
// for whom a mandate lets the actor look; the latter is an entry of its own.
func (s *Service) Mine(ctx context.Context, a identity.Actor, f Filter) (Page, error) {
	v, err := s.viewer(ctx, a)
	if err != nil {
		return Page{}, err
	}
	if v.Mandate && f.After == "" {
		if err := s.note(ctx, a, v.Person, "mydata.mandate", nil); err != nil {
			return Page{}, err
		}
	}
	return s.page(ctx, v, f)
}

// viewer is whose view the actor may see, and how much of it.
func (s *Service) viewer(ctx context.Context, a identity.Actor) (ledger.Viewer, error) {
	person, err := a.For(Act)
	if err != nil {
		return ledger.Viewer{}, err
	}
	v := ledger.Viewer{Person: person, Mandate: a.Mandate != ""}
	if v.Mandate {
		if v.Except, err = s.p.Identity.Protecting(ctx); err != nil {
			return ledger.Viewer{}, err
		}
	}
	return v, nil
}

// role is that of an officer at the counter; nobody else who looks has one.
func role(a identity.Actor) string {
	if a.Officer == "" {
		return ""
	}
	return string(vocab.Counter)
}

// note writes the look itself into the person's chain and waits until it is in
// the log: who looks on behalf of another is seen before they see.
func (s *Service) note(ctx context.Context, a identity.Actor, person vocab.PersonRef, act string, more map[string]string) error {
	fields := map[string]string{ledger.FieldMember: string(a.Member), ledger.FieldUnit: a.Unit, ledger.FieldRole: role(a), ledger.FieldOfficer: string(a.Officer), ledger.FieldMandate: a.Mandate}
	for k, v := range more {
		fields[k] = v
	}
	var e ledger.Entry
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		e, err = s.p.Ledger.ActAbout(ctx, tx, person, act, fields)
		return err
	})
	if err == nil {
		_, err = s.p.Ledger.Await(ctx, e)
	}
	if err != nil {
		return fmt.Errorf("write down that a view is looked at: %w", err)
	}
	return nil
}

func (s *Service) page(ctx context.Context, v ledger.Viewer, f Filter) (Page, error) {
	q, err := f.query(v)
	if err != nil {
		return Page{}, err
	}
	got, err := s.p.Ledger.Uses(ctx, q)
	if err != nil {
		return Page{}, err
	}
	p := Page{Lines: make([]Line, len(got.Uses)), Newest: got.Newest, Since: got.Since, Log: s.p.Ledger.Origin()}
	if p.Next = string(got.After); got.Next > 0 {
		p.Next = strconv.FormatInt(got.Next, 10)
	}
	var ids []vocab.MemberID
	known := map[vocab.MemberID]bool{"": true}
	for i := range got.Uses {
		p.Lines[i].Access = got.Uses[i]
		if m := got.Uses[i].Member; !known[m] {
			known[m] = true
			ids = append(ids, m)
		}
	}
	names, err := s.p.Identity.MemberNames(ctx, ids...)
	for i := range p.Lines {
		p.Lines[i].Body = names[p.Lines[i].Member]
	}
	return p, err
}

// query turns the filter into the ledger's words. Who may not see numbers pages
// by traces: a number as cursor would tell what was left out.
func (f Filter) query(v ledger.Viewer) (ledger.UsesOf, error) {
	q := ledger.UsesOf{
		Viewer: v, Limit: f.Limit, Member: f.Member, From: f.From, Until: f.Until, Item: f.Item, Kind: f.Kind, State: f.State, Case: f.Case,
	}
	switch {
	case f.After == "":
	case v.Mandate && vocab.ValidTrace(f.After):
		q.After = vocab.TraceID(f.After)
	case !v.Mandate:
		n, err := strconv.ParseInt(f.After, 10, 64)
		if err != nil || n <= 0 {
			return q, vocab.BadInput.Because("after is not the next of a page")
		}
		q.Before = n
	default:
		return q, vocab.BadInput.Because("after is not the next of a page")
	}
	return q, nil
}

// Receipt proves one line of the view; it is checked with `fontis check`.
func (s *Service) Receipt(ctx context.Context, a identity.Actor, trace vocab.TraceID) (ledger.Receipts, error) {
	v, err := s.viewer(ctx, a)
	if err != nil {
		return ledger.Receipts{}, err
	}
	return s.p.Ledger.Receipt(ctx, trace, v)
}

// Visit is a person at a counter whose document the officer has seen.
type Visit struct {
	Subject  vocab.SubjectKey
	Document Document
}

// Document is the kind of document that the officer has seen.
type Document string

// The documents that prove who stands at a counter.
const (
	IdentityCard   Document = "identity-card"
	PassportBook   Document = "passport"
	ResidentPermit Document = "residence-permit"
	Licence        Document = "business-licence" // of a firm, in the hand of its representative
)

// Documents lists every kind of document.
func Documents() []Document {
	return []Document{IdentityCard, PassportBook, ResidentPermit, Licence}
}

func (d Document) known() bool {
	for _, k := range Documents() {
		if d == k {
			return true
		}
	}
	return false
}

// AtCounter gives the page to print for a person at the counter. The look is an
// entry that the person finds in their view, before anything is shown.
func (s *Service) AtCounter(ctx context.Context, a identity.Actor, v Visit, f Filter) (Page, error) {
	of, err := s.visitor(ctx, a, v, "mydata.counter")
	if err != nil {
		return Page{}, err
	}
	return s.page(ctx, of, f)
}

// ReceiptAtCounter gives the receipt of one line to print at the counter.
func (s *Service) ReceiptAtCounter(ctx context.Context, a identity.Actor, v Visit, trace vocab.TraceID) (ledger.Receipts, error) {
	of, err := s.visitor(ctx, a, v, "mydata.counter-receipt")
	if err != nil {
		return ledger.Receipts{}, err
	}
	return s.p.Ledger.Receipt(ctx, trace, of)
}

// visitor is whose view is shown at the counter, once the visit is written down. Who
// holds a firm's licence stands there for the firm, and sees what a mandate shows.
func (s *Service) visitor(ctx context.Context, a identity.Actor, v Visit, act string) (ledger.Viewer, error) {
	if err := a.Must(vocab.Counter); err != nil {
		return ledger.Viewer{}, err
	}
	if a.IsMachine() || a.Officer == "" {
		return ledger.Viewer{}, vocab.RoleMissing.Because("a document is seen by an officer in a session of their own")
	}
	if !v.Document.known() {
		return ledger.Viewer{}, vocab.BadInput.Because("the document seen is one of %s", strings.Join(words(Documents()), ", "))
	}
	firm := subject.Canonical(v.Subject).Kind == vocab.CreditCode
	if firm != (v.Document == Licence) {
		return ledger.Viewer{}, vocab.BadInput.Because("a firm's view is shown to who holds its licence, and a person's to the person with a document of their own")
	}
	self, err := s.p.Identity.SelfActor(v.Subject)
	if err != nil {
		return ledger.Viewer{}, err
	}
	of := ledger.Viewer{Person: self.Self, Mandate: firm}
	if firm {
		if of.Except, err = s.p.Identity.Protecting(ctx); err != nil {
			return ledger.Viewer{}, err
		}
	}
	return of, s.note(ctx, a, self.Self, act, map[string]string{"document": string(v.Document)})
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}
