// Package page is the core that every page of the portal stands on: it knows
// how a page is visited, and no page.
//
// The flow of a visit: it gets its trace and its language; a cookie says who is
// there; a form proves that it came from a page of this very session; the route's
// handler calls its verb; a POST answers 303, and one that failed shows its page
// again with cause, remedy, trace and everything that was typed.
//
// The promises: an error page shows nothing of the request, the same form sent
// twice acts once, nothing is sent before the whole page stands, and a form
// without the token of its session does nothing.
package page
