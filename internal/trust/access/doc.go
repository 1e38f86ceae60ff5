// Package access is the only way to data about people.
//
// A call names a grant, a purpose and a case. The door decides from the grant
// alone, counts the values submitted against the guess guard, writes record and
// leaf, and only then opens the source under a permit that no other package can
// make; the outcome follows in the next commit group. A refusal is written too.
// If the ledger cannot be written, nothing is read and the caller hears why.
//
//	decide -> record + guard + leaf -> permit -> source -> answer -> outcome
//
// Promises 1, 2 and 10 of ARCHITECTURE.md are kept here.
package access
