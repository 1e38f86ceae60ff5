// Package source opens databases that are not ours, to read and nothing else.
//
// A Spec gives the address, Drivers opens it, Probe proves that it answers and
// that the account cannot write there, and lists its tables. Lookup then asks
// for the rows of a batch of subjects in one statement. Every name in a Lookup
// is looked up in the probed catalog, and only the catalog's own spelling
// reaches the statement; every value travels as a parameter. Names or values
// from outside can therefore never become part of a statement.
//
// The promise: read-only transactions; an account that could write is refused
// with the statement that mends it; no call outlives its time limit, not even
// against a server that hangs; a password stands in no error and in no log;
// values come back as canonical text, so that the same fact reads the same from
// every kind of database.
//
// The portable type is Source; the drivers are the packages postgres, sqlite
// and register. Package sourcetest holds the suite that each must pass.
package source
