package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"fontis/internal/duty/catalog/intake/input"
)

// Open recognises a file by its content and gives its reader; the column names
// that departments use help to find the header.
func Open(r io.ReaderAt, size int64, o input.Options) (input.Reader, error) {
	names := columnWords()
	o.Known = func(column string) string { return string(names[fold(column)]) }
	return input.Open(r, size, o)
}

// ImportID names an import after its file and its mapping, so that the same
// file under the same mapping is the same import.
func ImportID(file [32]byte, m Mapping) (string, error) {
	canonical, err := m.canonical()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	h.Write([]byte("fontis/import/v1\n"))
	h.Write(file[:])
	h.Write(canonical)
	return "imp-" + hex.EncodeToString(h.Sum(nil)[:16]), nil
}
