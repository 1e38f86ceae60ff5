// Package authorisation lets a person authorise a firm or a public-service body,
// a bank, an insurer, a utility, to ask named things about them.
//
// The body registers what it may ask: items of one data set, question, purpose,
// ground, and for how long at most. The data authority reviews it; what it
// approves becomes a grant behind the door that answers about nobody yet. A person
// is shown who, which items, of a status question which statuses, what for and until
// when, and gives the word; from
// that commit on the door answers about this person, and names the word as its
// ground in the record. The person takes it back at any time, and the door is
// closed with the commit.
//
// Promises: a body never asks for more than it registered, for anybody. Nobody
// gives a word for another: no officer, no agent. What is given is what was shown:
// a word names the fingerprint of the page that was read. It serves the Personal
// Information Protection Law, articles 13 to 15 (consent, and taking it back).
package authorisation
