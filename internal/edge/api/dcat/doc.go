// Package dcat serves the catalog as DCAT, so that portals and harvesters read it
// unchanged: DCAT-AP 3 as Turtle and JSON-LD in pages with hydra controls, DCAT-US
// 1.1 data.json for the whole and for each department, and a sitemap.
//
// The flow: a page of entries is listed as the caller may see it, each entry becomes
// a small graph (graph.go, entry.go), and the graph is written in the form that was
// asked for. Pages go on by key, so that any depth is reached and none is cut off.
//
// The promises: only what the catalog shows the caller is told; the address of an
// entry, and its identifier, never change; what an entry lacks is left out, never
// invented.
//
// Sources: W3C DCAT 3; DCAT-AP 3.0.1 (SEMIC); Hydra Core; Project Open Data
// metadata schema 1.1; sitemaps.org 0.9.
package dcat
