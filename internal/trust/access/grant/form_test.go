package grant

import (
	"strings"
	"testing"

	"fontis/internal/vocab"
)

// A pattern holds for the whole case number, whatever it is made of: one that would
// close the group that anchors it is none.
func TestACasePatternHoldsForTheWholeNumber(t *testing.T) {
	for _, pattern := range []string{`a)|(.*`, `(`, `[`, `\8`, `a{1001}`, strings.Repeat("a", 201)} {
		if _, err := CaseForm(pattern); vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("%q is taken: %v", pattern, err)
		}
	}
	form, err := CaseForm(`P-\d+|Q`)
	if err != nil {
		t.Fatal(err)
	}
	for number, fits := range map[string]bool{"P-1": true, "Q": true, "P-1x": false, "xQ": false, "P-1\n": false, "": false} {
		if form.MatchString(number) != fits {
			t.Errorf("%q fits: %v", number, !fits)
		}
	}
}
