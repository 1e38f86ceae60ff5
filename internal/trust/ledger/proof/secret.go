package proof

import (
	"encoding/binary"

	"fontis/internal/vocab"
)

// The stored form of a whole record, for the erasable store alone:
//
//	0x01 || uvarint number of fields || per field:
//	        32-byte key || uvarint len(name) || name || uvarint len(value) || value
//
// and of a row whose names stand once with its batch:
//
//	0x02 || per name: 32-byte key || uvarint len(value) || value
//
// Varints are in their shortest form and nothing may follow, so that one record
// has one encoding. Commit(kind, fields) gives the leaf again; Open selects what
// a class of holders may see.
const (
	secretNamed = 0x01
	secretRow   = 0x02
)

// EncodeSecret writes all fields with their keys and values.
func EncodeSecret(fields []Field) []byte { return AppendSecret(nil, fields) }

// AppendSecret is EncodeSecret into a buffer of the caller's.
func AppendSecret(dst []byte, fields []Field) []byte {
	dst = append(dst, secretNamed)
	dst = binary.AppendUvarint(dst, uint64(len(fields)))
	for i := range fields {
		f := &fields[i]
		dst = append(dst, f.Key[:]...)
		dst = binary.AppendUvarint(dst, uint64(len(f.Name)))
		dst = append(dst, f.Name...)
		dst = binary.AppendUvarint(dst, uint64(len(f.Value)))
		dst = append(dst, f.Value...)
	}
	return dst
}

// AppendRowSecret writes a row's keys and values; the names are kept once for
// all rows and given to DecodeRowSecret again in the same order.
func AppendRowSecret(dst []byte, fields []Field) []byte {
	dst = append(dst, secretRow)
	for i := range fields {
		f := &fields[i]
		dst = append(dst, f.Key[:]...)
		dst = binary.AppendUvarint(dst, uint64(len(f.Value)))
		dst = append(dst, f.Value...)
	}
	return dst
}

// DecodeSecret reads what EncodeSecret wrote.
func DecodeSecret(b []byte) ([]Field, error) {
	r := secretReader{rest: b}
	if r.one() != secretNamed {
		return nil, vocab.LedgerCorrupt.Because("the stored opening does not begin with version %d", secretNamed)
	}
	n := r.uvarint()
	if n > MaxFields {
		return nil, vocab.LedgerCorrupt.Because("the stored opening says %d fields, at most %d can be", n, MaxFields)
	}
	fields := make([]Field, 0, n)
	for range n {
		var f Field
		copy(f.Key[:], r.take(KeySize))
		f.Name = string(r.take(r.uvarint()))
		f.Value = r.take(r.uvarint())
		fields = append(fields, f)
	}
	if err := r.done(); err != nil {
		return nil, err
	}
	for i := range fields {
		if err := checkName(fields[i].Name); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// DecodeRowSecret reads what AppendRowSecret wrote. A row that was written before
// the last names were added ends before them; its root says whether it is whole.
func DecodeRowSecret(b []byte, names []string) ([]Field, error) {
	r := secretReader{rest: b}
	if r.one() != secretRow {
		return nil, vocab.LedgerCorrupt.Because("the stored row does not begin with version %d", secretRow)
	}
	fields := make([]Field, 0, len(names))
	for i, name := range names {
		if i > 0 && len(r.rest) == 0 {
			break
		}
		f := Field{Name: name}
		copy(f.Key[:], r.take(KeySize))
		f.Value = r.take(r.uvarint())
		fields = append(fields, f)
	}
	if err := r.done(); err != nil {
		return nil, err
	}
	return fields, nil
}

// secretReader remembers that it ran dry, so that one check at the end is
// enough; what it gave out meanwhile is empty.
type secretReader struct {
	rest []byte
	bad  bool
}

func (r *secretReader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *secretReader) one() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *secretReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || n > 1 && r.rest[n-1] == 0 {
		r.bad = true
		return 0
	}
	r.take(uint64(n))
	return v
}

func (r *secretReader) done() error {
	if r.bad || len(r.rest) > 0 {
		return vocab.LedgerCorrupt.Because("the stored opening is cut short or too long")
	}
	return nil
}
