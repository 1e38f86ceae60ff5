package page

import "testing"

// A name that turns the direction of a text turns nothing in the title of its page.
func TestATitleIsReadOneWay(t *testing.T) {
	for said, want := range map[string]string{
		"\u202eexe.tab\u202c": "exe.tab", "a\u2066b\u2069c": "abc", "\u200f人口\u061c": "人口", "שלום": "שלום",
	} {
		if got := oneWay(said); got != want {
			t.Errorf("%q is shown as %q", said, got)
		}
	}
}
