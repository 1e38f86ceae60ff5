package tally

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// sum is an order-free sum over a set: the hashes of its members added up modulo
// 2^256. Two sides that were walked in different orders are the same set when
// their sums are equal; nobody can make up a member that repairs a sum.
type sum [4]uint64

func (s *sum) add(o sum) {
	var carry uint64
	for i := range s {
		s[i], carry = bits.Add64(s[i], o[i], carry)
	}
}

// MarshalText writes the sum, for the round's place.
func (s sum) MarshalText() ([]byte, error) {
	var b [32]byte
	for i, w := range s {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	return hex.AppendEncode(nil, b[:]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *sum) UnmarshalText(text []byte) error {
	var b [32]byte
	if _, err := hex.Decode(b[:], text); err != nil {
		return err
	}
	*s = sumOf(b)
	return nil
}

func sumOf(h [32]byte) sum {
	var s sum
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(h[8*i:])
	}
	return s
}

// ofLeaf is the member "this leaf stands at this index".
func ofLeaf(index uint64, leaf []byte) sum {
	var buf [64]byte
	b := binary.BigEndian.AppendUint64(buf[:0], index)
	return sumOf(sha256.Sum256(append(b, leaf...)))
}

// ofOutcome is the member "this outcome group has this row".
func ofOutcome(seq, row int64) sum {
	var buf [16]byte
	b := binary.BigEndian.AppendUint64(buf[:0], uint64(seq))
	return sumOf(sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(row))))
}

// ofTouch is the member "this person's n-th record is this row of this entry,
// with this root, and follows that one".
func ofTouch(person []byte, n, seq, row int64, root, previous []byte) sum {
	var buf [128]byte
	b := append(buf[:0], person...)
	b = binary.BigEndian.AppendUint64(b, uint64(n))
	b = binary.BigEndian.AppendUint64(b, uint64(seq))
	b = binary.BigEndian.AppendUint64(b, uint64(row))
	b = append(b, root...)
	return sumOf(sha256.Sum256(append(b, previous...)))
}
