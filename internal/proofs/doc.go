// Package proofs holds the promises of ARCHITECTURE.md as tests against whole
// nodes: one file a promise, each named after it, each able to fail.
//
//	model_test    1  generated calls against a reference model of forty lines
//	order_test    1  record, leaf, source, outcome: in this order or not at all
//	kill_test     2  a process killed between each pair of steps, again and again
//	power_test    2  a traced access: SQL and log are synced before the answer
//	receipt_test  3  a rewritten log, signed with the true key, against one receipt
//	leaf_test     4  guesses at leaves, and erasure
//	guard_test    6B.6  an attacker with every verb and a day of time
//	refusal_test  10 all registered paths with all tags, and no verb unregistered
//	tenancy_test     every verb with an id of another member
//	batch_test       a large batch: everyone finds their row and only theirs
//	linear_test      grants under concurrency are one grant after the other
//	linear_law_test  decisions, suspensions, emergencies, words and mandates are, too
//	race_test        every lock of an access at once, for -race
//	mutant_test      takes each guard out in turn and demands that its test fails
//	city_test        a month of a city in simulated time: clocks, contests, reports
//	long_test        the report of the long run, and its fuzz targets
//
// FONTIS_LONG=1 (make long) runs the same tests at length, and the fuzz targets of
// the module, and writes a line of each into docs/proofs. What is promised here is
// tested over the wiring of package app, with the real engines; on PostgreSQL
// too where FONTIS_PG_DSN names a server.
package proofs
