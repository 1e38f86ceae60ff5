package proof

import (
	"bytes"
	"crypto/sha256"
	"math/bits"
	"slices"

	"fontis/internal/vocab"
)

// LeafHash is the RFC 6962 hash of a leaf's bytes.
func LeafHash(leaf []byte) Hash {
	if len(leaf) <= HashSize+2 {
		var buf [1 + HashSize + 2]byte
		return sha256.Sum256(append(buf[:1], leaf...))
	}
	return sha256.Sum256(append([]byte{0}, leaf...))
}

// NodeHash is the RFC 6962 hash of two subtrees.
func NodeHash(left, right *Hash) Hash {
	var buf [1 + 2*HashSize]byte
	buf[0] = 1
	copy(buf[1:], left[:])
	copy(buf[1+HashSize:], right[:])
	return sha256.Sum256(buf[:])
}

// fold reduces a level of nodes to its root in place. A lone last node rises
// unchanged, which is exactly the shape of RFC 6962, section 2.1.
func fold(level []Hash) Hash {
	if len(level) == 0 {
		return sha256.Sum256(nil)
	}
	for len(level) > 1 {
		half := len(level) / 2
		for i := range half {
			level[i] = NodeHash(&level[2*i], &level[2*i+1])
		}
		if len(level)%2 == 1 {
			level[half] = level[len(level)-1]
			half++
		}
		level = level[:half]
	}
	return level[0]
}

// inlineFields is how many digests are sorted and folded on the stack.
const inlineFields = 32

// fieldRoot is the root over the fields' digests in ascending order.
func fieldRoot(fields []Field) Hash {
	var stack [inlineFields]Hash
	level := stack[:0]
	if len(fields) > inlineFields {
		level = make([]Hash, 0, len(fields))
	}
	for i := range fields {
		level = append(level, fields[i].Digest())
	}
	return sortedRoot(level)
}

// sortedRoot sorts the digests, which must be its own to spoil, and folds them.
func sortedRoot(digests []Hash) Hash {
	sortHashes(digests)
	for i := range digests {
		digests[i] = LeafHash(digests[i][:])
	}
	return fold(digests)
}

