package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/lockout"
	"fontis/internal/trust/identity/password"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// From says where a call came from.
type From struct {
	Address netip.Addr
	Agent   string // what the browser calls itself; shown in the list of sessions
}

// SignedIn is an opened session.
type SignedIn struct {
	Token   token.Token
	Actor   Actor
	Expires time.Time
}

// Session is one line of an officer's list of sessions.
type Session struct {
	ID      string
	Officer vocab.OfficerID
	Member  vocab.MemberID
	Via     string // password or oidc
	Created time.Time
	Seen    time.Time
	Expires time.Time
	Address string
	Agent   string
}

// opening is what a new session is made of.
type opening struct {
	officer vocab.OfficerID
	member  vocab.MemberID
	via     string
	from    From
}

// openSession makes a session with a token of its own. No verb takes a token
// from outside for it, so none can be fixed beforehand.
func (s *Service) openSession(ctx context.Context, tx *db.Tx, o opening) (SignedIn, error) {
	now := s.clock.Now()
	id, secret := token.New(token.Session)
	hash, key := token.Hash(s.keys, id, secret)
	row := sessionRow{
		Session: Session{
			ID: id, Officer: o.officer, Member: o.member, Via: o.via, Created: now, Seen: now,
			Expires: now.Add(s.opt.SessionLife), Agent: cut(strings.ToValidUTF8(strings.ReplaceAll(o.from.Agent, "\x00", ""), ""), 120),
		},
		hash: hash[:], key: key,
	}
	if o.from.Address.IsValid() {
		row.Address = o.from.Address.Unmap().String()
	}
	if err := insertSession(ctx, tx, row); err != nil {
		return SignedIn{}, fmt.Errorf("store session: %w", err)
	}
	e, err := loadSession(ctx, tx, id)
	if db.NoRows(err) {
		return SignedIn{}, signInFailed()
	}
	if err != nil {
		return SignedIn{}, fmt.Errorf("read session: %w", err)
	}
	e.actor.Address = o.from.Address
	return SignedIn{Token: secret, Actor: e.actor, Expires: row.Expires}, nil
}

func signInFailed() error {
	return vocab.SignInFailed.Because("login and password do not fit, or the account may not sign in")
}

// SignIn opens a session with login and password. The login is the officer's
// whole id, or its first part where only one member of the node has it.
func (s *Service) SignIn(ctx context.Context, login string, p password.Password, from From) (SignedIn, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if len(login) > 120 || len(p) > 4*password.Most {
		return SignedIn{}, signInFailed()
	}
	var c credential
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		c, err = selectCredential(ctx, tx, login)
		return err
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("read officer: %w", err)
	}
	who := string(c.officer)
	if who == "" {
		who = login
	}
	tried := s.book.Tried(who, from.Address)
	if err := s.book.Charge(ctx, tried); err != nil {
		return SignedIn{}, err
	}
	ok, err := s.hasher.Verify(ctx, c.stored, p)
	if err != nil {
		return SignedIn{}, fmt.Errorf("check password: %w", err)
	}
	if !ok {
		return SignedIn{}, signInFailed()
	}
	return s.enter(ctx, c, tried, opening{officer: c.officer, member: c.member, via: "password", from: from})
}

// enter opens the session after the password was right, unless it was changed
// meanwhile.
func (s *Service) enter(ctx context.Context, c credential, tried []lockout.Thing, o opening) (SignedIn, error) {
	var in SignedIn
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		again, err := selectCredential(ctx, tx, string(c.officer))
		if err != nil {
			return err
		}
		if again.stored != c.stored {
			return signInFailed()
		}
		if in, err = s.openSession(ctx, tx, o); err != nil {
			return err
		}
		return s.book.Refund(ctx, tx, tried)
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("open session: %w", err)
	}
	return in, nil
}

func ended() error {
	return vocab.SignInNeeded.Because("the session or token is not known or has ended")
}

// seenEvery is how often the record hears of a session's use.
const seenEvery = time.Minute

// Authenticate gives the actor of a session, a machine's token or a person's
// permit. Whatever is wrong with the token, the answer is the same.
func (s *Service) Authenticate(ctx context.Context, t token.Token) (Actor, error) {
	if len(t) == 0 || len(t) > token.Most {
		return Actor{}, ended()
	}
	sum := sha256.Sum256([]byte(t))
	now := s.clock.Now().UnixMicro()
	e := s.cache.Get(sum, now)
	if e == nil {
		var err error
		epoch := s.cache.Epoch()
		if e, err = s.load(ctx, t); err != nil {
			return Actor{}, err
		}
		if !e.Alive(now) {
			return Actor{}, ended()
		}
		s.cache.Put(sum, e, epoch)
	}
	s.keepSeen(ctx, e, now)
	return e.Whose, nil
}

// keepSeen tells the record of a session's use once a minute. When the record
// cannot be written the call goes on: at worst the session idles out early.
func (s *Service) keepSeen(ctx context.Context, e *token.Cached[Actor], now int64) {
	if !e.Due(now, seenEvery) {
		return
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error { return touchSession(ctx, tx, e.Whose.Session, now) })
	if err != nil {
		slog.WarnContext(ctx, "the use of a session was not recorded", "err", err)
	}
}

