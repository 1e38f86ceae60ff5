package tally

import (
	"math/bits"

	"fontis/internal/trust/ledger/proof"
)

// grow adds the hash of the leaf at index to the complete subtrees on the left of
// it, the largest first: as many as index has bits that are one.
func grow(right []proof.Hash, leaf proof.Hash, index uint64) []proof.Hash {
	for range bits.TrailingZeros64(^index) {
		if len(right) == 0 {
			return nil
		}
		last := right[len(right)-1]
		leaf = proof.NodeHash(&last, &leaf)
		right = right[:len(right)-1]
	}
	return append(right, leaf)
}

// rootOf is the root over complete subtrees.
func rootOf(right []proof.Hash) proof.Hash {
	root := right[len(right)-1]
	for i := len(right) - 2; i >= 0; i-- {
		root = proof.NodeHash(&right[i], &root)
	}
	return root
}
