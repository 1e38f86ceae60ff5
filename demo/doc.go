// Package demo makes the demo world: five departments, a data bureau and an audit
// office with their officers, registers, agreements and a first history.
//
// Two things in it are real: the tables of administrative divisions in two
// published editions that disagree (SOURCES.md). Everything else is invented by a
// generator: the same seed gives the same bytes. Invented people have citizen
// numbers in area 990000 and invented firms credit codes in area 990000; no place
// has that code, so none of them can be anyone. Only a node whose configuration
// says demo takes such numbers, and Load refuses any other node.
//
// The flow of Load: members and officers -> one SQLite file a department, begun
// with its first rows -> sources, catalog, bindings -> requests and decisions ->
// a first history of accesses -> the rest of the rows. So the pages show a whole
// world after the first seconds, while it is still filling. Each step is written
// down when it is done; a load that was killed goes on where it stood, and a
// second load changes nothing.
package demo
