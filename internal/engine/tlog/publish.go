package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"fontis/internal/vocab"
)

const (
	// retryMost is the longest pause between two rounds that did not reach the
	// quorum, and so the most by which catching up is late.
	retryMost = 2 * time.Second
	// stragglerGrace is how long a round that has its quorum waits for the other
	// witnesses, so that receipts carry more than the quorum.
	stragglerGrace = 100 * time.Millisecond
)

// errBusy stands where no witness was free to be asked.
var errBusy = errors.New("the witnesses have not yet answered an earlier request")

// State tells how far the log is witnessed.
type State struct {
	// Size is the number of integrated leaves, Witnessed how many of them the
	// served checkpoint covers. Without a witness policy the log's own signature
	// is what counts.
	Size      uint64
	Witnessed uint64
	// At is when the served checkpoint was published.
	At time.Time
	// WaitingSince is since when a leaf waits for a checkpoint; zero when none does.
	WaitingSince time.Time
	// Trouble is why the last round failed; empty when it did not.
	Trouble string
	// RolledBack is set when a witness holds what this log does not have.
	RolledBack *RolledBack
	// Witnesses are those of the policy, each with what is known of it.
	Witnesses []WitnessState
}

// WitnessState is what is known of one witness.
type WitnessState struct {
	Name string
	// Size is what it cosigned last; Trouble is why it did not when asked last.
	Size       uint64
	Trouble    string
	RolledBack *RolledBack
}

// RolledBack is a witness's word that this log has lost or changed leaves that
// it had signed: the node should freeze it. It is taken back only if the same
// witness cosigns later.
type RolledBack struct {
	Witness string
	// TheirSize is what the witness has cosigned, OurSize what it was shown.
	TheirSize uint64
	OurSize   uint64
	// Forked says that the size is not larger but the tree is another one.
	Forked bool
}

// publication is the checkpoint being served and what is known about the next.
type publication struct {
	grown  chan struct{} // buffered, wakes the publisher
	heard  chan struct{} // closed by the witnesses' first word since the start
	first  sync.Once     // guards the closing of heard
	halted atomic.Bool   // frozen: nothing more is published

	mu           sync.Mutex // guards the fields below
	checkpoint   []byte     // served; nil when none satisfies the policy
	size         uint64     // leaves that it covers
	at           time.Time
	waitingSince time.Time
	trouble      string
	failed       int           // rounds one after the other
	changed      chan struct{} // closed and replaced with every checkpoint
}

// load takes the checkpoint found at start-up. The empty tree promises nothing
// and is served as it is; any other must satisfy the policy of today.
func (p *publication) load(raw []byte, size uint64, at time.Time, satisfied bool) {
	if size > 0 && !satisfied {
		return
	}
	p.checkpoint, p.size, p.at = raw, size, at
}

// State tells how far the log is integrated and witnessed.
func (l *Log) State() State {
	p := &l.pub
	p.mu.Lock()
	s := State{Size: l.size.Load(), Witnessed: p.size, At: p.at, WaitingSince: p.waitingSince, Trouble: p.trouble}
	p.mu.Unlock()
	for _, w := range l.witnesses {
		state := w.state()
		s.Witnesses = append(s.Witnesses, state)
		if r := state.RolledBack; r != nil && (s.RolledBack == nil || r.TheirSize > s.RolledBack.TheirSize) {
			s.RolledBack = r
		}
	}
	return s
}

// Checkpoint is the latest checkpoint that satisfies the witness policy.
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.pub.mu.Lock()
	defer l.pub.mu.Unlock()
	if l.opts.ReadOnly {
		// Another process may be publishing.
		if err := l.inspect(); err != nil {
			return nil, err
		}
	}
	if l.pub.checkpoint == nil {
		return nil, vocab.ReceiptWaiting.Because("no checkpoint of %s has the witnesses that the policy asks for", l.opts.Origin)
	}
	return bytes.Clone(l.pub.checkpoint), nil
}

// Await returns when the checkpoint that this process serves covers the first
// size leaves. A log opened for reading only publishes none.
func (l *Log) Await(ctx context.Context, size uint64) error {
	for {
		l.pub.mu.Lock()
		covered, changed := l.pub.size, l.pub.changed
		l.pub.mu.Unlock()
		if covered >= size {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for a checkpoint of %s over %d leaves, it has %d: %w", l.opts.Origin, size, covered, ctx.Err())
		}
	}
}

// Heard is closed once the witnesses have said since the start how much of this log
// they hold: enough of them cosigned it, or one holds more. Until then nobody can
// know whether the folder is the newest one. Without witnesses it is closed.
func (l *Log) Heard() <-chan struct{} { return l.pub.heard }

// hear notes the witnesses' word.
func (p *publication) hear() { p.first.Do(func() { close(p.heard) }) }

// covers reports whether the served checkpoint reaches size.
func (l *Log) covers(size uint64) bool {
	l.pub.mu.Lock()
	defer l.pub.mu.Unlock()
	return l.pub.size >= size
}

// grew takes note of a larger tree and wakes the publisher.
func (l *Log) grew(size uint64) {
	l.size.Store(size)
	l.pub.mu.Lock()
	if l.pub.waitingSince.IsZero() && size > l.pub.size {
		l.pub.waitingSince = l.opts.Clock.Now()
	}
	l.pub.mu.Unlock()
	select {
	case l.pub.grown <- struct{}{}:
	default:
	}
}

