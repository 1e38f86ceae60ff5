package vocab

// The codes, by the part of the house that says them. A new code gets a line
// here, a kind in the table below, and a title and a remedy in web/text.
const (
	InternalError Code = "internal-error"
	BadInput      Code = "bad-input"
	NoSuchThing   Code = "no-such-thing"
	QueryUnclear  Code = "query-unclear"

	SignInNeeded    Code = "sign-in-needed"
	SignInFailed    Code = "sign-in-failed"
	LockedOut       Code = "locked-out"
	RoleMissing     Code = "role-missing"
	OfficerUnlisted Code = "officer-unlisted"
	TooManyCalls    Code = "too-many-calls"
	InvitationSpent Code = "invitation-spent"
	FormExpired     Code = "form-expired"
	WeakPassword    Code = "weak-password"
	AlreadyExists   Code = "already-exists"
	IssuerAway      Code = "issuer-away"

	KeyMissing   Code = "key-missing"
	KeyLocked    Code = "key-locked"
	KeyUnsafe    Code = "key-unsafe"
	LeaseHeld    Code = "lease-held"
	DatabaseAway Code = "database-away"
	DiskLow      Code = "disk-low"
	DataTooNew   Code = "data-too-new"
	DataMissing  Code = "data-missing"
	NodeAway     Code = "node-away"
	ClockSkewed  Code = "clock-skewed"

	LedgerAway      Code = "ledger-away"
	LedgerCorrupt   Code = "ledger-corrupt"
	ReceiptWaiting  Code = "receipt-waiting"
	ReceiptErased   Code = "receipt-erased"
	LogFrozen       Code = "log-frozen"
	ReceiptLost     Code = "receipt-lost" // in the part of a frozen log that a restore declared lost
	WitnessRefused  Code = "witness-refused"
	WitnessAway     Code = "witness-away"
	RestoreDeclared Code = "restore-declared"
	ProofFalse      Code = "proof-false"
	QuorumShort     Code = "quorum-short"
	LogUnknown      Code = "log-unknown"
	LogKeyChanged   Code = "log-key-changed"

	SourceAway      Code = "source-away"
	SourceForbidden Code = "source-forbidden"
	SourceWritable  Code = "source-writable"
	SourceSlow      Code = "source-slow"
	SourceUnknown   Code = "source-unknown-column"
	SourceOverfull  Code = "source-overfull"
	SubjectInvalid  Code = "subject-invalid"
	ValueInvalid    Code = "value-invalid"
	ItemUnbound     Code = "item-unbound"
	RefusedByDesign Code = "refused-by-design"

	GrantMissing    Code = "grant-missing"
	GrantEnded      Code = "grant-ended"
	GrantNotBegun   Code = "grant-not-begun"
	GrantSuspended  Code = "grant-suspended"
	ItemOutside     Code = "item-outside-grant"
	QuestionOutside Code = "question-outside-grant"
	PurposeOutside  Code = "purpose-outside-grant"
	CaseMissing     Code = "case-missing"
	CaseMismatch    Code = "case-mismatch"
	HourOutside     Code = "hour-outside-grant"
	NetworkOutside  Code = "network-outside-grant"
	RowOutside      Code = "row-outside-grant"
	QuotaSpent      Code = "quota-spent"
	GuessGuard      Code = "guess-guard"
	SubjectNeeded   Code = "subject-needed"
	BatchRepeats    Code = "batch-repeats-subject"
	StatuteNeeded   Code = "statute-needed"
	SecondNeeded    Code = "second-approver-needed"

	KeyReplayed    Code = "idempotency-key-altered"
	CallUnfinished Code = "call-unfinished"

	FileUnreadable  Code = "file-unreadable"
	FileTooLarge    Code = "file-too-large"
	EncodingUnknown Code = "encoding-unknown"
	ColumnUnknown   Code = "column-unknown"
	ColumnUnmapped  Code = "column-unmapped"
	LineRejected    Code = "line-rejected"
	FieldMissing    Code = "field-missing"
	StateWrong      Code = "state-wrong"
	NotOffered      Code = "not-offered"
	ReasonNeeded    Code = "reason-needed"
	UnsafeExposure  Code = "unsafe-exposure"
	RevisionStale   Code = "revision-stale"
	ShareRefused    Code = "data-not-shared"
	RuleMissing     Code = "law-rule-missing"
	NotAuthorised   Code = "not-authorised-by-person"
	NotCorrected    Code = "value-not-corrected"
	MandateOutside  Code = "mandate-outside"
	DeferralTerm    Code = "deferral-term"
	OnHold          Code = "on-hold"
	KeptTooShort    Code = "kept-too-short"
	RowShipped      Code = "law-row-shipped"

	AuthorityMissing Code = "authority-missing"

	SecrecyUnchecked Code = "secrecy-unchecked"
	SecrecyWithheld  Code = "secrecy-withheld"
)

