package tlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// Defaults of the options that may stay zero.
const (
	DefaultBatchSize       = 4096
	DefaultBatchAge        = 2 * time.Millisecond
	DefaultCheckpointEvery = 100 * time.Millisecond
	DefaultMaxWaiting      = 65536
	DefaultWitnessTimeout  = 5 * time.Second
)

// MaxLeaf is the longest leaf: the tlog-tiles format counts it in 16 bits.
const MaxLeaf = 1<<16 - 1

// Options says where a log lives, who signs it and how it gathers.
type Options struct {
	// Dir is the log's folder, on a local disk. Origin is the log's name in every checkpoint.
	Dir    string
	Origin string
	// Signer signs checkpoints; NewSigner makes one that knows its own verifier
	// key. For any other signer, and for reading only, VerifierKey must be given.
	Signer      note.Signer
	VerifierKey string
	// Witnesses is the policy, a C2SP tlog-policy text; empty means none.
	Witnesses string
	// BatchSize bounds a commit group; BatchAge bounds how long a group waits for
	// the clients of the group before it (1 to 5 ms, never used by a lone client).
	BatchSize int
	BatchAge  time.Duration
	// CheckpointEvery is the least time between two checkpoints.
	CheckpointEvery time.Duration
	// MaxWaiting bounds the leaves that wait to be made durable.
	MaxWaiting int
	// WitnessTimeout bounds one request to a witness.
	WitnessTimeout time.Duration
	// ReadOnly opens without the right to append; a frozen log opens only so.
	ReadOnly bool
	// HTTP carries the requests to witnesses; a client of the log's own when nil.
	HTTP  *http.Client
	Clock clock.Clock
	Diary *slog.Logger
}

// Log is an append-only Merkle tree in one folder.
type Log struct {
	opts      Options
	verifier  note.Verifier
	policy    policy
	witnesses []*witness
	unlock    func()

	// size is the number of leaves that are durable and integrated.
	size atomic.Uint64

	committer *committer
	pub       publication
	freezing  sync.Mutex // held while the freeze mark is written
	stop      context.CancelFunc
	running   sync.WaitGroup
	closeOnce sync.Once
}

// Open opens or makes the log in o.Dir. A folder whose tree state disagrees with
// its tiles or with its checkpoint is refused as corrupt; a frozen one opens only
// for reading.
func Open(ctx context.Context, o Options) (*Log, error) {
	l, err := prepare(o)
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", o.Origin, err)
	}
	if err := l.start(ctx); err != nil {
		l.Close()
		return nil, fmt.Errorf("open log %s: %w", o.Origin, err)
	}
	return l, nil
}

// prepare checks the options and touches no file.
func prepare(o Options) (*Log, error) {
	if o.Dir == "" || o.Origin == "" {
		return nil, vocab.BadInput.Because("a log needs a folder and an origin, got %q and %q", o.Dir, o.Origin)
	}
	o = o.withDefaults()
	verifier, err := o.verifier()
	if err != nil {
		return nil, err
	}
	p, err := parsePolicy(o.Witnesses)
	if err != nil {
		return nil, err
	}
	l := &Log{opts: o, verifier: verifier, policy: p, unlock: func() {}, stop: func() {}}
	l.pub.changed = make(chan struct{})
	l.pub.grown = make(chan struct{}, 1)
	l.pub.heard = make(chan struct{})
	for _, w := range p.witnesses {
		l.witnesses = append(l.witnesses, &witness{name: w.Key.Name(), url: w.URL, verifier: w.Key})
	}
	return l, nil
}

