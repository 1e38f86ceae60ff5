// Package db keeps the record of everything in one SQL database: a file of
// SQLite on a laptop, PostgreSQL where a nation already runs it.
//
// Write gives a function the one write transaction of the process, Read gives it
// a consistent snapshot. Writers queue, on both engines, so that the order of
// commits is one line and the numbers of the outbox follow it. A statement is
// written once, in the PostgreSQL spelling that both engines read ($1, bigint,
// text, bytea, boolean); Migrate replaces the few words that SQLite spells
// otherwise.
//
// The promise: when Write returns nil the change survives a killed process and a
// lost current; when it returns an error, or its function panics, nothing of it
// is left. One exception is said aloud: an engine that goes away during the commit
// itself answers vocab.DatabaseAway, and whether the change stands is then unknown.
//
// Four habits keep the engines alike. One result set is open at a time in a
// transaction. A transaction in which a statement failed cannot commit. Text is
// UTF-8 without NUL and sorts by its bytes. Empty bytes are not NULL to SQL, but
// may be read into Go as nil.
package db
