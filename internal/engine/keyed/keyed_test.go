package keyed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fontis/internal/vocab"
)

func TestSorterKeepsOrderOfKeyThenOfArrival(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(rt, "n")
		s := newSorter(t.TempDir(), rapid.IntRange(1, 4000).Draw(rt, "bound"))
		defer s.close()
		for i := range n {
			key := Key{rapid.ByteRange(0, 5).Draw(rt, "key")}
			value := fmt.Appendf(nil, "%06d%s", i, strings.Repeat("x", rapid.IntRange(0, 60).Draw(rt, "more")))
			if err := s.add(key, value); err != nil {
				rt.Fatal(err)
			}
		}
		var key Key
		var at []byte
		got := 0
		for r, err := range s.all() {
			if err != nil {
				rt.Fatal(err)
			}
			if c := bytes.Compare(key[:], r.key[:]); c > 0 || c == 0 && bytes.Compare(at, r.value[:6]) >= 0 && got > 0 {
				rt.Fatalf("row %d is out of order", got)
			}
			key, at = r.key, append(at[:0], r.value[:6]...)
			got++
		}
		if got != n {
			rt.Fatalf("%d rows went in, %d came out", n, got)
		}
	})
}

func TestSorterHoldsNoMoreThanItsBound(t *testing.T) {
	dir := t.TempDir()
	s := newSorter(dir, 10_000)
	defer s.close()
	for i := range 5000 {
		if err := s.add(Key{byte(i)}, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		if held := len(s.arena) + placeSize*len(s.places); held > 10_000 {
			t.Fatalf("%d bytes held", held)
		}
	}
	if len(s.runs) < 40 {
		t.Errorf("%d runs", len(s.runs))
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("a killed process would leave %d files, %v", len(left), err)
	}
}

func TestCutRunIsAnErrorNotTheEnd(t *testing.T) {
	s := newSorter(t.TempDir(), 1000)
	defer s.close()
	for i := range 100 {
		if err := s.add(Key{byte(i)}, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := s.runs[0].Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.runs[0].Truncate(info.Size() - 1); err != nil {
		t.Fatal(err)
	}
	for _, err = range s.all() {
		if err != nil {
			break
		}
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a cut run ends with %v", err)
	}
}

func TestKeyNeverPrints(t *testing.T) {
	k := Key([]byte("0123456789abcdef"))
	var out bytes.Buffer
	for _, v := range []any{k, &k, []Key{k}, Row{Key: k}, map[string]Key{"x": k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
	}
	for _, secret := range []string{string(k[:]), fmt.Sprintf("%x", k[:]), fmt.Sprintf("%X", k[:]), strings.Trim(fmt.Sprint(k[:]), "[]"), "0x30, 0x31"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a key was printed:\n%s", out.String())
		}
	}
}

func FuzzUnpackIsCalm(f *testing.F) {
	for _, b := range [][]byte{nil, {0}, {1}, {1, 'x'}, {2, 1, 'a', 1, 'b'}, {3, 0, 0, 0}, {2, 200, 1}, bytes.Repeat([]byte{0xff}, 12)} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		var r Row
		if err := r.unpack(packed); err != nil {
			if !errors.Is(err, vocab.SourceAway) || r.Found {
				t.Errorf("%v, found %t", err, r.Found)
			}
			return
		}
		if !r.Found || r.Count < 1 || len(r.Values) != min(r.Count, KeptValues) || r.Several != (r.Count > 1) {
			t.Errorf("unpacked to %d rows with %d values", r.Count, len(r.Values))
		}
	})
}
