package db

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"

	"fontis/internal/vocab"
)

// versionTable remembers which migrations stand in this database, in the order
// in which they came and with their text, so that a snapshot can be built again
// on either engine without the program that wrote it.
const versionTable = `CREATE TABLE IF NOT EXISTS schema_version (
	n       bigint NOT NULL PRIMARY KEY,
	pkg     text   NOT NULL,
	version bigint NOT NULL,
	body    text   NOT NULL,
	UNIQUE (pkg, version)
)`

const (
	selectVersion = `SELECT COALESCE(MAX(version), 0) FROM schema_version WHERE pkg = $1`
	insertVersion = `INSERT INTO schema_version (n, pkg, version, body)
		SELECT COALESCE(MAX(n), 0) + 1, $1, $2, $3 FROM schema_version`
)

// Migrate brings the tables of one package up to date from fsys, which holds
// <pkg>/0001_what.sql and so on. Each step is one transaction. A database that is
// newer than the program is refused with vocab.DataTooNew.
func (d *DB) Migrate(ctx context.Context, fsys fs.FS, pkg string) error {
	steps, err := readSteps(fsys, pkg)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", pkg, err)
	}
	have := 0
	err = d.Write(ctx, func(tx *Tx) error {
		if err := tx.Build(ctx, versionTable); err != nil {
			return err
		}
		return tx.QueryRow(ctx, selectVersion, pkg).Scan(&have)
	})
	if err != nil {
		return fmt.Errorf("migrate %s: %w", pkg, err)
	}
	if have > len(steps) {
		return vocab.DataTooNew.Because("the data of %s are of version %d, this program knows up to %d", pkg, have, len(steps))
	}
	for i, body := range steps[have:] {
		version := have + i + 1
		err := d.Write(ctx, func(tx *Tx) error {
			if err := tx.Build(ctx, body); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, insertVersion, pkg, version, body)
			return err
		})
		if err != nil {
			return fmt.Errorf("migrate %s to %d: %w", pkg, version, err)
		}
	}
	return nil
}

// Build runs the statements of a migration in the words of the engine.
func (t *Tx) Build(ctx context.Context, body string) error {
	list, err := spell(t.Dialect(), body)
	if err != nil {
		return err
	}
	for _, s := range list {
		if _, err := t.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", firstLine(s), err)
		}
	}
	return nil
}

func firstLine(s string) string {
	for i, r := range s {
		if r == '\n' || i > 60 {
			return s[:i]
		}
	}
	return s
}

// readSteps gives the texts of a package's migrations, 1 first, none left out.
func readSteps(fsys fs.FS, pkg string) ([]string, error) {
	names, err := fs.Glob(fsys, path.Join(pkg, "*.sql"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no migrations in folder %s", pkg)
	}
	sort.Strings(names)
	var steps []string
	for i, name := range names {
		base := path.Base(name)
		n, err := strconv.Atoi(base[:min(4, len(base))])
		if err != nil || n != i+1 {
			return nil, fmt.Errorf("%s: its number should be %04d", name, i+1)
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, string(body))
	}
	return steps, nil
}
