// Package quality mends values that are wrong: contest, label, check at the
// source, correction, and everyone told who had the wrong value.
//
// A person, a counter clerk, a department, a court or the platform's own
// comparison raises a contest about one item of one subject. The authority
// accepts it, and from that commit on every answer about the value says that it
// is disputed. It goes to the golden source, which may say once that the value
// is another's; then the authority assigns it. The source's steward corrects in
// the department's own system; the door reads the value again, and only a print
// that changed is a correction. The records say who received the wrong print:
// each such holder gets a task and answers what it did. When all have answered
// the label goes, and the raiser has heard every step.
//
// A change of a person's status is a status act: evidence, a second officer,
// notice to the person and a way to contest it stand in one transaction with
// its entry, or nothing changes.
//
// Promises 5, 6 and 8: a conflict between sources overwrites nothing, it opens a
// contest, labels and asks the authority; a correction reaches everyone who
// received the wrong value, and no one else; no one alone changes a person's
// status. Each step writes one act, one fact and one notice, or does not happen.
// It serves the Personal Information Protection Law, articles 46 and 50, and the
// rules on objection and correction in docs/law.
package quality
