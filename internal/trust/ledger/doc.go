// Package ledger writes down what happened so that a stranger can check it.
//
// Every entry is a record in the database and a leaf in the log. The leaf is a
// commitment: each field has a random key of its own, and the log learns nothing
// but a Merkle root. Openings live with the record and can be erased; the log
// still verifies. An entry about a person also carries that person's counter, so
// that a missing one shows as a gap.
//
//	draft -> one SQL transaction for the whole commit group -> leaves, durable
//	and integrated -> promise -> outcome in the next group
//
// While one group is made durable the next gathers. What was acknowledged
// survives a kill at any instant: start-up binds leaves to records by their
// commitment and repairs before it serves (repair.go). Sub-packages: proof (pure
// commitments and receipts), witness, checker.
package ledger
