// Package standard keeps what items of the catalog are made of: data elements, each
// defined once and bound to many items, and code lists with their history.
//
// A department maintains elements and lists; everybody reads them. An item is bound
// by naming an element's identifier in its declaration, so that one element shows
// every item that carries it, and in what the item's declaration differs. A code
// list is replaced whole: what the new table leaves out is ended and not forgotten,
// because data of other years hold it, and a code that ended names what came after.
//
// Promises: a code that was once listed is never unknown; who may not see an entry
// does not see its items here. Terms follow ISO 11179 (data element) and SKOS
// (concept scheme, broader, history note).
package standard
