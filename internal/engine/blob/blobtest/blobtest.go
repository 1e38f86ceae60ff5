// Package blobtest is the conformance suite that every blob driver passes.
//
// RunAll opens a fresh store for each rule and breaks it if it can: streams that
// end early, names that would leave the store, writers and readers at once.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/engine/blob"
	"fontis/internal/vocab"
)

// Open makes a fresh store, and a function that opens the same one again as
// after a restart.
type Open func(t *testing.T) (store *blob.Store, reopen func() *blob.Store)

// RunAll runs every rule.
func RunAll(t *testing.T, open Open) {
	for _, rule := range []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"WhatWasPutIsThereAfterRestart", putSurvives},
		{"PutReplacesWhole", putReplaces},
		{"BrokenStreamLeavesNothing", brokenStream},
		{"ReaderKeepsWhatItOpened", readerKeeps},
		{"NamesStayInside", namesStayInside},
		{"MissingIsNoSuchThing", missing},
		{"ListIsInOrderOfName", list},
		{"BlobIsNeverAFolder", clash},
		{"ManyWritersOneWins", manyWriters},
	} {
		t.Run(rule.name, func(t *testing.T) { rule.run(t, open) })
	}
}

func put(t *testing.T, s *blob.Store, name, text string) {
	t.Helper()
	if err := s.Put(t.Context(), name, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s *blob.Store, name string) string {
	t.Helper()
	r, err := s.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func names(t *testing.T, s *blob.Store, prefix string) []string {
	t.Helper()
	got := []string{}
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.Name)
	}
	return got
}

func putSurvives(t *testing.T, open Open) {
	s, reopen := open(t)
	put(t, s, "a/b/c.txt", "spring")
	put(t, s, "empty", "")
	s = reopen()
	if got := get(t, s, "a/b/c.txt"); got != "spring" {
		t.Errorf("read %q", got)
	}
	if got := get(t, s, "empty"); got != "" {
		t.Errorf("read %q from an empty blob", got)
	}
	info, err := s.Stat(t.Context(), "a/b/c.txt")
	if err != nil || info.Name != "a/b/c.txt" || info.Size != 6 || info.Modified.IsZero() {
		t.Errorf("stat %+v, %v", info, err)
	}
}

func putReplaces(t *testing.T, open Open) {
	s, _ := open(t)
	put(t, s, "x", strings.Repeat("long", 1000))
	put(t, s, "x", "short")
	if got := get(t, s, "x"); got != "short" {
		t.Errorf("read %d bytes, want the short ones", len(got))
	}
}

func brokenStream(t *testing.T, open Open) {
	s, _ := open(t)
	put(t, s, "old", "kept")
	torn := errors.New("torn")
	for _, name := range []string{"old", "new"} {
		r := io.MultiReader(bytes.NewReader(make([]byte, 100_000)), iotest.ErrReader(torn))
		if err := s.Put(t.Context(), name, r); !errors.Is(err, torn) {
			t.Errorf("put of a broken stream says %v", err)
		}
	}
	gone := errors.New("caller gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	r := io.MultiReader(strings.NewReader("begin"), readFunc(func([]byte) (int, error) { cancel(gone); return 0, nil }))
	if err := s.Put(ctx, "new", r); !errors.Is(err, gone) {
		t.Errorf("put for a caller who left says %v", err)
	}
	if got := get(t, s, "old"); got != "kept" {
		t.Errorf("old blob now reads %q", got)
	}
	if diff := cmp.Diff([]string{"old"}, names(t, s, "")); diff != "" {
		t.Errorf("names after broken streams (-want +got):\n%s", diff)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

func readerKeeps(t *testing.T, open Open) {
	s, _ := open(t)
	put(t, s, "x", "first")
	r, err := s.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	put(t, s, "x", "second")
	if err := s.Delete(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != "first" {
		t.Errorf("open reader gives %q, %v", b, err)
	}
}

func namesStayInside(t *testing.T, open Open) {
	s, _ := open(t)
	for _, name := range []string{
		"", ".", "..", "/", "/etc/passwd", "../x", "a/../../x", "a/..", "a//b", "a/", "./a", ".hidden",
		"a/.hidden", "a\\b", "a\x00b", "a b", "民", "a\nb", strings.Repeat("a", 201), strings.Repeat("a/", 260) + "a",
	} {
		err := s.Put(t.Context(), name, strings.NewReader("x"))
		_, err2 := s.Open(t.Context(), name)
		_, err3 := s.Stat(t.Context(), name)
		err4 := s.Delete(t.Context(), name)
		for _, err := range []error{err, err2, err3, err4} {
			if !errors.Is(err, vocab.BadInput) {
				t.Errorf("name %q: %v, want bad input", name, err)
			}
		}
	}
	if got := names(t, s, ""); len(got) > 0 {
		t.Errorf("bad names made %q", got)
	}
}

func missing(t *testing.T, open Open) {
	s, _ := open(t)
	put(t, s, "folder/x", "x")
	put(t, s, "gone", "x")
	if err := s.Delete(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gone", "never", "folder", "folder/y", "folder/x/y"} {
		_, err := s.Open(t.Context(), name)
		_, err2 := s.Stat(t.Context(), name)
		err3 := s.Delete(t.Context(), name)
		for _, err := range []error{err, err2, err3} {
			if !errors.Is(err, vocab.NoSuchThing) {
				t.Errorf("%s: %v, want no such thing", name, err)
			}
		}
	}
}

func list(t *testing.T, open Open) {
	s, _ := open(t)
	all := []string{"a-b", "a.c", "a/b", "a/b.d/e", "a/c", "a0", "ab/c", "b"}
	for i := len(all) - 1; i >= 0; i-- {
		put(t, s, all[i], "x")
	}
	for prefix, want := range map[string][]string{
		"": all, "a/": {"a/b", "a/b.d/e", "a/c"}, "a": all[:7], "a/b": {"a/b", "a/b.d/e"}, "ab/c": {"ab/c"}, "c": {}, "../": {},
	} {
		if diff := cmp.Diff(want, names(t, s, prefix)); diff != "" {
			t.Errorf("list %q (-want +got):\n%s", prefix, diff)
		}
	}
	for range s.List(t.Context(), "") {
		break // a reader may stop early
	}
}

func clash(t *testing.T, open Open) {
	s, _ := open(t)
	put(t, s, "a/b", "x")
	put(t, s, "c", "x")
	for _, name := range []string{"a", "c/d"} {
		if err := s.Put(t.Context(), name, strings.NewReader("y")); !errors.Is(err, vocab.AlreadyExists) {
			t.Errorf("put %s: %v, want already exists", name, err)
		}
	}
	if diff := cmp.Diff([]string{"a/b", "c"}, names(t, s, "")); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func manyWriters(t *testing.T, open Open) {
	s, _ := open(t)
	put(t, s, "x", strings.Repeat("0", 10_000))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for range 5 {
				if err := s.Put(t.Context(), "x", strings.NewReader(strings.Repeat(fmt.Sprint(w), 10_000))); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 20 {
				if text := get(t, s, "x"); len(text) != 10_000 || strings.Trim(text, text[:1]) != "" {
					t.Errorf("a reader saw a mixture of %d bytes", len(text))
				}
			}
		})
	}
	wg.Wait()
}
