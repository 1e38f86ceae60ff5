package dbsuite

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

func runSQL(t *testing.T, e Engine) {
	run(t, e, []rule{
		{"PlaceholdersBindByNumber", placeholdersBindByNumber},
		{"WrongTypesAreRefused", wrongTypesAreRefused},
		{"ReferencesAreKept", referencesAreKept},
		{"ChecksAreKept", checksAreKept},
		{"RepeatedKeysAreRecognised", repeatedKeysAreRecognised},
		{"ValuesComeBackAsTheyWere", valuesComeBackAsTheyWere},
		{"TextSortsByItsBytes", textSortsByItsBytes},
		{"TextThatOneEngineWouldRefuseIsRefused", strangeTextIsRefused},
		{"TheCommonFormsWork", theCommonFormsWork},
		{"NumbersAreGivenUpwards", numbersAreGivenUpwards},
	})
}

func placeholdersBindByNumber(t *testing.T, d *db.DB) {
	must(t, write(d, `INSERT INTO owner (name, id, note) VALUES ($2, $1, $3)`, 7, "seven", "n"))
	if n := count(t, d, `SELECT COUNT(*) FROM owner WHERE note = $3 AND name = $1 AND id = $2`, "seven", 7, "n"); n != 1 {
		t.Errorf("the row with the values in their places was found %d times", n)
	}
}

func wrongTypesAreRefused(t *testing.T, d *db.DB) {
	must(t, write(d, putOwner, 1, "one"))
	for _, q := range []string{
		`INSERT INTO thing (owner, at) VALUES (1, 'yesterday')`,
		`INSERT INTO tree (id) VALUES ('x')`,
	} {
		if err := write(d, q); err == nil {
			t.Errorf("taken: %s", q)
		}
	}
	if err := write(d, `INSERT INTO thing (owner, at) VALUES ($1, $2)`, 1, "yesterday"); err == nil {
		t.Error("text was taken as a number")
	}
}

func referencesAreKept(t *testing.T, d *db.DB) {
	err := write(d, `INSERT INTO thing (owner, at) VALUES ($1, $2)`, 99, 1)
	if !db.IsForeign(err) {
		t.Errorf("a thing of an owner that is not there: got %v", err)
	}
	must(t, write(d, putOwner, 1, "one"))
	must(t, write(d, `INSERT INTO thing (owner, at) VALUES ($1, $2)`, 1, 1))
	if err := write(d, `DELETE FROM owner WHERE id = $1`, 1); !db.IsForeign(err) {
		t.Errorf("an owner of things was removed: got %v", err)
	}
}

func checksAreKept(t *testing.T, d *db.DB) {
	err := write(d, `INSERT INTO owner (id, name, note) VALUES ($1, $2, $3)`, 1, "one", "forbidden")
	if err == nil || db.IsUnique(err) || db.IsForeign(err) {
		t.Errorf("got %v", err)
	}
}

