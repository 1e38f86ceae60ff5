// Package mandate lets one person act for another: an agent whom they named, a
// guardian, a relative, the representative of a firm (PIPL art. 31 and 49;
// Order 716 asks that counters serve those who cannot come).
//
//	given by the person --------------------\
//	recorded at a counter, with a document --+-> active -> withdrawn | ended | run out
//
// A mandate names its acts and its end. It never holds the view of who used the
// person's data unless the person ticked that in person, standing at a counter.
// To withdraw works at once: open sessions under it are dead. Giving, using and
// ending are entries in the principal's own chain that name the mandate. Death
// and the end of a guardianship end it; the one who acts can resign.
package mandate
