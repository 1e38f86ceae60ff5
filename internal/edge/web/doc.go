// Package web is the face of every verb for people: plain bilingual pages that
// work without a script.
//
// The flow of a visit: it gets its trace and its language; a cookie says who is
// there; a form proves that it came from a page of this very session; the page's
// handler calls its verb; a POST answers 303, and one that failed shows its page
// again with cause, remedy, trace and everything that was typed.
//
// The promises: no page decides anything that a verb does not decide, what is
// another member's looks as what does not exist, every value is shown as text,
// every sentence comes from the catalog of texts, and no page holds a script or
// a style of its own.
package web
