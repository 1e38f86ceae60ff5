// Package tlog keeps a log that only grows: a Merkle tree of leaves in one
// folder, in the file layout of C2SP tlog-tiles, so that anyone can read and
// check it with software that is not ours.
//
// # Flow
//
//	Append -> group committer -> Tessera POSIX (entries, tiles, tree state) -> index
//	                                  |
//	                     every 100 ms: sign -> witnesses -> checkpoint -> Handler
//
// Append returns when its leaves are durable and in the tree. While one group is
// made durable the next gathers, up to a size; a client that is alone is never
// kept waiting, and a crowd that is on its way back is awaited for at most
// BatchAge. Beyond MaxWaiting leaves a call is refused at once.
//
// # Promise
//
// An index that was returned holds its leaf after kill -9 and after power loss.
// A checkpoint is served only when the witness policy is satisfied. A log whose
// tree state disagrees with its tiles or its checkpoint does not open.
//
// # What Tessera costs, and how it is fed
//
// For each batch Tessera v1.0.4 replaces one entries file and one tile for every
// 256 leaves touched, the tiles above them when one is full, and the tree state;
// each file is written with O_SYNC, renamed, and its folder synced, one after the
// other. So a group of 1 to 255 leaves costs about three files and a large one two more
// for every 256 leaves: disk latency, not the processor, is the limit, and only
// groups make it bearable. Tessera's own batch closes at a size or an age, and an
// age makes a lone client wait. So its timers are set to never and there is a
// queue for each size of a ladder (tessera.go): a group of ours is one batch of
// Tessera's, flushed by its last entry.
//
// # Why the witnesses are asked here and not by Tessera
//
// Tessera's witness client was read and is not enough for a log that must go on
// without its witnesses: a new log does not open while they are away, since the
// empty checkpoint is witnessed first; a witness that hangs holds up every round
// for the whole timeout; an answer of 409 with a larger size, which means that
// this log was rolled back, ends as text in a diary; nothing tells since when
// checkpoints wait; shutting down waits for one; and its cosignatures stop at the
// quorum. So Tessera signs nothing but the empty tree of a new folder, and this
// package signs, collects and publishes. The policy text is parsed and evaluated
// by Tessera's own code, so both mean the same by it.
package tlog
