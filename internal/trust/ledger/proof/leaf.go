package proof

import (
	"encoding/binary"
	"slices"

	"fontis/internal/vocab"
)

// Kind is the coarse class of an entry, the only thing that the log tells of it.
type Kind byte

// The kinds of entries. A number once given keeps its meaning.
const (
	Access  Kind = 1 // one intended use of data, before it happens
	Outcome Kind = 2 // how uses ended, in groups
	Batch   Kind = 3 // one batch carriage, a row for each subject
	Act     Kind = 4 // an administrative act: grant, withdrawal, role
	Totals  Kind = 5 // counts only, of open data and of calls without a name
	Origin  Kind = 6 // the first entry of a log that follows a declared loss
	Erasure Kind = 7 // openings were erased
)

// Version is the first byte of every leaf.
const Version = 0x01

// LeafSize is the length of a leaf: version, kind and root.
const LeafSize = 2 + HashSize

// Leaf is what stands in the log.
type Leaf [LeafSize]byte

// RowsName is the name of the field that binds the rows to their leaf.
const RowsName = "rows"

var kindWords = [...]string{"", "access", "outcome", "batch", "act", "totals", "origin", "erasure"}

// Known reports whether the kind is on the list.
func (k Kind) Known() bool { return k >= Access && k <= Erasure }

// String is the kind's word.
func (k Kind) String() string {
	if !k.Known() {
		return "unknown kind"
	}
	return kindWords[k]
}

// KindOf is the kind of the word; 0, which none has, of any other.
func KindOf(word string) Kind { return Kind(max(0, slices.Index(kindWords[:], word))) }

// Commit makes the leaf of a record.
func Commit(kind Kind, fields []Field) Leaf {
	l := Leaf{Version, byte(kind)}
	root := fieldRoot(fields)
	copy(l[2:], root[:])
	return l
}

// CommitDigests is Commit for one who computed the fields' digests before; they
// are its own to spoil.
func CommitDigests(kind Kind, digests []Hash) Leaf {
	l := Leaf{Version, byte(kind)}
	root := sortedRoot(digests)
	copy(l[2:], root[:])
	return l
}

// RowRoot is what one row contributes to the field "rows" of its leaf.
func RowRoot(fields []Field) Hash { return fieldRoot(fields) }

// ParseLeaf reads a leaf's bytes.
func ParseLeaf(b []byte) (Leaf, error) {
	if len(b) != LeafSize {
		return Leaf{}, vocab.BadInput.Because("a leaf has %d bytes, this one has %d", LeafSize, len(b))
	}
	l := Leaf(b)
	if l[0] != Version {
		return Leaf{}, vocab.BadInput.Because("the leaf says version %d, known is %d", l[0], Version)
	}
	if !l.Kind().Known() {
		return Leaf{}, vocab.BadInput.Because("the leaf says kind %d, which is not on the list", l[1])
	}
	return l, nil
}

// Kind is the leaf's class.
func (l Leaf) Kind() Kind { return Kind(l[1]) }

// Root is the root over the fields' digests.
func (l Leaf) Root() Hash { return Hash(l[2:]) }

// Hash is the leaf's RFC 6962 hash, the node of the log's tree.
func (l Leaf) Hash() Hash { return LeafHash(l[:]) }

// RowsField makes the field that binds count rows under their root.
func RowsField(root Hash, count uint64) Field {
	return NewField(RowsName, binary.BigEndian.AppendUint64(root[:], count))
}

// ParseRows reads the value of the field "rows".
func ParseRows(value []byte) (root Hash, count uint64, err error) {
	if len(value) != HashSize+8 {
		return Hash{}, 0, vocab.BadInput.Because("the field rows has %d bytes, expected %d", len(value), HashSize+8)
	}
	return Hash(value[:HashSize]), binary.BigEndian.Uint64(value[HashSize:]), nil
}
