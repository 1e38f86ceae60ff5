package look

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"

	pages "fontis/web"
)

// Static serves the stylesheet and the sign of the house. An address that names
// the version of their bytes may be kept for a year.
type Static struct {
	files   http.Handler
	Version string
}

// OpenStatic reads them.
func OpenStatic() (*Static, error) {
	h := sha256.New()
	err := fs.WalkDir(pages.Static, "static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(pages.Static, path)
		h.Write(b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the stylesheet: %w", err)
	}
	return &Static{files: http.FileServerFS(pages.Static), Version: hex.EncodeToString(h.Sum(nil)[:6])}, nil
}

// ServeHTTP serves one file.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("v") == s.Version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	s.files.ServeHTTP(w, r)
}
