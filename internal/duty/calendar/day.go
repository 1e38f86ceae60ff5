package calendar

import (
	"fmt"
	"time"

	"fontis/internal/vocab"
)

// Day is a civil day: days since 1970-01-01, whatever the time zone.
type Day int

// DayOf is the civil day of a year, month and day; days that do not exist roll on.
func DayOf(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsADay)
}

const secondsADay = 24 * 60 * 60

// ParseDay reads 2006-01-02 and refuses days that do not exist.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, vocab.BadInput.Because("%q is no day; write 2006-01-02", s)
	}
	return DayOf(t.Date()), nil
}

// Date is the day as a moment, midnight UTC.
func (d Day) Date() time.Time { return time.Unix(int64(d)*secondsADay, 0).UTC() }

// Year is the year that the day is in.
func (d Day) Year() int { return d.Date().Year() }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return time.Weekday(((int(d)+4)%7 + 7) % 7) }

// String is 2006-01-02.
func (d Day) String() string { return d.Date().Format(time.DateOnly) }

// MarshalText writes 2006-01-02.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2006-01-02.
func (d *Day) UnmarshalText(b []byte) error {
	parsed, err := ParseDay(string(b))
	if err != nil {
		return fmt.Errorf("read a day: %w", err)
	}
	*d = parsed
	return nil
}