func repeatedKeysAreRecognised(t *testing.T, d *db.DB) {
	must(t, write(d, putOwner, 1, "one"))
	must(t, write(d, `INSERT INTO pair (a, b, v) VALUES ('a', 1, 'v')`))
	must(t, write(d, `INSERT INTO thing (owner, at) VALUES (1, 5)`))
	for name, q := range map[string]string{
		"primary key":          `INSERT INTO owner (id, name) VALUES (1, 'other')`,
		"unique column":        `INSERT INTO owner (id, name) VALUES (2, 'one')`,
		"clustered key":        `INSERT INTO pair (a, b, v) VALUES ('a', 1, 'w')`,
		"partial unique index": `INSERT INTO thing (owner, at) VALUES (1, 5)`,
	} {
		if err := write(d, q); !db.IsUnique(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	must(t, write(d, `UPDATE thing SET revoked = 9 WHERE at = 5`))
	must(t, write(d, `INSERT INTO thing (owner, at) VALUES (1, 5)`))
	if db.IsUnique(nil) || db.IsUnique(context.Canceled) {
		t.Error("something else was taken for a repeated key")
	}
}

func valuesComeBackAsTheyWere(t *testing.T, d *db.DB) {
	type row struct {
		ID    int64
		Name  string
		Alive bool
		Mark  []byte
		Note  *string
	}
	note := "数源部门 ‘x’"
	in := []row{
		{1, "min", true, []byte{0, 1, 255}, &note},
		{-9223372036854775808, "lowest", false, nil, nil},
		{9223372036854775807, "", true, []byte{}, new(string)},
	}
	ctx := context.Background()
	must(t, d.Write(ctx, func(tx *db.Tx) error {
		for _, r := range in {
			_, err := tx.Exec(ctx, `INSERT INTO owner (id, name, alive, mark, note) VALUES ($1, $2, $3, $4, $5)`,
				r.ID, r.Name, r.Alive, r.Mark, r.Note)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	var out []row
	must(t, d.Read(ctx, func(tx *db.Tx) error {
		for _, r := range in {
			var o row
			err := tx.QueryRow(ctx, `SELECT id, name, alive, mark, note FROM owner WHERE id = $1`, r.ID).
				Scan(&o.ID, &o.Name, &o.Alive, &o.Mark, &o.Note)
			if err != nil {
				return err
			}
			out = append(out, o)
		}
		return nil
	}))
	if diff := cmp.Diff(in, out, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("put and got (-put +got):\n%s", diff)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM owner WHERE alive = $1 AND id <> 0`, true); n != 2 {
		t.Errorf("%d alive, want 2", n)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM owner WHERE mark IS NULL AND id <> 0`); n != 1 {
		t.Errorf("%d without mark, want 1: empty is not missing", n)
	}
}

func textSortsByItsBytes(t *testing.T, d *db.DB) {
	want := []string{"", "A", "B", "_", "a", "a b", "ab", "b", "é", "一", "数", "𠀀"}
	in := slices.Clone(want)
	slices.Reverse(in)
	for _, s := range in {
		must(t, write(d, `INSERT INTO pair (a, b, v) VALUES ($1, 1, '')`, s))
	}
	var got []string
	ctx := context.Background()
	must(t, d.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT a FROM pair ORDER BY a`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			got = append(got, s)
		}
		return rows.Err()
	}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM pair WHERE a > $1`, "b"); n != 4 {
		t.Errorf("%d above b, want 4", n)
	}
}

func strangeTextIsRefused(t *testing.T, d *db.DB) {
	type named string
	for name, v := range map[string]any{
		"a NUL": "a\x00b", "half a character": "\xff", "a NUL in a named type": named("\x00"),
	} {
		if err := write(d, putOwner, 1, v); vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("%s: got %v", name, err)
		}
	}
	must(t, write(d, putOwner, 1, named("plain")))
}

func theCommonFormsWork(t *testing.T, d *db.DB) {
	ctx := context.Background()
	must(t, write(d, putOwner, 1, "one"))
	must(t, write(d, putOwner, 2, "two"))
	must(t, write(d, `INSERT INTO pair (a, b, v) VALUES ('k', 1, 'x')
		ON CONFLICT (a, b) DO UPDATE SET v = excluded.v`))
	must(t, write(d, `INSERT INTO pair (a, b, v) VALUES ('k', 1, 'y')
		ON CONFLICT (a, b) DO UPDATE SET v = excluded.v`))
	must(t, write(d, `INSERT INTO pair (a, b, v) VALUES ('k', 1, 'z') ON CONFLICT (a, b) DO NOTHING`))
	if n := count(t, d, `SELECT COUNT(*) FROM pair WHERE v = 'y' AND NOT seen`); n != 1 {
		t.Errorf("upsert: %d rows, want 1", n)
	}
	must(t, d.Write(ctx, func(tx *db.Tx) error {
		var name string
		if err := tx.QueryRow(ctx, `UPDATE owner SET note = $2 WHERE id = $1 RETURNING name`, 2, "n").Scan(&name); err != nil {
			return err
		}
		if name != "two" {
			t.Errorf("returning: %q", name)
		}
		n, err := tx.Exec(ctx, `UPDATE owner SET note = $1 WHERE id > $2`, "m", 0)
		if n != 2 {
			t.Errorf("%d rows touched, want 2", n)
		}
		return err
	}))
	if n := count(t, d, `SELECT COUNT(*) FROM owner WHERE (id, name) > ($1, $2)`, 1, "aaa"); n != 2 {
		t.Errorf("paging by two columns: %d rows, want 2", n)
	}
	if n := count(t, d, `WITH o AS (SELECT id, ROW_NUMBER() OVER (ORDER BY id DESC) AS r FROM owner WHERE id > 0)
		SELECT id FROM o WHERE r = 1`); n != 2 {
		t.Errorf("window: %d, want 2", n)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM (SELECT id FROM owner ORDER BY id LIMIT $1) x`, 2); n != 2 {
		t.Errorf("limit: %d, want 2", n)
	}
	if n := count(t, d, `SELECT SUM(CASE WHEN alive THEN 1 ELSE 0 END) FROM owner WHERE lower(name) = lower($1)`, "TWO"); n != 1 {
		t.Errorf("sum: %d, want 1", n)
	}
}

func numbersAreGivenUpwards(t *testing.T, d *db.DB) {
	must(t, write(d, putOwner, 1, "one"))
	ctx := context.Background()
	last := int64(0)
	for i := range 20 {
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			var id int64
			if err := tx.QueryRow(ctx, `INSERT INTO thing (owner, at) VALUES (1, $1) RETURNING id`, i).Scan(&id); err != nil {
				return err
			}
			if id <= last {
				t.Errorf("number %d came after %d", id, last)
			}
			last = id
			return nil
		}))
	}
}
