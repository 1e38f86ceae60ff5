package look

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/edge/call"
	pages "fontis/web"
)

// Static serves the made stylesheet and script and the pictures of the house. An
// address that names the version of their bytes may be kept for a year.
type Static struct {
	files   map[string]file
	Version string
}

// file is one file, as it is and packed where that is smaller.
type file struct {
	kind          string
	plain, packed []byte
}

// OpenStatic reads them once and packs them.
func OpenStatic() (*Static, error) {
	s := &Static{files: map[string]file{}}
	sum := sha256.New()
	for dir, from := range map[string]fs.FS{"static": pages.Static, "dist": pages.Dist} {
		list, err := fs.ReadDir(from, dir)
		if err != nil {
			return nil, fmt.Errorf("read the files of the pages: %w", err)
		}
		for _, e := range list {
			b, err := fs.ReadFile(from, path.Join(dir, e.Name()))
			if err != nil {
				return nil, fmt.Errorf("read a file of the pages: %w", err)
			}
			if s.files[e.Name()], err = pack(e.Name(), b); err != nil {
				return nil, err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		sum.Write(s.files[name].plain)
	}
	s.Version = hex.EncodeToString(sum.Sum(nil)[:6])
	return s, nil
}

func pack(name string, b []byte) (file, error) {
	f := file{kind: mime.TypeByExtension(path.Ext(name)), plain: b}
	switch path.Ext(name) {
	case ".js":
		f.kind = "text/javascript; charset=utf-8"
	case ".txt", ".sha256":
		f.kind = "text/plain; charset=utf-8"
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return f, fmt.Errorf("pack %s: %w", name, err)
	}
	if out.Len() < len(b)*9/10 {
		f.packed = out.Bytes()
	}
	return f, nil
}

// ServeHTTP serves one file.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/static/")
	f, ok := s.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	if r.URL.Query().Get("v") == s.Version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Content-Type", f.kind)
	switch name {
	case "check.html": // its own policy holds only where it is opened as a file
		h.Set("Content-Disposition", `attachment; filename="check.html"`)
	case "keeper.js": // it answers for every page when the network does not
		h.Set("Service-Worker-Allowed", "/")
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", `"`+s.Version+`"`)
	if r.Header.Get("If-None-Match") == `"`+s.Version+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	b := f.plain
	if f.packed != nil && call.Packs(r) {
		h.Set("Content-Encoding", "gzip")
		b = f.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(b) // the reader may be gone
	}
}
