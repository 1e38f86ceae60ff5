package identity

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity/lockout"
	"fontis/internal/trust/identity/naming"
	"fontis/internal/trust/identity/password"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// Ledger takes each administrative change as an act, in the transaction that
// makes the change: no act, no change.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Parts are what the service stands on; all are needed.
type Parts struct {
	DB     *db.DB
	Keys   *keys.Store
	Clock  clock.Clock
	Ledger Ledger
}

// Options are the node's choices; the zero value is the production default.
type Options struct {
	Demo            bool          // demo accounts and area 990000
	SessionIdle     time.Duration // a session unused so long ends; 30 min
	SessionLife     time.Duration // and in any case after so long; 10 h
	PersonLife      time.Duration // a person's session through an issuer or a mandate, at most an hour; 30 min
	InvitationLife  time.Duration // 7 days
	Password        password.Cost // argon2id's price
	FailuresOfficer int           // wrong passwords of one officer before delays begin; 5
	FailuresAddress int           // of one address; 20
}

// maxCached bounds the cache of tokens.
const maxCached = 100_000

// Service holds the verbs of this package.
type Service struct {
	db     *db.DB
	keys   *keys.Store
	clock  clock.Clock
	ledger Ledger
	opt    Options
	cache  *token.Cache[Actor]
	named  naming.Index
	book   *lockout.Book
	hasher *password.Hasher

	firstKeys sync.Map // keys.Use to the id of its first version
}

// New makes the service. It reads nothing yet.
func New(p Parts, o Options) (*Service, error) {
	if p.DB == nil || p.Keys == nil || p.Clock == nil || p.Ledger == nil {
		return nil, fmt.Errorf("make identity: %w", vocab.InternalError.Because("database, keys, clock and ledger are all needed"))
	}
	o.SessionIdle = orElse(o.SessionIdle, 30*time.Minute)
	o.SessionLife = orElse(o.SessionLife, 10*time.Hour)
	o.PersonLife = min(orElse(o.PersonLife, 30*time.Minute), longestSelf)
	o.InvitationLife = orElse(o.InvitationLife, 7*24*time.Hour)
	o.FailuresOfficer = orElse(o.FailuresOfficer, 5)
	o.FailuresAddress = orElse(o.FailuresAddress, 20)
	o.Password = orElse(o.Password, password.DefaultCost())
	if err := p.Keys.Ensure(keys.Session, keys.TokenPepper, keys.IdentityRoot, keys.Audit); err != nil {
		return nil, fmt.Errorf("make identity: %w", err)
	}
	return &Service{
		db: p.DB, keys: p.Keys, clock: p.Clock, ledger: p.Ledger, opt: o,
		cache:  token.NewCache[Actor](maxCached),
		book:   &lockout.Book{DB: p.DB, Keys: p.Keys, Clock: p.Clock, Officer: o.FailuresOfficer, Address: o.FailuresAddress},
		hasher: password.New(p.Keys, o.Password, runtime.GOMAXPROCS(0)),
	}, nil
}

func orElse[T comparable](v, standard T) T {
	var zero T
	if v == zero {
		return standard
	}
	return v
}

// Page asks for a part of a list: what comes after the id, at most so many.
type Page struct {
	After string
	Limit int
}

// Most bounds a page; a list is never read whole into memory.
func (p Page) Most() int {
	if p.Limit <= 0 || p.Limit > 500 {
		return 100
	}
	return p.Limit
}

// act writes the change into the ledger and tells it on the outbox; both or
// neither stand with the change itself.
func (s *Service) act(ctx context.Context, tx *db.Tx, c change) error {
	fields := map[string]string{"id": c.id, "owner": string(c.owner), "state": c.state}
	if c.by.Officer != "" {
		fields["by_officer"] = string(c.by.Officer)
	}
	if c.by.Member != "" {
		fields["by_member"] = string(c.by.Member)
	}
	for k, v := range c.more {
		fields[k] = v
	}
	if err := s.ledger.Act(ctx, tx, c.act, fields); err != nil {
		return fmt.Errorf("record the act %s: %w", c.act, err)
	}
	return tell(ctx, tx, c)
}

// change is one administrative change on its way into the ledger.
type change struct {
	act   string
	what  string // member, officer, machine, node, session, self
	id    string
	owner vocab.MemberID
	state string
	by    Actor
	more  map[string]string
}
