// Package audit is the auditor's desk: it looks at what members did with data,
// never at the persons the data are about.
//
//	lists: by department, officer, grant, purpose, period; deferrals, emergencies, overrides; acts by two officers, with who admitted each
//	sample: seed's hash entered -> drawn (anybody can recompute it) -> file asked for, with a clock -> shown -> finding
//	report: answer times, refusals and their grounds, disputes, corrections, by body; small cells suppressed; public
//
// An auditor reads every entry and changes none. To list is written too: who
// watches is seen watching. Each step of a sample is an entry; the member whose
// entry was drawn hears of it and answers in its own words. Package sample has
// the draw itself, which needs no node.
package audit
