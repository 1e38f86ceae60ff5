package dbsuite

import (
	"context"
	"maps"
	"testing"
	"testing/fstest"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

func runMigrate(t *testing.T, e Engine) {
	run(t, e, []rule{
		{"ASecondMigrationChangesNothing", aSecondMigrationChangesNothing},
		{"NewerDataAreRefused", newerDataAreRefused},
		{"ABrokenStepLeavesNothing", aBrokenStepLeavesNothing},
		{"AGapInTheNumbersIsRefused", aGapInTheNumbersIsRefused},
	})
}

func aSecondMigrationChangesNothing(t *testing.T, d *db.DB) {
	must(t, write(d, putOwner, 1, "one"))
	must(t, d.Migrate(context.Background(), tables, "suite"))
	if n := count(t, d, `SELECT MAX(version) FROM schema_version WHERE pkg = 'suite'`); n != 2 {
		t.Errorf("version %d, want 2", n)
	}
	if n := count(t, d, countOwners); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func newerDataAreRefused(t *testing.T, d *db.DB) {
	older := fstest.MapFS{"suite/0001_first.sql": tables["suite/0001_first.sql"]}
	if err := d.Migrate(context.Background(), older, "suite"); vocab.CodeOf(err) != vocab.DataTooNew {
		t.Errorf("got %v", err)
	}
}

func aBrokenStepLeavesNothing(t *testing.T, d *db.DB) {
	ctx := context.Background()
	broken := maps.Clone(tables)
	broken["suite/0003_third.sql"] = &fstest.MapFile{Data: []byte(`CREATE TABLE half (id bigint); CREATE TABLE owner (id bigint);`)}
	if err := d.Migrate(ctx, broken, "suite"); err == nil {
		t.Fatal("a table was made twice")
	}
	broken["suite/0003_third.sql"] = &fstest.MapFile{Data: []byte(`CREATE TABLE half (id bigint);`)}
	must(t, d.Migrate(ctx, broken, "suite"))
}

func aGapInTheNumbersIsRefused(t *testing.T, d *db.DB) {
	gap := fstest.MapFS{
		"g/0001_a.sql": {Data: []byte(`CREATE TABLE g (id bigint);`)},
		"g/0003_c.sql": {Data: []byte(`CREATE TABLE h (id bigint);`)},
	}
	if err := d.Migrate(context.Background(), gap, "g"); err == nil {
		t.Error("taken")
	}
	if err := d.Migrate(context.Background(), gap, "unknown"); err == nil {
		t.Error("a package without migrations was taken")
	}
}
