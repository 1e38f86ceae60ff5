// Package ckan serves the catalog through the CKAN action API v3, so that software
// which knows CKAN (ckanapi, ckanr, harvesters, catalog browsers) works unchanged.
//
// The flow of a call: /api/3/action/NAME (or /api/action/NAME) with parameters in
// the query or as JSON; the action reads the catalog as the caller, or as nobody;
// the answer is the envelope {help, success, result}, or {help, success, error}
// with one of CKAN's own error types. Entries become packages, members become
// organisations, the three libraries become groups, themes become tags, and the
// rows of an open set become a resource of the data store.
//
// The promises: only what the caller may see is counted, listed or found, since
// every answer comes from the catalog's own verbs and the door; nothing is
// written; an action that is not served says so by name.
//
// The interface is that of CKAN 2.11, docs "API guide", as its clients call it.
package ckan
