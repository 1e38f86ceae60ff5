// Package taking takes a department's list into the catalog, for programs and
// pages alike: it proposes what the columns mean, reads and stages the lines under the
// mapping that the steward chose, switches them on, and tells what became of
// each.
//
// The promises: nothing is seen before the switch; an import that breaks leaves
// nothing behind; the same file under the same mapping changes nothing.
package taking

import (
	"context"
	"io"
	"log/slog"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// File is a list as it was sent.
type File struct {
	io.ReaderAt
	Name string
	Size int64
}

// Propose proposes a mapping; one that was sent along stands as it is.
func Propose(f File, encoding string, sent *intake.Mapping) (intake.Proposal, error) {
	o := input.Options{Name: f.Name, Encoding: encoding}
	if sent != nil {
		o = sent.Options()
		o.Name = f.Name
	}
	in, err := intake.Open(f, f.Size, o)
	if err != nil {
		return intake.Proposal{}, err
	}
	defer in.Close()
	p, err := intake.Propose(in)
	if sent != nil {
		p.Mapping = *sent
	}
	if encoding != "" {
		p.Mapping.File.Encoding = encoding
	}
	return p, err
}

// Order is one import as a steward orders it.
type Order struct {
	Actor     identity.Actor
	File      File
	Mapping   intake.Mapping
	AllOrNone bool
	Say       func(error) string // the cause as people may read it
}

// Done is what became of an import.
type Done struct {
	File    string              `json:"file"`
	Report  intake.Report       `json:"report"`
	State   catalog.ImportState `json:"state"`
	Created int                 `json:"created"`
	Changed int                 `json:"changed"`
	Same    int                 `json:"same"`
	Columns []string            `json:"columns"`
	Mapping intake.Mapping      `json:"mapping"`
	Rejects []intake.Reject     `json:"rejects,omitempty"` // the first ones, to be shown
	Refused []Line              `json:"refused,omitempty"` // by the catalog itself
}

// Line is one rejected line as people read it.
type Line struct {
	Line   int    `json:"line"`
	Cause  string `json:"cause"`
	Remedy string `json:"remedy,omitempty"`
}

// mostRejects is how many rejected lines are kept for the workbook; a list with
// more wrong lines has another fault than its lines. mostShown is how many of
// them the result page shows.
const (
	mostRejects = 100_000
	mostShown   = 200
)

// Taker takes lists in.
type Taker struct {
	Catalog *catalog.Service
	Diary   *slog.Logger
}

// run is one list on its way.
type run struct {
	Taker
	ctx     context.Context
	o       Order
	id      string
	chunk   []catalog.Draft
	rejects []intake.Reject
	out     Done
}

// Take takes the list in; the rejects are those of the workbook.
func (t Taker) Take(ctx context.Context, o Order) (Done, []intake.Reject, error) {
	r := &run{Taker: t, ctx: ctx, o: o}
	sum, err := input.Digest(io.NewSectionReader(o.File, 0, o.File.Size))
	if err != nil {
		return Done{}, nil, err
	}
	if r.id, err = intake.ImportID(sum, o.Mapping); err != nil {
		return Done{}, nil, err
	}
	opts := o.Mapping.Options()
	opts.Name = o.File.Name
	in, err := intake.Open(o.File, o.File.Size, opts)
	if err != nil {
		return Done{}, nil, err
	}
	defer in.Close()
	if err := o.Mapping.Check(in.Columns()); err != nil {
		return Done{}, nil, err
	}
	if err := r.read(in); err != nil {
		return Done{}, nil, r.discard(err)
	}
	switched, err := t.Catalog.Switch(ctx, o.Actor, r.id)
	if err != nil {
		return Done{}, nil, err
	}
	r.out.State, r.out.Created, r.out.Changed = switched.State, switched.Created, switched.Changed
	r.out.Rejects = r.rejects[:min(len(r.rejects), mostShown)]
	return r.out, r.rejects, nil
}

// read stages every line.
func (r *run) read(in input.Reader) error {
	report, err := intake.Apply(r.ctx, in, r.o.Mapping, intake.Sink{Good: r.good, Bad: r.bad})
	if err != nil {
		return err
	}
	if err := r.stage(); err != nil {
		return err
	}
	report.ImportID = r.id
	report.Rejected += len(r.out.Refused)
	r.out.File, r.out.Mapping, r.out.Columns, r.out.Report = r.o.File.Name, r.o.Mapping, in.Columns(), report
	if r.o.AllOrNone {
		return report.AllOrNone()
	}
	return nil
}

func (r *run) good(d catalog.Draft) error {
	if r.chunk = append(r.chunk, d); len(r.chunk) < catalog.MaxChunk {
		return nil
	}
	return r.stage()
}

func (r *run) bad(x intake.Reject) error {
	if len(r.rejects) < mostRejects {
		r.rejects = append(r.rejects, x)
	}
	return nil
}

func (r *run) stage() error {
	staged, err := r.Catalog.Stage(r.ctx, r.o.Actor, r.id, r.chunk)
	r.chunk = r.chunk[:0]
	if vocab.CodeOf(err) == vocab.StateWrong {
		return nil // the same file under the same mapping was switched before: nothing changes
	}
	if err != nil {
		return err
	}
	r.out.Same += staged.Same
	for _, x := range staged.Rejected {
		r.out.Refused = append(r.out.Refused, Line{Line: x.Line, Cause: r.o.Say(x.Err)})
	}
	return nil
}

// discard forgets what was staged; the error that ended the import is told.
func (r *run) discard(err error) error {
	gone := r.Catalog.Discard(context.WithoutCancel(r.ctx), r.o.Actor, r.id)
	if gone != nil && vocab.KindOf(gone) != vocab.NotFound {
		r.Diary.Warn("a broken import stays staged", "error", gone)
	}
	return err
}
