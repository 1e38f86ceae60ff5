// Package calendar keeps the clocks of law: how long a step may take, in which
// kind of days, until when, and who hears of it when the day has passed.
//
// A rule is a row with its citation, its jurisdiction and its validity; a calendar
// is a table of holidays and make-up working days by year, with its citation. A
// duty starts a clock by the name of a rule, and may stop it, resume it, extend it
// once and end it, all in its own transaction. Sweep walks what is due and calls
// the handler of the duty, one transaction a step; Next says when to look again,
// so that nobody polls.
//
// Promises: a number of days is never a constant of the program. A stopped clock
// does not run. A due date in working days is a working day. Beyond the last
// known day a date is worked out on weekends alone, says that it is provisional,
// and is worked out again when the year is imported, and both sides are told. A
// node that was down handles every step that it missed, in order and once; a
// clock of the machine that goes back repeats none. It serves the terms of Order
// 809 and of the laws that the rows cite; a row that is not read in the law's own
// text says that it is unverified.
package calendar
