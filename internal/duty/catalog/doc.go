// Package catalog keeps the list of what departments hold: data sets, their
// items, and everything the law wants said about them before anyone may ask.
//
// An entry begins as a draft, by hand or by import. What it still lacks stands
// in one to-do list of its member; many drafts are filled at once, after a look,
// and the filling can be taken back. A complete draft is published and from then
// on everyone finds it. Suspended and retired entries stay readable to those who
// are signed in.
//
// Promises: a draft is seen by its own member only, in lists, counts and search
// alike; another member's draft answers exactly as what does not exist. Nothing
// is published that lacks a field its kind needs. Every change keeps author, time
// and difference. A refused tag leaves an item only by two officers. What an entry
// says stands in package entry.
package catalog
