package db

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWordsAreSpelledForTheEngine(t *testing.T) {
	for _, c := range []struct{ name, in, sqlite, postgres string }{
		{
			"types", `CREATE TABLE a (b bigint, c text NOT NULL, d bytea, e boolean);`,
			`CREATE TABLE a (b INTEGER, c TEXT NOT NULL, d BLOB, e INTEGER) STRICT`,
			`CREATE TABLE a (b bigint, c text COLLATE "C" NOT NULL, d bytea, e boolean)`,
		},
		{
			"identity", `CREATE TABLE a (n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY);`,
			`CREATE TABLE a (n INTEGER PRIMARY KEY) STRICT`,
			`CREATE TABLE a (n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY)`,
		},
		{
			"clustered behind", "CREATE TABLE a (b text PRIMARY KEY); -- clustered\n",
			`CREATE TABLE a (b TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`,
			`CREATE TABLE a (b text COLLATE "C" PRIMARY KEY)`,
		},
		{
			"clustered inside", "CREATE TABLE a ( -- clustered\nb text PRIMARY KEY)",
			"CREATE TABLE a ( \nb TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
			"CREATE TABLE a ( \nb text COLLATE \"C\" PRIMARY KEY)",
		},
		{
			"a column named like a type", `CREATE TABLE a (text text, PRIMARY KEY (text), CHECK (text <> 'text'));`,
			`CREATE TABLE a (text TEXT, PRIMARY KEY (text), CHECK (text <> 'text')) STRICT`,
			`CREATE TABLE a (text text COLLATE "C", PRIMARY KEY (text), CHECK (text <> 'text'))`,
		},
		{
			"strings and comments", "INSERT INTO a VALUES ('bigint; it''s -- text') /* ; */ -- ;\n;",
			`INSERT INTO a VALUES ('bigint; it''s -- text')`,
			`INSERT INTO a VALUES ('bigint; it''s -- text')`,
		},
		{
			"a column more", `ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT '';`,
			`ALTER TABLE a ADD COLUMN b TEXT NOT NULL DEFAULT ''`,
			`ALTER TABLE a ADD COLUMN b text COLLATE "C" NOT NULL DEFAULT ''`,
		},
		{"an index", `CREATE INDEX a_b ON a (text);`, `CREATE INDEX a_b ON a (text)`, `CREATE INDEX a_b ON a (text)`},
	} {
		for dialect, want := range map[Dialect]string{SQLite: c.sqlite, Postgres: c.postgres} {
			got, err := spell(dialect, c.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{want}, trimmed(got)); diff != "" {
				t.Errorf("%s for %s:\n%s", c.name, dialect, diff)
			}
		}
	}
}

func trimmed(in []string) (out []string) {
	for _, s := range in {
		out = append(out, strings.TrimSpace(s))
	}
	return out
}

func TestAMarkBelongsToTheStatementBeforeIt(t *testing.T) {
	got, err := spell(SQLite, "CREATE TABLE a (b bigint); -- no\n-- clustered not\nCREATE TABLE c (d bigint);\n-- clustered\nCREATE TABLE e (f bigint);")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"CREATE TABLE a (b INTEGER) STRICT",
		"CREATE TABLE c (d INTEGER) STRICT, WITHOUT ROWID", "CREATE TABLE e (f INTEGER) STRICT",
	}
	if diff := cmp.Diff(want, trimmed(got)); diff != "" {
		t.Error(diff)
	}
}

func TestUnclosedTextIsRefused(t *testing.T) {
	for _, in := range []string{"SELECT 'x", `SELECT "x`, "SELECT /* x"} {
		if _, err := spell(SQLite, in); err == nil {
			t.Errorf("taken: %s", in)
		}
	}
}

func TestPiecesJoinedGiveTheTextAgain(t *testing.T) {
	part := rapid.SampledFrom([]string{"bigint", " ", "\n", ";", "'a;b'", `"t"`, "-- c;\n", "/* ; */", "(", ",", "数", "$1"})
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOf(part).Draw(t, "parts"), "")
		tokens, err := lex(in)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, k := range tokens {
			b.WriteString(k.text)
		}
		if b.String() != in {
			t.Fatalf("%q became %q", in, b.String())
		}
	})
}

func FuzzSpell(f *testing.F) {
	f.Add("CREATE TABLE a (b bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY); -- clustered")
	f.Add("INSERT INTO a VALUES ('it''s;'), (\"x\") /* ; */;;")
	f.Add("--")
	f.Fuzz(func(t *testing.T, in string) {
		for _, d := range []Dialect{SQLite, Postgres} {
			out, err := spell(d, in)
			if err != nil {
				continue
			}
			for _, s := range out {
				if strings.Trim(s, blanks) == "" {
					t.Errorf("an empty statement from %q", in)
				}
			}
		}
	})
}

func TestFreeRoomIsWithinTheWhole(t *testing.T) {
	free, total, err := Free(t.TempDir())
	if err != nil || free == 0 || free > total {
		t.Errorf("%d free of %d, %v", free, total, err)
	}
	if _, _, err := Free("/none/such"); err == nil {
		t.Error("a folder that is not there has room")
	}
}
