// Package national measures the search over the catalog of a nation: loading it
// from nothing, a fixed mix of queries while updates come in, memory, start from
// the snapshot, and the same queries on SQLite's FTS5 over the same terms.
package national
