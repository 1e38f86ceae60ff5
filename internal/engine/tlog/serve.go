package tlog

import (
	"encoding/binary"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/transparency-dev/tessera/api/layout"

	"fontis/internal/vocab"
)

// The cache headers of tlog-tiles: a tile never changes, a checkpoint does.
const (
	cacheForever = "public, max-age=31536000, immutable"
	cacheNever   = "no-cache"
)

// Handler serves the log as C2SP tlog-tiles says: /checkpoint, /tile/<L>/<N> and
// /tile/entries/<N>, partial ones with .p/<W>. Mount it with http.StripPrefix
// under the address that the origin names. Nothing it serves is secret.
func (l *Log) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "a log is only read", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.URL.Path == "/"+checkpointFile {
			l.serveCheckpoint(w, r)
			return
		}
		rest, ok := strings.CutPrefix(r.URL.Path, "/tile/")
		if !ok {
			http.NotFound(w, r)
			return
		}
		kind, name, _ := strings.Cut(rest, "/")
		data, err := l.resource(r, kind, name)
		if err != nil {
			l.serveError(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", cacheForever)
		write(w, data)
	})
}

func (l *Log) serveCheckpoint(w http.ResponseWriter, r *http.Request) {
	cp, err := l.Checkpoint(r.Context())
	if err != nil {
		l.serveError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", cacheNever)
	write(w, cp)
}

func write(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	// The reader may go away in the middle; nobody is left to tell.
	_, _ = w.Write(data)
}

// serveError answers in plain words, since the readers are programs of others.
func (l *Log) serveError(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Cache-Control", "no-store")
	switch vocab.KindOf(err) {
	case vocab.NotFound, vocab.Invalid:
		http.NotFound(w, r)
	case vocab.Unavailable:
		l.opts.Diary.WarnContext(r.Context(), "log resource is not available", "path", r.URL.Path, "error", err)
		http.Error(w, "not available now", http.StatusServiceUnavailable)
	default:
		if !errors.Is(err, r.Context().Err()) {
			l.opts.Diary.ErrorContext(r.Context(), "log resource could not be read", "path", r.URL.Path, "error", err)
		}
		http.Error(w, "could not be read", http.StatusInternalServerError)
	}
}

// resource reads the tile or bundle that a path names, of exactly that width. A
// partial one is cut from what the tree holds today, so a swept file is still
// there and a file that a killed process left is never shown.
func (l *Log) resource(r *http.Request, kind, name string) ([]byte, error) {
	size, err := l.Size(r.Context())
	if err != nil {
		return nil, err
	}
	if kind == "entries" {
		index, p, err := layout.ParseTileIndexPartial(name)
		if err != nil {
			return nil, vocab.NoSuchThing.Wrap(err, "entries %q", name)
		}
		return l.rawBundle(size, index, width(p))
	}
	level, index, p, err := layout.ParseTileLevelIndexPartial(kind, name)
	if err != nil {
		return nil, vocab.NoSuchThing.Wrap(err, "tile %q %q", kind, name)
	}
	return l.tile(size, level, index, width(p))
}

func width(p uint8) int {
	if p == 0 {
		return tileWidth
	}
	return int(p)
}

// rawBundle is the first n entries of a bundle in the format of tlog-tiles.
func (l *Log) rawBundle(size, index uint64, n int) ([]byte, error) {
	have := tileHas(size, 0, index)
	if n > have {
		return nil, vocab.NoSuchThing.Because("bundle %d holds %d entries, not %d", index, have, n)
	}
	data, err := l.readFull(func(p uint8) string { return layout.EntriesPath(index, p) }, uint8(have%tileWidth))
	if err != nil {
		return nil, vocab.LedgerCorrupt.Wrap(err, "bundle %d of %d entries", index, have)
	}
	end := 0
	for i := range n {
		if len(data) < end+2 || len(data) < end+2+int(binary.BigEndian.Uint16(data[end:])) {
			return nil, vocab.LedgerCorrupt.Because("bundle %d ends inside entry %d", index, i)
		}
		end += 2 + int(binary.BigEndian.Uint16(data[end:]))
	}
	return data[:end], nil
}
