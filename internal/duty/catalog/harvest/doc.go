// Package harvest keeps which catalogs of others a steward has read, how far each
// run came and what it found.
//
// A run goes page by page: Begin gives where it stands, Page keeps where it goes on
// and what it met, End closes it. A run that was broken off goes on at its next
// page. The first run reads everything, a later one what has changed since the run
// before; a whole run notices what the other catalog no longer has.
//
// Promises: a harvest and its report are the member's that made it; what is gone
// elsewhere is reported and never removed here; one run a harvest at a time counts.
package harvest
