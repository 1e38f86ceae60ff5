// Package view is the person's own view: who used their data, why and on what
// ground (PIPL art. 44 and 45; the right of the credit rules to see who queried).
//
//	signed in ----------------------\
//	at a counter, which is an entry -+-> page of lines, receipts, a file to take home
//	under a mandate, which is one too/
//
// Every number of the person's chain is accounted for: shown, deferred by an
// order, or said to be missing or altered. The officer's name stays inside. The
// view says since when this node keeps its ledger, and that look-ups inside a
// department's own system do not pass through it. Who acts under a mandate sees
// no numbers, nothing that is deferred and no use by a body that protects people,
// and cannot tell that anything was left out. A firm's view is that of its credit
// code, through who holds its mandate.
package view
