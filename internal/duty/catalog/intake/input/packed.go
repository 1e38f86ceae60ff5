package input

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"

	"fontis/internal/vocab"
)

// The packings that are taken off.
const (
	gzipped = "gzip"
	zstded  = "zstd"
)

// The bounds of unpacking: what is looked at before a packing looks like a bomb,
// the window that a zstd file may ask for, and the largest workbook that is
// unpacked into memory; everything else flows.
const (
	bombFrom   = 16 << 20
	maxWindow  = 64 << 20
	packedBook = 32 << 20
)

func packingOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\x1F\x8B")):
		return gzipped
	case bytes.HasPrefix(head, []byte("\x28\xB5\x2F\xFD")):
		return zstded
	}
	return ""
}

// opener gives a file from its beginning, as often as it is asked.
type opener func() (io.ReadCloser, error)

// plainOpener opens a file that is not packed.
func plainOpener(r io.ReaderAt, size int64) opener {
	return func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(r, 0, size)), nil }
}

// packedOpener takes the packing off while it reads.
func packedOpener(r io.ReaderAt, size int64, packing string, lim Limits) opener {
	return func() (io.ReadCloser, error) {
		u := &unpacking{packing: packing, ratio: lim.Ratio}
		u.packed.in = io.NewSectionReader(r, 0, size)
		var err error
		if packing == gzipped {
			var z *gzip.Reader
			z, err = gzip.NewReader(bufio.NewReader(&u.packed))
			u.out, u.done = z, func() {}
		} else {
			var z *zstd.Decoder
			z, err = zstd.NewReader(&u.packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
			if err == nil {
				u.out, u.done = z, z.Close
			}
		}
		if err != nil {
			return nil, vocab.FileUnreadable.Wrap(err, "take the %s packing off", packing).WithFix("fetch the file again, or unpack it first")
		}
		return u, nil
	}
}

// unpacking reads what is packed and stops at a bomb.
type unpacking struct {
	packing string
	packed  counted
	out     io.Reader
	done    func()
	given   int64
	ratio   int64
}

type counted struct {
	in io.Reader
	n  int64
}

// Read counts.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.in.Read(b)
	c.n += int64(n)
	return n, err
}

// Read gives the next bytes of the unpacked file.
func (u *unpacking) Read(b []byte) (int, error) {
	n, err := u.out.Read(b)
	u.given += int64(n)
	if u.given > bombFrom && u.given > u.ratio*max(u.packed.n, 1) {
		return 0, vocab.FileTooLarge.Because("the file unpacks to more than %d times its size", u.ratio).WithFix("unpack it first, and look at what it holds")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = vocab.FileUnreadable.Wrap(err, "take the %s packing off", u.packing).WithFix("fetch the file again, or unpack it first")
	}
	return n, err
}

// Close lets go of the decoder.
func (u *unpacking) Close() error {
	u.done()
	return nil
}

// openWorkbook reads a workbook that was packed once more.
func openWorkbook(again opener, o Options) (Reader, error) {
	in, err := again()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	book, err := io.ReadAll(io.LimitReader(in, packedBook+1))
	if err != nil {
		return nil, err
	}
	if len(book) > packedBook {
		return nil, vocab.FileTooLarge.Because("the packed workbook is larger than %s", BytesWord(packedBook)).WithFix("send the workbook as it is")
	}
	return openXLSX(bytes.NewReader(book), int64(len(book)), o)
}

// closing is a reader that lets go of its file at the end.
type closing struct {
	Reader
	packing string
	file    io.Closer
}

// Facts tell how the file was understood.
func (c *closing) Facts() Facts {
	f := c.Reader.Facts()
	f.Packing = c.packing
	return f
}

// Close ends the reading.
func (c *closing) Close() error { return errors.Join(c.Reader.Close(), c.file.Close()) }
