package access

import (
	"net/netip"
	"regexp"
	"time"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// GrantState is where a grant stands.
type GrantState string

// Only an active grant opens anything; an ended one never comes back.
const (
	GrantActive    GrantState = "active"
	GrantSuspended GrantState = "suspended"
	GrantEnded     GrantState = "ended"
)

// Grant is what one decision allows one member to ask of one data set. Its table
// and its index belong to the door; share puts it in its own transaction.
type Grant struct {
	ID       vocab.GrantID   `json:"id"`
	Request  vocab.RequestID `json:"request"`
	Provider vocab.MemberID  `json:"provider"`
	To       vocab.MemberID  `json:"to"`
	State    GrantState      `json:"state"`
	Reason   string          `json:"reason,omitempty"` // why it is suspended or ended

	Dataset   vocab.DatasetID   `json:"dataset"`
	About     vocab.SubjectKind `json:"about"`
	Items     []vocab.ItemID    `json:"items"`
	Statuses  []string          `json:"statuses,omitempty"` // declared statuses, for the question status
	Question  vocab.Question    `json:"question"`
	Carriages []vocab.Carriage  `json:"carriages"`

	Purpose string `json:"purpose"`
	Basis   string `json:"basis"` // law and article
	Statute string `json:"statute,omitempty"`
	Second  string `json:"second,omitempty"` // the second approver at the provider

	Rows        []source.Condition `json:"rows,omitempty"` // row scope
	From        time.Time          `json:"from"`
	Until       time.Time          `json:"until"`
	CasePattern string             `json:"case_pattern"`
	CasesPerDay int                `json:"cases_per_day,omitempty"` // calls that one case number may carry in a day
	PerDay      int64              `json:"per_day,omitempty"`       // volume: subjects a day
	HourFrom    int                `json:"hour_from,omitempty"`
	HourUntil   int                `json:"hour_until,omitempty"` // both 0: at any hour
	Networks    []netip.Prefix     `json:"networks,omitempty"`
	Guesses     int                `json:"guesses,omitempty"`   // lowers the guess guard
	Existence   bool               `json:"existence,omitempty"` // the caller may learn why an answer is unknown

	caseForm *regexp.Regexp
	items    map[vocab.ItemID]bool
	statuses map[string]bool
	twin     map[vocab.ItemID]string // comparators, for a test twin
	used     *twinUse                // what was asked of the twin today
}
