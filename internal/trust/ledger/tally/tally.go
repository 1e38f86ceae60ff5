package tally

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
)

// Log is what the tally needs of a log.
type Log interface {
	Size(ctx context.Context) (uint64, error)
	RootAt(ctx context.Context, size uint64) ([32]byte, error)
	Leaves(ctx context.Context, from, to uint64, each func(index uint64, leaf []byte) error) error
}

// Options wire a tally.
type Options struct {
	DB    *db.DB
	Logs  []Named // every log of the node, the growing one last
	Clock clock.Clock
	Diary *slog.Logger
	// Alarm hears once a round of findings that the round before did not have,
	// before they are written down: after a crash in between it hears again.
	Alarm func(context.Context, []Finding) error
}

// Named is a log with its origin.
type Named struct {
	Origin string
	Log    Log
}

// How much one step takes on: enough that reading in bulk pays, little enough
// that a step ends within tens of milliseconds.
const (
	entriesAtOnce = 1024
	leavesAtOnce  = 16 << 10
	rowsAtOnce    = 4096
	touchesAtOnce = 8192
)

// The pace of the background round: a twentieth of one processor, and a new
// round some hours after the last one ended.
const (
	share      = 20
	firstPause = 30 * time.Second
	longPause  = 2 * time.Second
	restPause  = 4 * time.Hour
	waitPause  = 100 * time.Millisecond
	keepEvery  = 10 * time.Second
)

// Tally is safe for concurrent use.
type Tally struct {
	o     Options
	store store

	stepping sync.Mutex // one step at a time; guards what follows
	books    []Book
	erased   erasures
	kept     time.Time // when the place was last written down

	mu     sync.Mutex // guards what follows
	s      *state     // replaced whole after each step
	loaded bool
	wish   chan struct{} // somebody waits for a whole round
	hurry  int64         // the round that somebody waits for
}

// New makes a tally over the node's logs; Step or Run moves it.
func New(o Options) *Tally {
	if o.Diary == nil {
		o.Diary = slog.New(slog.DiscardHandler)
	}
	return &Tally{o: o, s: &state{}, wish: make(chan struct{}, 1)}
}

// phase is the part of a round.
type phase int

const (
	resting phase = iota
	inRecords
	inTail // records that had no place yet when the round began
	inLogs
	inChains
	inBooks // tables beside the ledger's
)

var phaseWords = [...]string{"resting", "records", "newest", "log", "chains", "books"}

// state is a round's place; it is written down as it is.
type state struct {
	Round    int64     `json:"round"`
	Begun    time.Time `json:"begun"`
	Ended    time.Time `json:"ended"` // of the last whole round
	Phase    phase     `json:"phase"`
	Last     int64     `json:"last"`     // the newest entry of the round
	Settled  int64     `json:"settled"`  // up to which all had their place when it began
	Pos      int64     `json:"pos"`      // entries up to it are done
	Records  int64     `json:"records"`  // entries held so far
	Logs     []side    `json:"logs"`     // one a log
	Chain    link      `json:"chain"`    // the last link seen
	Book     int       `json:"book"`     // books held so far
	Touched  sum       `json:"touched"`  // of the records' openings
	Chained  sum       `json:"chained"`  // of the chains
	Claimed  sum       `json:"claimed"`  // outcomes that accesses have
	Grouped  sum       `json:"grouped"`  // outcomes that groups bind
	Late     []int64   `json:"late"`     // entries that had no place when they were held
	Skipped  []byte    `json:"skipped"`  // entries whose openings cannot be read
	Alarmed  bool      `json:"alarmed"`  // those who keep the node heard of this round
	Findings findings  `json:"findings"` // of this round
	Before   findings  `json:"before"`   // of the last whole round

	skip *roaring64.Bitmap
}

// side is one log and what the records say of it.
type side struct {
	Origin  string       `json:"origin"`
	Size    uint64       `json:"size"` // leaves of the round
	Pos     uint64       `json:"pos"`
	Records sum          `json:"records"`
	Leaves  sum          `json:"leaves"`
	Right   []proof.Hash `json:"right"` // complete subtrees, the largest first
	Loose   []proof.Hash `json:"loose"` // leaves of records that a restore left without a place
}

