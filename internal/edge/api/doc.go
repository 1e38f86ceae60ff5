// Package api is the HTTP face of every verb: JSON under /v1, the log under
// /log, and an OpenAPI 3.1 document that is made from the code.
//
// The flow of a call: it gets its trace; whoever calls is known by a token and
// counted; an Idempotency-Key is claimed; the route parses, calls its verb and
// renders; a failure becomes a problem (package problem).
//
// The promises: no route decides anything that a verb does not decide, what is
// another member's answers as what does not exist, and no value of a call
// stands in a log.
package api
