// Package comparator decides whether a submitted value equals the one at the
// source, and whether a status held on a day. It is pure: it opens nothing.
//
// Each item declares one comparator by a spec:
//
//	exact                the same bytes
//	text                 NFKC (which folds width), outer blanks off, inner runs of blanks to one
//	name                 as text, and: case folded, every middle dot the same and without
//	                     blanks around it, no blanks between Han characters. Traditional
//	                     characters are not folded into simplified ones: they are other names.
//	date                 2006-01-02, 20060102, 2006/1/2, 2006.1.2, 2006年1月2日, digits of any width
//	number               an exact decimal
//	number:0.01          the same when they differ by at most 0.01
//	code:NAME            through a list that the caller gives by name
//	code:{"男":"1"}      through a list written out
//
// Both values are brought to a canonical form; they are the same when the forms
// are. Canonical gives the form of a submitted value, and the guess guard counts
// it: whoever spells one guess in five ways has guessed once. Under a tolerance
// every number is a guess of its own, because each tells something else.
//
// The promise: null, empty, unreadable or missing at the source is never a
// mismatch, it is unknown with its reason. What nobody can read in a submitted
// value is vocab.ValueInvalid and tells nothing about the source. No error
// repeats a value.
package comparator