type link struct {
	Person []byte `json:"person"`
	N      int64  `json:"n"`
	Seq    int64  `json:"seq"`
	Root   []byte `json:"root"`
}

// Report is how the tally stands.
type Report struct {
	Round    int64     `json:"round"`
	Phase    string    `json:"phase"`
	Done     int64     `json:"done"` // of Total, in the present phase
	Total    int64     `json:"total"`
	Records  int64     `json:"records"` // held against their leaves in this round
	Begun    time.Time `json:"begun,omitzero"`
	Ended    time.Time `json:"ended,omitzero"` // the last whole round
	Count    int       `json:"count"`
	Findings []Finding `json:"findings"`
}

// Report tells the present place and what the last whole round and this one found.
func (t *Tally) Report(ctx context.Context) (Report, error) {
	if err := t.resume(ctx); err != nil {
		return Report{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.s.report(), nil
}

func (s *state) report() Report {
	r := Report{Round: s.Round, Phase: phaseWords[s.Phase], Records: s.Records, Begun: s.Begun, Ended: s.Ended, Done: s.Pos, Total: s.Last}
	if s.Phase == inLogs {
		r.Done, r.Total = 0, 0
		for _, l := range s.Logs {
			r.Done, r.Total = r.Done+int64(l.Pos), r.Total+int64(l.Size)
		}
	}
	if s.Phase == inChains { // how far along the pseudonyms, which are evenly spread
		r.Done, r.Total = 0, 256
		if len(s.Chain.Person) > 0 {
			r.Done = int64(s.Chain.Person[0])
		}
	}
	if s.Phase == inBooks {
		r.Done, r.Total = int64(s.Book), int64(s.Book+1)
	}
	all := findings{Count: s.Before.Count, List: slices.Clone(s.Before.List)}
	all.add(s.Findings.List...)
	all.sort()
	r.Count, r.Findings = max(all.Count, s.Findings.Count), all.List
	return r
}

// resume reads the place that the last run kept.
func (t *Tally) resume(ctx context.Context) error {
	t.mu.Lock()
	loaded := t.loaded
	t.mu.Unlock()
	if loaded {
		return nil
	}
	var b []byte
	err := t.o.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		b, err = t.store.load(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the tally's place: %w", err)
	}
	s := &state{}
	if len(b) > 0 && (json.Unmarshal(b, s) != nil || !s.whole()) {
		t.o.Diary.Warn("the tally's place cannot be read; it begins again")
		s = &state{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.loaded {
		t.s, t.loaded = s, true
	}
	return nil
}

// whole reads what a state holds sealed up, and tells whether it can.
func (s *state) whole() bool {
	s.skip = roaring64.New()
	return s.Phase >= resting && s.Phase <= inBooks && (len(s.Skipped) == 0 || s.skip.UnmarshalBinary(s.Skipped) == nil)
}

func (s *state) clone() *state {
	c := *s
	c.Logs = slices.Clone(s.Logs)
	for i := range c.Logs {
		c.Logs[i].Right, c.Logs[i].Loose = slices.Clone(c.Logs[i].Right), slices.Clone(c.Logs[i].Loose)
	}
	c.Findings.List = slices.Clone(s.Findings.List)
	return &c
}

// Step does the next piece of the present round with so many workers, or begins a
// round; ended says that a round is whole, wait that others must finish first.
func (t *Tally) Step(ctx context.Context, workers int) (ended, wait bool, err error) {
	return t.step(ctx, workers, 0)
}

// step is Step that begins no round once the given one is whole; 0 for none.
func (t *Tally) step(ctx context.Context, workers int, round int64) (ended, wait bool, err error) {
	t.stepping.Lock()
	defer t.stepping.Unlock()
	if err := t.resume(ctx); err != nil {
		return false, false, err
	}
	t.mu.Lock()
	s := t.s.clone()
	t.mu.Unlock()
	was := s.Phase
	if round > 0 && was == resting && s.Round >= round {
		return true, false, nil
	}
	switch s.Phase {
	case resting:
		err = t.begin(ctx, s)
	case inRecords:
		err = t.records(ctx, s, s.Settled, max(workers, 1))
	case inTail:
		wait, err = t.tail(ctx, s, max(workers, 1))
	case inLogs:
		err = t.logs(ctx, s)
	case inChains:
		err = t.chains(ctx, s)
	case inBooks:
		err = t.hold(ctx, s)
	}
	if err == nil {
		err = t.settle(ctx, s, s.Phase != was)
	}
	return err == nil && was == inBooks && s.Phase == resting, wait, err
}

// settle takes over the new place and now and then writes it down.
func (t *Tally) settle(ctx context.Context, s *state, turned bool) error {
	t.mu.Lock()
	before := t.s.report().Findings
	t.mu.Unlock()
	var news []Finding
	for _, f := range s.report().Findings {
		if !holds(before, &f) {
			news = append(news, f)
		}
	}
	for _, f := range news {
		t.o.Diary.Error("record and log disagree", "finding", f.String())
	}
	if len(news) > 0 && !s.Alarmed && t.o.Alarm != nil {
		if err := t.o.Alarm(ctx, news); err != nil {
			return fmt.Errorf("raise the alarm: %w", err)
		}
		s.Alarmed = true
	}
	t.mu.Lock()
	t.s = s
	t.mu.Unlock()
	now := t.o.Clock.Now()
	if !turned && len(news) == 0 && now.Sub(t.kept) < keepEvery && !now.Before(t.kept) {
		return nil
	}
	if s.skip != nil {
		s.skip.RunOptimize()
		packed, err := s.skip.MarshalBinary()
		if err != nil {
			return err
		}
		s.Skipped = packed
	}
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	err = t.o.DB.Write(ctx, func(tx *db.Tx) error { return t.store.keep(ctx, tx, now.UnixMicro(), b) })
	if err != nil {
		return fmt.Errorf("keep the tally's place: %w", err)
	}
	t.kept = now
	return nil
}

// Run keeps going round until ctx ends: slowly, or with all processors while
// somebody waits for a round. A short command is over before it begins.
func (t *Tally) Run(ctx context.Context) {
	for t.pause(ctx, firstPause); ctx.Err() == nil; {
		t.mu.Lock()
		hurry := t.hurry > t.s.Round || t.hurry == t.s.Round && t.s.Phase != resting
		t.mu.Unlock()
		workers := 1
		if hurry {
			workers = runtime.GOMAXPROCS(0)
		}
		began := time.Now()
		ended, wait, err := t.Step(ctx, workers)
		pause := time.Duration(0)
		switch {
		case err != nil && ctx.Err() == nil:
			t.o.Diary.Warn("the tally waits", "error", err)
			pause = longPause
		case wait:
			pause = waitPause
		case ended && !hurry:
			pause = restPause
		case !hurry:
			pause = time.Since(began) * (share - 1)
		}
		t.pause(ctx, pause)
	}
}

func (t *Tally) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.wish:
	case <-ctx.Done():
		return false
	}
	return true
}

// Hurry asks Run for a whole round that begins now, and returns its number.
func (t *Tally) Hurry(ctx context.Context) (int64, error) {
	round, err := t.afresh(ctx)
	select {
	case t.wish <- struct{}{}:
	default:
	}
	return round, err
}

// afresh drops the round that is under way and gives the number of the next.
func (t *Tally) afresh(ctx context.Context) (int64, error) {
	if err := t.resume(ctx); err != nil {
		return 0, err
	}
	t.stepping.Lock()
	t.mu.Lock()
	if t.s.Phase != resting { // what this round has passed may have changed since
		t.s = &state{Round: t.s.Round, Ended: t.s.Ended, Before: t.s.report().both()}
	}
	t.hurry = t.s.Round + 1
	round := t.hurry
	t.mu.Unlock()
	t.stepping.Unlock()
	return round, nil
}

func (r Report) both() findings { return findings{List: r.Findings, Count: r.Count} }

// All holds everything against everything now, from the first entry on, and tells
// of its progress after each step.
func (t *Tally) All(ctx context.Context, progress func(Report)) (Report, error) {
	round, err := t.afresh(ctx)
	if err != nil {
		return Report{}, err
	}
	for {
		ended, wait, err := t.step(ctx, runtime.GOMAXPROCS(0), round)
		if err != nil {
			return Report{}, err
		}
		r, err := t.Report(ctx)
		if err != nil || ended {
			return r, err
		}
		if progress != nil {
			progress(r)
		}
		if wait && !t.pause(ctx, waitPause) {
			return Report{}, ctx.Err()
		}
	}
}
