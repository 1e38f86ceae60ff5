// Package nation generates the catalog of a whole nation: any number of invented
// data sets of departments in real divisions, in Chinese and English.
//
// A set is made of its number and the seed alone, so any of them can be made again
// and any number streams in constant memory. Titles join a division, a business
// object and its kind; names of items repeat as they do in real lists: a few stand
// in most sets, most in few, some in one. One set in a hundred is dirty: wide
// letters, traditional characters, stray blanks, an empty abstract; and one in
// fifty says something else than another department says of the same thing.
package nation
