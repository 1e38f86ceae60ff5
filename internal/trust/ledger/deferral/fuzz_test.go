package deferral

import (
	"testing"

	"fontis/internal/vocab"
)

func FuzzParseGrounds(f *testing.F) {
	f.Add([]byte("[[ground]]\nname = \"a\"\ncitation = \"art. 1\"\nlongest_days = 30\n"))
	f.Add([]byte("[[ground]]\nlongest_days = -1\n"))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		read, err := ParseGrounds(b)
		if err != nil {
			if vocab.KindOf(err) == vocab.Internal {
				t.Errorf("unnamed failure: %v", err)
			}
			return
		}
		for _, g := range read {
			if err := g.check(); err != nil {
				t.Errorf("a ground was read that does not hold: %v", err)
			}
		}
	})
}
