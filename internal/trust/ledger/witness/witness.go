package witness

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sys/unix"

	"fontis/internal/engine/clock"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Options say who the witness is, where it keeps its memory, and whom it watches.
type Options struct {
	Dir   string             // state folder, made when missing; one process at a time
	Name  string             // the name in its signatures, a schema-less address
	Key   ed25519.PrivateKey // from the witness's own keys folder
	Logs  []string           // addresses of logs; each is pinned at first use
	Clock clock.Clock        // nil is the machine's

	Listener net.Listener // where Serve listens; nil means Address
	Address  string
	Client   *http.Client  // fetches log.json; nil is one with short time limits
	Retry    time.Duration // pause before an unreachable log.json is asked for again; 0 is 5 s
	Log      *slog.Logger  // nil discards

	// CallsPerSecond limits one caller's address; 0 is 100. A log publishes at
	// most ten checkpoints a second.
	CallsPerSecond float64
}

const (
	// maxLogs bounds the origins one witness remembers: whoever holds a log's key
	// could otherwise make it write successors without end.
	maxLogs      = 10_000
	defaultRetry = 5 * time.Second
	defaultRate  = 100
)

// Witness is an open state folder with the key that signs.
type Witness struct {
	opts   Options
	signer note.Signer
	limit  *limiter
	lock   *os.File
	disk   disk

	mu      sync.Mutex // guards logs and refused, not what a log's own lock guards
	logs    map[string]*watched
	refused map[string]string // address or origin -> why its key was refused
}

// Open reads the state folder and takes its lock.
func Open(opts Options) (*Witness, error) {
	if opts.Clock == nil {
		opts.Clock = clock.System()
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Client == nil {
		opts.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if opts.Retry <= 0 {
		opts.Retry = defaultRetry
	}
	if opts.CallsPerSecond <= 0 {
		opts.CallsPerSecond = defaultRate
	}
	if len(opts.Key) != ed25519.PrivateKeySize {
		return nil, vocab.KeyMissing.Because("the witness %s has no Ed25519 key", opts.Name)
	}
	signer, err := proof.NewCosigner(opts.Name, opts.Key, opts.Clock.Now)
	if err != nil {
		return nil, err
	}
	w := &Witness{
		opts: opts, signer: signer, limit: newLimiter(opts.CallsPerSecond, opts.Clock),
		disk: disk{opts.Dir, (*os.File).Sync}, logs: map[string]*watched{}, refused: map[string]string{},
	}
	if w.lock, err = lockDir(opts.Dir); err != nil {
		return nil, err
	}
	if err := w.load(); err != nil {
		w.lock.Close()
		return nil, err
	}
	return w, nil
}

// lockDir keeps a second process away: two memories of one log are none.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the witness folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the witness folder's lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, vocab.LeaseHeld.Because("another process runs this witness folder")
	}
	return f, nil
}

// Close gives the folder free.
func (w *Witness) Close() error { return w.lock.Close() }

// VKey is the verifier key that belongs into policies.
func (w *Witness) VKey() string {
	return proof.WitnessVKey(w.opts.Name, w.opts.Key.Public().(ed25519.PublicKey))
}

// ID names an origin in addresses and files.
func ID(origin string) string {
	h := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(h[:])
}

// Pin makes a log known by its verifier key. A known origin with another key is
// refused and changes nothing.
func (w *Witness) Pin(vkey, from string) error {
	origin, err := proof.VKeyName(vkey)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.logs {
		sameLog := l.origin == origin || from != "" && l.from == from ||
			proof.IsSuccessor(l.origin, origin) || proof.IsSuccessor(origin, l.origin)
		if sameLog && !proof.SameKey(l.vkey, vkey) {
			w.refused[origin] = fmt.Sprintf("the key %s was shown, pinned is %s", vkey, l.vkey)
			w.opts.Log.Error("a log shows another key than the pinned one; refused", "origin", origin, "from", from, "pinned", l.vkey, "shown", vkey)
			return vocab.LogKeyChanged.Because("the log %s shows the key %s, pinned at first use was %s", origin, vkey, l.vkey)
		}
	}
	if w.logs[origin] != nil {
		return nil
	}
	return w.add(origin, vkey, from)
}

// add writes the pin; w.mu is held.
func (w *Witness) add(origin, vkey, from string) error {
	if len(w.logs) >= maxLogs {
		return vocab.TooManyCalls.Because("the witness remembers %d logs already and takes no more", len(w.logs))
	}
	l := newWatched(w.disk, origin, vkey, from)
	if err := l.writePin(); err != nil {
		return err
	}
	w.logs[origin] = l
	w.opts.Log.Info("a log is pinned at first use", "origin", origin, "vkey", vkey, "from", from)
	return nil
}

// find gives the log of an origin. An unknown origin that follows a pinned one
// is returned unpinned: it is remembered only once its signature held.
func (w *Witness) find(origin string) (l *watched, fresh bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l := w.logs[origin]; l != nil {
		return l, false
	}
	for _, l := range w.logs {
		if vkey, err := proof.SuccessorVKey(l.vkey, origin); err == nil {
			return newWatched(w.disk, origin, vkey, l.from), true
		}
	}
	return nil, false
}

// keep pins a successor whose signature held; of two at once the first counts.
func (w *Witness) keep(l *watched) (*watched, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known := w.logs[l.origin]; known != nil {
		return known, nil
	}
	w.opts.Log.Warn("a log begins a new origin after a declared loss", "origin", l.origin)
	if err := w.add(l.origin, l.vkey, l.from); err != nil {
		return nil, err
	}
	return w.logs[l.origin], nil
}

// list gives the known logs in the order of their origins.
func (w *Witness) list() []*watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]*watched, 0, len(w.logs))
	for _, l := range w.logs {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *watched) int { return strings.Compare(a.origin, b.origin) })
	return out
}

// follow fetches log.json of one address until it was pinned or refused.
func (w *Witness) follow(ctx context.Context, address string) {
	for {
		err := w.AddLog(ctx, address)
		if err == nil || vocab.KindOf(err) != vocab.Unavailable {
			return
		}
		w.opts.Log.Info("a log does not show its key yet", "address", address, "cause", err.Error())
		pause := time.NewTimer(w.opts.Retry)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}
