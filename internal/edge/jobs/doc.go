// Package jobs is what a node does by itself: it sweeps the clocks of law when
// one is due, does what is to be done every so often or at an hour of the day,
// and lets consumers hear the facts of the outbox.
//
// Run sleeps until the earliest of these, or until a commit says that there is
// something new; it never polls the database. A task whose hour passed while the
// node was down is done at the start, once. What fails is tried again later and
// holds up nothing else.
//
// Notices go out through a Channel each; the inbox in the portal is no channel,
// it stands in the database.
package jobs