func (o Options) withDefaults() Options {
	if o.BatchSize <= 0 {
		o.BatchSize = DefaultBatchSize
	}
	if o.BatchAge <= 0 {
		o.BatchAge = DefaultBatchAge
	}
	if o.CheckpointEvery <= 0 {
		o.CheckpointEvery = DefaultCheckpointEvery
	}
	if o.MaxWaiting <= 0 {
		o.MaxWaiting = DefaultMaxWaiting
	}
	if o.WitnessTimeout <= 0 {
		o.WitnessTimeout = DefaultWitnessTimeout
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.HTTP == nil {
		o.HTTP = newWitnessClient()
	}
	if o.Diary == nil {
		o.Diary = slog.New(slog.DiscardHandler)
	}
	return o
}

// verifier reads the verifier key and compares it with origin and signer.
func (o Options) verifier() (note.Verifier, error) {
	key := o.VerifierKey
	if s, ok := o.Signer.(*Signer); ok && key == "" {
		key = s.VerifierKey()
	}
	if o.Signer == nil && !o.ReadOnly {
		return nil, vocab.BadInput.Because("a log that is appended to needs a signer")
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, vocab.BadInput.Wrap(err, "the log's verifier key %q", key)
	}
	if v.Name() != o.Origin {
		return nil, vocab.BadInput.Because("the verifier key is of %q, the log's origin is %q", v.Name(), o.Origin)
	}
	if s := o.Signer; s != nil && (s.Name() != v.Name() || s.KeyHash() != v.KeyHash()) {
		return nil, vocab.BadInput.Because("the signer is %s+%08x, the verifier key %s+%08x", s.Name(), s.KeyHash(), v.Name(), v.KeyHash())
	}
	return v, nil
}

// start takes the folder, checks it, and sets the two workers going.
func (l *Log) start(ctx context.Context) error {
	if l.opts.ReadOnly {
		return l.inspect()
	}
	if f, err := readFrozen(l.opts.Dir); err != nil {
		return err
	} else if f != nil {
		return vocab.LogFrozen.Because("%s was frozen; its successor is %q", l.opts.Origin, f.Successor)
	}
	if err := os.MkdirAll(l.opts.Dir, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	unlock, err := lockFolder(l.opts.Dir)
	if err != nil {
		return err
	}
	l.unlock = unlock
	fresh := false
	if err := l.inspect(); vocab.CodeOf(err) == vocab.NoSuchThing {
		fresh = true
	} else if err != nil {
		return err
	}
	// The workers outlive the call that opens the log, and end in Close.
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	seq, err := openTessera(life, l.opts)
	if err != nil {
		return err
	}
	if fresh {
		if err := l.inspect(); err != nil {
			return err
		}
	}
	l.committer = newCommitter(l, seq)
	l.running.Add(2)
	go func() { defer l.running.Done(); l.committer.run(life) }()
	go func() { defer l.running.Done(); l.publishLoop(life) }()
	return nil
}

// inspect reads the tree state and the checkpoint and holds them against the
// tiles. It answers NoSuchThing where there is no log yet.
func (l *Log) inspect() error {
	state, err := readTreeState(l.opts.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(l.opts.Dir, "tile")); err == nil {
			return vocab.LedgerCorrupt.Because("there are tiles in %s but no tree state", l.opts.Dir)
		}
		return vocab.NoSuchThing.Because("there is no log in %s", l.opts.Dir)
	}
	if err != nil {
		return vocab.LedgerCorrupt.Wrap(err, "read the tree state")
	}
	l.size.Store(state.Size)
	if err := l.checkEdge(state); err != nil {
		return err
	}
	return l.loadCheckpoint(state.Size)
}

// checkEdge holds a tree state against the tiles and the last entries.
func (l *Log) checkEdge(state treeState) error {
	root, err := l.rootAt(state.Size, state.Size)
	if err != nil {
		return fmt.Errorf("tree of %d leaves: %w", state.Size, err)
	}
	if !state.holds(root) {
		return vocab.LedgerCorrupt.Because("the tiles of %d leaves have root %x, the tree state says %x", state.Size, root, state.Root)
	}
	if state.Size == 0 {
		return nil
	}
	_, err = l.bundle(state.Size, (state.Size-1)/tileWidth)
	return err
}

// loadCheckpoint takes the checkpoint of an earlier run, if it is there.
func (l *Log) loadCheckpoint(size uint64) error {
	name := filepath.Join(l.opts.Dir, checkpointFile)
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		l.pub.waitingSince = l.waitingFrom(size, 0, time.Time{})
		return nil
	}
	if err != nil {
		return fmt.Errorf("read checkpoint: %w", err)
	}
	cp, _, _, err := log.ParseCheckpoint(raw, l.opts.Origin, l.verifier)
	if err != nil {
		return vocab.LedgerCorrupt.Wrap(err, "the checkpoint of %s", l.opts.Origin)
	}
	if cp.Size > size {
		return vocab.LedgerCorrupt.Because("the checkpoint covers %d leaves, the tree holds %d", cp.Size, size)
	}
	root, err := l.rootAt(size, cp.Size)
	if err != nil {
		return fmt.Errorf("tree at the checkpoint's %d leaves: %w", cp.Size, err)
	}
	if string(root[:]) != string(cp.Hash) {
		return vocab.LedgerCorrupt.Because("at %d leaves the tiles have root %x, the checkpoint says %x", cp.Size, root, cp.Hash)
	}
	var at time.Time
	if info, err := os.Stat(name); err == nil {
		at = info.ModTime().UTC()
	}
	l.pub.load(raw, cp.Size, at, l.policy.satisfied(raw))
	l.pub.waitingSince = l.waitingFrom(size, l.pub.size, at)
	return nil
}

// waitingFrom is since when leaves wait for a checkpoint, told at start-up.
func (l *Log) waitingFrom(size, covered uint64, at time.Time) time.Time {
	if size <= covered {
		return time.Time{}
	}
	if at.IsZero() {
		return l.opts.Clock.Now()
	}
	return at
}

// Size is the number of leaves that are durable and integrated.
func (l *Log) Size(ctx context.Context) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if !l.opts.ReadOnly {
		return l.size.Load(), nil
	}
	state, err := readTreeState(l.opts.Dir)
	if err != nil {
		return 0, fmt.Errorf("size of log %s: %w", l.opts.Origin, err)
	}
	l.size.Store(state.Size)
	return state.Size, nil
}

// Origin is the log's name in every checkpoint.
func (l *Log) Origin() string { return l.opts.Origin }

// Close ends appending, waits for the group in work and for the requests to
// witnesses, and lets the folder go. What Append has returned is safe without it.
func (l *Log) Close() error {
	l.closeOnce.Do(func() {
		if l.committer != nil {
			l.committer.end(vocab.LedgerAway.Because("log %s is closed", l.opts.Origin))
		}
		l.stop()
		l.running.Wait()
		l.opts.HTTP.CloseIdleConnections()
		l.unlock()
	})
	return nil
}
