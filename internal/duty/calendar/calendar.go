package calendar

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // a static binary on a bare machine knows its zones

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Step is one escalation after the term: so many days or hours of the rule's kind
// later, somebody is told.
type Step struct {
	After int    `json:"after" toml:"after"`
	Tell  string `json:"tell" toml:"tell"` // a word of the duty that handles it: provider, stewards, authority, superior ...
}

// Rule is a term of law as a row of data.
type Rule struct {
	Name         string   `json:"name" toml:"name"`
	Jurisdiction string   `json:"jurisdiction" toml:"jurisdiction"`
	Kind         Kind     `json:"kind" toml:"kind"`
	Length       int      `json:"length" toml:"length"`
	Extension    int      `json:"extension,omitempty" toml:"extension"` // the most by which it may be extended, once
	Stops        []string `json:"stops,omitempty" toml:"stops"`         // reasons that stop it
	Steps        []Step   `json:"steps,omitempty" toml:"step"`
	// Optional rules name a step that only some places have; here it is not taken.
	Optional bool      `json:"optional,omitempty" toml:"optional"`
	From     time.Time `json:"from,omitzero" toml:"from"`   // validity; zero: always
	Until    time.Time `json:"until,omitzero" toml:"until"` // first day on which it holds no more
	Citation string    `json:"citation" toml:"citation"`
	Source   string    `json:"source" toml:"source"` // where the citation was read
	Verified bool      `json:"verified" toml:"verified"`
	Own      bool      `json:"own,omitempty" toml:"-"` // the node's, and not one that ships
}

// Ref names what a clock runs for.
type Ref struct {
	Kind string `json:"kind"` // request, contest, catalog, audit, deferral, emergency, grant ...
	ID   string `json:"id"`
}

// Start asks for a clock.
type Start struct {
	Ref          Ref
	Rule         string
	Jurisdiction string
	Owner        vocab.MemberID // whose turn it is
	Other        vocab.MemberID // who waits
	At           time.Time      // of receipt; now when zero
	Length       int            // 0: the rule's
}

// Running is a clock, open or ended.
type Running struct {
	ID           string         `json:"id"`
	Ref          Ref            `json:"ref"`
	Rule         Rule           `json:"rule"` // as it was when the clock started
	Jurisdiction string         `json:"jurisdiction"`
	Calendar     string         `json:"calendar"`
	Owner        vocab.MemberID `json:"owner"`
	Other        vocab.MemberID `json:"other,omitempty"`
	Length       int            `json:"length"`
	Extended     int            `json:"extended,omitempty"`
	StartedAt    time.Time      `json:"started_at"`
	DueAt        time.Time      `json:"due_at"`  // the moment at which the term is over
	DueDay       Day            `json:"due_day"` // its last day
	Provisional  bool           `json:"provisional,omitempty"`
	StoppedAt    time.Time      `json:"stopped_at,omitzero"`
	StoppedWhy   string         `json:"stopped_why,omitempty"`
	Step         int            `json:"step"` // steps handled: 0 while the term runs
	NextAt       time.Time      `json:"next_at,omitzero"`
	EndedAt      time.Time      `json:"ended_at,omitzero"`

	anchor time.Time
	used   int64
	tries  int
}

// Open reports whether the clock has not ended.
func (r Running) Open() bool { return r.EndedAt.IsZero() }

// Stopped reports whether it stands still.
func (r Running) Stopped() bool { return !r.StoppedAt.IsZero() }

// Overdue reports whether its term is over and nobody ended it.
func (r Running) Overdue(now time.Time) bool {
	return r.Open() && !r.Stopped() && (r.Step > 0 || !now.Before(r.DueAt))
}

func (r Running) run() run {
	return run{kind: r.Rule.Kind, total: r.Length + r.Extended, anchor: r.anchor, used: r.used, stop: r.StoppedAt}
}

// Ledger takes the import of a calendar as an act.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Notices takes a line for an inbox: a date has moved.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Parts are what the service stands on; all but Diary are needed.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Ledger  Ledger
	Notices Notices
	Diary   *slog.Logger
}

// Handler is what a duty does when a step of its clock is due: step 0 is the end
// of the term, step n is the nth escalation. It may end the clock.
type Handler func(ctx context.Context, tx *db.Tx, r Running, step int) error

