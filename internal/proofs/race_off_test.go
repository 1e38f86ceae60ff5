//go:build !race

package proofs

// underRace reports whether the race detector watches this run.
const underRace = false
