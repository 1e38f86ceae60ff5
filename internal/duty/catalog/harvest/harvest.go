package harvest

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// State is where a harvest stands.
type State string

// A harvest waits for its next run, has begun one, or was broken off in one.
const (
	Idle    State = "idle"
	Running State = "running"
)

// Harvest is a catalog of others that is read.
type Harvest struct {
	ID      string         `json:"id"`
	Owner   vocab.MemberID `json:"owner"`
	Name    string         `json:"name" doc:"The provider of entries that name none"`
	Address string         `json:"address"`
	Nightly bool           `json:"nightly,omitempty"`
	State   State          `json:"state"`
	Run     int64          `json:"run"`
	Began   time.Time      `json:"began_at,omitzero"`
	Report  Report         `json:"report"`

	officer vocab.OfficerID
	Cursor  string    `json:"-"` // where the run goes on
	Whole   bool      `json:"-"` // the run reads everything
	Since   time.Time `json:"-"` // a run that does not asks for what changed since then
}

// Actor is in whose name a harvest runs by itself.
func (h *Harvest) Actor() identity.Actor {
	return identity.Actor{Member: h.Owner, Officer: h.officer, Roles: []vocab.Role{vocab.Steward}}
}

// Report is what a run found.
type Report struct {
	Pages    int `json:"pages"`
	Lines    int `json:"lines"`
	Created  int `json:"created"`
	Changed  int `json:"changed"`
	Same     int `json:"same"`
	Rejected int `json:"rejected"`
	// Causes say why entries were rejected, the first of each kind with its place.
	Causes []string `json:"causes,omitempty"`
	// Gone counts what the run before met and this one did not; Missing are the first.
	Gone    int      `json:"gone"`
	Missing []string `json:"missing,omitempty"`
	Whole   bool     `json:"whole"` // everything was read, so that what is gone is known
	Done    bool     `json:"done"`
	Error   string   `json:"error,omitempty"` // why it was broken off
}

// Met is one page of a run.
type Met struct {
	Next    string   // where the run goes on; "" after the last page
	Entries []string // keys of the other catalog
	Report  Report   // what this page adds
}

// maxCauses and maxMissing bound a report.
const (
	maxCauses  = 50
	maxMissing = 100
	maxKey     = 300
	maxOf      = 100 // harvests of one member
)

// Ledger takes each change as an act.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Parts are what the service stands on; all are needed. May tells whether the node
// may call a member's address at all.
type Parts struct {
	DB     *db.DB
	Clock  clock.Clock
	Ledger Ledger
	May    func(m vocab.MemberID, address *url.URL) error
}

// Service holds the verbs.
type Service struct{ p Parts }

// New makes the service.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.May == nil {
		return nil, fmt.Errorf("make harvest: %w", vocab.InternalError.Because("a part is missing"))
	}
	return &Service{p: p}, nil
}

// May tells whether the node may call the address for the member.
func (s *Service) May(m vocab.MemberID, address *url.URL) error { return s.p.May(m, address) }

// List gives the harvests of the steward's member.
func (s *Service) List(ctx context.Context, a identity.Actor) ([]*Harvest, error) {
	if err := a.Must(vocab.Steward); err != nil {
		return nil, err
	}
	var out []*Harvest
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = list(ctx, tx, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list harvests: %w", err)
	}
	return out, nil
}

// Add has a catalog of others read from now on.
func (s *Service) Add(ctx context.Context, a identity.Actor, h Harvest) (*Harvest, error) {
	if err := a.Must(vocab.Steward); err != nil {
		return nil, err
	}
	h.Name, h.Address = strings.TrimSpace(h.Name), strings.TrimSpace(h.Address)
	at, err := url.Parse(h.Address)
	switch {
	case err != nil || at.Host == "" || at.User != nil || at.Scheme != "http" && at.Scheme != "https" || len(h.Address) > 2000:
		return nil, vocab.ValueInvalid.Because("the address is not one such as https://data.example/data.json").
			WithFix("Give the whole address, with http:// or https://: of a portal of CKAN, a DCAT catalog, a data.json or a catalog.jsonl.")
	case h.Name == "" || utf8.RuneCountInString(h.Name) > 100 || !utf8.ValidString(h.Name) || strings.ContainsRune(h.Name, 0):
		return nil, vocab.ValueInvalid.Because("a harvest has a name of 1 to 100 characters").WithFix("Give one: --name TEXT, the department of entries that name none.")
	}
	if err := s.p.May(a.Member, at); err != nil {
		return nil, err
	}
	h.ID, h.Owner, h.officer, h.State, h.Run = vocab.NewID("hv"), a.Member, a.Officer, Idle, 0
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := list(ctx, tx, a)
		if err != nil {
			return err
		}
		if len(all) >= maxOf {
			return vocab.ValueInvalid.Because("the member has %d harvests already", len(all)).WithFix("remove one first")
		}
		if err := insert(ctx, tx, &h); err != nil {
			return err
		}
		return s.p.Ledger.Act(ctx, tx, "catalog.harvest", map[string]string{"harvest": h.ID, "address": h.Address, "what": "added"})
	})
	if err != nil {
		return nil, fmt.Errorf("add a harvest: %w", err)
	}
	return &h, nil
}

