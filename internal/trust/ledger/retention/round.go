package retention

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Certificate says that records were destroyed; its leaf is that of the erasure,
// which names each entry.
type Certificate struct {
	ID       string        `json:"id"`
	Trace    vocab.TraceID `json:"trace"` // of the erasure: fontis receipts TRACE
	Kind     string        `json:"kind"`
	Years    int           `json:"years"`
	Days     int           `json:"days,omitempty"`
	Citation string        `json:"citation"`
	Count    int           `json:"count"`
	Oldest   time.Time     `json:"oldest"`
	Newest   time.Time     `json:"newest"`
	Made     time.Time     `json:"made"`
}

// eraseAtOnce bounds one act of erasure; readAtOnce what one step looks at.
const (
	eraseAtOnce = 2000
	readAtOnce  = 2000
)

// gathering is a batch whose rows are still being written.
const gathering vocab.AccessState = "gathering"

// term is a length of time for which a kind of record is kept under some rule.
type term struct {
	kind  string
	years int
}

// Due destroys what no rule keeps any longer, and gives how many entries. The
// daily job calls it; it goes on where the last call stopped, and a stop between
// two steps loses nothing.
func (s *Service) Due(ctx context.Context) (int, error) {
	list, err := s.Rules(ctx)
	if err != nil {
		return 0, err
	}
	var terms []term
	for _, r := range list {
		if slices.Contains(entryKinds(), r.Kind) {
			terms = append(terms, term{r.Kind, r.Years})
		}
	}
	slices.SortFunc(terms, func(a, b term) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.years, b.years)) })
	destroyed := 0
	for _, t := range slices.Compact(terms) {
		n, err := s.pass(ctx, t, list)
		destroyed += n
		if err != nil {
			return destroyed, fmt.Errorf("destroy records kept for %d years: %w", t.years, err)
		}
	}
	n, err := s.besides(ctx, list)
	return destroyed + n, err
}

// pass looks at the entries whose time of so many years is over.
func (s *Service) pass(ctx context.Context, t term, list []Rule) (int, error) {
	var seq int64
	var standing []Hold
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		if seq, err = passAt(ctx, tx, t); err != nil {
			return err
		}
		standing, err = standingHolds(ctx, tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	until := s.p.Clock.Now().AddDate(-t.years, 0, 0)
	destroyed := 0
	for {
		piece, err := s.p.Ledger.Entries(ctx, ledger.EntriesOf{Until: until, After: seq, Limit: readAtOnce})
		if err != nil || len(piece) == 0 {
			return destroyed, err
		}
		due, citation, err := s.choose(ctx, t, list, standing, piece)
		if err != nil {
			return destroyed, err
		}
		if len(due) > 0 {
			if err := s.destroy(ctx, t, citation, due); err != nil {
				return destroyed, err
			}
			destroyed += len(due)
		}
		seq = piece[len(piece)-1].Seq
		if err := s.p.DB.Write(ctx, func(tx *db.Tx) error { return setPass(ctx, tx, t, seq) }); err != nil {
			return destroyed, err
		}
	}
}

// choose gives the entries that fall under a rule of exactly this term and that
// no hold keeps. When a hold is lifted the rounds begin again and find the rest.
func (s *Service) choose(ctx context.Context, t term, list []Rule, standing []Hold, piece []ledger.Raw) ([]ledger.Raw, string, error) {
	var due []ledger.Raw
	citation := ""
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		for i := range piece {
			e := &piece[i]
			r, ok := s.ruleOf(e, list)
			if e.Fields == nil || e.State == gathering || !ok || r.Kind != t.kind || r.Years != t.years {
				continue
			}
			h, err := s.heldBy(ctx, tx, standing, e)
			if err != nil {
				return err
			}
			if h == "" {
				due, citation = append(due, *e), r.Citation
			}
		}
		return nil
	})
	return due, citation, err
}

// ruleOf is the longest rule among those of the entry's data sets. Without a rule
// for each of them nothing is destroyed.
func (s *Service) ruleOf(e *ledger.Raw, list []Rule) (Rule, bool) {
	kind := e.Kind.String()
	sets := s.datasets(e)
	if len(sets) == 0 {
		return find(list, Any, kind)
	}
	var longest Rule
	for _, d := range sets {
		r, ok := find(list, string(d), kind)
		if !ok {
			if r, ok = find(list, Any, kind); !ok {
				return Rule{}, false
			}
		}
		if r.Years > longest.Years {
			longest = r
		}
	}
	return longest, true
}

func find(list []Rule, dataset, kind string) (Rule, bool) {
	i := slices.IndexFunc(list, func(r Rule) bool { return r.Dataset == dataset && r.Kind == kind })
	if i < 0 {
		return Rule{}, false
	}
	return list[i], true
}

// destroy erases the openings and writes the certificate.
func (s *Service) destroy(ctx context.Context, t term, citation string, due []ledger.Raw) error {
	keeper, err := s.p.Keeper(ctx)
	if err != nil {
		return err
	}
	traces := make([]vocab.TraceID, len(due))
	for i := range due {
		traces[i] = due[i].Trace
	}
	c := Certificate{
		ID: vocab.NewID("cd"), Kind: t.kind, Years: t.years, Citation: citation, Count: len(due),
		Oldest: due[0].At, Newest: due[len(due)-1].At, Made: s.p.Clock.Now(),
	}
	note, err := json.Marshal(Destroyed{Certificate: c})
	if err != nil {
		return err
	}
	_, err = s.p.Ledger.Erase(ctx, ledger.Erasure{Traces: traces, Member: keeper, Reason: overReason, Basis: citation, Note: note, Also: s.certified(c)})
	return err
}

// overReason is the reason that every certificate gives.
const overReason = "the time of retention is over"

// certified keeps the certificate with the leaf that proves it.
func (s *Service) certified(c Certificate) func(context.Context, *db.Tx, ledger.Entry) error {
	return func(ctx context.Context, tx *db.Tx, e ledger.Entry) error {
		c.Trace = e.Trace
		return insertCertificate(ctx, tx, c)
	}
}

// Certificates lists certificates of destruction, newest first, to the officers
// of every member.
func (s *Service) Certificates(ctx context.Context, a identity.Actor, p identity.Page) ([]Certificate, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("certificates of destruction are listed for members")
	}
	var list []Certificate
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		list, err = certificates(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list certificates: %w", err)
	}
	return list, nil
}
