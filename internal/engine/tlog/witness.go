package tlog

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/vocab"
)

const (
	// maxAnswer bounds what is read of a witness's answer.
	maxAnswer = 64 << 10
	// maxCorrections is how often one request may be repeated with the size that
	// the witness says it holds.
	maxCorrections = 3
	// sizeMediaType marks a 409 answer whose body is the witness's size.
	sizeMediaType = "text/x.tlog.size"
)

// witness is one remote body that cosigns checkpoints, spoken to as C2SP
// tlog-witness says.
type witness struct {
	name, url string
	verifier  note.Verifier

	mu         sync.Mutex // guards the fields below
	busy       bool       // one request at a time
	size       uint64     // what it cosigned last, as far as is known here
	trouble    string     // why it did not cosign when asked last
	rolledBack *RolledBack
}

// cosignature is a witness's answer: its signature line, or why there is none.
type cosignature struct {
	line []byte
	err  error
}

func (w *witness) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy {
		return false
	}
	w.busy = true
	return true
}

func (w *witness) end(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = false
	w.trouble = ""
	if err != nil {
		w.trouble = err.Error()
	}
}

func (w *witness) state() WitnessState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return WitnessState{Name: w.name, Size: w.size, Trouble: w.trouble, RolledBack: w.rolledBack}
}

func (w *witness) known() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.size
}

func (w *witness) learn(size uint64, alarm *RolledBack) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.size, w.rolledBack = size, alarm
}

// ask shows the witness the checkpoint and returns its verified signature line.
func (w *witness) ask(ctx context.Context, l *Log, size uint64, signed []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.WitnessTimeout)
	defer cancel()
	for range maxCorrections {
		old := w.known()
		if old > size {
			old = 0
		}
		status, kind, body, err := w.post(ctx, l, old, size, signed)
		if err != nil {
			return nil, fmt.Errorf("witness %s: %w", w.name, err)
		}
		switch status {
		case http.StatusOK:
			line, err := w.verify(signed, body)
			if err != nil {
				return nil, err
			}
			w.learn(size, nil)
			return line, nil
		case http.StatusConflict, http.StatusUnprocessableEntity:
			if err := w.conflict(old, size, status, kind, body); err != nil {
				return nil, err
			}
		default:
			return nil, vocab.WitnessRefused.Because("witness %s answered %d", w.name, status)
		}
	}
	return nil, vocab.WitnessRefused.Because("witness %s named another size %d times in a row", w.name, maxCorrections)
}

// conflict reads a refusal of the size or the proof. It answers nil where the
// request is worth repeating with the size that the witness named.
func (w *witness) conflict(old, size uint64, status int, kind string, body []byte) error {
	theirs, err := strconv.ParseUint(strings.TrimSpace(string(body)), 10, 64)
	named := status == http.StatusConflict && kind == sizeMediaType && err == nil
	switch {
	case named && theirs > size:
		w.learn(theirs, &RolledBack{Witness: w.name, TheirSize: theirs, OurSize: size})
		return vocab.WitnessRefused.Because("witness %s holds %d leaves, this log shows %d: it was rolled back", w.name, theirs, size)
	case named && theirs != old:
		w.learn(theirs, w.state().RolledBack)
		return nil
	case status == http.StatusConflict && old != size:
		return vocab.WitnessRefused.Because("witness %s answered 409 to old size %d and named no other", w.name, old)
	default:
		w.learn(old, &RolledBack{Witness: w.name, TheirSize: old, OurSize: size, Forked: true})
		return vocab.WitnessRefused.Because("witness %s answered %d: the tree of %d leaves does not continue the %d it holds", w.name, status, size, old)
	}
}

// post sends one add-checkpoint request.
func (w *witness) post(ctx context.Context, l *Log, old, size uint64, signed []byte) (status int, kind string, body []byte, err error) {
	proof, err := l.Consistency(ctx, old, size)
	if err != nil {
		return 0, "", nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", old)
	for _, h := range proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.Write(signed)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, &b)
	if err != nil {
		return 0, "", nil, err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := l.opts.HTTP.Do(req)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, "", nil, err
	}
	kind, _, err = mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	return resp.StatusCode, kind, body, nil
}

// verify checks the answer under the witness's key and gives its line alone;
// whatever else the answer holds is left out.
func (w *witness) verify(signed, answer []byte) ([]byte, error) {
	n, err := note.Open(append(signed[:len(signed):len(signed)], answer...), note.VerifierList(w.verifier))
	if err != nil {
		return nil, vocab.WitnessRefused.Wrap(err, "witness %s answered without a valid cosignature", w.name)
	}
	return fmt.Appendf(nil, "— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64), nil
}

// newWitnessClient makes the client for a log that was given none. It follows no
// redirect: a witness is reached where the policy says or not at all.
func newWitnessClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
