// Package sample draws entries for an audit so that anybody can draw them again.
//
// The auditor makes a seed and shows only its hash. The hash becomes an entry of
// the log; the root of the log up to that entry is a number that nobody knew when
// the hash was given. Seed and root together decide the draw:
//
//	score(i) = SHA-256("fontis/sample/v1\n" || seed || root || i as 8 bytes, big-endian)
//
// of each access and batch leaf i in the committed range; the count lowest scores
// are drawn. Of a batch one row: SHA-256("fontis/sample/row/v1\n" || seed || root
// || i) read as a number, modulo the number of rows. Neither the auditor, who does
// not know the root, nor the operator, who does not know the seed, can steer it.
// The package is pure; docs/protocol/sample.md has the same in words.
package sample

import (
	"bytes"
	"container/heap"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"slices"

	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Seed is the auditor's secret until the draw.
type Seed [32]byte

// NewSeed makes a seed.
func NewSeed() Seed {
	var s Seed
	rand.Read(s[:])
	return s
}

// ParseSeed reads a seed from its 64 hexadecimal digits.
func ParseSeed(text string) (Seed, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(Seed{}) {
		return Seed{}, vocab.BadInput.Because("a seed is 64 hexadecimal digits")
	}
	return Seed(b), nil
}

// String is the seed as text.
func (s Seed) String() string { return hex.EncodeToString(s[:]) }

// Hash is what the auditor shows before the draw.
func (s Seed) Hash() string {
	sum := sha256.Sum256(append([]byte("fontis/sample/seed/v1\n"), s[:]...))
	return hex.EncodeToString(sum[:])
}

// Counts reports whether leaves of the kind can be drawn.
func Counts(k proof.Kind) bool { return k == proof.Access || k == proof.Batch }

// Most is the largest sample.
const Most = 10_000

// Draw holds the lowest scores seen so far. Add every leaf of the range.
type Draw struct {
	head   []byte
	count  int
	lowest scores
	seen   uint64
}

// New begins a draw of so many.
func New(seed Seed, root proof.Hash, count int) (*Draw, error) {
	if count < 1 || count > Most {
		return nil, vocab.BadInput.Because("a sample has 1 to %d entries", Most)
	}
	head := append([]byte("fontis/sample/v1\n"), seed[:]...)
	return &Draw{head: append(head, root[:]...), count: count}, nil
}

// Add takes a leaf into the population.
func (d *Draw) Add(index uint64, kind proof.Kind) {
	if !Counts(kind) {
		return
	}
	d.seen++
	s := score{index: index, sum: sha256.Sum256(binary.BigEndian.AppendUint64(slices.Clone(d.head), index))}
	switch {
	case len(d.lowest) < d.count:
		heap.Push(&d.lowest, s)
	case s.less(d.lowest[0]):
		d.lowest[0] = s
		heap.Fix(&d.lowest, 0)
	}
}

// Population is how many leaves could be drawn.
func (d *Draw) Population() uint64 { return d.seen }

// Picked are the places drawn, in ascending order.
func (d *Draw) Picked() []uint64 {
	out := make([]uint64, len(d.lowest))
	for i, s := range d.lowest {
		out[i] = s.index
	}
	slices.Sort(out)
	return out
}

// Row is the row drawn of the batch whose leaf stands at the index.
func Row(seed Seed, root proof.Hash, index, rows uint64) uint64 {
	if rows == 0 {
		return 0
	}
	b := append([]byte("fontis/sample/row/v1\n"), seed[:]...)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(append(b, root[:]...), index))
	n := new(big.Int).SetBytes(sum[:])
	return n.Mod(n, new(big.Int).SetUint64(rows)).Uint64()
}

type score struct {
	sum   [sha256.Size]byte
	index uint64
}

func (s score) less(t score) bool {
	if c := bytes.Compare(s.sum[:], t.sum[:]); c != 0 {
		return c < 0
	}
	return s.index < t.index
}

// scores is a heap with the highest on top, so that it is the one to go.
type scores []score

// Len is for package heap.
func (s scores) Len() int { return len(s) }

// Less is for package heap: the highest comes first.
func (s scores) Less(i, j int) bool { return s[j].less(s[i]) }

// Swap is for package heap.
func (s scores) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

// Push is for package heap.
func (s *scores) Push(x any) { *s = append(*s, x.(score)) }

// Pop is for package heap.
func (s *scores) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}
