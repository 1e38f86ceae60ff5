package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fontis/internal/engine/keyed"
	"fontis/internal/engine/keyed/keyedtest"
	"fontis/internal/vocab"
)

// TestMain lets the test's own program be the process that is killed.
func TestMain(m *testing.M) {
	if folder := os.Getenv("FONTIS_KEYED_VICTIM"); folder != "" {
		err := victim(folder, os.Getenv("FONTIS_KEYED_AT"))
		fmt.Fprintln(os.Stderr, "the victim lives:", err)
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// dying kills its process when the load reaches the named place.
type dying struct {
	*driver
	at string
}

func die(at, here string) {
	if at == here {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// Load dies among the entries or when all are counted, before the switch.
func (d dying) Load(ctx context.Context, info keyed.Info, entries iter.Seq2[keyed.Entry, error], done func() keyed.Info) error {
	n := 0
	watched := func(yield func(keyed.Entry, error) bool) {
		for e, err := range entries {
			if n++; n == 500 {
				die(d.at, "inserting")
			}
			if !yield(e, err) {
				return
			}
		}
	}
	err := d.driver.Load(ctx, info, watched, func() keyed.Info {
		die(d.at, "before the switch")
		return done()
	})
	die(d.at, "after the switch")
	return err
}

func victim(folder, at string) error {
	d := &driver{folder: folder, open: map[string]*handle{}}
	if err := d.readFolder(); err != nil {
		return err
	}
	s := keyed.New(dying{driver: d, at: at}, keyed.Options{Scratch: folder, SortMemory: 5000})
	return s.Replace(context.Background(), "people", keyedtest.Dated.AddDate(0, 0, 1), func(yield func(keyed.Key, []byte) bool) {
		n := 0
		for k, v := range keyedtest.Pairs(1000, "b") {
			if n++; n == 600 {
				die(at, "reading")
			}
			if !yield(k, v) {
				return
			}
		}
	})
}

func TestKilledReplaceLeavesOldOrNewWhole(t *testing.T) {
	for _, at := range []struct{ place, want string }{
		{"reading", "a"},
		{"inserting", "a"},
		{"before the switch", "a"},
		{"after the switch", "b"},
	} {
		t.Run(at.place, func(t *testing.T) {
			folder := t.TempDir()
			s := open(t, folder, keyed.Options{})
			if err := s.Replace(t.Context(), "people", keyedtest.Dated, keyedtest.Pairs(1000, "a")); err != nil {
				t.Fatal(err)
			}
			s.Close()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "FONTIS_KEYED_VICTIM="+folder, "FONTIS_KEYED_AT="+at.place)
			out, err := cmd.CombinedOutput()
			if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("the victim ended with %v: %s", err, out)
			}
			s = open(t, folder, keyed.Options{})
			for i := range uint64(1000) {
				rows, _, _, err := s.Get(t.Context(), "people", []keyed.Key{keyedtest.Key(i)})
				if err != nil {
					t.Fatal(err)
				}
				if v, _ := rows[0].One(); string(v) != fmt.Sprintf("%s-%d", at.want, i) {
					t.Fatalf("key %d reads %q", i, v)
				}
			}
			if left := files(t, folder); len(left) != 2 {
				t.Errorf("left in the folder: %q", left)
			}
		})
	}
}

func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestRegisterFilesAreOursAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "registers")
	s := open(t, folder, keyed.Options{})
	if err := s.Replace(t.Context(), "people", keyedtest.Dated, keyedtest.Pairs(10, "a")); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files(t, folder), "") {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%q has mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestOldVersionIsRemovedWithItsLastReader(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder, keyed.Options{})
	load := func(g string) {
		if err := s.Replace(t.Context(), "people", keyedtest.Dated, keyedtest.Pairs(10, g)); err != nil {
			t.Fatal(err)
		}
	}
	load("a")
	d := &driver{folder: folder, open: map[string]*handle{}}
	if err := d.readFolder(); err != nil {
		t.Fatal(err)
	}
	read := 0
	_, err := d.Get(t.Context(), "people", []keyed.Key{keyedtest.Key(1), keyedtest.Key(2)}, func(int, []byte) error {
		if read++; read == 1 {
			if err := keyed.New(d, keyed.Options{}).Replace(t.Context(), "people", keyedtest.Dated, keyedtest.Pairs(10, "b")); err != nil {
				t.Fatal(err)
			}
			if left := files(t, folder); len(left) != 3 {
				t.Errorf("while one reads the old version the folder holds %q", left)
			}
		}
		return nil
	})
	if err != nil || read != 2 {
		t.Errorf("%d rows read over a switch, %v", read, err)
	}
	if left := files(t, folder); len(left) != 2 {
		t.Errorf("after the last reader the folder holds %q", left)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestTornRegisterIsAwayNotWrong(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder, keyed.Options{})
	if err := s.Replace(t.Context(), "people", keyedtest.Dated, keyedtest.Pairs(1000, "a")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	versions, err := filepath.Glob(filepath.Join(folder, "*"+versionExt))
	if err != nil || len(versions) != 1 {
		t.Fatal(versions, err)
	}
	for _, tear := range []func() error{
		func() error { return os.Truncate(versions[0], 8192) },
		func() error { return os.Remove(versions[0]) },
	} {
		if err := tear(); err != nil {
			t.Fatal(err)
		}
		s := open(t, folder, keyed.Options{})
		_, _, _, err := s.Get(t.Context(), "people", []keyed.Key{keyedtest.Key(1)})
		if !errors.Is(err, vocab.SourceAway) {
			t.Errorf("torn register: %v, want source away", err)
		}
		if _, err := s.Info(t.Context(), "people"); err != nil {
			t.Errorf("its description: %v", err)
		}
	}
}

func TestForeignManifestStopsTheOpening(t *testing.T) {
	for _, text := range []string{"", "{}", `{"name":"other","version":"v-1"}`, `{"name":"people","version":"../../x"}`} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "people.json"), []byte(text), fs.FileMode(0o600)); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(folder, keyed.Options{}); err == nil {
			s.Close()
			t.Errorf("manifest %s was taken", text)
		} else if !strings.Contains(err.Error(), "people") {
			t.Errorf("error does not name the register: %v", err)
		}
	}
}
