// Package records holds the commands about what is on record: a person's own view,
// mandates, orders that defer, the auditor's desk, retention and legal holds.
//
// Each is a thin client of the interface for programs. Two need no node: the seed
// of a sample and drawing it again.
package records
