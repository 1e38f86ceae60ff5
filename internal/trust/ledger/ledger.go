package ledger

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Log is what the ledger needs of the transparency log under it.
type Log interface {
	Append(ctx context.Context, leaves [][]byte) ([]uint64, error)
	Size(ctx context.Context) (uint64, error)
	Checkpoint(ctx context.Context) ([]byte, error)
	Proof(ctx context.Context, index, size uint64) ([][32]byte, error)
	Leaves(ctx context.Context, from, to uint64, each func(index uint64, leaf []byte) error) error
}

// Options wire the ledger.
type Options struct {
	DB     *db.DB
	Log    Log
	Origin string      // the log's name
	Signer note.Signer // signs promises; its name is Origin
	Former []Former    // the logs before this one
	Clock  clock.Clock
	Diary  *slog.Logger
	// Policy is the C2SP tlog-policy text that receipts carry for readers who have
	// none of their own; they will say that it is a first use.
	Policy string
	// Halt is asked before a group's callers hear that their leaves stand; its
	// error says why this log must not go on, such as a witness that holds more.
	Halt func() error
	// Keep writes an erasure outside the database before it is carried out, so
	// that a restored backup cannot undo it.
	Keep func(Erasure) error
}

// The bounds of one commit group. groupDrafts keeps a write transaction under
// 20 ms, which every reader of the database depends on; waiting bounds what a
// slow disk may pile up before callers are turned away.
const (
	groupDrafts   = 256
	groupOutcomes = 512
	mergedLeaves  = 2048
	crowd         = 128
	waiting       = 8192
	appendTimeout = 15 * time.Second
)

// outcomeWait is how long outcomes and indices wait for a draft to travel with;
// a group of their own would make the next caller wait for it. Nobody waits for
// them: until they are written the record says "outcome unknown".
const outcomeWait = 25 * time.Millisecond

// Ledger is safe for concurrent use.
type Ledger struct {
	db     *db.DB
	log    Log
	origin string
	former []Former
	signer note.Signer
	clock  clock.Clock
	diary  *slog.Logger
	policy string
	halt   func() error
	keep   func(Erasure) error
	guard  func(context.Context, *db.Tx, []vocab.TraceID) error // of erasures; nil guards nothing
	erased func(context.Context, *db.Tx, []vocab.TraceID) error // what else goes with entries; may be nil
	store  store

	drafts chan *waitingDraft
	wake   chan struct{} // an act waits
	later  *time.Timer   // outcomes or indices have waited long enough
	logged chan group    // from the writer to the appender
	busy   atomic.Int64  // groups that the appender has not finished
	free   chan struct{} // the appender has finished one
	many   chan struct{} // a crowd waits

	mu       sync.Mutex // guards what follows
	outcomes []ended    // wait for the next group
	acts     []leafOf   // committed acts whose leaf is not yet in the log
	indexed  []leafOf   // leaves whose index is not yet in the record
	timing   bool       // later is running
	closed   bool

	stop    context.CancelFunc
	running sync.WaitGroup
	idle    chan struct{} // closed when the appender has ended

	seq      atomic.Int64 // the newest entry; entries are written by this process alone
	repaired Repair       // set before serving, read only after

	marking sync.Mutex // guards fence
	fence   fence      // becomes the watermark once all that was on its way has its place
}

// leafOf is an entry's leaf on its way into the log, then its place there.
type leafOf struct {
	seq   int64
	leaf  []byte
	index uint64
	place *place
}

// place tells those who wait where a leaf came to stand; index is set before
// done is closed.
type place struct {
	index uint64
	done  chan struct{}
}

type waitingDraft struct {
	draft   *Draft
	fields  []proof.Field // with their keys, made by the caller's own goroutine
	digests []proof.Hash
	entry   Entry
	err     error
	done    chan struct{}
}

// prepare makes keys and digests of what is known before the group: the writer
// is one for all, the callers are many.
func (w *waitingDraft) prepare() {
	w.fields = makeFields(w.draft.Fields)
	w.digests = make([]proof.Hash, len(w.fields), len(w.fields)+4)
	for i := range w.fields {
		w.digests[i] = w.fields[i].Digest()
	}
}

// add puts a field in that only the writer knows.
func (w *waitingDraft) add(pairs ...Pair) {
	for _, f := range makeFields(pairs) {
		w.fields = append(w.fields, f)
		w.digests = append(w.digests, f.Digest())
	}
}

// group is one commit group whose records are durable.
type group struct {
	drafts []*waitingDraft
	leaves []leafOf // of acts and of the group's outcomes
}

