// Package entry is what one entry of the catalog says: a data set, its items,
// their fields and closed words, what each state needs, and how an edit, an import
// or an undoing changes it. It is pure: it reads no clock and no database.
//
// Promises: nothing is complete that lacks a field its kind needs; a refused tag
// is not shaken off by an edit; what was undone is as it was. Entry fields follow
// the 2017 catalog guide and Order 809, articles on directories.
package entry
