// Package channel carries notices out of the portal: by e-mail over SMTP, and as
// signed CloudEvents to a member's own system.
//
// A member or an officer names an address. An address is confirmed by a code that
// is sent there, and a webhook's host must be one that the operator opened. The
// service hears that a notice stands in an inbox, writes a delivery for each
// confirmed channel of its receiver, and sends what is due. What fails is tried
// again, each time later, across restarts; what will not go is a dead letter that
// the operator sees and may send again.
//
// A person who is signed in may name an e-mail address too. It is kept sealed, is
// gone when the person removes it, and hears of every notice alike that one waits.
//
// Promises: a message holds no datum about a person and nothing of the notice's
// parameters, only what kind of notice it is, in the receiver's language, and a
// link to the portal. A notice goes to each channel at least once; its id is the
// same each time. Nothing is sent to an address that nobody confirmed, nor to a
// host that the operator did not open, and no redirect is followed.
package channel
