// Package asked is what a request asks: its fields, what a submission needs of
// them, and what no request can say.
//
// Promises: fields have one form, whoever writes them; no text of a request names
// a person by number or holds what no page shows.
package asked
