// Package index finds documents by words in Chinese and in any other script,
// with totals, facet counts and one page, in memory.
//
// A text is folded (NFKC, one width, lower case) and cut into runs: a run of Han
// characters is found by any part of it, a run of other letters and digits as a
// whole word, everything else separates. Han runs are kept as overlapping pairs
// of characters, one Roaring bitmap a pair. A pair or a word answers exactly; a
// longer part is looked up by its pairs and then verified in the text, so no hit
// on a page is false. Where there are too many candidates to verify them all the
// total is an upper bound and the result says so.
//
// Hits come in tiers: the exact title, all in the title, all in title and items,
// the rest; within a tier the shorter title first, then the key.
//
// Promises: what Apply was given is found when it returns; one writer and many
// readers; a document counts only in the totals and facets of readers who may
// see it. The index is a cache: it is filled again from the tables at start.
package index
