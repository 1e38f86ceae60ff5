package demo

import "math/bits"

// dice gives the random choices of one record. Each record has dice of its own,
// made from seed, stream and place, so that any record can be made again without
// those before it.
type dice struct{ state uint64 }

// The streams: what is diced of one person in one register says nothing of
// another register.
const (
	streamPerson uint64 = iota + 1
	streamHome
	streamWork
	streamDrive
	streamSchool
	streamFirm
	streamTrade
	streamTax
)

func roll(seed, stream uint64, i int) dice {
	d := dice{state: seed ^ stream*0x9E3779B97F4A7C15 ^ uint64(i)*0xD1B54A32D192ED03}
	d.next() // neighbours part ways at the first step
	return d
}

// next is a step of splitmix64.
func (d *dice) next() uint64 {
	d.state += 0x9E3779B97F4A7C15
	z := d.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// in reports true in n of a thousand cases.
func (d *dice) in(n int) bool { return d.below(1000) < n }

func pick[T any](d *dice, from []T) T { return from[d.below(len(from))] }

// shuffled is a place in 0 to size-1 that no other i below size gets: how numbers
// stay unique without a memory of those given out. The step is a prime that
// divides none of the sizes in use.
func shuffled(seed uint64, i, size int) int {
	const step = 2_305_843_009_213_693_951 // 2^61-1
	hi, lo := bits.Mul64(uint64(i), step)
	_, rest := bits.Div64(hi%uint64(size), lo, uint64(size))
	d := dice{state: seed}
	return int((rest + d.next()%uint64(size)) % uint64(size))
}
