// Package migrations carries the SQL that builds every table, one folder a
// package, numbered, forward only, in the PostgreSQL spelling; engine/db replaces
// the words that SQLite spells otherwise.
package migrations

import "embed"

// FS holds migrations/<package>/0001_....sql.
//
//go:embed */*.sql
var FS embed.FS
