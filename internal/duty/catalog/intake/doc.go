// Package intake reads a department's own list and makes catalog drafts of it.
//
// The flow: Open recognises the file (CSV, TSV, xlsx, data.json) and its
// encoding and gives Records one at a time; Suggest proposes a Mapping from
// columns to catalog fields, which the steward mends and which is kept; Apply
// turns records into Drafts and Rejects and counts them in a Report;
// RejectsWorkbook gives the rejected lines back with cause and remedy, to be
// mended and imported again.
//
// The promises: memory stays bounded whatever the file holds; the type of a
// code is never guessed, every cell is the text that the author saw; a text
// whose encoding is in doubt is refused, never garbled; no column and no line
// disappears without being named in the report.
package intake
