// Package checker is what a stranger runs: a resident with one receipt, an
// auditor with an address, a court with two files. It believes no node.
//
// File judges a promise or a receipt, off line, against a policy given by file
// or pinned at first use. Log audits a whole log over HTTP(S) or in a folder: it
// takes the published checkpoint, checks signature and quorum, reads every entry
// bundle and every tile once, recomputes the root of the whole tree and of every
// older size it knows a signed checkpoint of (held, pinned, or a witness's), and
// compares. It needs nothing of the operator but static files, uses no proof
// that the operator made, and ends within its time limit whatever is served.
//
// A verdict is a word, an exit code and findings in plain words: 0 nothing false
// was found, 1 something is false, lost or withheld, 2 it could not be judged.
// Every verdict of exit code 1 leaves an evidence file that holds the signed
// statements which contradict each other, and how to recompute that with public
// software.
//
// What is promised: of two signed stories that differ anywhere below the older
// one's size, the difference is found. What is not: a log that nobody holds an
// older checkpoint of, and no witness saw, can be anything; the first use says so.
package checker
