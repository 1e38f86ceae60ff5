// Package dice gives the random choices of invented worlds: the same from the same
// seed, and each record's apart from all others', so that any record can be made
// again without those before it.
package dice

import "math/bits"

// Dice gives the choices of one record.
type Dice struct{ state uint64 }

// Of gives dice that begin at this state.
func Of(state uint64) Dice { return Dice{state} }

// Roll gives the dice of one record of a stream.
func Roll(seed, stream uint64, i int) Dice {
	d := Dice{seed ^ stream*0x9E3779B97F4A7C15 ^ uint64(i)*0xD1B54A32D192ED03}
	d.next() // neighbours part ways at the first step
	return d
}

// next is a step of splitmix64.
func (d *Dice) next() uint64 {
	d.state += 0x9E3779B97F4A7C15
	z := d.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// Below is a number from 0 to n-1.
func (d *Dice) Below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// Early is a number below n, the small ones far more often.
func (d *Dice) Early(n int) int {
	u := float64(d.next()>>11) / (1 << 53)
	return int(float64(n) * u * u * u)
}

// In reports true in n of a thousand cases.
func (d *Dice) In(n int) bool { return d.Below(1000) < n }

// Pick chooses one of the list.
func Pick[T any](d *Dice, from []T) T { return from[d.Below(len(from))] }

// Shuffled is a place in 0 to size-1 that no other i below size gets: how numbers
// stay unique without a memory of those given out. The step is a prime that
// divides none of the sizes in use.
func Shuffled(seed uint64, i, size int) int {
	const step = 2_305_843_009_213_693_951 // 2^61-1
	hi, lo := bits.Mul64(uint64(i), step)
	_, rest := bits.Div64(hi%uint64(size), lo, uint64(size))
	d := Dice{seed}
	return int((rest + d.next()%uint64(size)) % uint64(size))
}
