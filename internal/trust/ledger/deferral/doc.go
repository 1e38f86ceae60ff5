// Package deferral keeps a use of data from the person for a while, where a law
// says so (PIPL art. 18 and 35: no notice where the law asks for secrecy or notice
// would defeat the duty; notice follows when that is over).
//
//	proposed by a body -> confirmed by an officer of another body -> in force -> over: the row appears, the person is told
//	                   \-> refused                               \-> lifted early
//
// An order rests on a row of the law with its citation and longest term, names
// one entry or one body's uses of one person from then on, and ends within the
// term. A renewal is a new order with a second officer again; how often, and how
// long in all, the row bounds. A row that has been shown is not hidden again. The
// order itself is an entry in the person's chain and appears with what it hid:
// who asked, who confirmed, on which ground. Totals are public.
//
// The end is looked at when the person reads; no job can miss it. Due only tells
// the person. That a number is deferred is never hidden.
package deferral
