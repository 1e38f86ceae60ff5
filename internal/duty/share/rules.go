package share

import (
	"net/netip"
	"slices"

	"fontis/internal/duty/share/asked"

	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// hours are those of the day that a span holds; both 0 hold all.
func hours(from, until int) (in [24]bool) {
	for h := range in {
		switch {
		case from == 0 && until == 0:
			in[h] = true
		case from > until:
			in[h] = h >= from || h < until
		default:
			in[h] = h >= from && h < until
		}
	}
	return in
}

// narrower refuses limits that give more than was asked.
func narrower(r *Request, d *Decision) error {
	if d.Guesses < 0 || d.Guesses > access.MostGuesses {
		return vocab.BadInput.Because("guesses are lowered to 1 to %d, not to %d", access.MostGuesses, d.Guesses)
	}
	if d.PerDay < 0 || r.PerDay > 0 && d.PerDay > r.PerDay {
		return vocab.BadInput.Because("the decision gives %d a day, and %d were asked", d.PerDay, r.PerDay)
	}
	if !d.Until.IsZero() && (d.Until.After(r.Until) || !d.Until.After(r.From)) {
		return vocab.BadInput.Because("the decision's end lies outside the period asked")
	}
	if !asked.HoursExist(d.HourFrom, d.HourUntil) {
		return vocab.BadInput.Because("hours run from 0 to 24, and %d to %d is none of them", d.HourFrom, d.HourUntil)
	}
	if d.HourFrom != 0 || d.HourUntil != 0 {
		asked, got := hours(r.HourFrom, r.HourUntil), hours(d.HourFrom, d.HourUntil)
		for h := range got {
			if got[h] && !asked[h] {
				return vocab.BadInput.Because("the decision gives the hour %d, which was not asked", h)
			}
		}
	}
	for _, n := range d.Networks {
		if !n.IsValid() || len(r.Networks) > 0 && !slices.ContainsFunc(r.Networks, func(o netip.Prefix) bool { return inside(n, o) }) {
			return vocab.BadInput.Because("the decision gives a network that was not asked")
		}
	}
	return nil
}

func inside(n, outer netip.Prefix) bool {
	return n.Bits() >= outer.Bits() && outer.Contains(n.Addr())
}
