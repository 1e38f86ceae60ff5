// Package fact holds the versioned payloads that travel against the stream: what
// a duty tells on the outbox, for those above it and below it to hear.
//
// A payload is JSON. A field once written keeps its meaning; a change of meaning
// is a new topic. No payload holds a datum about a person.
package fact

import "fontis/internal/vocab"

// The topics of the outbox.
const (
	TopicDataset = "catalog.dataset.v1"
	TopicRequest = "share.request.v1"

	TopicAuthorisation = "share.authorisation.v1"
	TopicDemand        = "share.demand.v1"

	TopicGrant    = "access.grant.v1"
	TopicAccess   = "access.done.v1"
	TopicRefusal  = "access.refused.v1"
	TopicGuess    = "access.guessguard.v1"
	TopicIdentity = "identity.changed.v1"
	TopicNotice   = "notice.v1"
	TopicImport   = "catalog.import.v1"
	TopicContest  = "quality.contest.v1"
	TopicTask     = "quality.task.v1"
	TopicStatus   = "quality.status.v1"
)

// Dataset tells that a catalog entry was created, changed, published or retired.
type Dataset struct {
	ID    vocab.DatasetID `json:"id"`
	Owner vocab.MemberID  `json:"owner"`
	State string          `json:"state"`
	Rev   int64           `json:"rev"`
	// First says that by this step the entry is published for the first time.
	First bool `json:"first,omitempty"`
}

// Request tells that a request moved from one state to another.
type Request struct {
	ID       vocab.RequestID `json:"id"`
	From     string          `json:"from"`
	To       string          `json:"to"`
	By       vocab.MemberID  `json:"by"`
	Provider vocab.MemberID  `json:"provider"`
	Grant    vocab.GrantID   `json:"grant,omitempty"`
}

// Grant tells that a grant was put, suspended or ended.
type Grant struct {
	ID    vocab.GrantID  `json:"id"`
	To    vocab.MemberID `json:"to"`
	Owner vocab.MemberID `json:"owner"`
	State string         `json:"state"`
}

// Access tells that accesses were recorded; it names no subject.
type Access struct {
	Trace    vocab.TraceID  `json:"trace"`
	Grant    vocab.GrantID  `json:"grant"`
	Member   vocab.MemberID `json:"member"`
	Provider vocab.MemberID `json:"provider"`
	Rows     int            `json:"rows"`
}

// Refusal tells that an identified caller was refused.
type Refusal struct {
	Trace    vocab.TraceID  `json:"trace"`
	Grant    vocab.GrantID  `json:"grant,omitempty"`
	Member   vocab.MemberID `json:"member"`
	Provider vocab.MemberID `json:"provider,omitempty"`
	Code     vocab.Code     `json:"code"`
}

// Identity tells that a member, an officer, a machine's token or the node itself
// was added or changed; What says which of these.
type Identity struct {
	What  string         `json:"what"`
	ID    string         `json:"id"`
	Owner vocab.MemberID `json:"owner"`
	State string         `json:"state"`
}

// Notice tells that a line stands in an inbox; it holds nothing of its text.
type Notice struct {
	ID      string          `json:"id"`
	Member  vocab.MemberID  `json:"member"`
	Officer vocab.OfficerID `json:"officer,omitempty"`
	Kind    string          `json:"kind"`
	// ToPerson tells that the inbox is a person's, whom the fact does not name.
	ToPerson bool `json:"to_person,omitempty"`
}

// Import tells that an import was switched: the drafts that it created can be
// seen by their owner. Entries that it changed are told one by one.
type Import struct {
	ID      string         `json:"id"`
	Owner   vocab.MemberID `json:"owner"`
	Created int            `json:"created"`
}

// Contest tells that a value's contest moved; it names no subject.
type Contest struct {
	ID     vocab.ContestID `json:"id"`
	From   string          `json:"from,omitempty"`
	To     string          `json:"to"`
	Act    string          `json:"act"`
	Item   vocab.ItemID    `json:"item"`
	Owner  vocab.MemberID  `json:"owner"`
	Source vocab.MemberID  `json:"source,omitempty"`
}

// Task tells that a holder of a wrong value was told, or has answered.
type Task struct {
	ID      string          `json:"id"`
	Contest vocab.ContestID `json:"contest"`
	Member  vocab.MemberID  `json:"member"`
	State   string          `json:"state"`
}

// Status tells that an act about a person's status moved; it names no subject.
type Status struct {
	ID    string         `json:"id"`
	Owner vocab.MemberID `json:"owner"`
	Item  vocab.ItemID   `json:"item"`
	State string         `json:"state"`
}

// Authorisation tells that what a body may ask of persons was registered, reviewed
// or ended, or that a person gave or took back a word; it names no person.
type Authorisation struct {
	ID    string         `json:"id"`
	Body  vocab.MemberID `json:"body"`
	State string         `json:"state"`
	Act   string         `json:"act"`
}

// Demand tells that a demand for data which no catalog lists moved.
type Demand struct {
	ID       string         `json:"id"`
	Owner    vocab.MemberID `json:"owner"`
	Provider vocab.MemberID `json:"provider,omitempty"`
	State    string         `json:"state"`
}
