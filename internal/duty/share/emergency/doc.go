// Package emergency lets an officer ask before anybody has decided, and makes sure
// that somebody looks at it afterwards.
//
//	declared (grant of at most 24 h) -> reviewed by a second officer of the same
//	member: upheld | objected -> otherwise overdue: the unit that drew it asks
//	nothing under any grant until it is reviewed
//
// The second officer may review at once or within the term of emergency.review;
// the first never may. Provider and authority are told when it is declared, and
// each person when their record is used. Every step is an act in the ledger.
package emergency