// Open repairs what a crash left behind and starts the commit groups.
func Open(ctx context.Context, o Options) (*Ledger, error) {
	l := &Ledger{
		db: o.DB, log: o.Log, origin: o.Origin, former: o.Former, signer: o.Signer, clock: o.Clock, diary: o.Diary,
		policy: o.Policy, halt: o.Halt, keep: o.Keep,
		drafts: make(chan *waitingDraft, waiting), wake: make(chan struct{}, 1),
		logged: make(chan group, 64), free: make(chan struct{}, 1), many: make(chan struct{}, 1), later: time.NewTimer(time.Hour), idle: make(chan struct{}),
	}
	if l.diary == nil {
		l.diary = slog.New(slog.DiscardHandler)
	}
	if l.halt == nil {
		l.halt = func() error { return nil }
	}
	if l.keep == nil {
		l.keep = func(Erasure) error { return nil }
	}
	if err := l.repair(ctx); err != nil {
		return nil, fmt.Errorf("repair the ledger: %w", err)
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	l.running.Add(2)
	go l.write(run)
	go l.append(run)
	return l, nil
}

// Close writes what still waits and ends the commit groups.
func (l *Ledger) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	l.stop()
	l.running.Wait()
	return nil
}

// Submit writes the draft as record and leaf and returns when both are durable.
// After an error nothing may be opened.
func (l *Ledger) Submit(ctx context.Context, d *Draft) (Entry, error) {
	if err := d.checkText(); err != nil {
		return Entry{}, err
	}
	w := &waitingDraft{draft: d, done: make(chan struct{})}
	w.prepare()
	select {
	case l.drafts <- w:
		if len(l.drafts) == crowd {
			select {
			case l.many <- struct{}{}:
			default:
			}
		}
	default:
		return Entry{}, vocab.LedgerAway.Because("%d accesses already wait for the ledger", waiting)
	}
	select {
	case <-w.done:
		return w.entry, w.err
	case <-l.idle:
		select {
		case <-w.done:
			return w.entry, w.err
		default:
			return Entry{}, vocab.LedgerAway.Because("the node is stopping")
		}
	case <-ctx.Done():
		return Entry{}, vocab.LedgerAway.Wrap(ctx.Err(), "wait for record and leaf")
	}
}

// checkText refuses what no database keeps as text: one draft that cannot be
// written would take its whole group with it.
func (d *Draft) checkText() error {
	for _, s := range []string{string(d.Trace), string(d.State), string(d.Owner), string(d.Provider), string(d.Grant)} {
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 || len(s) > 500 {
			return vocab.BadInput.Because("a name of the call is no plain text of at most 500 bytes")
		}
	}
	return nil
}

// Finish records how an access ended, in the next commit group.
func (l *Ledger) Finish(o Outcome) {
	fields := makeFields(append([]Pair{{FieldTrace, string(o.Trace)}, {FieldTime, stamp(o.At)}, {FieldState, string(o.State)}}, o.Fields...))
	e := ended{Outcome: o, root: proof.RowRoot(fields), secret: proof.EncodeSecret(fields)}
	l.mu.Lock()
	l.outcomes = append(l.outcomes, e)
	l.soon()
	l.mu.Unlock()
}

// ended is an outcome with its commitment.
type ended struct {
	Outcome
	root   proof.Hash
	secret []byte
}

// soon lets what waits travel with the next draft, or alone a little later; mu
// is held.
func (l *Ledger) soon() {
	switch n := len(l.outcomes) + len(l.indexed); {
	case n >= groupOutcomes:
		l.nudge()
	case !l.timing:
		l.timing = true
		l.later.Reset(outcomeWait)
	}
}

func (l *Ledger) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Act writes an administrative act as an entry in the caller's transaction; its
// leaf follows at once after the commit, and after a crash at the next start.
func (l *Ledger) Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error {
	_, err := l.ActOver(ctx, tx, act, fields, nil)
	return err
}

// ActOver is Act about many things at once: rows, unless nil, is the field that binds
// them. What their paths need is the caller's to keep.
func (l *Ledger) ActOver(ctx context.Context, tx *db.Tx, act string, fields map[string]string, rows *proof.Field) (vocab.TraceID, error) {
	p := plainAct(act, fields)
	p.Rows = rows
	e, err := l.Enter(ctx, tx, p)
	return e.Trace, err
}

// plainAct is an act with its fields in the order of their names; an empty value is
// left out.
func plainAct(act string, fields map[string]string) Plain {
	pairs := []Pair{{FieldAct, act}}
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		if fields[k] != "" {
			pairs = append(pairs, Pair{k, fields[k]})
		}
	}
	return Plain{Kind: proof.Act, Owner: vocab.MemberID(fields[FieldMember]), Provider: vocab.MemberID(fields[FieldProvider]), Fields: pairs}
}

// Plain is an entry that is not an access: an act, a batch, totals, an erasure.
type Plain struct {
	Trace    vocab.TraceID // empty: a fresh one
	Kind     proof.Kind
	State    vocab.AccessState // empty: recorded
	Owner    vocab.MemberID
	Provider vocab.MemberID
	Grant    vocab.GrantID
	Fields   []Pair
	Person   vocab.PersonRef // whom the entry is about; it stands in their chain
	Rows     *proof.Field    // the field "rows" of a batch
	RowRoots []byte          // what audit paths need later
}

