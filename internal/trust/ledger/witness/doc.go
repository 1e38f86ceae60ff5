// Package witness is the small independent memory that keeps a ledger honest.
//
// A witness remembers one thing of each log: the last checkpoint it cosigned. It
// cosigns another one only when a consistency proof shows that the log grew from
// there, so an operator who rewrites, rolls back or forks his log finds no
// witness for the new story, and the old one stays in hands that are not his. It
// is meant to run on an auditor's, a court's or a university's own machine, with
// a key and a folder of its own.
//
// The flow follows C2SP tlog-witness. POST /add-checkpoint answers 200 with a
// cosignature/v1 line, 400 for what is not a request, 404 for an unknown origin,
// 403 for a signature that is not the log's, 409 with its own size for another
// old size, 409 for another root at an equal size, 422 for a proof that does not
// hold, 429 for too many calls. What it cosigned it serves again:
//
//	GET /logs                  every origin with key, size and path, as JSON
//	GET /logs/{id}/checkpoint  the latest cosigned checkpoint of one origin;
//	                           {id} is the hexadecimal SHA-256 of the origin
//	GET /logs/{id}/fork        a checkpoint that the log signed with another root
//	                           at the size held here: with the one above, evidence
//	GET /witness.json          this witness's own name and verifier key
//
// A log is made known by its address: the witness fetches ADDRESS/log.json
// ({"origin", "vkey"}), and pins the key at first use. The same Ed25519 key under
// a successor origin (".../1", then ".../2") is a new log; another key under a
// known origin or address is refused, and said loudly.
//
// What is promised: a cosignature leaves the process only after the checkpoint
// is on disk and synced, and of two calls for one origin the second sees what the
// first wrote. What is not: the witness reads no entry and keeps none.
package witness
