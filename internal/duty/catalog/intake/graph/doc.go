// Package graph reads descriptions of data sets that are written as RDF: Turtle,
// N-Triples and JSON-LD.
//
// A document becomes triples, and the triples become one Entry for each
// dcat:Dataset, whose cells carry the names that a data.json gives the same
// things, so that one mapping fits both.
//
// The promises: nothing is fetched, whatever a document names; the depth of a
// document is bounded; a document that is broken is refused with the line.
package graph
