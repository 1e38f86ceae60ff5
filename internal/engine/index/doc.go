// Package index finds documents by words in Chinese and in any other script,
// with totals, facet counts and one page, at the size of a nation.
//
// A text is folded (fold) and cut into runs: a run of Han characters is found by
// any part of it, a run of other letters and digits as a whole word, or by its
// beginning before a star; everything else separates. Han runs are kept as their
// characters and overlapping pairs, one Roaring bitmap a term and field. A pair or
// a word answers exactly; a longer part is looked up by its pairs and verified in
// the text, so no hit on a page is false. Where there are too many candidates to
// verify them all, the total is about right and the result says so.
//
// Hits come in tiers: the exact title, all in the title, all in title and items,
// the rest; within a tier the higher rank, the shorter title, then the key.
//
// The flow: Apply puts documents at the end of the tail, which every search looks
// through; a tail that has grown becomes a segment (segment), and segments are
// merged in the background, so that few stand beside the large one. A search takes
// one view of segments and tail and asks nobody; so neither waits for the other.
// With a folder the segments are mapped files and Close leaves a snapshot, which
// Open takes up after it has read it once and found it whole.
//
// Promises: what Apply was given is found when it returns; a document counts only
// in the totals and facets of readers who may see it; a snapshot that is damaged
// or was made of something else is thrown away, and Restored says why. The index
// is a cache: it can always be filled again from the tables.
package index
