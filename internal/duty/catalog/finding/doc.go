// Package finding keeps what helps people to find entries: words that stand for
// one another, which a steward edits, and searches that an officer saves.
//
// Synonyms belong to the member whose steward wrote them and widen everybody's
// search; the index has them at once and again after a start. A saved search
// hears each entry that is published, asks it as its officer would, and puts a
// notice into the officer's inbox when it finds it.
//
// Promises: an entry is told of once for each search; a search is asked with what
// its officer may see, and nobody else learns what an officer searches for.
package finding
