// Package answer says what a question needs from the sources and, from the records
// that came, what the answer is.
//
//	grant + call -> plan -> (the door opens the scans) -> results -> answers
//
// Nothing here opens anything: the door fills the results, under a permit.
package answer
