package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"

	"fontis/internal/edge/client"
	"fontis/internal/vocab"
)

// Upload is a file to be sent, with the fields beside it.
type Upload struct {
	Path   string
	File   string
	Fields map[string]string
}

// SendFile sends a file as multipart/form-data, with a bar, and reads the answer.
// The file is streamed: it may be larger than the memory.
func (c *Console) SendFile(to *client.Client, u Upload, out any) error {
	f, err := os.Open(u.File)
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "%s", u.File)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	b := c.Progress(filepath.Base(u.File), info.Size())
	defer b.End()
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	go func() { write.CloseWithError(u.write(form, b.Over(f))) }()
	resp, err := to.Stream(c.Ctx, client.Request{Method: http.MethodPost, Path: u.Path, Type: form.FormDataContentType(), Body: read})
	// The writer must not wait for a reader that has gone.
	read.CloseWithError(io.ErrClosedPipe)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

func (u Upload) write(form *multipart.Writer, f io.Reader) error {
	for name, value := range u.Fields {
		if value == "" {
			continue
		}
		if err := form.WriteField(name, value); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", filepath.Base(u.File))
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, f); err != nil {
		return err
	}
	return form.Close()
}

// NewFile makes a file that is not there yet, for what a command writes.
func NewFile(file, what string, mode fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, fs.ErrExist):
		return nil, vocab.AlreadyExists.Because("%s would be written to %s, and that file is there", what, file)
	}
	return nil, vocab.BadInput.Wrap(err, "%s cannot be written", what).WithFix("name a file in a folder that is there and that you may write to")
}

// SaveTo writes what a call answers into a new file beside its name, in one step.
func (c *Console) SaveTo(file string, to *client.Client, r client.Request) (err error) {
	resp, err := to.Stream(c.Ctx, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	tmp := file + ".part"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp)
		}
	}()
	b := c.Progress(filepath.Base(file), resp.ContentLength)
	defer b.End()
	_, err = io.Copy(f, b.Over(resp.Body))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}
