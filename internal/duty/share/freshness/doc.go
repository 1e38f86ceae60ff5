// Package freshness tells a department when data that it loaded are older than the
// update cycle of their entry promises.
//
// Every night each published entry with an item bound to a source is looked at. A
// file that was loaded lapses when the longest gap of the cycle has passed since; its
// department is told, with what helps, and the lapse stands in its list until the
// data are brought up to date. A source that is asked where it is kept never lapses,
// and an irregular cycle promises nothing.
//
// Promises: one notice a lapse, however often it is looked at; a department learns of
// its own entries only; one entry that cannot be looked at holds up no other. The
// update cycle is one that the 2017 catalog guide has every entry declare.
package freshness
