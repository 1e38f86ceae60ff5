package app

import (
	"archive/tar"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

// frameSize is how much of a file is sealed at a time, so that a backup of any
// size needs little memory. Each frame is bound to its file, its place and to
// being the last, so that none can be dropped, moved or exchanged.
const frameSize = 1 << 20

func frameName(name string, n int64, last bool) []byte {
	return fmt.Appendf(nil, "%s\x00%d\x00%t", name, n, last)
}

// sealFile writes a file as one part of sealed frames.
func (a *App) sealFile(out *tar.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	frames := size/frameSize + 1 // the last frame may be empty
	total := size + frames*(4+keys.SealOverhead)
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: total, Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	buf := make([]byte, frameSize)
	for n := range frames {
		part := buf[:min(frameSize, size-n*frameSize)]
		if _, err := io.ReadFull(f, part); err != nil {
			return fmt.Errorf("%s changed while it was read: %w", name, err)
		}
		sealed, err := a.Keys.Seal(keys.Backup, part, frameName(name, n, n == frames-1))
		if err != nil {
			return err
		}
		if _, err := out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(sealed)))); err != nil {
			return err
		}
		if _, err := out.Write(sealed); err != nil {
			return err
		}
	}
	return nil
}

// frames reads back what sealFile wrote.
type frames struct {
	in    io.Reader
	store *keys.Store
	name  string
	left  int64 // bytes of the part not yet read
	n     int64
	plain []byte
}

// Read gives the plain bytes of the part.
func (f *frames) Read(p []byte) (int, error) {
	for len(f.plain) == 0 {
		if f.left == 0 {
			return 0, io.EOF
		}
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.plain)
	f.plain = f.plain[n:]
	return n, nil
}

func (f *frames) next() error {
	var head [4]byte
	if _, err := io.ReadFull(f.in, head[:]); err != nil {
		return vocab.FileUnreadable.Wrap(err, "part %s is cut short", f.name)
	}
	size := int64(binary.BigEndian.Uint32(head[:]))
	if size > frameSize+keys.SealOverhead || size+4 > f.left {
		return vocab.FileUnreadable.Because("part %s has a frame of %d bytes", f.name, size)
	}
	sealed := make([]byte, size)
	if _, err := io.ReadFull(f.in, sealed); err != nil {
		return vocab.FileUnreadable.Wrap(err, "part %s is cut short", f.name)
	}
	f.left -= size + 4
	plain, err := f.store.Unseal(keys.Backup, sealed, frameName(f.name, f.n, f.left == 0))
	if err != nil {
		return fmt.Errorf("part %s: %w", f.name, err)
	}
	f.n++
	f.plain = plain
	return nil
}
