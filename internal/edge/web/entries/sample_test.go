package entries

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/web/page"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// What is kept of an open set is bounded: by time, by number, by length, and to
// answers that another look would not better.
func TestRowsAreKeptWithinBounds(t *testing.T) {
	at := clock.NewFake(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	v := &page.Visit{Site: &page.Site{Parts: page.Parts{Clock: at}}, R: httptest.NewRequest("GET", "/", nil)}
	var s samples
	asked := 0
	look := func(id string, text string, err error) string {
		got, _ := s.of(v, &entry.Dataset{ID: vocab.DatasetID(id), Rev: 1}, func() (access.OpenRows, error) {
			asked++
			if err != nil {
				return access.OpenRows{}, err
			}
			return access.OpenRows{Rows: [][]*string{{&text}}}, nil
		})
		if len(got.Rows) == 0 {
			return ""
		}
		return *got.Rows[0][0]
	}
	times := func(want int, when string) {
		t.Helper()
		if asked != want {
			t.Errorf("%s: asked %d times, want %d", when, asked, want)
		}
		asked = 0
	}
	look("a", "first", nil)
	at.Advance(sampleLife - time.Second)
	if got := look("a", "second", nil); got != "first" {
		t.Errorf("within its time it shows %q", got)
	}
	times(1, "within its time")
	at.Advance(time.Second)
	if got := look("a", "second", nil); got != "second" {
		t.Errorf("after its time it shows %q", got)
	}
	times(1, "after its time")

	look("b", "", vocab.SourceAway.Because("no answer"))
	look("b", "", vocab.SourceAway.Because("no answer"))
	at.Advance(sampleAway)
	look("b", "back", nil)
	times(2, "a source that was away")

	look("c", "", vocab.ItemUnbound.Because("no item is bound"))
	look("c", "bound", nil)
	times(2, "what a steward mends")

	long := strings.Repeat("x", mostOfSample+1)
	look("d", long, nil)
	look("d", long, nil)
	times(2, "long rows")

	for i := range 2 * mostSamples {
		look(fmt.Sprintf("e%d", i), "x", nil)
	}
	if len(s.kept) > mostSamples {
		t.Errorf("%d sets are kept, at most %d may be", len(s.kept), mostSamples)
	}
	asked = 0

	gone, stop := context.WithCancel(t.Context())
	stop()
	v.R = v.R.WithContext(gone)
	look("f", "", vocab.SourceAway.Because("the reader left"))
	v.R = v.R.WithContext(t.Context())
	look("f", "there", nil)
	times(2, "a reader who left")
}
