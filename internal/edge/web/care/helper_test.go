package care

import (
	"testing"
	"time"

	"fontis/internal/edge/web/look"
)

func TestAHelperActsNoLongerThanWasSaid(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		until  string
	}{
		{"2026-08-31", 6, "2027-02-28"},
		{"2026-08-31", 1, "2026-09-30"},
		{"2027-08-31", 6, "2028-02-29"},
		{"2028-02-29", 12, "2029-02-28"},
		{"2026-12-15", 1, "2027-01-15"},
		{"2026-08-31", 12, "2027-08-31"},
	} {
		from, err := time.ParseInLocation(time.DateOnly, c.from, look.Official())
		if err != nil {
			t.Fatal(err)
		}
		if got := dayAfter(from.Add(9*time.Hour), c.months).Format(time.DateOnly); got != c.until {
			t.Errorf("%d months from %s end on %s, not %s", c.months, c.from, got, c.until)
		}
	}
}