var codes = map[Code]Kind{
	InternalError: Internal, BadInput: Invalid, NoSuchThing: NotFound, QueryUnclear: Invalid,

	SignInNeeded: Denied, SignInFailed: Denied, LockedOut: Exhausted, RoleMissing: Denied, OfficerUnlisted: Denied,
	TooManyCalls: Exhausted, InvitationSpent: Denied, FormExpired: Conflict, WeakPassword: Invalid,
	AlreadyExists: Conflict, IssuerAway: Unavailable,

	KeyMissing: Unavailable, KeyLocked: Unavailable, KeyUnsafe: Denied, LeaseHeld: Conflict,
	DatabaseAway: Unavailable, DiskLow: Unavailable, DataTooNew: Conflict, DataMissing: Unavailable, NodeAway: Unavailable, ClockSkewed: Unavailable,

	LedgerAway: Unavailable, LedgerCorrupt: Unavailable, ReceiptWaiting: Unavailable,
	ReceiptErased: NotFound, ReceiptLost: NotFound, LogFrozen: Conflict, WitnessRefused: Conflict, WitnessAway: Unavailable, RestoreDeclared: Conflict,
	ProofFalse: Invalid, QuorumShort: Unavailable, LogUnknown: NotFound, LogKeyChanged: Denied,

	SourceAway: Unavailable, SourceForbidden: Denied, SourceWritable: Denied, SourceSlow: Unavailable, SourceUnknown: Invalid,
	SourceOverfull: Exhausted,
	SubjectInvalid: Invalid, ValueInvalid: Invalid, ItemUnbound: Conflict, RefusedByDesign: Denied,

	GrantMissing: NotFound, GrantEnded: Denied, GrantNotBegun: Denied, GrantSuspended: Denied,
	ItemOutside: Denied, QuestionOutside: Denied, PurposeOutside: Denied, CaseMissing: Invalid,
	CaseMismatch: Denied, HourOutside: Denied, NetworkOutside: Denied, RowOutside: Denied,
	QuotaSpent: Exhausted, GuessGuard: Exhausted, SubjectNeeded: Invalid, BatchRepeats: Denied,
	StatuteNeeded: Denied, SecondNeeded: Denied,

	KeyReplayed: Conflict, CallUnfinished: Conflict,

	FileUnreadable: Invalid, FileTooLarge: Invalid, EncodingUnknown: Invalid, ColumnUnknown: Invalid,
	ColumnUnmapped: Invalid, LineRejected: Invalid, FieldMissing: Invalid, StateWrong: Conflict,
	NotOffered: Denied, ReasonNeeded: Invalid, UnsafeExposure: Denied,
	RevisionStale: Conflict, ShareRefused: Denied, RuleMissing: Conflict, NotAuthorised: Denied, NotCorrected: Conflict,
	MandateOutside: Denied, DeferralTerm: Denied, OnHold: Conflict, KeptTooShort: Denied, RowShipped: Conflict,
	AuthorityMissing: Conflict,
	SecrecyUnchecked: Denied, SecrecyWithheld: Denied,
}
