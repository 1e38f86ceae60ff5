package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/vocab"
)

func TestANodeWhoseDataWentAwayIsNotBegunAnew(t *testing.T) {
	cfg := apptest.Config(t)
	if err := apptest.Open(t, cfg, app.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	gone := []string{"", "log"}
	if !dbtest.OnPostgres() {
		gone = append(gone, "fontis.db")
	}
	data := filepath.Join(cfg.Dir, "data")
	for _, name := range gone {
		from, away := filepath.Join(data, name), filepath.Join(cfg.Dir, "away")
		if err := os.Rename(from, away); err != nil {
			t.Fatal(err)
		}
		a, err := app.Open(t.Context(), cfg, app.Options{})
		if err == nil {
			a.Close()
		}
		var f *vocab.Failure
		if !errors.Is(err, vocab.DataMissing) || !errors.As(err, &f) || !strings.Contains(f.Fix, "fontis restore FILE --node "+cfg.Dir) {
			t.Errorf("without %q: %v", from, err)
		}
		if _, err := os.Stat(from); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q was made anew: %v", from, err)
		}
		if err := os.Rename(away, from); err != nil {
			t.Fatal(err)
		}
	}
	a, err := app.Open(t.Context(), cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
}

func TestTheFileOfANewNodeNamesOnlyWhatWasSaid(t *testing.T) {
	cfg := app.Config{Dir: filepath.Join(t.TempDir(), "node"), Name: "node.test", Jurisdiction: "990000", Listen: "127.0.0.1:0"}
	if err := app.WriteConfig(cfg); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(cfg.Dir, "node.toml"))
	if err != nil || strings.Contains(string(b), "_calls") {
		t.Errorf("a limit nobody named stands in it: %v\n%s", err, b)
	}
	cfg.Dir, cfg.MemberCalls = cfg.Dir+"-2", 50
	if err := app.WriteConfig(cfg); err != nil {
		t.Fatal(err)
	}
	if back, err := app.ReadConfig(cfg.Dir); err != nil || back.MemberCalls != 50 {
		t.Errorf("read back %v, %v", back.MemberCalls, err)
	}
}
