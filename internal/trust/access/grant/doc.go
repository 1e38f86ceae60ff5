// Package grant is what a decision allows one member to ask of one data set, and
// the decision on a single call. It reads nothing but its arguments: the same
// call is decided the same way again years later, when somebody asks why.
//
//	grant + call + moment -> nil, or the first rule that does not hold
//
// Quota and guess guard need memory; the door counts them after this decision.
package grant
