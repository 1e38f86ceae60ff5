package access

import (
	"fontis/internal/trust/access/answer"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/halt"
	"fontis/internal/trust/access/register"
	"fontis/internal/trust/access/twin"
	"fontis/internal/vocab"
)

// Who calls the door knows what it speaks of by these names; the types stand in
// packages of their own, so that a decision can be read without the door.
type (
	// Grant is what one decision allows one member to ask of one data set.
	Grant = grant.Grant
	// EmergencyGrant is what an officer takes in an emergency.
	EmergencyGrant = grant.Emergency
	// Halt is a unit that asks nothing until the emergency that it drew is reviewed.
	Halt = halt.Halt
	// GrantState is where a grant stands.
	GrantState = grant.State
	// Call is one question as a caller puts it.
	Call = grant.Call
	// Explanation is one rule of a decision as a person reads it.
	Explanation = grant.Explanation
	// Binding says how an item is found in its source.
	Binding = binding.Binding
	// ItemAnswer is the answer for one item.
	ItemAnswer = answer.Item
	// Register is a file that becomes a source of its own.
	Register = register.File
	// RegisterOrder is a load of a register as its keeper carries it out.
	RegisterOrder = register.Order
	// RegisterRow is one row of such a file.
	RegisterRow = register.Row
	// TwinRow is one invented subject of a test twin.
	TwinRow = twin.Row
	// TwinItem is what a test twin knows of an item.
	TwinItem = twin.Item
)

// Only an active grant opens anything; an ended one never comes back.
const (
	GrantActive    = grant.Active
	GrantSuspended = grant.Suspended
	GrantEnded     = grant.Ended
)

// MostGuesses and TwinSubjects are the door's bounds under the names that callers use.
const (
	MostGuesses  = grant.MostGuesses
	TwinSubjects = twin.Subjects
)

// TwinOf is the id of the twin of a request or a grant.
func TwinOf(id string) vocab.GrantID { return twin.Of(id) }
