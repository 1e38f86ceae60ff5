package sharing

import (
	"slices"
	"strconv"
	"sync"
	"testing"

	"fontis/internal/duty/share"
)

// Every field of a request is asked at one step, and at one only.
func TestEveryFieldIsAskedOnce(t *testing.T) {
	all := asks("")
	for i, name := range all {
		if slices.Contains(all[i+1:], name) {
			t.Errorf("%s is asked twice", name)
		}
		saidOf(share.Fields{}, name) // knows it, or panics
	}
	for _, step := range steps() {
		if n := len(asks(step)); n > 8 || n == 0 && step != stepCheck {
			t.Errorf("the step %s asks %d things", step, n)
		}
	}
}

// A page is known by its own saving, whoever saves at the same moment, and what is
// remembered has a bound.
func TestAPageKnowsItsOwnSaving(t *testing.T) {
	var s savers
	var all sync.WaitGroup
	for i := range 2 * mostSavers {
		if i%512 != 0 {
			s.put(strconv.Itoa(i), "one")
			continue
		}
		all.Go(func() {
			s.put("r-1 why", "tab")
			s.by("r-1 why", "tab")
		})
	}
	all.Wait()
	s.put("r-1 why", "tab")
	if !s.by("r-1 why", "tab") || s.by("r-1 why", "other") || s.by("r-1 items", "tab") || s.by("r-2 why", "") {
		t.Error("a page is taken for another")
	}
	if len(s.all) > mostSavers {
		t.Errorf("%d savings are remembered", len(s.all))
	}
}
