// Package batch keeps what was done to many entries of the catalog at once as rows
// under one leaf of the ledger, each with a proof of its own.
//
// A batch gathers its rows in the order of the entries' ids, is sealed by one leaf,
// is carried out piece by piece and is done. Nothing is carried out before its leaf
// stands; what a killed process left of one is gathered anew or goes on where it
// stood. The keys of the rows are derived from one secret of the batch, so that a
// path to one row shows nothing of its neighbours.
package batch
