package source

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/vocab"
)

func TestAddressesAreReadAndWrittenBack(t *testing.T) {
	for in, want := range map[string]Address{
		"postgres://reader@db.example:6432/tax?sslmode=verify-full":   {Kind: Postgres, Host: "db.example", Port: 6432, Database: "tax", User: "reader", SSLMode: "verify-full"},
		"postgresql://reader@[::1]/tax":                               {Kind: Postgres, Host: "::1", Port: 5432, Database: "tax", User: "reader", SSLMode: "prefer"},
		"postgres://reader@10.0.0.1/tax":                              {Kind: Postgres, Host: "10.0.0.1", Port: 5432, Database: "tax", User: "reader", SSLMode: "require"},
		"postgres://r%40x@/tax?host=/run/pg&port=5433&sslmode=prefer": {Kind: Postgres, Host: "/run/pg", Port: 5433, Database: "tax", User: "r@x", SSLMode: "prefer"},
		"sqlite:///srv/a%20b.db":                                      {Kind: SQLite, Path: "/srv/a b.db"},
		"sqlite:data/x.db":                                            {Kind: SQLite, Path: "data/x.db"},
		"/srv/人口 100%.db":                                             {Kind: SQLite, Path: "/srv/人口 100%.db"},
		"keyed:social-insurance":                                      {Kind: Register, Name: "social-insurance"},
	} {
		got, err := ParseAddress(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(in, d)
		}
		again, err := ParseAddress(got.String())
		if err != nil || again != got {
			t.Errorf("%s reads back from %s as %+v, %v", in, got, again, err)
		}
	}
}

func TestBadAddressesAreRefusedWithARemedy(t *testing.T) {
	for _, in := range []string{
		"", "postgres://", "postgres://u@h", "postgres://h/d", "postgres://u@h/d/e", "postgres://u@h1,h2/d", "postgres://u@h:99999/d", "postgres://u@h:0/d",
		"postgres://u@h/d?sslmode=maybe", "postgres://u@h/d?sslmode=disable+allow", "postgres://u@h/d?options=-c%20x", "postgres://u@h/d?host=/x", "postgres://u@/d?host=x", "postgres:u@h/d", "postgres://u@h/d#x",
		"mysql://u@h/d", "oracle://u@h/d", "sqlite://x.db", "sqlite:///", "sqlite:///x.db?mode=rwc", "sqlite:///a%00.db", "keyed:", "keyed:a/b", "keyed:../x", "a\x00b",
	} {
		_, err := ParseAddress(in)
		var f *vocab.Failure
		if !errors.As(err, &f) || f.Fix == "" {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestAPasswordStandsInNoErrorAndNoLog(t *testing.T) {
	for _, in := range []string{"postgres://u:hunter2@h/d", "postgres://u:hunter2@h:x/d", "postgres://u:hunter2@[::1/d", "postgres://u:hunter2@h/d?password=hunter2", "mysql://u:hunter2@h/d", "postgres://u@h/d?password=hunter2", "postgres://u:hunter2%zz@h/d"} {
		_, err := ParseAddress(in)
		var f *vocab.Failure
		if !errors.As(err, &f) || strings.Contains(f.Error()+f.Fix, "hunter2") {
			t.Errorf("%v", err)
		}
	}
	p, v := Password("hunter2"), Value{Kind: Text, Text: "hunter2"}
	var b strings.Builder
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "p", p, "v", v)
	if s := fmt.Sprintf("%v %s %#v %+v", p, p, p, struct{ P Password }{p}) + b.String(); strings.Contains(s, "hunter2") {
		t.Error(s)
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"postgres://u@h:1/d?sslmode=require", "sqlite:///a/b", "keyed:x", "a?b", "postgres://u@/d?host=/x&port=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s)
		if err != nil {
			return
		}
		again, err := ParseAddress(a.String())
		if err != nil || again != a {
			t.Errorf("%q is %+v, and its form %q is %+v, %v", s, a, a.String(), again, err)
		}
	})
}
