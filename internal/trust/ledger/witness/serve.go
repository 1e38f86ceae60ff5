package witness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"fontis/internal/engine/clock"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

const (
	// maxBody holds 63 proof lines and a checkpoint with dozens of signatures.
	maxBody = 64 << 10
	// maxLogJSON is the longest log.json that is read.
	maxLogJSON = 16 << 10
	// sizeType marks a body that is the witness's size (C2SP tlog-witness).
	sizeType = "text/x.tlog.size"
	// maxCallers bounds the memory of the limiter.
	maxCallers = 4096
	drainTime  = 5 * time.Second
)

// Handler answers the routes that the package's doc lists.
func (w *Witness) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", w.addCheckpoint)
	mux.HandleFunc("GET /logs", w.listLogs)
	mux.HandleFunc("GET /logs/{id}/checkpoint", w.note(func(l *watched) []byte { _, signed := l.latest(); return signed }))
	mux.HandleFunc("GET /logs/{id}/fork", w.note((*watched).forked))
	mux.HandleFunc("GET /witness.json", w.about)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !w.limit.allow(r.RemoteAddr) {
			http.Error(rw, "too many calls", http.StatusTooManyRequests)
			return
		}
		mux.ServeHTTP(rw, r)
	})
}

func (w *Witness) addCheckpoint(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		http.Error(rw, "the request is too long", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(rw, "the request broke off", http.StatusBadRequest)
		return
	}
	req, ok := parseRequest(body)
	if !ok {
		http.Error(rw, "this is no add-checkpoint request", http.StatusBadRequest)
		return
	}
	v := w.submit(req)
	switch {
	case v.status == http.StatusOK:
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		rw.Write(v.line)
	case v.tellSize:
		rw.Header().Set("Content-Type", sizeType)
		rw.WriteHeader(v.status)
		fmt.Fprintf(rw, "%d\n", v.size)
	default:
		http.Error(rw, v.reason, v.status)
	}
}

// Known is one log as GET /logs lists it.
type Known struct {
	Origin     string `json:"origin"`
	VKey       string `json:"vkey"`
	Size       uint64 `json:"size"`
	Checkpoint string `json:"checkpoint"` // path of the latest cosigned one
	Refused    string `json:"refused,omitempty"`
}

func (w *Witness) listLogs(rw http.ResponseWriter, _ *http.Request) {
	out := []Known{}
	for _, l := range w.list() {
		size, _ := l.latest()
		out = append(out, Known{Origin: l.origin, VKey: l.vkey, Size: size, Checkpoint: "/logs/" + ID(l.origin) + "/checkpoint", Refused: w.whyRefused(l.origin)})
	}
	answerJSON(rw, out)
}

func (w *Witness) whyRefused(origin string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused[origin]
}

// note serves one signed note of the log named by its id.
func (w *Witness) note(of func(*watched) []byte) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		for _, l := range w.list() {
			if ID(l.origin) != r.PathValue("id") {
				continue
			}
			if signed := of(l); signed != nil {
				rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
				rw.Header().Set("Cache-Control", "no-store")
				rw.Write(signed)
				return
			}
		}
		http.Error(rw, "nothing of this log is held here", http.StatusNotFound)
	}
}

func (w *Witness) about(rw http.ResponseWriter, _ *http.Request) {
	answerJSON(rw, map[string]string{"name": w.opts.Name, "vkey": w.VKey()})
}

func answerJSON(rw http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(rw, "no answer", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.Write(append(b, '\n'))
}

// logJSON is what a log says of itself at ADDRESS/log.json.
type logJSON struct {
	Origin string `json:"origin"`
	VKey   string `json:"vkey"`
}

// AddLog fetches a log's key from its address and pins it.
func (w *Witness) AddLog(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/log.json", nil)
	if err != nil {
		return vocab.BadInput.Wrap(err, "the address %s", address)
	}
	resp, err := w.opts.Client.Do(req)
	if err != nil {
		return vocab.LedgerAway.Wrap(err, "the log at %s", address)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return vocab.LedgerAway.Because("%s/log.json answered %d", address, resp.StatusCode)
	}
	var j logJSON
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxLogJSON)).Decode(&j); err != nil {
		return vocab.BadInput.Wrap(err, "%s/log.json", address)
	}
	if name, err := proof.VKeyName(j.VKey); err != nil || name != j.Origin {
		return vocab.BadInput.Because("%s/log.json names origin %q and key %q, which do not belong together", address, j.Origin, j.VKey)
	}
	return w.Pin(j.VKey, address)
}

// Serve runs a witness until ctx ends. Logs that do not answer yet are asked
// again; one that shows another key than the pinned one is refused and listed so.
func Serve(ctx context.Context, opts Options) error {
	w, err := Open(opts)
	if err != nil {
		return err
	}
	defer w.Close()
	return w.Serve(ctx)
}

// Serve is the package's Serve for an open witness; the caller closes it.
func (w *Witness) Serve(ctx context.Context) error {
	listener := w.opts.Listener
	if listener == nil {
		var err error
		if listener, err = net.Listen("tcp", w.opts.Address); err != nil {
			return fmt.Errorf("listening on %s: %w", w.opts.Address, err)
		}
	}
	srv := &http.Server{
		Handler: w.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 15 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var following sync.WaitGroup
	for _, address := range w.opts.Logs {
		following.Go(func() { w.follow(ctx, address) })
	}
	defer following.Wait()
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	w.opts.Log.Info("the witness listens", "address", listener.Addr().String(), "vkey", w.VKey())
	select {
	case err := <-served:
		stop()
		return fmt.Errorf("serving the witness: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := srv.Shutdown(drain)
	<-served
	return err
}

// limiter gives each caller's address its own pace.
type limiter struct {
	perSecond float64
	clock     clock.Clock
	mu        sync.Mutex // guards callers
	callers   map[netip.Addr]*rate.Limiter
}

func newLimiter(perSecond float64, c clock.Clock) *limiter {
	return &limiter{perSecond: perSecond, clock: c, callers: map[netip.Addr]*rate.Limiter{}}
}

func (l *limiter) allow(remote string) bool {
	addr, err := netip.ParseAddrPort(remote)
	if err != nil {
		addr = netip.AddrPort{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	caller := l.callers[addr.Addr()]
	if caller == nil {
		if len(l.callers) >= maxCallers {
			clear(l.callers)
		}
		caller = rate.NewLimiter(rate.Limit(l.perSecond), int(2*l.perSecond)+1)
		l.callers[addr.Addr()] = caller
	}
	return caller.AllowN(l.clock.Now(), 1)
}
