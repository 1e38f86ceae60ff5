// Package postgres is the index in tables of a PostgreSQL server, for a node whose
// machine lacks the memory for the one in the process, or whose server has plenty.
//
// The same terms stand in a tsvector under a GIN index: characters and pairs of Han
// runs, whole words, who may see the document, its facets with all values above. A
// query's terms give the candidates; words whose terms may stand apart are then
// looked for in the folded text, so totals are exact at any size. What is found, and
// in which order, is what package index finds; it is slower by the server's share.
//
// The tables stand in a schema of their own, over connections of their own: they are
// a cache, no backup holds them, and their writer waits for nobody who writes the
// record. Apply is one transaction, which moves the position with its documents.
//
// Words of letters that stand nowhere are taken for pinyin over mostHeard candidates
// at most; beyond, the total is marked as about right.
package postgres
