package intake

import (
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// Reject is one line that made no draft, as it was read, and why.
type Reject struct {
	Line     int
	Cells    map[string]string
	Troubles []input.Trouble
}

// Report counts what became of a file. Lines = LinesGood + Rejected.
type Report struct {
	ImportID  string `json:"import_id,omitempty"`
	Lines     int    `json:"lines"`
	LinesGood int    `json:"lines_good"`
	// Good counts drafts; where a data set takes several lines there are fewer
	// of them than good lines.
	Good     int `json:"good"`
	Items    int `json:"items"`
	Rejected int `json:"rejected"`
	// Refusals and Warnings count troubles by code, Problems by their own word.
	Refusals map[vocab.Code]int    `json:"refusals,omitempty"`
	Warnings map[vocab.Code]int    `json:"warnings,omitempty"`
	Problems map[input.Problem]int `json:"problems,omitempty"`
	// Causes say why lines were rejected, in the order of the file.
	Causes []Cause `json:"causes,omitempty"`
	// WarningsShown are the first warnings with their places.
	WarningsShown []input.Trouble `json:"warnings_shown,omitempty"`
	// Unused are the columns that no rule names and nobody set aside.
	Unused  []string        `json:"columns_unused,omitempty"`
	Ignored []string        `json:"columns_ignored,omitempty"`
	Notes   []input.Trouble `json:"notes,omitempty"`

	codes map[input.Problem]vocab.Code // read once: a file may have a warning a line
}

// Cause is one ground for rejection: where it was met first, and how often.
type Cause struct {
	First input.Trouble `json:"first"`
	Count int           `json:"count"`
}

// maxWarningsShown bounds the warnings with places; all are counted.
const maxWarningsShown = 200

func newReport() Report {
	return Report{Refusals: map[vocab.Code]int{}, Warnings: map[vocab.Code]int{}, Problems: map[input.Problem]int{}, codes: input.Codes()}
}

func (r *Report) count(troubles []input.Trouble) {
	for _, t := range troubles {
		r.Problems[t.Problem]++
		if t.Rejects {
			r.Refusals[r.codes[t.Problem]]++
			r.cause(t)
			continue
		}
		r.Warnings[r.codes[t.Problem]]++
		if len(r.WarningsShown) < maxWarningsShown {
			r.WarningsShown = append(r.WarningsShown, t)
		}
	}
}

// Refuse counts a line that read well and that the catalog refused.
func (r *Report) Refuse(t input.Trouble) {
	r.Rejected++
	r.count([]input.Trouble{t})
}

func (r *Report) cause(t input.Trouble) {
	for i := range r.Causes {
		if r.Causes[i].First.Problem == t.Problem {
			r.Causes[i].Count++
			return
		}
	}
	r.Causes = append(r.Causes, Cause{First: t, Count: 1})
}

// AllOrNone refuses an import of which any line was rejected.
func (r Report) AllOrNone() error {
	if r.Rejected == 0 {
		return nil
	}
	return vocab.LineRejected.Because("%d of %d lines were rejected and all or none was asked for", r.Rejected, r.Lines).
		WithFix("mend the rejected lines and import again, or import without --all-or-none")
}
