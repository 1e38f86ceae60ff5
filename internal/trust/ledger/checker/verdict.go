package checker

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fontis/internal/trust/ledger/proof"
)

// Word is the verdict in one word of a closed list.
type Word string

// The verdicts, from good to bad.
const (
	Sound    Word = "sound"                   // all that could be compared agrees
	Promised Word = "promised"                // a promise by the log's key; not yet shown in the log
	FirstUse Word = "first use, not compared" // consistent in itself, compared with nothing held before
	Waiting  Word = "waiting for witness"     // too few cosignatures for the policy
	Loss     Word = "declared loss"           // a new origin follows the one that is held
	Damaged  Word = "damaged"                 // files do not give the signed root
	Withheld Word = "withheld"                // the log shows less than it has signed or promised
	Rolled   Word = "rolled back"             // the log is shorter than a checkpoint that is held
	Split    Word = "split view"              // another tree of the same log was signed for someone else
	Rewrote  Word = "rewritten"               // an older tree that is held is not the beginning of this one
	False    Word = "false"                   // signature, path or opening does not hold
	Unjudged Word = "not judged"              // unreadable, out of reach, or no key known
)

// badness orders the words; the worst finding is the verdict.
func badness(w Word) int {
	return slices.Index([]Word{Sound, Promised, FirstUse, Waiting, Loss, Damaged, Withheld, Rolled, Split, Rewrote, False}, w)
}

// The exit codes of the command line.
const (
	ExitGood     = 0
	ExitBad      = 1
	ExitUnjudged = 2
)

// ExitCode is what a program should end with.
func (w Word) ExitCode() int {
	switch w {
	case Sound, Promised, FirstUse:
		return ExitGood
	case Unjudged:
		return ExitUnjudged
	}
	return ExitBad
}

// Finding is one thing that was found, with the word it would deserve alone.
type Finding struct {
	Word Word   `json:"word"`
	Text string `json:"text"`
}

// Verdict is the answer to one check.
type Verdict struct {
	Word     Word      `json:"verdict"`
	ExitCode int       `json:"exit_code"`
	Origin   string    `json:"origin,omitempty"`
	Size     uint64    `json:"size,omitempty"`
	Root     string    `json:"root,omitempty"`
	Proven   []string  `json:"proven"`             // what now holds without anyone's word
	Notes    []string  `json:"notes,omitempty"`    // what could not be compared, and limits
	Findings []Finding `json:"findings,omitempty"` // what is wrong
	Evidence string    `json:"evidence,omitempty"` // path of the evidence file

	// Opening is what the receipt's holder may read; it is personal data and is
	// left out of the JSON form.
	Opening *proof.Opening `json:"-"`
	Index   uint64         `json:"index,omitempty"`
	At      time.Time      `json:"at,omitzero"`

	evidence []json.RawMessage
}

func (v *Verdict) prove(format string, args ...any) {
	v.Proven = append(v.Proven, fmt.Sprintf(format, args...))
}

func (v *Verdict) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

func (v *Verdict) find(w Word, format string, args ...any) {
	v.Findings = append(v.Findings, Finding{w, fmt.Sprintf(format, args...)})
}

// close takes the worst finding as the verdict. What cannot be judged is only
// the verdict where nothing worse is certain.
func (v *Verdict) close(good Word) *Verdict {
	v.Word = good
	for _, f := range v.Findings {
		switch {
		case f.Word == Unjudged && v.Word.ExitCode() == ExitGood:
			v.Word = Unjudged
		case f.Word != Unjudged && (v.Word == Unjudged && f.Word.ExitCode() == ExitBad || badness(f.Word) > badness(v.Word) && v.Word != Unjudged):
			v.Word = f.Word
		}
	}
	v.ExitCode = v.Word.ExitCode()
	return v
}
