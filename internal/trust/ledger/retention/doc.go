// Package retention keeps records as long as the law asks and no longer.
//
//	rule (data set, kind of record, years, citation) -> the time is over -> no hold -> openings and values destroyed
//	                                                                    -> certificate, whose leaf is the erasure's
//
// The rule of an entry is the longest of those of its data sets; a data set
// without a rule of its own falls under "*", and where no rule stands nothing is
// destroyed. A legal hold keeps what it covers, by entry, case, grant, data set,
// member or person, against the daily round and against any other erasure. When
// it is lifted the next round takes what it kept. The leaves stay and the log
// still verifies; a restored backup destroys again (the ledger keeps erasures
// outside the database).
package retention