// sortHashes sorts by insertion where that is faster: records have few fields.
func sortHashes(h []Hash) {
	if len(h) > 2*inlineFields {
		slices.SortFunc(h, func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
		return
	}
	for i := 1; i < len(h); i++ {
		for j := i; j > 0 && bytes.Compare(h[j][:], h[j-1][:]) < 0; j-- {
			h[j], h[j-1] = h[j-1], h[j]
		}
	}
}

// chunkBits: a chunk is 256 rows, like a tile of the log, so that one row's
// path is found from one chunk and the chunks' roots without the other rows.
const chunkBits = 8

// ChunkRows is the number of rows whose roots PathFrom needs together.
const ChunkRows = 1 << chunkBits

// RowsTree is the tree over the row roots of one leaf.
type RowsTree struct{ levels [][]Hash }

// NewRowsTree builds the tree over the row roots, in the order of the rows.
func NewRowsTree(roots []Hash) *RowsTree {
	if len(roots) == 0 {
		return &RowsTree{}
	}
	level := make([]Hash, len(roots))
	for i := range roots {
		level[i] = LeafHash(roots[i][:])
	}
	t := &RowsTree{levels: [][]Hash{level}}
	for len(level) > 1 {
		up := make([]Hash, (len(level)+1)/2)
		for i := range len(level) / 2 {
			up[i] = NodeHash(&level[2*i], &level[2*i+1])
		}
		if len(level)%2 == 1 {
			up[len(up)-1] = level[len(level)-1]
		}
		t.levels = append(t.levels, up)
		level = up
	}
	return t
}

// Count is the number of rows.
func (t *RowsTree) Count() uint64 {
	if len(t.levels) == 0 {
		return 0
	}
	return uint64(len(t.levels[0]))
}

// Root is the root over all rows.
func (t *RowsTree) Root() Hash {
	if len(t.levels) == 0 {
		return sha256.Sum256(nil)
	}
	return t.levels[len(t.levels)-1][0]
}

// Field is the field "rows" that the leaf commits to.
func (t *RowsTree) Field() Field { return RowsField(t.Root(), t.Count()) }

// Path is the audit path from a row to the root; nil for a row that is not there.
func (t *RowsTree) Path(index uint64) []Hash {
	if index >= t.Count() {
		return nil
	}
	return climb(nil, t.levels, index)
}

func climb(path []Hash, levels [][]Hash, index uint64) []Hash {
	for _, level := range levels {
		if sibling := index ^ 1; sibling < uint64(len(level)) && len(level) > 1 {
			path = append(path, level[sibling])
		}
		index >>= 1
	}
	return path
}

// Chunks are the roots of each ChunkRows rows, the last of what is left. They
// are worth keeping: with them a path costs 256 row roots instead of a million.
func (t *RowsTree) Chunks() []Hash {
	if len(t.levels) == 0 {
		return nil
	}
	return slices.Clone(t.levels[min(chunkBits, len(t.levels)-1)])
}

// PathFrom is Path for one who kept the chunks: roots are the row roots of the
// row's own chunk, from row index &^ (ChunkRows-1) on.
func PathFrom(index uint64, roots, chunks []Hash) ([]Hash, error) {
	at := index % ChunkRows
	if at >= uint64(len(roots)) || index/ChunkRows >= uint64(len(chunks)) || len(roots) > ChunkRows {
		return nil, vocab.BadInput.Because("row %d is not among %d rows of %d chunks", index, len(roots), len(chunks))
	}
	own := NewRowsTree(roots)
	if own.Root() != chunks[index/ChunkRows] {
		return nil, vocab.LedgerCorrupt.Because("the rows around row %d do not give the root that was kept of them", index)
	}
	path := own.Path(at)
	upper := treeOfNodes(chunks)
	return climb(path, upper.levels, index/ChunkRows), nil
}

// treeOfNodes builds the levels above nodes that are hashes already.
func treeOfNodes(level []Hash) *RowsTree {
	t := &RowsTree{levels: [][]Hash{level}}
	for len(level) > 1 {
		up := make([]Hash, 0, (len(level)+1)/2)
		for i := 0; i+1 < len(level); i += 2 {
			up = append(up, NodeHash(&level[i], &level[i+1]))
		}
		if len(level)%2 == 1 {
			up = append(up, level[len(level)-1])
		}
		t.levels = append(t.levels, up)
		level = up
	}
	return t
}

// pathRoot is the root that a path from leaf at index leads to in a tree of
// size leaves; false when the path has not the one length that fits.
func pathRoot(leaf Hash, index, size uint64, path []Hash) (Hash, bool) {
	if index >= size {
		return Hash{}, false
	}
	node, last := leaf, size-1
	for ; last > 0; index, last = index>>1, last>>1 {
		if index%2 == 0 && index == last {
			continue // a lone last node rises without a sibling
		}
		if len(path) == 0 {
			return Hash{}, false
		}
		if index%2 == 1 {
			node = NodeHash(&path[0], &node)
		} else {
			node = NodeHash(&node, &path[0])
		}
		path = path[1:]
	}
	return node, len(path) == 0
}

// VerifyInclusion tells whether the path leads from the leaf's hash at index to
// the root of a tree of size leaves.
func VerifyInclusion(root, leaf Hash, index, size uint64, path []Hash) bool {
	if len(path) > bits.UintSize {
		return false
	}
	got, ok := pathRoot(leaf, index, size, path)
	return ok && got == root
}

// ChunksRoot is the root over all rows, from the roots of their chunks.
func ChunksRoot(chunks []Hash) Hash {
	if len(chunks) == 0 {
		return sha256.Sum256(nil)
	}
	return treeOfNodes(chunks).Root()
}
