// Package vocab holds the words that every other package speaks: identifiers,
// closed word lists, the ways to fail, and the refusals that bind all of fontis.
//
// It imports nothing of ours. What is written here is a promise to the outside:
// a word once published keeps its meaning, and a list grows only at its end.
package vocab