// Remove ends a harvest; what it brought stays.
func (s *Service) Remove(ctx context.Context, a identity.Actor, id string) error {
	if err := a.Must(vocab.Steward); err != nil {
		return err
	}
	for {
		n, err := s.forget(ctx, a, id)
		if err != nil {
			return fmt.Errorf("remove harvest %s: %w", id, err)
		}
		if n == 0 {
			return nil
		}
	}
}

// forget removes a piece of what a harvest met, at last the harvest itself.
func (s *Service) forget(ctx context.Context, a identity.Actor, id string) (n int64, err error) {
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := load(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if n, err = tx.Exec(ctx, sqlForget, id, db.MaxMany); err != nil || n > 0 {
			return err
		}
		if _, err := tx.Exec(ctx, sqlDelete, id, string(a.Member)); err != nil {
			return err
		}
		return s.p.Ledger.Act(ctx, tx, "catalog.harvest", map[string]string{"harvest": h.ID, "address": h.Address, "what": "removed"})
	})
	return n, err
}

// Nightly lists what runs by itself.
func (s *Service) Nightly(ctx context.Context) ([]*Harvest, error) {
	var out []*Harvest
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = nightly(ctx, tx)
		return err
	})
	return out, err
}

// Begin gives where a run stands: the one that was broken off, or a new one, which
// is whole when asked so or when none was done yet.
func (s *Service) Begin(ctx context.Context, a identity.Actor, id string, whole bool) (*Harvest, error) {
	if err := a.Must(vocab.Steward); err != nil {
		return nil, err
	}
	var h *Harvest
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if h, err = load(ctx, tx, a, id); err != nil {
			return err
		}
		if h.State == Running {
			h.Report.Error = ""
			return update(ctx, tx, h)
		}
		h.Whole = whole || h.Run == 0
		h.Run, h.State, h.Cursor = h.Run+1, Running, ""
		h.Since = h.Began // of the run before
		h.Began = s.p.Clock.Now().UTC()
		h.Report = Report{Whole: h.Whole}
		return update(ctx, tx, h)
	})
	if err != nil {
		return nil, fmt.Errorf("begin a harvest: %w", err)
	}
	return h, nil
}

// Page keeps what a page of the run brought and where it goes on.
func (s *Service) Page(ctx context.Context, a identity.Actor, h *Harvest, m Met) error {
	for part := range db.Parts(m.Entries) {
		err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
			for _, e := range part {
				if len(e) > maxKey {
					e = strings.ToValidUTF8(e[:maxKey], "")
				}
				if _, err := tx.Exec(ctx, sqlMeet, h.ID, e, h.Run); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("keep what a harvest met: %w", err)
		}
	}
	return s.change(ctx, a, h, func(now *Harvest) {
		now.Cursor = m.Next
		now.Report.add(m.Report)
	})
}

// Broken keeps why a run was broken off; the next goes on there.
func (s *Service) Broken(ctx context.Context, a identity.Actor, h *Harvest, why error) error {
	return s.change(ctx, a, h, func(now *Harvest) { now.Report.Error = why.Error() })
}

// End closes a run. What a whole run did not meet again is gone elsewhere.
func (s *Service) End(ctx context.Context, a identity.Actor, h *Harvest) error {
	var gone []string
	n := 0
	if h.Whole {
		err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if err = tx.QueryRow(ctx, sqlCountGone, h.ID, h.Run).Scan(&n); err != nil {
				return err
			}
			gone, err = missing(ctx, tx, h)
			return err
		})
		if err != nil {
			return fmt.Errorf("look what a harvest misses: %w", err)
		}
	}
	return s.change(ctx, a, h, func(now *Harvest) {
		now.State, now.Cursor, now.Report.Done, now.Report.Gone, now.Report.Missing = Idle, "", true, n, gone
	})
}

// change writes the harvest as long as the run is the one that was begun.
func (s *Service) change(ctx context.Context, a identity.Actor, h *Harvest, do func(*Harvest)) error {
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := load(ctx, tx, a, h.ID)
		if err != nil {
			return err
		}
		if now.Run != h.Run || now.State != Running || now.Cursor != h.Cursor {
			return vocab.StateWrong.Because("run %d of the harvest went on elsewhere", h.Run)
		}
		do(now)
		*h = *now
		return update(ctx, tx, now)
	})
	if err != nil {
		return fmt.Errorf("keep how far a harvest came: %w", err)
	}
	return nil
}

func (r *Report) add(o Report) {
	r.Pages++
	r.Lines, r.Created, r.Changed = r.Lines+o.Lines, r.Created+o.Created, r.Changed+o.Changed
	r.Same, r.Rejected = r.Same+o.Same, r.Rejected+o.Rejected
	r.Causes = append(r.Causes, o.Causes...)
	r.Causes = r.Causes[:min(len(r.Causes), maxCauses)]
}
