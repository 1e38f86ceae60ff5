// Package coverage reports how far the catalog reaches, by department or by region:
// how many entries are listed, how well they describe their data, how many are
// connected to a source, and how many of those hold data older than promised.
//
// Listed and described are counted by the index, so that a report over a nation
// costs what a search costs; connected and stale are counted from the entries that
// are bound, which are few.
//
// Promises: an authority and an auditor see every line, a steward the line of the
// own department; an entry counts as the reader may see it, and what may not be
// seen whole is counted as listed and judged by nobody.
package coverage
