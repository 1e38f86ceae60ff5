// Package idempotency keeps the answers of writes for a day, so that a caller
// who did not hear the first one may ask again without doing the thing twice.
//
// The flow: Claim notes the caller's key before the verb runs; Finish keeps the
// answer with a fingerprint of the body, or Release forgets the claim of a verb
// that failed. Claimed again, the answer comes back; with another body it is a
// conflict.
//
// The promises: a key belongs to one member, caller and verb. Neither key nor
// body can be guessed from the record: both are keyed hashes, and answers are
// sealed. A claim whose process died stays a conflict, never a second run.
package idempotency

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

// Life is how long an answer is kept.
const Life = 24 * time.Hour

// MaxAnswer is the longest answer that is kept; a longer one is given once.
const MaxAnswer = 256 << 10

// maxKey is the longest key a caller may choose.
const maxKey = 200

// Store keeps answers. It is safe for concurrent use.
type Store struct {
	db    *db.DB
	keys  *keys.Store
	clock clock.Clock

	mu      sync.Mutex // guards running
	running map[string]chan struct{}
}

// New makes the store.
func New(d *db.DB, k *keys.Store, c clock.Clock) *Store {
	return &Store{db: d, keys: k, clock: c, running: map[string]chan struct{}{}}
}

// Key says whose write it is: Caller tells apart who acts inside the member.
type Key struct {
	Member  vocab.MemberID
	Caller  string
	Verb    string // method and path
	Pattern string // the route, for the record: a path may hold an id
	Word    string // the caller's own
}

// Check refuses words that are no keys.
func (k Key) Check() error {
	if len(k.Word) == 0 || len(k.Word) > maxKey {
		return vocab.BadInput.Because("an Idempotency-Key has 1 to %d characters", maxKey)
	}
	for i := range len(k.Word) {
		if k.Word[i] <= ' ' || k.Word[i] > '~' {
			return vocab.BadInput.Because("an Idempotency-Key is made of visible ASCII characters")
		}
	}
	return nil
}

// Answer is what was answered.
type Answer struct {
	Status int
	Type   string
	Trace  vocab.TraceID
	Body   []byte
}

// Claim is a write that runs now, or, with Done, one that ran before.
type Claim struct {
	Done   bool
	store  *Store
	key    Key
	id     [32]byte
	macKey string
	body   []byte
	answer []byte
	status int
}

// Claim notes the key durably. While another call with the same key runs, it
// waits for that one's end.
func (s *Store) Claim(ctx context.Context, k Key) (*Claim, error) {
	if err := k.Check(); err != nil {
		return nil, err
	}
	id, macKey := s.keys.MAC(keys.TokenPepper, []byte("idempotency"), []byte(k.Member), []byte(k.Caller), []byte(k.Verb), []byte(k.Word))
	if err := s.enter(ctx, string(id[:])); err != nil {
		return nil, err
	}
	c, err := s.claim(ctx, k, id, macKey)
	if err != nil || c.Done {
		s.leave(string(id[:]))
	}
	return c, err
}

func (s *Store) claim(ctx context.Context, k Key, id [32]byte, macKey string) (*Claim, error) {
	c := &Claim{store: s, key: k, id: id, macKey: macKey}
	now := s.clock.Now()
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := selectKept(ctx, tx, id[:])
		switch {
		case db.NoRows(err):
		case err != nil:
			return err
		case r.expires <= now.UnixMicro():
			if err := deleteKept(ctx, tx, id[:]); err != nil {
				return err
			}
		case r.status == 0:
			return vocab.CallUnfinished.Because("the first call with this key began at %s and did not end", time.UnixMicro(r.at).UTC().Format(time.RFC3339))
		default:
			c.Done, c.body, c.answer, c.status, c.macKey = true, r.body, r.answer, r.status, r.macKey
			return nil
		}
		return insertKept(ctx, tx, kept{
			id: id[:], owner: k.Member, verb: k.Pattern, macKey: macKey, at: now.UnixMicro(), expires: now.Add(Life).UnixMicro(),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("note the key of a write: %w", err)
	}
	return c, nil
}

// enter waits until no other call with the same key runs in this process.
func (s *Store) enter(ctx context.Context, id string) error {
	for {
		s.mu.Lock()
		other, busy := s.running[id]
		if !busy {
			s.running[id] = make(chan struct{})
			s.mu.Unlock()
			return nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return vocab.CallUnfinished.Because("another call with this key is still running")
		}
	}
}

func (s *Store) leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if done, ok := s.running[id]; ok {
		close(done)
		delete(s.running, id)
	}
}

// Finish keeps the answer to a body of this SHA-256.
func (c *Claim) Finish(ctx context.Context, body [sha256.Size]byte, a Answer) error {
	defer c.store.leave(string(c.id[:]))
	if len(a.Body) > MaxAnswer {
		return c.forget(ctx)
	}
	sealed, err := c.store.keys.Seal(keys.Session, pack(a), c.aad())
	if err != nil {
		return fmt.Errorf("seal an answer: %w", err)
	}
	mac, err := c.store.keys.MACWith(c.macKey, []byte("body"), body[:])
	if err != nil {
		return err
	}
	return c.store.db.Write(ctx, func(tx *db.Tx) error {
		return updateKept(ctx, tx, kept{id: c.id[:], body: mac[:], status: a.Status, answer: sealed})
	})
}

// Release forgets the claim: the verb failed and changed nothing.
func (c *Claim) Release(ctx context.Context) error {
	defer c.store.leave(string(c.id[:]))
	return c.forget(ctx)
}

func (c *Claim) forget(ctx context.Context) error {
	return c.store.db.Write(ctx, func(tx *db.Tx) error { return deleteKept(ctx, tx, c.id[:]) })
}

// Abandon leaves the claim as it is: nobody knows whether the verb was done.
func (c *Claim) Abandon() { c.store.leave(string(c.id[:])) }

// Replay is the kept answer, when the body is the same one.
func (c *Claim) Replay(body [sha256.Size]byte) (Answer, error) {
	mac, err := c.store.keys.MACWith(c.macKey, []byte("body"), body[:])
	if err != nil {
		return Answer{}, err
	}
	if !bytes.Equal(mac[:], c.body) {
		return Answer{}, vocab.KeyReplayed.Because("the key was used for the same verb with another body")
	}
	plain, err := c.store.keys.Unseal(keys.Session, c.answer, c.aad())
	if err != nil {
		return Answer{}, fmt.Errorf("open a kept answer: %w", err)
	}
	return unpack(c.status, plain)
}

func (c *Claim) aad() []byte {
	return append([]byte("idempotency\x00"+string(c.key.Member)+"\x00"), c.id[:]...)
}

// pack writes type and trace before the body, each with its length.
func pack(a Answer) []byte {
	var out []byte
	for _, s := range []string{a.Type, string(a.Trace)} {
		out = binary.BigEndian.AppendUint16(out, uint16(len(s)))
		out = append(out, s...)
	}
	return append(out, a.Body...)
}

func unpack(status int, b []byte) (Answer, error) {
	var parts [2]string
	for i := range parts {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return Answer{}, vocab.InternalError.Because("a kept answer ends too early")
		}
		n := int(binary.BigEndian.Uint16(b))
		parts[i], b = string(b[2:2+n]), b[2+n:]
	}
	return Answer{Status: status, Type: parts[0], Trace: vocab.TraceID(parts[1]), Body: b}, nil
}

// Prune removes what has expired; jobs call it.
func (s *Store) Prune(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		n, err = pruneKept(ctx, tx, s.clock.Now().UnixMicro())
		return err
	})
	return n, err
}
