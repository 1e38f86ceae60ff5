// Package hands tells whether two officers are two hands. Identity keeps who added
// an officer, gave them a code or gave them a role, the authority included; each act
// that needs two officers asks here, in its own transaction, and enters what it heard.
//
// Promise: nobody is the second hand of one whom they admitted, or who admitted them,
// directly or through others; a system is of one hand with whoever issued its token.
package hands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Field is the field of an act's entry that names both hands and who admitted each.
// The person whom an act is about does not see it: officers' names stay inside.
const Field = "hands"

// Pairs stands between the pairs of an act that rests on the words of several.
const Pairs = " | "

// Two are two officers who are two hands, and who admitted each.
type Two struct {
	First, Second     vocab.OfficerID
	FirstBy, SecondBy []vocab.OfficerID // at their last step; empty for the node's first officer and who came through an issuer
}

// Second gives the two when they are two hands, in the transaction of the act that
// needs two: whoever adds an officer, or gives them a code, could have taken the code
// themself, and whoever gives the role has chosen who will agree.
func Second(ctx context.Context, tx *db.Tx, first, second vocab.OfficerID) (Two, error) {
	ok, err := Independent(ctx, tx, first, second)
	if err != nil {
		return Two{}, err
	}
	if first == second {
		return Two{}, vocab.SecondNeeded.Because("this needs two officers, and %s gave the first word already", first).
			WithFix("Another officer of the department does this step (with --as LOGIN): fontis officer list shows who there is, and fontis officer add adds one.")
	}
	if !ok {
		return Two{}, vocab.SecondNeeded.Because("one of the two officers admitted the other, by adding or inviting them or giving them a role, directly or through others, and they count as one").
			WithFix("Let an officer confirm whom the first one did not admit, and who did not admit the first one: fontis officer list says who admitted whom. Without one, somebody else adds one, as the data authority: fontis officer add LOGIN NAME --member ID --roles ROLE --as AUTHORITY")
	}
	t := Two{First: first, Second: second}
	if t.FirstBy, err = Admitted(ctx, tx, first); err != nil {
		return Two{}, err
	}
	t.SecondBy, err = Admitted(ctx, tx, second)
	return t, err
}

// String is the value of Field, in no language: "li@tax ← chief@data; yu@tax ← chief@data".
func (t Two) String() string {
	return hand(t.First, t.FirstBy) + "; " + hand(t.Second, t.SecondBy)
}

func hand(id vocab.OfficerID, by []vocab.OfficerID) string {
	words := make([]string, len(by))
	for i, b := range by {
		words[i] = string(b)
	}
	return strings.TrimSpace(string(id) + " ← " + strings.Join(words, ", "))
}

// OneAdmitter gives who admitted both hands of an entry's field, or nothing. Such hands
// count as two, or a node with one officer of its authority could never act; an auditor
// looks at them first.
func OneAdmitter(field string) string {
	for pair := range strings.SplitSeq(field, Pairs) {
		first, second, ok := strings.Cut(pair, "; ")
		if !ok {
			continue
		}
		_, of, _ := strings.Cut(first, " ← ")
		_, other, _ := strings.Cut(second, " ← ")
		for by := range strings.SplitSeq(of, ", ") {
			if by != "" && slices.Contains(strings.Split(other, ", "), by) {
				return by
			}
		}
	}
	return ""
}

// Independent reports whether neither officer admitted the other, directly or through
// others. A system, by the id of its token, was admitted by who issued it.
func Independent(ctx context.Context, tx *db.Tx, first, second vocab.OfficerID) (bool, error) {
	if first == second {
		return false, nil
	}
	for _, pair := range [][2]vocab.OfficerID{{first, second}, {second, first}} {
		admitted, err := admittedBy(ctx, tx, pair[0], pair[1])
		if err != nil {
			return false, fmt.Errorf("read who admitted an officer: %w", err)
		}
		if admitted {
			return false, nil
		}
	}
	return true, nil
}

// Admitted are the officers who added an officer, gave them a code that was not
// replaced since, or gave them a role that they hold.
func Admitted(ctx context.Context, tx *db.Tx, id vocab.OfficerID) ([]vocab.OfficerID, error) {
	by, err := selectOfficers(ctx, tx, sqlSelectAdmitted, id)
	if err != nil {
		return nil, fmt.Errorf("read who admitted an officer: %w", err)
	}
	return by, nil
}

// Makers are the officers, no authority of the node, who added an officer or gave them
// a code that was never replaced by one of the authority.
func Makers(ctx context.Context, tx *db.Tx, id vocab.OfficerID) ([]vocab.OfficerID, error) {
	makers, err := selectOfficers(ctx, tx, sqlSelectMakers, id)
	if err != nil {
		return nil, fmt.Errorf("read who made an officer: %w", err)
	}
	return makers, nil
}

// admittedBy walks from an officer up to all who admitted them.
func admittedBy(ctx context.Context, tx *db.Tx, id, by vocab.OfficerID) (bool, error) {
	seen, next := map[vocab.OfficerID]bool{id: true}, []vocab.OfficerID{id}
	for len(next) > 0 {
		admitters, err := selectOfficers(ctx, tx, sqlSelectAdmitted, next[0])
		if err != nil {
			return false, err
		}
		next = next[1:]
		for _, m := range admitters {
			if m == by {
				return true, nil
			}
			if !seen[m] {
				seen[m], next = true, append(next, m)
			}
		}
	}
	return false, nil
}
