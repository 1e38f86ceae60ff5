package demo

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
