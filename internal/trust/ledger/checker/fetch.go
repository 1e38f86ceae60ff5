package checker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fontis/internal/vocab"
)

// The longest files that are read: 256 entries of 65,535 bytes and their
// lengths, and the rest by its nature.
const (
	maxBundle     = 256 * (2 + 65535)
	maxTile       = 256 * 32
	maxCheckpoint = 64 << 10
	maxLogJSON    = 16 << 10
)

// A read that failed for a passing reason is repeated readTries times; one that
// was told to come later is repeated busyTries times, as late as it was told,
// within busyPause and the audit's own limit.
const (
	readTries = 3
	busyTries = 8
	busyPause = 30 * time.Second
)

// errTooLong marks content that no honest log serves.
var errTooLong = errors.New("longer than any such file can be")

// busy is an answer of 429 or 503.
type busy struct {
	text  string
	after time.Duration
}

func (b *busy) Error() string { return b.text }

// files reads the static files of a log. What is not there is fs.ErrNotExist.
type files interface {
	read(ctx context.Context, path string, limit int64) ([]byte, error)
}

// openFiles takes an http(s) address, a file:// address or a folder.
func openFiles(address string, client *http.Client) (files, error) {
	u, err := url.Parse(address)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		return &webFiles{base: strings.TrimSuffix(address, "/"), client: client}, nil
	}
	dir := address
	if err == nil && u.Scheme == "file" {
		dir = u.Path
	}
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, vocab.BadInput.Because("%q is neither an http(s) address nor a folder", address)
	}
	return folder(dir), nil
}

type webFiles struct {
	base   string
	client *http.Client
}

func (w *webFiles) read(ctx context.Context, path string, limit int64) ([]byte, error) {
	for failed, told := 1, 1; ; {
		b, err := w.once(ctx, path, limit)
		var later *busy
		wait := time.Duration(failed) * 200 * time.Millisecond
		switch {
		case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, errTooLong), ctx.Err() != nil:
			return b, err
		case errors.As(err, &later) && told < busyTries:
			told, wait = told+1, later.after
		case failed < readTries:
			failed++
		default:
			return nil, err
		}
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (w *webFiles) once(ctx context.Context, path string, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Cache-Control", "no-cache")
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if err != nil || after < 0 {
			after = 1
		}
		return nil, &busy{fmt.Sprintf("%s: answered %d", path, resp.StatusCode), min(time.Duration(after)*time.Second, busyPause)}
	default:
		return nil, fmt.Errorf("%s: answered %d", path, resp.StatusCode)
	}
	return readAll(resp.Body, path, limit)
}

type folder string

func (f folder) read(ctx context.Context, path string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name := filepath.Join(string(f), filepath.FromSlash(path))
	// A pipe would hold the reader for ever.
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a file", path)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, path, limit)
}

func readAll(r io.Reader, path string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s: %w (%d bytes)", path, errTooLong, limit)
	}
	return b, nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// tilePath is the path of C2SP tlog-tiles: level is a number or "entries".
func tilePath(level string, n uint64, width int) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if width < tileWidth {
		name += ".p/" + strconv.Itoa(width)
	}
	return "tile/" + level + "/" + name
}

// readTile reads a tile or bundle of a width; a partial one that is gone may be
// found in the full one that replaced it, of which the beginning counts; holds
// is the width of what was read.
func readTile(ctx context.Context, f files, at tileAt, limit int64) (b []byte, path string, holds int, err error) {
	path = tilePath(at.level, at.n, at.width)
	b, err = f.read(ctx, path, limit)
	if errors.Is(err, fs.ErrNotExist) && at.width < tileWidth {
		full := tilePath(at.level, at.n, tileWidth)
		if b, ferr := f.read(ctx, full, limit); ferr == nil {
			return b, full, tileWidth, nil
		}
	}
	return b, path, at.width, err
}

type tileAt struct {
	level string
	n     uint64
	width int
}
