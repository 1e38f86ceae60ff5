package keyed

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"fontis/internal/vocab"
)

// A copy begins with the size of its head and the head, which is the Info as
// JSON. Then come the entries in ascending order of keys, as many as the head
// says: the key, the size of the packed values, the packed values.

// maxHead and maxPacked bound what a copy can make its reader hold.
const (
	maxHead   = 1 << 16
	maxPacked = KeptValues*(MaxValue+binary.MaxVarintLen64) + binary.MaxVarintLen64
)

// Save writes a copy of the version that answers now, while the store serves.
func (s *Store) Save(ctx context.Context, name string, w io.Writer) error {
	if err := ValidName(name); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	begin := func(info Info) error {
		head, err := json.Marshal(info)
		if err != nil {
			return err
		}
		return writeSized(out, head)
	}
	err := s.driver.Walk(ctx, name, begin, func(e Entry) error {
		if _, err := out.Write(e.Key[:]); err != nil {
			return err
		}
		return writeSized(out, e.Packed)
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("copy register %s: %w", name, err)
	}
	return nil
}

// Bring makes what Save wrote answer again, as the very version that it was.
// A copy that is cut short or damaged leaves what answered before.
func (s *Store) Bring(ctx context.Context, r io.Reader) (Info, error) {
	in := bufio.NewReader(r)
	info, err := readHead(in)
	if err != nil {
		return Info{}, fmt.Errorf("bring a register back: %w", err)
	}
	if err := s.begin(info.Name); err != nil {
		return Info{}, err
	}
	defer s.end(info.Name)
	entries := func(yield func(Entry, error) bool) {
		if err := readEntries(in, info.Keys, func(e Entry) bool { return yield(e, context.Cause(ctx)) }); err != nil {
			yield(Entry{}, err)
		}
	}
	if err := s.driver.Load(ctx, info, entries, func() Info { return info }); err != nil {
		return Info{}, fmt.Errorf("bring register %s back: %w", info.Name, err)
	}
	return info, nil
}

func readHead(in *bufio.Reader) (info Info, err error) {
	head, err := readSized(in, nil, maxHead)
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(head, &info); err != nil {
		return info, vocab.FileUnreadable.Because("its head is not one of a register's copy")
	}
	if ValidName(info.Name) != nil || ValidName(info.Version) != nil || info.Keys < 0 {
		return info, vocab.FileUnreadable.Because("its head names no register")
	}
	return info, nil
}

// readEntries gives n entries in ascending order to each, until it says no.
func readEntries(in *bufio.Reader, n int64, each func(Entry) bool) (err error) {
	var e Entry
	var row Row
	for i := range n {
		before := e.Key
		if _, err := io.ReadFull(in, e.Key[:]); err != nil {
			return cut(err)
		}
		if i > 0 && bytes.Compare(before[:], e.Key[:]) >= 0 {
			return vocab.FileUnreadable.Because("its entry %d is out of order", i+1)
		}
		if e.Packed, err = readSized(in, e.Packed, maxPacked); err != nil {
			return err
		}
		if err := row.unpack(e.Packed); err != nil {
			return err
		}
		if !each(e) {
			return nil
		}
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		return vocab.FileUnreadable.Because("it goes on behind its %d entries", n)
	}
	return nil
}

func writeSized(out *bufio.Writer, b []byte) error {
	if _, err := out.Write(binary.AppendUvarint(out.AvailableBuffer(), uint64(len(b)))); err != nil {
		return err
	}
	_, err := out.Write(b)
	return err
}

// readSized reads into buf, which grows with what really comes.
func readSized(in *bufio.Reader, buf []byte, most uint64) ([]byte, error) {
	size, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, cut(err)
	}
	if size > most {
		return nil, vocab.FileUnreadable.Because("a part of it claims %d bytes, at most %d can be", size, most)
	}
	grown := bytes.NewBuffer(buf[:0])
	if _, err := io.CopyN(grown, in, int64(size)); err != nil {
		return nil, cut(err)
	}
	return grown.Bytes(), nil
}

func cut(err error) error { return vocab.FileUnreadable.Wrap(err, "it is cut short") }
