// Package tlog keeps a log that only grows: a Merkle tree of leaves in one
// folder, in the file layout of C2SP tlog-tiles, over Tessera's POSIX storage.
package tlog
