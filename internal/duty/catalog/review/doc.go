// Package review stands between an entry of the catalog and everyone who would
// find it: the secrecy review before it is listed, and the duty to keep it true
// afterwards.
//
// Somebody of the department looks whether the entry may be listed at all. About
// persons, or from security level 3, a second officer says the result in a session
// of their own; of other sets the publisher may declare who looked and on what it
// rests. The word holds for what the entry showed. When the duty or the data behind
// an entry change, or items are added to one that others see, its owner has a term
// to bring it up to date, once extended; then the data authority reviews it.
//
// Promises: what a review withholds is not listed, and leaves the list when it was.
// Nobody is the second officer of one whom they made. Each word and step is one act
// in the ledger, with one notice. A term that passes tells the next one up and
// accepts nothing. Order 809, articles on directories; the secrecy review goes
// before the submission of a directory [R13], unverified.
package review
