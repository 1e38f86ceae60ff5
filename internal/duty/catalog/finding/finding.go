package finding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"fontis/internal/duty/catalog"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Synonym is a group of words that mean the same.
type Synonym struct {
	ID    string         `json:"id"`
	Owner vocab.MemberID `json:"owner"`
	Words []string       `json:"words"`
	At    time.Time      `json:"at"`
}

// Search is a search that was saved.
type Search struct {
	ID      string              `json:"id"`
	Name    string              `json:"name"`
	Text    string              `json:"text,omitempty"`
	Item    string              `json:"item,omitempty"`
	Filters map[string][]string `json:"filters,omitempty"`
	At      time.Time           `json:"at"`

	owner   vocab.MemberID
	officer vocab.OfficerID
}

// The bounds of what is kept. Every word of every search looks through all groups,
// and every entry that is published is asked every search.
const (
	maxGroups   = 2000
	maxWords    = 8
	maxWord     = 40
	maxSearches = 20 // of one officer
	maxName     = 100
)

// Ledger takes each change as an act.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Notices takes a line for an inbox.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Index takes the words that stand for one another.
type Index interface {
	SetSynonyms(groups [][]string)
	// Like is an empty index that finds what this one would.
	Like() index.Finder
}

// Parts are what the service stands on; all are needed.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Ledger  Ledger
	Notices Notices
	Catalog *catalog.Service
	Index   Index
}

// Service holds the verbs.
type Service struct {
	p       Parts
	loading sync.Mutex // guards the order in which the index is given synonyms
}

// New makes the service; Load gives the index its synonyms.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Notices == nil || p.Catalog == nil || p.Index == nil {
		return nil, fmt.Errorf("make finding: %w", vocab.InternalError.Because("a part is missing"))
	}
	return &Service{p: p}, nil
}

// Load gives the index the synonyms as they stand.
func (s *Service) Load(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	var all []Synonym
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = loadSynonyms(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("load the synonyms: %w", err)
	}
	groups := make([][]string, len(all))
	for i, g := range all {
		groups[i] = g.Words
	}
	s.p.Index.SetSynonyms(groups)
	return nil
}

// Synonyms lists every group; they are the same for everybody who is signed in.
func (s *Service) Synonyms(ctx context.Context, a identity.Actor) ([]Synonym, error) {
	if a.Nobody() {
		return nil, vocab.RoleMissing.Because("nobody is signed in")
	}
	var out []Synonym
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadSynonyms(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list synonyms: %w", err)
	}
	return out, nil
}

// PutSynonym adds a group, or changes one of the steward's own member.
func (s *Service) PutSynonym(ctx context.Context, a identity.Actor, g Synonym) (*Synonym, error) {
	if err := a.Must(vocab.Steward); err != nil {
		return nil, err
	}
	words, err := cleanWords(g.Words)
	if err != nil {
		return nil, err
	}
	g.Words, g.Owner, g.At = words, a.Member, s.p.Clock.Now().UTC()
	fresh := g.ID == ""
	if fresh {
		g.ID = vocab.NewID("sy")
	}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if fresh {
			if err := mayHoldMore(ctx, tx, sqlCountSynonyms, maxGroups); err != nil {
				return err
			}
			if err := insertSynonym(ctx, tx, g, by(a)); err != nil {
				return err
			}
		} else if err := updateSynonym(ctx, tx, g, by(a)); err != nil {
			return err
		}
		return s.p.Ledger.Act(ctx, tx, "catalog.synonyms", map[string]string{"group": g.ID, "words": strings.Join(g.Words, "\n"), "by": by(a)})
	})
	if err != nil {
		return nil, fmt.Errorf("put synonyms: %w", err)
	}
	return &g, s.Load(ctx)
}

// RemoveSynonym takes a group of the steward's own member out.
func (s *Service) RemoveSynonym(ctx context.Context, a identity.Actor, id string) error {
	if err := a.Must(vocab.Steward); err != nil {
		return err
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDeleteSynonym, id, string(a.Member))
		if err != nil {
			return err
		}
		if n == 0 {
			return identity.NotYours()
		}
		return s.p.Ledger.Act(ctx, tx, "catalog.synonyms", map[string]string{"group": id, "words": "", "by": by(a)})
	})
	if err != nil {
		return fmt.Errorf("remove synonyms: %w", err)
	}
	return s.Load(ctx)
}

func by(a identity.Actor) string {
	if a.Machine != "" {
		return string(a.Machine)
	}
	return string(a.Officer)
}

// cleanWords takes words as they are written, each once.
func cleanWords(given []string) ([]string, error) {
	var out []string
	for _, w := range given {
		w = strings.TrimSpace(w)
		switch {
		case w == "":
			continue
		case strings.ContainsAny(w, " \t\r\n\x00") || !utf8.ValidString(w):
			return nil, vocab.ValueInvalid.Because("a synonym is one word without a space in it")
		case utf8.RuneCountInString(w) > maxWord:
			return nil, vocab.ValueInvalid.Because("a synonym has more than %d characters", maxWord)
		}
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, w) }) {
			out = append(out, w)
		}
	}
	if len(out) < 2 || len(out) > maxWords {
		return nil, vocab.ValueInvalid.Because("a group has %d words; it has 2 to %d", len(out), maxWords)
	}
	return out, nil
}
