package vocab

// Role is what an officer may do inside the member that holds the role.
type Role string

// The roles of architecture section 3; each is held in a member.
const (
	Steward   Role = "steward"
	DataUser  Role = "user"
	Authority Role = "authority"
	Auditor   Role = "auditor"
	Counter   Role = "counter"
	Operator  Role = "operator"
)

// Roles lists every role.
func Roles() []Role { return []Role{Steward, DataUser, Authority, Auditor, Counter, Operator} }

// Question is one of the three questions a grant may carry.
type Question string

// The three questions: 数据比对, 状态核验, 查询.
const (
	Compare Question = "compare"
	Status  Question = "status"
	Read    Question = "read"
)

// Questions lists every question.
func Questions() []Question { return []Question{Compare, Status, Read} }

// Carriage is how the answers travel.
type Carriage string

// The carriages. Subscription is refused as not yet offered.
const (
	Single       Carriage = "single"
	Batch        Carriage = "batch"
	Subscription Carriage = "subscription"
)

// Answer is the closed list of what a comparison or a status may say.
type Answer string

// A comparison says match, mismatch or unknown; a status yes, no or unknown;
// a read says given or unknown.
const (
	Match    Answer = "match"
	Mismatch Answer = "mismatch"
	Unknown  Answer = "unknown"
	Yes      Answer = "yes"
	No       Answer = "no"
	Given    Answer = "given"
)

// UnknownReason says why an answer is unknown. The record and the provider see
// it always; the caller sees Stale always and the others only where the grant
// names existence.
type UnknownReason string

// Null and no record are never a mismatch.
const (
	NoRecord       UnknownReason = "no_record"
	EmptyAtSource  UnknownReason = "empty_at_source"
	SeveralRecords UnknownReason = "several_records"
	Stale          UnknownReason = "stale"
	BadSubject     UnknownReason = "bad_subject_at_source"
	BadValue       UnknownReason = "bad_value_at_source"
)

// AccessState is how far one access has come.
type AccessState string

// An access is intended before its leaf is in the log; a missing outcome reads
// "outcome unknown", never "not used".
const (
	Intended    AccessState = "intended"
	Released    AccessState = "released"
	Failed      AccessState = "failed"
	Refused     AccessState = "refused"
	Interrupted AccessState = "interrupted"
)

// PermitKind is one of the four ways in which a row may be opened.
type PermitKind string

// The four permits of architecture rule 3; an emergency is a grant.
const (
	PermitGrant   PermitKind = "grant"
	PermitCustody PermitKind = "custody"
	PermitSelf    PermitKind = "self"
	PermitOpen    PermitKind = "open"

	PermitEmergency PermitKind = "emergency"
)

// SubjectKeyKind tells what kind of number names the subject.
type SubjectKeyKind string

// Citizen numbers follow GB 11643, credit codes GB 32100.
const (
	CitizenNumber  SubjectKeyKind = "citizen"
	Permit         SubjectKeyKind = "permit"
	Passport       SubjectKeyKind = "passport"
	CreditCode     SubjectKeyKind = "credit_code"
	RegisterNumber SubjectKeyKind = "register"
)

// ShareType is the share class of a data set or item (Order 809, unverified).
type ShareType string

// 无条件共享, 有条件共享, 不予共享.
const (
	Unconditional ShareType = "unconditional"
	Conditional   ShareType = "conditional"
	NotShared     ShareType = "not_shared"
)

// SubjectKind says whom a data set is about.
type SubjectKind string

// A data set about natural persons, or mixed, needs a legal basis, purposes, a
// security level and an impact assessment before it is published.
const (
	NoSubject     SubjectKind = "none"
	LegalEntity   SubjectKind = "legal_entity"
	NaturalPerson SubjectKind = "natural_person"
	MixedSubject  SubjectKind = "mixed"
)

// OfPersons reports whether natural persons are among the subjects.
func (k SubjectKind) OfPersons() bool { return k == NaturalPerson || k == MixedSubject }

// OriginClass is one of the four origin classes of data.
type OriginClass string

// Government, industrial, public and social big data.
const (
	Government OriginClass = "government"
	Industrial OriginClass = "industrial"
	Public     OriginClass = "public"
	Social     OriginClass = "social"
)

// UpdateCycle says how often the provider promises to renew the data.
type UpdateCycle string

// The cycles of the 2017 catalog guide, with a week's grace for none of them.
const (
	RealTime   UpdateCycle = "real_time"
	Daily      UpdateCycle = "daily"
	Weekly     UpdateCycle = "weekly"
	Monthly    UpdateCycle = "monthly"
	Quarterly  UpdateCycle = "quarterly"
	HalfYearly UpdateCycle = "half_yearly"
	Yearly     UpdateCycle = "yearly"
	Irregular  UpdateCycle = "irregular"
)

// MaxAgeDays is the number of days after which data of the cycle are stale;
// 0 means that age alone never makes them stale.
func (c UpdateCycle) MaxAgeDays() int {
	return map[UpdateCycle]int{RealTime: 1, Daily: 1, Weekly: 7, Monthly: 31, Quarterly: 92, HalfYearly: 184, Yearly: 366}[c]
}

// Comparator is the declared way in which two values of an item are compared.
type Comparator string

// Text folds NFKC, width and outer blanks; Number has a declared tolerance;
// CodeList compares by code through a list of names.
const (
	CompareExact  Comparator = "exact"
	CompareText   Comparator = "text"
	CompareName   Comparator = "name"
	CompareDate   Comparator = "date"
	CompareNumber Comparator = "number"
	CompareCode   Comparator = "code"
)
