package segment

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// Version is the version of the format; a segment of another is not opened.
const Version = 2

// section is one part of the bytes.
type section uint8

const (
	secKeyOff section = iota
	secKeys
	secByKey
	secOrder
	secTitleOff
	secTitles
	secSorted
	secOwnOff // names of a document
	secOwn
	secNameOff
	secNames
	secShownOff
	secShown
	secNameRec
	secTermOff
	secTerms
	secTermRec
	secFacets
	secPost
	secBodyOff
	secBody
	sections
)

// The tail: a table of (offset, length) pairs, documents, names, terms, version,
// checksum, magic.
const (
	tableSize = int(sections)*16 + 4*4
	tailSize  = tableSize + 4 + 8
	magic     = "fontisix"
)

// sumChunk is how much one checksum covers; the last one covers the checksums, so
// that a file is checked by several at once.
const sumChunk = 4 << 20

// sums gathers the checksums of chunks.
type sums struct {
	done []byte
	sum  uint32
	n    int
}

func (s *sums) add(p []byte) {
	for len(p) > 0 {
		k := min(len(p), sumChunk-s.n)
		s.sum = crc32.Update(s.sum, crc32.MakeTable(crc32.Castagnoli), p[:k])
		s.n, p = s.n+k, p[k:]
		if s.n == sumChunk {
			s.next()
		}
	}
}

func (s *sums) next() {
	s.done = binary.LittleEndian.AppendUint32(s.done, s.sum)
	s.sum, s.n = 0, 0
}

func (s *sums) whole() uint32 {
	if s.n > 0 {
		s.next()
	}
	return crc32.Checksum(s.done, crc32.MakeTable(crc32.Castagnoli))
}

// sink writes sections one after another.
type sink struct {
	w     *bufio.Writer
	sums  sums
	at    uint64
	table [sections][2]uint64
	err   error
}

func newSink(w io.Writer) *sink { return &sink{w: bufio.NewWriterSize(w, 1<<18)} }

func (s *sink) Write(p []byte) (int, error) {
	if s.err == nil {
		s.sums.add(p)
		s.at += uint64(len(p))
		_, s.err = s.w.Write(p)
	}
	return len(p), s.err
}

func (s *sink) begin(sec section) {
	s.pad()
	s.table[sec][0] = s.at
}

func (s *sink) pad() {
	var zero [8]byte
	if n := s.at % 8; n != 0 {
		_, _ = s.Write(zero[:8-n])
	}
}

func (s *sink) end(sec section) { s.table[sec][1] = s.at - s.table[sec][0] }

func (s *sink) put(sec section, p []byte) {
	s.begin(sec)
	_, _ = s.Write(p)
	s.end(sec)
}

func (s *sink) numbers(sec section, in []uint32) {
	s.begin(sec)
	var buf [4096]byte
	for len(in) > 0 {
		n := min(len(in), len(buf)/4)
		for i, v := range in[:n] {
			binary.LittleEndian.PutUint32(buf[4*i:], v)
		}
		_, _ = s.Write(buf[:4*n])
		in = in[n:]
	}
	s.end(sec)
}

func (s *sink) close(docs, names, terms int) error {
	s.pad()
	tail := make([]byte, 0, tailSize)
	for _, t := range s.table {
		tail = binary.LittleEndian.AppendUint64(tail, t[0])
		tail = binary.LittleEndian.AppendUint64(tail, t[1])
	}
	for _, n := range []int{docs, names, terms, Version} {
		tail = binary.LittleEndian.AppendUint32(tail, uint32(n))
	}
	_, _ = s.Write(tail)
	if s.err != nil {
		return s.err
	}
	last := binary.LittleEndian.AppendUint32(nil, s.sums.whole())
	if _, err := s.w.Write(append(last, magic...)); err != nil {
		return err
	}
	return s.w.Flush()
}

// ErrDamaged tells that bytes are no whole segment of this version.
var ErrDamaged = errors.New("no whole segment of this version")

