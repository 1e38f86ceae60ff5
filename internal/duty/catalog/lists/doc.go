// Package lists gives two of the lists that a catalog owes the public: which
// department answers for how much (responsibility), and what is held back, with its
// reason and law (negative). The third, what is demanded and not listed, is demand's.
//
// Both are views of the catalog: they are found through its search, with what the
// reader may see, and are kept nowhere, so they never differ from the entries.
//
// Promises: the numbers of a department are those of the searches that find its
// entries; of an entry that is held back nothing is told that its own page withholds.
package lists
