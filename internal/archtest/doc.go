// Package archtest holds the tests that keep the picture of ARCHITECTURE.md
// true: ranks, the one door, who may name a driver, docs and sizes.
package archtest
