package tlog

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"
)

const origin = "log.example/test"

// testSigner is the same key in every test and in the killed subprocess.
func testSigner(t testing.TB) *Signer {
	s, err := NewSigner(origin, ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, fixed")[:32]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// open opens a log in dir with the test key; change may alter the options.
func open(t testing.TB, dir string, change func(*Options)) (*Log, error) {
	t.Helper()
	o := Options{Dir: dir, Origin: origin, Signer: testSigner(t)}
	if change != nil {
		change(&o)
	}
	return Open(context.Background(), o)
}

// mustOpen opens the log and closes it with the test.
func mustOpen(t testing.TB, dir string, change func(*Options)) *Log {
	t.Helper()
	l, err := open(t, dir, change)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func testLeaf(i int) []byte { return fmt.Appendf(nil, "leaf %d of the test", i) }

// fill appends leaves from..to-1, in one call.
func fill(t testing.TB, l *Log, from, to int) {
	t.Helper()
	var leaves [][]byte
	for i := from; i < to; i++ {
		leaves = append(leaves, testLeaf(i))
	}
	indices, err := l.Append(soon(t), leaves)
	if err != nil {
		t.Fatal(err)
	}
	for i, index := range indices {
		if index != uint64(from+i) {
			t.Fatalf("leaf %d got index %d", from+i, index)
		}
	}
}

// soon is a context that ends a test which would wait for ever.
func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}
