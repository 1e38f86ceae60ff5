// Package twin is the test twin of a request or a grant: the same questions with
// the same errors, answered from invented subjects.
//
// A developer meets every refusal of the real grant without a real person behind
// it. A twin lives in memory and writes nothing.
package twin
