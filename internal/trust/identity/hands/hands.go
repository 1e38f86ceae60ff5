// Package hands tells whether two officers are two hands. Identity keeps who added
// an officer or gave them a code, the authority of the node aside; each act that
// needs two officers asks here, in its own transaction.
//
// Promise: nobody is the second hand of one whom they made, or who made them,
// directly or through others.
package hands

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Second is nil when the two officers are two hands, in the transaction of
// the act that needs two: whoever adds an officer, or gives them a code, could
// have taken the code themself.
func Second(ctx context.Context, tx *db.Tx, first, second vocab.OfficerID) error {
	ok, err := Independent(ctx, tx, first, second)
	if err != nil {
		return err
	}
	if ok {
		return nil
	}
	return vocab.SecondNeeded.Because("one of the two officers added or invited the other, and they count as one").
		WithFix("Let an officer confirm whom the authority of the node invited: a code from the authority makes the account independent.")
}

// Independent reports whether neither officer made the other, directly or through
// others. Made by the authority of the node is made by nobody.
func Independent(ctx context.Context, tx *db.Tx, first, second vocab.OfficerID) (bool, error) {
	if first == second {
		return false, nil
	}
	for _, pair := range [][2]vocab.OfficerID{{first, second}, {second, first}} {
		made, err := madeBy(ctx, tx, pair[0], pair[1])
		if err != nil {
			return false, fmt.Errorf("read who made an officer: %w", err)
		}
		if made {
			return false, nil
		}
	}
	return true, nil
}

// Makers are the officers who added an officer or gave them a code that was never
// replaced by one of the authority of the node.
func Makers(ctx context.Context, tx *db.Tx, id vocab.OfficerID) ([]vocab.OfficerID, error) {
	makers, err := selectMakers(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("read who made an officer: %w", err)
	}
	return makers, nil
}

// madeBy walks from an officer up to all who made them.
func madeBy(ctx context.Context, tx *db.Tx, id, maker vocab.OfficerID) (bool, error) {
	seen, next := map[vocab.OfficerID]bool{id: true}, []vocab.OfficerID{id}
	for len(next) > 0 {
		makers, err := selectMakers(ctx, tx, next[0])
		if err != nil {
			return false, err
		}
		next = next[1:]
		for _, m := range makers {
			if m == maker {
				return true, nil
			}
			if !seen[m] {
				seen[m], next = true, append(next, m)
			}
		}
	}
	return false, nil
}