// publishLoop publishes when the tree has grown, at most once each
// CheckpointEvery, and more slowly while the quorum is not reached.
func (l *Log) publishLoop(ctx context.Context) {
	pause := l.opts.CheckpointEvery
	swept := max(l.State().Witnessed, sweepBack) - sweepBack
	swept -= swept % tileWidth
	l.remember(ctx)
	for {
		if l.covers(l.size.Load()) {
			select {
			case <-ctx.Done():
				return
			case <-l.pub.grown:
				continue
			}
		}
		err := l.publish(ctx)
		if err == nil {
			swept, err = sweep(l.opts.Dir, swept, l.State().Witnessed)
		}
		if ctx.Err() != nil || l.pub.halted.Load() {
			return
		}
		pause = min(2*pause, max(retryMost, l.opts.CheckpointEvery))
		if err == nil {
			pause = l.opts.CheckpointEvery
		}
		l.note(err)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// firstPause is the time between the first two questions to witnesses that do not
// answer at the start.
const firstPause = 100 * time.Millisecond

// remember shows the witnesses the tree as it was found at start-up, until they have
// said what they hold or the tree grows, and a round shows the larger one. A folder
// that was copied back whole is sound in itself and has nothing to publish: only
// they know that there was more.
func (l *Log) remember(ctx context.Context) {
	size := l.size.Load()
	if size == 0 || len(l.witnesses) == 0 {
		l.pub.hear()
		return
	}
	for pause := firstPause; l.covers(l.size.Load()); pause = min(2*pause, retryMost) {
		signed, err := l.sign(size)
		if err == nil {
			_, err = l.cosign(ctx, size, signed)
		}
		if ctx.Err() != nil || l.pub.halted.Load() {
			return
		}
		if l.note(err); err == nil || l.State().RolledBack != nil {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-l.pub.grown:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// note keeps why the last round failed. The diary hears of it when the next one fails
// too: a witness that starts beside its log is away for a moment.
func (l *Log) note(err error) {
	l.pub.mu.Lock()
	before := l.pub.failed
	l.pub.trouble, l.pub.failed = "", 0
	if err != nil {
		l.pub.trouble, l.pub.failed = err.Error(), before+1
	}
	l.pub.mu.Unlock()
	switch {
	case err != nil && before == 1:
		l.opts.Diary.Warn("checkpoint waits", "origin", l.opts.Origin, "error", err)
	case err == nil && before > 1:
		l.opts.Diary.Info("checkpoints go on", "origin", l.opts.Origin)
	}
}

// publish signs the tree as it is now, collects cosignatures, and puts the
// checkpoint in place of the one before.
func (l *Log) publish(ctx context.Context) error {
	if l.pub.halted.Load() {
		return vocab.LogFrozen.Because("%s was frozen", l.opts.Origin)
	}
	seen := l.opts.Clock.Now()
	size := l.size.Load()
	signed, err := l.sign(size)
	if err != nil {
		return err
	}
	cosigned, err := l.cosign(ctx, size, signed)
	if err != nil {
		return err
	}
	l.freezing.Lock()
	defer l.freezing.Unlock()
	if l.pub.halted.Load() {
		return vocab.LogFrozen.Because("%s was frozen", l.opts.Origin)
	}
	if err := writeDurably(l.opts.Dir, checkpointFile, cosigned); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	p := &l.pub
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checkpoint, p.size, p.at = cosigned, size, l.opts.Clock.Now()
	p.waitingSince = time.Time{}
	if l.size.Load() > size {
		p.waitingSince = seen
	}
	close(p.changed)
	p.changed = make(chan struct{})
	return nil
}

// sign makes the checkpoint of the first size leaves with the log's own
// signature. Its root is computed from the tiles on disk, not taken from memory.
func (l *Log) sign(size uint64) ([]byte, error) {
	root, err := l.rootAt(l.size.Load(), size)
	if err != nil {
		return nil, fmt.Errorf("sign a checkpoint of %d leaves: %w", size, err)
	}
	text := log.Checkpoint{Origin: l.opts.Origin, Size: size, Hash: root[:]}.Marshal()
	signed, err := note.Sign(&note.Note{Text: string(text)}, l.opts.Signer)
	if err != nil {
		return nil, fmt.Errorf("sign a checkpoint of %d leaves: %w", size, err)
	}
	return signed, nil
}

// cosign asks the witnesses and returns the checkpoint with their lines once the
// policy is satisfied. A witness still busy with an earlier round is left alone.
func (l *Log) cosign(ctx context.Context, size uint64, signed []byte) (cosigned []byte, err error) {
	answers := make(chan cosignature, len(l.witnesses))
	asked := 0
	for _, w := range l.witnesses {
		if !w.begin() {
			continue
		}
		asked++
		l.running.Add(1)
		go func() {
			defer l.running.Done()
			line, err := w.ask(ctx, l, size, signed)
			w.end(err)
			answers <- cosignature{line: line, err: err}
		}()
	}
	defer func() {
		if err == nil || l.State().RolledBack != nil {
			l.pub.hear()
		}
	}()
	cosigned = signed
	satisfied := l.policy.satisfied(cosigned)
	var trouble error
	var grace <-chan time.Time
	for ; asked > 0; asked-- {
		if satisfied && grace == nil {
			timer := time.NewTimer(stragglerGrace)
			defer timer.Stop()
			grace = timer.C
		}
		select {
		case a := <-answers:
			if a.err != nil {
				trouble = a.err
				continue
			}
			cosigned = append(cosigned[:len(cosigned):len(cosigned)], a.line...)
			satisfied = l.policy.satisfied(cosigned)
		case <-grace:
			return cosigned, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if !satisfied {
		if trouble == nil {
			trouble = errBusy
		}
		return nil, vocab.ReceiptWaiting.Wrap(trouble, "the witness policy is not satisfied for %d leaves", size)
	}
	return cosigned, nil
}