// Memory opens a segment that lies in memory.
func Memory(data []byte) (*Segment, error) {
	return parse(data, int64(len(data)), bytes.NewReader(data))
}

// Open maps a segment's file, after it has been read once for its checksum where
// check is set. The mapping goes when the segment is no longer used.
func Open(path string, check bool) (*Segment, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s, err := openFile(f, check)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), f.Close())
	}
	s.Path = path
	return s, nil
}

func openFile(f *os.File, check bool) (*Segment, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < int64(tailSize) {
		return nil, ErrDamaged
	}
	if check {
		if err := checksum(f, info.Size()); err != nil {
			return nil, err
		}
	}
	tail := make([]byte, tailSize)
	if _, err := f.ReadAt(tail, info.Size()-int64(tailSize)); err != nil {
		return nil, err
	}
	body := int64(binary.LittleEndian.Uint64(tail[int(secBody)*16:]))
	if body <= 0 || body > info.Size() {
		return nil, ErrDamaged
	}
	mapped, err := syscall.Mmap(int(f.Fd()), 0, int(body), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	s, err := parseTail(mapped, tail, info.Size(), f)
	if err != nil {
		return nil, errors.Join(err, syscall.Munmap(mapped))
	}
	type held struct {
		mapped []byte
		f      *os.File
	}
	runtime.AddCleanup(s, func(h held) {
		_ = syscall.Munmap(h.mapped)
		_ = h.f.Close()
	}, held{mapped, f})
	return s, nil
}

// checksum reads the file in pieces, which leaves nothing mapped.
func checksum(f *os.File, size int64) error {
	covered := size - 12
	chunks := int((covered + sumChunk - 1) / sumChunk)
	parts := make([]byte, 4*chunks)
	var at atomic.Int64
	var all sync.WaitGroup
	for range min(chunks, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			buf := make([]byte, 256<<10)
			for {
				i := at.Add(1) - 1
				if i >= int64(chunks) {
					return
				}
				sum := uint32(0)
				for from, to := i*sumChunk, min(covered, (i+1)*sumChunk); from < to; {
					n, err := f.ReadAt(buf[:min(int64(len(buf)), to-from)], from)
					if n == 0 || err != nil && err != io.EOF {
						return // the sum will not fit
					}
					sum = crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), buf[:n])
					from += int64(n)
				}
				binary.LittleEndian.PutUint32(parts[4*i:], sum)
			}
		})
	}
	all.Wait()
	last := make([]byte, 12)
	if _, err := f.ReadAt(last, covered); err != nil {
		return err
	}
	if string(last[4:]) != magic || binary.LittleEndian.Uint32(last) != crc32.Checksum(parts, crc32.MakeTable(crc32.Castagnoli)) {
		return ErrDamaged
	}
	return nil
}

func parse(data []byte, size int64, body io.ReaderAt) (*Segment, error) {
	if len(data) < tailSize {
		return nil, ErrDamaged
	}
	return parseTail(data, data[len(data)-tailSize:], size, body)
}

func parseTail(data, tail []byte, size int64, body io.ReaderAt) (*Segment, error) {
	if string(tail[tailSize-8:]) != magic {
		return nil, ErrDamaged
	}
	var sec [sections][]byte
	s := &Segment{data: data, body: body, size: size}
	for i := range sec {
		off, n := binary.LittleEndian.Uint64(tail[i*16:]), binary.LittleEndian.Uint64(tail[i*16+8:])
		if section(i) == secBody {
			s.bodyAt, s.bodyLen = int64(off), int64(n)
			continue
		}
		if off+n < off || off+n > uint64(len(data)) {
			return nil, ErrDamaged
		}
		sec[i] = data[off : off+n : off+n]
	}
	at := int(sections) * 16
	num := func(i int) int { return int(binary.LittleEndian.Uint32(tail[at+4*i:])) }
	if num(3) != Version {
		return nil, ErrDamaged
	}
	s.n, s.names, s.terms = num(0), num(1), num(2)
	s.sec = sec
	return s, s.columns()
}
