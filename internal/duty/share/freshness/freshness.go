package freshness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Lapse is an entry whose data are older than its update cycle promises.
type Lapse struct {
	Dataset vocab.DatasetID `json:"dataset"`
	Owner   vocab.MemberID  `json:"owner"`
	Since   time.Time       `json:"stale_since"`
	Told    time.Time       `json:"told_at"`
}

// NoticeLapsed is the kind of the notice to the department.
const NoticeLapsed = "dataset-stale"

// Notices takes a line for an inbox.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Parts are what the service stands on; all are needed. Bound lists the entries with
// an item bound to a source, with whose they are; Fresh tells how old their data are.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Notices Notices
	Catalog *catalog.Service
	Bound   func() map[vocab.DatasetID]vocab.MemberID
	Fresh   func(ctx context.Context, a identity.Actor, ids ...vocab.DatasetID) (map[vocab.DatasetID]share.Freshness, error)
}

// Service looks at entries and keeps their lapses.
type Service struct{ p Parts }

// New makes the service.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Notices == nil || p.Catalog == nil || p.Bound == nil || p.Fresh == nil {
		return nil, fmt.Errorf("make freshness: %w", vocab.InternalError.Because("a part is missing"))
	}
	return &Service{p}, nil
}

// Page asks for lapses in the order of their entries' ids: the actor's member's, or
// with Overseen those of every member.
type Page struct {
	Overseen bool
	After    vocab.DatasetID
	Limit    int
}

const maxPage = 500

func (p Page) limit() int {
	if p.Limit <= 0 {
		return 50
	}
	return min(p.Limit, maxPage)
}

// Lapses lists the entries that lapsed: those of the actor's member to its stewards,
// those of every member to the data authority and to auditors.
func (s *Service) Lapses(ctx context.Context, a identity.Actor, q Page) ([]Lapse, error) {
	roles := []vocab.Role{vocab.Steward}
	if q.Overseen {
		roles = []vocab.Role{vocab.Authority, vocab.Auditor}
	}
	if err := a.Must(roles...); err != nil {
		return nil, err
	}
	var out []Lapse
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = page(ctx, tx, a, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what lapsed: %w", err)
	}
	return out, nil
}

// Stale names every entry that lapsed, for a report that counts them.
func (s *Service) Stale(ctx context.Context) (map[vocab.DatasetID]bool, error) {
	out := map[vocab.DatasetID]bool{}
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := lapses(ctx, tx, selectEvery)
		for _, l := range list {
			out[l.Dataset] = true
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what lapsed: %w", err)
	}
	return out, nil
}

// Sweep looks at every entry that is bound, or that lapsed before.
func (s *Service) Sweep(ctx context.Context) error {
	all := s.p.Bound()
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		known, err := lapses(ctx, tx, selectEvery)
		for _, l := range known {
			if _, bound := all[l.Dataset]; !bound {
				all[l.Dataset] = l.Owner
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("list what lapsed: %w", err)
	}
	var failed error
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if err := s.look(ctx, id, all[id]); err != nil {
			failed = errors.Join(failed, fmt.Errorf("look how fresh %s is: %w", id, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return failed
}

// look notes the lapse of one entry and tells its department, or forgets it.
func (s *Service) look(ctx context.Context, id vocab.DatasetID, owner vocab.MemberID) error {
	d, since, err := s.since(ctx, id, owner)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := stands(ctx, tx, id)
		if err != nil || was.Equal(since) {
			return err
		}
		if since.IsZero() {
			_, err := tx.Exec(ctx, deleteLapse, string(id))
			return err
		}
		if _, err := tx.Exec(ctx, upsertLapse, string(id), string(owner), since.UnixMicro(), s.p.Clock.Now().UnixMicro()); err != nil {
			return err
		}
		return s.p.Notices.PutNotice(ctx, tx, identity.Notice{
			Member: owner, Kind: NoticeLapsed, Link: "/datasets/" + string(id),
			Params: map[string]string{"dataset": string(id), "update_cycle": string(d.Cycle), "stale_since": since.UTC().Format(time.DateOnly)},
		})
	})
}

// since is the moment at which the published entry lapsed; zero where it did not.
func (s *Service) since(ctx context.Context, id vocab.DatasetID, owner vocab.MemberID) (*entry.Dataset, time.Time, error) {
	a := identity.Actor{Member: owner}
	d, err := s.p.Catalog.Get(ctx, a, id)
	if vocab.CodeOf(err) == vocab.NoSuchThing || err == nil && d.State != entry.StatePublished {
		return d, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	fresh, err := s.p.Fresh(ctx, a, id)
	return d, fresh[id].Since, err
}
