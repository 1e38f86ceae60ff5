// Package segment keeps documents and what finds them in one run of bytes that
// never changes, in memory or in a mapped file.
//
// The documents of a segment are numbered in the order in which hits are shown:
// by Order, then by key. So the first hits of a set of documents are its smallest
// numbers, and a page costs no sorting. Build makes a segment of documents, Merge
// one of several without cutting a text again: numbers move, their order stays.
//
// A term leads to up to four sets: the documents that hold it in a title, in an
// item, in a text, and the names of items that hold it. Small sets are plain
// numbers, larger ones Roaring bitmaps that are used where they lie. Facet values
// and audiences are terms of their own kind. The last section, with what is read
// for single hits only, is never mapped: it is read where it is needed, and so
// does not count as memory.
//
// The bytes end in a table of sections with a checksum over everything before it.
package segment
