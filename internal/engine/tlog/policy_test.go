package tlog

import (
	"errors"
	"strings"
	"testing"

	"fontis/internal/vocab"
)

func TestPolicyThatPromisesMoreThanItKeepsIsRefused(t *testing.T) {
	a, b := newFakeWitness(t, "witness.example/a"), newFakeWitness(t, "witness.example/b")
	wa, wb := "witness a "+a.vkey+" http://a.example\n", "witness b "+b.vkey+" http://b.example\n"
	for _, c := range []struct {
		name, text string
		fine       bool
	}{
		{"nothing", "", true},
		{"none", "quorum none\n", true},
		{"log line is read over", "log " + testSigner(t).VerifierKey() + "\n" + wa + "quorum a\n", true},
		{"nested", wa + wb + "group in all a\ngroup out 1 b in\nquorum out\n", true},
		{"no quorum", wa, false},
		{"a group that asks for none", wa + "group g 0 a\nquorum g\n", false},
		{"such a group inside", wa + wb + "group g 0 a\ngroup h all g b\nquorum h\n", false},
		{"one key twice", wa + strings.Replace(strings.Replace(wa, "witness a", "witness c", 1), "a.example", "c.example", 1) + "group g 2 a c\nquorum g\n", false},
		{"one address twice", wa + strings.Replace(wb, "b.example", "a.example", 1) + "group g 2 a b\nquorum g\n", false},
		{"a witness without an address", "witness a " + a.vkey + "\nquorum a\n", false},
		{"unknown word", "trust me\n", false},
	} {
		_, err := parsePolicy(c.text)
		if c.fine != (err == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && !errors.Is(err, vocab.BadInput) {
			t.Errorf("%s: %v is not told as bad input", c.name, err)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add("witness a witness.example+00000000+BAAA http://a.example\ngroup g any a\nquorum g\n")
	f.Add("quorum none # nobody")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePolicy(text)
		if err == nil && len(p.witnesses) > 0 && p.satisfied([]byte("x\n1\ny\n\n— log AAAA\n")) {
			t.Fatalf("%q is satisfied by nobody", text)
		}
	})
}