// Service holds the verbs of calendars and clocks.
type Service struct {
	p Parts

	mu       sync.RWMutex // guards tables, whole and handlers
	tables   map[string]*Table
	whole    map[string]*Table // each with the years that only a wider calendar knows
	handlers map[string]Handler

	law lawbook // what ships; never changed once the service is made
}

// New makes the service: rules and calendars that ship with the program are in
// the tables when it returns.
func New(ctx context.Context, p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Notices == nil {
		return nil, fmt.Errorf("make calendar: %w", vocab.InternalError.Because("database, clock, ledger and notices are all needed"))
	}
	if p.Diary == nil {
		p.Diary = slog.New(slog.DiscardHandler)
	}
	s := &Service{p: p, tables: map[string]*Table{}, whole: map[string]*Table{}, handlers: map[string]Handler{}}
	if err := s.ship(ctx); err != nil {
		return nil, fmt.Errorf("read the shipped rules and calendars: %w", err)
	}
	return s, nil
}

// Handle registers what a duty does about its clocks. Call it at wiring, before
// anything is swept.
func (s *Service) Handle(kind string, h func(ctx context.Context, tx *db.Tx, r Running, step int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[kind] = h
}

func (s *Service) handler(kind string) (Handler, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	h, ok := s.handlers[kind]
	return h, ok
}

// table is the nearest calendar of a jurisdiction; what it does not know is the wider
// one's: a region that says its own days of a year leaves the nation's other years.
func (s *Service) table(jurisdiction string) *Table {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, name := range chain(jurisdiction) {
		if t, ok := s.whole[name]; ok {
			return t
		}
	}
	return plain(jurisdiction)
}

// within are the calendars that take years from the named one, and itself.
func within(name string, of []string) []string {
	return slices.DeleteFunc(slices.Clone(of), func(n string) bool { return !slices.Contains(chain(n), name) })
}

func (s *Service) put(t *Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables[t.Name] = t
	for _, name := range within(t.Name, slices.Collect(maps.Keys(s.tables))) {
		whole := s.tables[name]
		for _, wider := range chain(name)[1:] {
			if w, ok := s.tables[wider]; ok {
				whole = whole.with(w)
			}
		}
		s.whole[name] = whole
	}
}

// Rule gives the rule that holds in a jurisdiction now, the nearest first.
func (s *Service) Rule(ctx context.Context, tx *db.Tx, jurisdiction, name string) (Rule, error) {
	return s.ruleAt(ctx, tx, jurisdiction, name, s.p.Clock.Now())
}

// Takes reports whether a jurisdiction takes a step at all: it has the rule, and
// the nearest one is not optional.
func (s *Service) Takes(ctx context.Context, tx *db.Tx, jurisdiction, name string) (bool, error) {
	r, err := s.Rule(ctx, tx, jurisdiction, name)
	if vocab.CodeOf(err) == vocab.RuleMissing {
		return false, nil
	}
	return err == nil && !r.Optional, err
}

func (s *Service) ruleAt(ctx context.Context, tx *db.Tx, jurisdiction, name string, at time.Time) (Rule, error) {
	var found []Rule // in force then, the nearest place and the latest row first
	for _, place := range chain(jurisdiction) {
		all, err := loadRules(ctx, tx, place, name)
		if err != nil {
			return Rule{}, err
		}
		slices.SortFunc(all, func(a, b Rule) int { return b.From.Compare(a.From) })
		for _, r := range all {
			if !at.Before(r.From) && (r.Until.IsZero() || at.Before(r.Until)) {
				found = append(found, r)
			}
		}
	}
	switch {
	case len(found) > 0 && shielding(name):
		return slices.MinFunc(found, func(a, b Rule) int { return cmp.Compare(a.hours(), b.hours()) }), nil
	case len(found) > 0:
		return found[0], nil
	}
	return Rule{}, vocab.RuleMissing.Because("no rule %s holds in %s on %s", name, jurisdiction, at.Format(time.DateOnly))
}

// Rules lists the rules of a jurisdiction and of those that it falls back to, those
// that ship beside the node's own.
func (s *Service) Rules(ctx context.Context, jurisdiction string) ([]Rule, error) {
	var out []Rule
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		for _, place := range chain(jurisdiction) {
			all, err := loadRules(ctx, tx, place, "")
			if err != nil {
				return err
			}
			out = append(out, s.law.beside(place, all)...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list rules: %w", err)
	}
	return out, nil
}