// load checks a token against the record.
func (s *Service) load(ctx context.Context, t token.Token) (*token.Cached[Actor], error) {
	id, _, ok := strings.Cut(string(t), ".")
	if !ok {
		return nil, ended()
	}
	var e *entry
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		switch {
		case strings.HasPrefix(id, "s-"):
			e, err = loadSession(ctx, tx, id)
		case strings.HasPrefix(id, "m-"):
			e, err = loadMachine(ctx, tx, id)
		case strings.HasPrefix(id, "p-"):
			e, err = loadSelf(ctx, tx, id)
		default:
			err = ended()
		}
		if db.NoRows(err) {
			return ended()
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read token: %w", err)
	}
	good, err := token.Is(s.keys, t, e.hash, e.key)
	if err != nil {
		return nil, err
	}
	if !good {
		return nil, ended()
	}
	c := &token.Cached[Actor]{Whose: e.actor, ID: e.actor.Session, Until: db.Micros(e.actor.Until)}
	if strings.HasPrefix(id, "s-") {
		c.Idle = s.opt.SessionIdle
		c.SeenAt(e.seen)
	}
	return c, nil
}

// entry is a token's row with the actor it makes.
type entry struct {
	actor Actor
	hash  []byte
	key   string
	seen  int64
}

// SignOut ends the session that the actor came with.
func (s *Service) SignOut(ctx context.Context, a Actor) error {
	if err := a.mustSignIn(); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		tx.OnCommit(func() { s.cache.Drop(a.Session) })
		_, err := deleteSession(ctx, tx, a.Session, a.Officer)
		return err
	})
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// Sessions lists an officer's sessions: one's own, or those of an officer whom
// the actor administers.
func (s *Service) Sessions(ctx context.Context, a Actor, id vocab.OfficerID) ([]Session, error) {
	if err := a.mustSignIn(); err != nil {
		return nil, err
	}
	var list []Session
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		if err := s.mayEnd(ctx, tx, a, id); err != nil {
			return err
		}
		var err error
		list, err = selectSessions(ctx, tx, id, db.Micros(s.clock.Now()))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return list, nil
}

func (s *Service) mayEnd(ctx context.Context, tx *db.Tx, a Actor, id vocab.OfficerID) error {
	if a.Officer == id {
		return nil
	}
	o, err := s.officerFor(ctx, tx, a, id)
	if err != nil {
		return err
	}
	_, err = s.administered(ctx, tx, a, o.Member)
	return err
}

// RevokeSession ends a session of the officer; it is dead when this returns.
func (s *Service) RevokeSession(ctx context.Context, a Actor, officer vocab.OfficerID, id string) error {
	if err := a.mustSignIn(); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.mayEnd(ctx, tx, a, officer); err != nil {
			return err
		}
		found, err := deleteSession(ctx, tx, id, officer)
		if err != nil {
			return err
		}
		if !found {
			return NotYours()
		}
		tx.OnCommit(func() { s.cache.Drop(id) })
		return s.act(ctx, tx, change{
			act: "session-revoked", what: "session", id: id, owner: a.Member, state: "ended", by: a,
			more: map[string]string{"officer": string(officer)},
		})
	})
	if err != nil {
		return fmt.Errorf("revoke session: %w", err)
	}
	return nil
}

// ActFor changes the member that the officer acts for, to one in which they hold
// a role or which employs them. The session gets a new token; the old is dead.
func (s *Service) ActFor(ctx context.Context, a Actor, m vocab.MemberID) (SignedIn, error) {
	if err := a.mustSignIn(); err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		held, err := selectHeldIn(ctx, tx, a.Officer, m)
		if err != nil {
			return err
		}
		if len(held) == 0 && !strings.HasSuffix(string(a.Officer), "@"+string(m)) {
			return NotYours()
		}
		old, err := deleteSession(ctx, tx, a.Session, a.Officer)
		if err != nil {
			return err
		}
		if !old {
			return ended()
		}
		tx.OnCommit(func() { s.cache.Drop(a.Session) })
		in, err = s.openSession(ctx, tx, opening{officer: a.Officer, member: m, via: "switch", from: From{Address: a.Address}})
		if errors.Is(err, vocab.SignInFailed) {
			return NotYours()
		}
		return err
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("act for another member: %w", err)
	}
	return in, nil
}

// ChangePassword sets a new password; every session ends and a new one opens.
func (s *Service) ChangePassword(ctx context.Context, a Actor, old, fresh password.Password) (SignedIn, error) {
	if err := a.mustSignIn(); err != nil {
		return SignedIn{}, err
	}
	from := From{Address: a.Address}
	var c credential
	var o Officer
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		if c, err = selectCredential(ctx, tx, string(a.Officer)); err != nil {
			return err
		}
		o, err = s.officerFor(ctx, tx, a, a.Officer)
		return err
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("read officer: %w", err)
	}
	if err := s.book.Charge(ctx, s.book.Tried(string(a.Officer), from.Address)); err != nil {
		return SignedIn{}, err
	}
	ok, err := s.hasher.Verify(ctx, c.stored, old)
	if err != nil {
		return SignedIn{}, fmt.Errorf("check password: %w", err)
	}
	if !ok {
		return SignedIn{}, signInFailed()
	}
	if err := password.Strong(fresh, o.Login, o.Name, string(o.ID)); err != nil {
		return SignedIn{}, err
	}
	st, err := s.hasher.Hash(ctx, fresh)
	if err != nil {
		return SignedIn{}, fmt.Errorf("hash password: %w", err)
	}
	return s.replacePassword(ctx, o, st, from)
}

func (s *Service) replacePassword(ctx context.Context, o Officer, st password.Stored, from From) (SignedIn, error) {
	var in SignedIn
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if in, err = s.renewPassword(ctx, tx, o, st, from); err != nil {
			return err
		}
		if err := s.book.Refund(ctx, tx, s.book.Tried(string(o.ID), from.Address)); err != nil {
			return err
		}
		return s.act(ctx, tx, change{
			act: "password-changed", what: "officer", id: string(o.ID), owner: o.Member, state: string(Active), by: in.Actor,
		})
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("change password: %w", err)
	}
	return in, nil
}
