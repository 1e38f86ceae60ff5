// Package demand turns a wish for data that no catalog lists into a duty of the
// department that should list it.
//
// Who needs the data says what, of whom, for what and on which law. The department
// has a term: it lists the data set and names it, or it refuses with reason and
// citation. Who is not the source says so: a demand goes on once to the department
// that is named, then the authority assigns it. The request behind the demand then goes on to the entry, or is refused
// and may be disputed; an authority that rules for it orders the listing, and an
// ordered demand is not refused again, but the order may be appealed once.
//
// Promises: a term that passes tells the next one up and answers nothing. Each
// step is one act in the ledger and one notice. Requester, department and the data
// authority over it see a demand; to anyone else it does not exist. 比照上海市数据
// 条例第三十九条: demands are confirmed and listed in 15 working days.
package demand
