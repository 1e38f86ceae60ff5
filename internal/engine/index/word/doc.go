// Package word reads what somebody searches for: words, and the ways in which each
// may stand in a folded text. Every driver of the index reads queries by it, so
// that they find the same.
//
// A run of Han characters is found by any part of it, a run of other letters and
// digits as a whole word, or by its beginning before a star. Synonyms open more
// ways for a word; letters that stand nowhere may be taken for the sound of a title.
package word
