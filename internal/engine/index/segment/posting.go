package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// Field is one of the sets that a term leads to.
type Field uint8

// The fields. Name leads to names of items, the others to documents.
const (
	Title Field = iota
	Item
	Text
	Name
	fields
)

// A record of sets begins with a byte for each field: 0 for none, up to mostPlain
// the count of plain numbers, rich for a Roaring bitmap with its length before it.
const (
	mostPlain = 200
	rich      = 255
)

// set is what a term leads to in one field: ascending numbers, or a bitmap where
// there are many.
type set struct {
	ids  []uint32
	many *roaring.Bitmap
}

// sets are the sets of a term by field.
type sets [fields]set

// packer writes sets as records.
type packer struct {
	buf bytes.Buffer
	tmp bytes.Buffer
}

// pack gives the record; it is overwritten by the next call.
func (p *packer) pack(s *sets) ([]byte, error) {
	p.buf.Reset()
	var head [fields]byte
	for f := range s {
		if s[f].many != nil || len(s[f].ids) > mostPlain {
			head[f] = rich
		} else {
			head[f] = byte(len(s[f].ids))
		}
	}
	p.buf.Write(head[:])
	for f := range s {
		if head[f] == rich {
			if err := p.rich(s[f]); err != nil {
				return nil, err
			}
			continue
		}
		for _, id := range s[f].ids {
			p.buf.Write(binary.LittleEndian.AppendUint32(p.buf.AvailableBuffer(), id))
		}
	}
	for p.buf.Len()%8 != 0 {
		p.buf.WriteByte(0)
	}
	return p.buf.Bytes(), nil
}

func (p *packer) rich(s set) error {
	if s.many == nil {
		s.many = roaring.New()
		s.many.AddMany(s.ids)
	}
	s.many.RunOptimize()
	p.tmp.Reset()
	if _, err := s.many.WriteTo(&p.tmp); err != nil {
		return fmt.Errorf("write a set: %w", err)
	}
	p.buf.Write(binary.LittleEndian.AppendUint32(p.buf.AvailableBuffer(), uint32(p.tmp.Len())))
	p.buf.Write(p.tmp.Bytes())
	return nil
}

// readSet gives the set of one field of a record; nil where the field has none. The
// bitmap may lie in the record's bytes: it must not be changed.
func readSet(rec []byte, f Field) *roaring.Bitmap {
	at := int(fields)
	for g := range f {
		at += sizeOf(rec, g, at)
	}
	switch n := rec[f]; n {
	case 0:
		return nil
	case rich:
		b := roaring.New()
		if _, err := b.FromUnsafeBytes(rec[at+4 : at+sizeOf(rec, f, at)]); err != nil {
			return nil
		}
		return b
	default:
		ids := make([]uint32, n)
		for i := range ids {
			ids[i] = binary.LittleEndian.Uint32(rec[at+4*i:])
		}
		b := roaring.New()
		b.AddMany(ids)
		return b
	}
}

func sizeOf(rec []byte, f Field, at int) int {
	switch n := rec[f]; n {
	case rich:
		return 4 + int(binary.LittleEndian.Uint32(rec[at:]))
	default:
		return 4 * int(n)
	}
}

// count is how many numbers the field of a record has.
func count(rec []byte, f Field) int {
	if n := rec[f]; n != rich {
		return int(n)
	}
	b := readSet(rec, f)
	if b == nil {
		return 0
	}
	return int(b.GetCardinality())
}

// appendIDs adds the numbers of a field to out.
func appendIDs(out []uint32, rec []byte, f Field) []uint32 {
	at := int(fields)
	for g := range f {
		at += sizeOf(rec, g, at)
	}
	n := rec[f]
	if n != rich {
		for i := range int(n) {
			out = append(out, binary.LittleEndian.Uint32(rec[at+4*i:]))
		}
		return out
	}
	b := readSet(rec, f)
	if b == nil {
		return out
	}
	was := len(out)
	out = append(out, make([]uint32, b.GetCardinality())...)
	for it, into := b.ManyIterator(), out[was:]; len(into) > 0; {
		k := it.NextMany(into)
		if k == 0 {
			break
		}
		into = into[k:]
	}
	return out
}
