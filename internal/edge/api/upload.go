package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"

	"fontis/internal/vocab"
)

// upload is a file that was sent, with the fields beside it. It lies in the
// scratch folder, nameless to others, until Close.
type upload struct {
	File   *os.File
	Name   string
	Size   int64
	Fields map[string]string
}

// Close removes the file.
func (u *upload) Close() {
	u.File.Close()
	os.Remove(u.File.Name())
}

// maxField is the longest field beside a file: a mapping.
const maxField = 1 << 20

// upload reads a multipart body: the part "file", and short fields.
func (s *server) upload(w http.ResponseWriter, r *http.Request) (*upload, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, vocab.BadInput.Because("the body is not multipart/form-data with a part named file")
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, vocab.BadInput.Because("the multipart body has no boundary")
	}
	f, err := os.CreateTemp(s.Scratch, "upload-*")
	if err != nil {
		return nil, err
	}
	u := &upload{File: f, Fields: map[string]string{}}
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = u.take(p.FormName(), p.FileName(), p)
		}
		if err != nil {
			u.Close()
			var f *vocab.Failure
			if errors.As(err, &f) {
				return nil, err
			}
			return nil, unreadable(err, maxFile)
		}
	}
	if u.Name == "" {
		u.Close()
		return nil, vocab.FieldMissing.Because("the multipart body has no part named file with a file name")
	}
	return u, nil
}

func (u *upload) take(field, name string, r io.Reader) error {
	if field == "file" && name != "" && u.Name == "" {
		u.Name = name
		n, err := io.Copy(u.File, r)
		u.Size = n
		return err
	}
	if len(u.Fields) >= 20 {
		return vocab.BadInput.Because("the multipart body has more than 20 fields")
	}
	b, err := io.ReadAll(io.LimitReader(r, maxField+1))
	if err != nil {
		return err
	}
	if len(b) > maxField {
		return vocab.FileTooLarge.Because("a field beside the file has more than %d bytes", maxField)
	}
	u.Fields[field] = string(b)
	return nil
}

// writeJSON is the answer of a raw route.
func writeJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header()["Content-Type"] = typeJSON
	_, _ = w.Write(append(b, '\n'))
	return nil
}
