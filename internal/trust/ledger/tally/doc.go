// Package tally holds every record against every leaf, from the first on.
//
// Start-up binds only what came after the watermark; whoever writes into the
// database of a stopped node, or beside a running one, changes what lies before.
// A round walks through all records, then through the log, then through the
// persons' chains. Each record's openings must give its leaf, the leaf must stand
// in the log where the record says, each outcome and each row of a batch must be
// the one that was committed to, and each person's counter must run from 1
// without a gap. What must be complete and not only right (no leaf without a
// record, no chain without its end) is compared as sums over both sides; where
// they differ, one more pass names the place. At the end come the books: tables
// that others keep and register here, whose rows say again what acts said.
//
// Promise: no leaf without a record and no record without a leaf passes a round
// in silence; what it says names entry, trace or index. A round keeps its place
// over a restart and takes a small share of one processor, or all of them when
// somebody waits for it. It changes nothing but its own place.
package tally
