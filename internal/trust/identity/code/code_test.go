package code

import (
	"strings"
	"testing"
)

func TestCodeSurvivesReadingAloud(t *testing.T) {
	want, ok := Hash("0123-4567-89AB-CDEF-GHJ1")
	if !ok {
		t.Fatal("a code was not read")
	}
	for _, typed := range []string{"o123 4567 89ab cdef ghjL", "O1234567-89abcdefghjI", "0123\u20134567\u201389AB\u2013CDEF\u2013GHJ1"} {
		if got, ok := Hash(typed); !ok || got != want {
			t.Errorf("%q was read as another code", typed)
		}
	}
	for _, typed := range []string{"", "0123", "0123-4567-89AB-CDEF-GHJ1-0", "0123-4567-89AB-CDEF-GHJ!", strings.Repeat("A", 200)} {
		if _, ok := Hash(typed); ok {
			t.Errorf("%q was read as a code", typed)
		}
	}
}

func FuzzCode(f *testing.F) {
	f.Add("0123-4567-89AB-CDEF-GHJ1")
	f.Add("\u3000\xff")
	f.Fuzz(func(t *testing.T, typed string) {
		a, ok := Hash(typed)
		if b, again := Hash(" " + typed + "-"); ok && len(typed) < 90 && (!again || a != b) {
			t.Fatal("outer blanks and hyphens made another code")
		}
	})
}