// recorded is the state of an entry that has no outcome to wait for.
const recorded vocab.AccessState = "recorded"

// Enter writes a plain entry in the caller's transaction and returns it; index
// and promise follow after the commit.
func (l *Ledger) Enter(ctx context.Context, tx *db.Tx, p Plain) (Entry, error) {
	now := l.clock.Now()
	if p.Trace == "" {
		p.Trace = vocab.NewTrace(now)
	}
	if p.State == "" {
		p.State = recorded
	}
	pairs := append([]Pair{{FieldTrace, string(p.Trace)}, {FieldTime, stamp(now)}}, p.Fields...)
	link, err := l.chain(ctx, tx, p.Person)
	if err != nil {
		return Entry{}, err
	}
	fields := makeFields(append(p.whole(pairs), link.pairs...))
	if p.Rows != nil {
		fields = append(fields, *p.Rows)
	}
	leaf := proof.Commit(p.Kind, fields)
	e := Entry{Trace: p.Trace, State: p.State, At: now, Leaf: leaf[:], Origin: l.origin}
	seq := l.seq.Add(1)
	err = l.store.insert(ctx, tx, record{
		seq: seq, trace: p.Trace, kind: p.Kind, state: p.State, at: now, owner: p.Owner, provider: p.Provider,
		grant: p.Grant, leaf: leaf[:], origin: l.origin, secret: proof.EncodeSecret(fields), rowRoots: p.RowRoots,
	})
	if err != nil {
		return Entry{}, fmt.Errorf("enter %s: %w", p.Kind, err)
	}
	if err := link.put(ctx, tx, l.store, seq, leaf.Root()); err != nil {
		return Entry{}, err
	}
	e.Seq, e.place = seq, &place{done: make(chan struct{})}
	tx.OnCommit(func() {
		l.mu.Lock()
		l.acts = append(l.acts, leafOf{seq: seq, leaf: e.Leaf, place: e.place})
		l.mu.Unlock()
		l.nudge()
	})
	return e, nil
}

// whole adds what the columns beside the openings say and the fields do not: a
// column that was not committed to could be changed unseen.
func (p *Plain) whole(pairs []Pair) []Pair {
	for _, c := range []Pair{{FieldMember, string(p.Owner)}, {FieldProvider, string(p.Provider)}} {
		if c.Value != "" && !slices.ContainsFunc(pairs, func(f Pair) bool { return f.Name == c.Name }) {
			pairs = append(pairs, c)
		}
	}
	return pairs
}

// Await returns the entry with its index once its leaf is in the log.
func (l *Ledger) Await(ctx context.Context, e Entry) (Entry, error) {
	if e.place == nil {
		return e, nil
	}
	select {
	case <-e.place.done:
		e.Index = e.place.index
		return e, nil
	case <-l.idle:
		return Entry{}, vocab.LedgerAway.Because("the node is stopping")
	case <-ctx.Done():
		return Entry{}, vocab.LedgerAway.Wrap(ctx.Err(), "wait for the leaf of %s", e.Trace)
	}
}

// Promise is the log's signature that it shows the entry at its index from now on.
func (l *Ledger) Promise(e Entry) ([]byte, error) {
	group, number := e.promises, e.number
	if group == nil { // an entry that came into the log alone
		group, number = l.promises([]Entry{e}), 0
	}
	signed, err := group()
	if err != nil {
		return nil, fmt.Errorf("sign the promise of %s: %w", e.Trace, err)
	}
	return signed.Of(number), nil
}

// promises are those of a group; the first of its callers who asks signs them all.
func (l *Ledger) promises(group []Entry) func() (*proof.Promises, error) {
	return sync.OnceValues(func() (*proof.Promises, error) {
		all := make([]proof.Promise, len(group))
		for i := range group {
			e := &group[i]
			all[i] = proof.Promise{Origin: e.Origin, Index: e.Index, LeafHash: proof.LeafHash(e.Leaf), At: e.At, Trace: e.Trace}
		}
		return proof.PromiseAll(all, l.signer)
	})
}

// Origin is the log's name.
func (l *Ledger) Origin() string { return l.origin }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func makeFields(pairs []Pair) []proof.Field {
	fields := make([]proof.Field, len(pairs))
	for i, p := range pairs {
		fields[i].Name, fields[i].Value = p.Name, []byte(p.Value)
	}
	drawKeys(fields)
	return fields
}

// drawnAtOnce keys are drawn together: to ask the system costs more than to copy.
const drawnAtOnce = 16

func drawKeys(fields []proof.Field) {
	var keys [drawnAtOnce * proof.KeySize]byte
	for part := range slices.Chunk(fields, drawnAtOnce) {
		drawn := keys[:len(part)*proof.KeySize]
		rand.Read(drawn) // never fails: it ends the process instead of giving weak keys
		for i := range part {
			copy(part[i].Key[:], drawn[i*proof.KeySize:])
		}
	}
}
