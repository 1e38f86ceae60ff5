// Package input reads files as they are sent: CSV and TSV, xlsx, data.json, in
// the encodings that offices use.
//
// Open recognises a file by its content and gives Records of text, one at a
// time, with what was wrong with each line as Troubles; each Problem has its
// code, cause and remedy in both languages.
//
// The promises: memory stays bounded whatever the file holds; every cell is the
// text that its author saw; a text whose encoding is in doubt is refused, never
// garbled; a file that is damaged is never read in part without saying so.
package input
