// Package taking takes a department's list into the catalog, for programs and
// pages alike: it proposes what the columns mean, reads and stages the lines under the
// mapping that the steward chose, switches them on, and tells what became of
// each.
//
// The promises: nothing is seen before the switch; an import that breaks leaves
// nothing behind; the same file under the same mapping changes nothing.
package taking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
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

// Looked is what the first lines of a list tell.
type Looked struct {
	Proposal intake.Proposal
	Facts    input.Facts
	Columns  []string
}

// Look proposes what the columns mean.
func Look(f File, o input.Options) (Looked, error) {
	in, err := intake.Open(f, f.Size, o)
	if err != nil {
		return Looked{}, err
	}
	defer in.Close()
	p, err := intake.Propose(in)
	return Looked{Proposal: p, Facts: in.Facts(), Columns: in.Columns()}, err
}

// Propose proposes a mapping; one that was sent along stands as it is.
func Propose(f File, encoding string, sent *intake.Mapping) (intake.Proposal, error) {
	o := input.Options{Name: f.Name, Encoding: encoding}
	if sent != nil {
		o = sent.Options()
		o.Name = f.Name
	}
	l, err := Look(f, o)
	if sent != nil {
		l.Proposal.Mapping = *sent
	}
	if encoding != "" {
		l.Proposal.Mapping.File.Encoding = encoding
	}
	return l.Proposal, err
}

// OfOwn names who takes the list in as the department, where neither a column nor a
// constant of the mapping does.
func OfOwn(m *intake.Mapping, own identity.Name) {
	const provider = intake.Field(entry.FieldProvider)
	name := cmp.Or(own.Zh, own.En)
	if name == "" || m.Constants[provider] != "" || slices.ContainsFunc(m.Map, func(r intake.Rule) bool { return r.Field == provider }) {
		return
	}
	constants := maps.Clone(m.Constants)
	if constants == nil {
		constants = map[intake.Field]string{}
	}
	constants[provider] = name
	m.Constants = constants
}

// Order is one import as a steward orders it.
type Order struct {
	Actor     identity.Actor
	File      File
	Mapping   intake.Mapping
	AllOrNone bool
	// Run tells the import of one run from that of the same file in another: what was
	// taken in between is laid over again. Empty, the same file is the same import.
	Run string
	// Others says that the list was written elsewhere, so that an id in it names no
	// entry of this catalog, whatever it looks like.
	Others bool
	// Met hears each draft of the list; nil hears none.
	Met func(catalog.Draft)

	meter *meter // of a run that is told of; nil counts nothing
}

// Done is what became of an import.
type Done struct {
	ID      string              `json:"id"`
	File    string              `json:"file"`
	State   catalog.ImportState `json:"state"`
	Created int                 `json:"created"`
	Changed int                 `json:"changed"`
	Same    int                 `json:"same"`
	Before  bool                `json:"before,omitempty"` // the same file under the same mapping was taken in already
	Report  intake.Report       `json:"report"`
	Columns []string            `json:"columns"`
	Mapping intake.Mapping      `json:"mapping"`
	Rejects []intake.Reject     `json:"rejects,omitempty"`
}

// mostRejects is how many rejected lines are kept for the workbook; a list with
// more wrong lines has another fault than its lines.
const mostRejects = 100_000

// run is one list on its way.
type run struct {
	catalog *catalog.Service
	ctx     context.Context
	o       Order
	chunk   []catalog.Draft
	refused map[int]error // lines that the catalog itself refused
	out     Done
}

// Take takes the list in. When all or none was asked for and a line was
// rejected, it gives what it found beside the error, so that the rejected lines
// can be kept for their sender.
func Take(ctx context.Context, c *catalog.Service, o Order) (Done, error) {
	r := &run{catalog: c, ctx: ctx, o: o, refused: map[int]error{}}
	sum, err := input.Digest(io.NewSectionReader(o.File, 0, o.File.Size))
	if err != nil {
		return Done{}, err
	}
	if r.out.ID, err = intake.ImportID(sum, o.Mapping); err != nil {
		return Done{}, err
	}
	if o.Run != "" {
		r.out.ID += "-" + o.Run
	}
	if err := r.read(); err != nil {
		return Done{}, r.discard(err)
	}
	if o.AllOrNone && !r.out.Before {
		if err := r.out.Report.AllOrNone(); err != nil {
			r.out.State = catalog.ImportDiscarding
			return r.out, r.discard(err)
		}
	}
	o.meter.turn()
	switched, err := c.Switch(ctx, o.Actor, r.out.ID)
	if err != nil {
		return Done{}, err
	}
	r.out.State = switched.State
	if !r.out.Before {
		r.out.Created, r.out.Changed = switched.Created, switched.Changed
	}
	return r.out, nil
}

// open opens the list under its mapping.
func (r *run) open() (input.Reader, error) {
	opts := r.o.Mapping.Options()
	opts.Name = r.o.File.Name
	return intake.Open(r.o.meter.file(r.o.File), r.o.File.Size, opts)
}

// read stages every line.
func (r *run) read() error {
	in, err := r.open()
	if err != nil {
		return err
	}
	defer in.Close()
	r.o.meter.begin()
	report, err := intake.Apply(r.ctx, r.o.meter.reader(in), r.o.Mapping, intake.Sink{Good: r.good, Bad: r.bad, Whose: r.whose})
	if err != nil {
		return err
	}
	if err := r.stage(); err != nil {
		return err
	}
	if err := r.nameRefused(&report); err != nil {
		return err
	}
	report.ImportID = r.out.ID
	r.out.File, r.out.Mapping, r.out.Columns, r.out.Report = r.o.File.Name, r.o.Mapping, in.Columns(), report
	return nil
}

// whose tells whose an entry is that the list names, so that a list which was exported
// here is laid over the entries it came from and makes no second ones.
func (r *run) whose(id vocab.DatasetID) (intake.Whose, error) {
	if r.o.Others {
		return intake.Nobodys, nil
	}
	d, err := r.catalog.Get(r.ctx, r.o.Actor, id)
	switch {
	case vocab.KindOf(err) == vocab.NotFound:
		return intake.Nobodys, nil
	case err != nil:
		return intake.Nobodys, err
	case d.Owner == r.o.Actor.Member:
		return intake.Own, nil
	}
	return intake.Others, nil
}

func (r *run) good(d catalog.Draft) error {
	if r.o.Met != nil {
		r.o.Met(d)
	}
	if r.chunk = append(r.chunk, d); len(r.chunk) < catalog.MaxChunk {
		return nil
	}
	return r.stage()
}

func (r *run) bad(x intake.Reject) error {
	r.o.meter.reject(x)
	if len(r.out.Rejects) < mostRejects {
		r.out.Rejects = append(r.out.Rejects, x)
	}
	return nil
}

func (r *run) stage() error {
	staged, err := r.catalog.Stage(r.ctx, r.o.Actor, r.out.ID, r.chunk)
	r.chunk = r.chunk[:0]
	if vocab.CodeOf(err) == vocab.StateWrong {
		r.out.Before = true // nothing changes a second time
		return nil
	}
	if err != nil {
		return err
	}
	r.out.Same += staged.Same
	for _, x := range staged.Rejected {
		r.refused[x.Line] = x.Err
	}
	return nil
}

// nameRefused reads the list again for the cells of the lines that the catalog
// refused, so that they too come back to be mended.
func (r *run) nameRefused(report *intake.Report) error {
	if len(r.refused) == 0 {
		return nil
	}
	in, err := r.open()
	if err != nil {
		return err
	}
	defer in.Close()
	for {
		rec, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if cause, ok := r.refused[rec.Line]; ok {
			t := input.Trouble{Problem: input.Refused, Line: rec.Line, Args: []string{string(vocab.CodeOf(cause))}, Rejects: true}
			report.Refuse(t)
			if err := r.bad(intake.Reject{Line: rec.Line, Cells: rec.Cells, Troubles: []input.Trouble{t}}); err != nil {
				return err
			}
		}
	}
}

// discard forgets what was staged; the error that ended the import is told, and
// with it that something stays behind, if it does.
func (r *run) discard(err error) error {
	gone := r.catalog.Discard(context.WithoutCancel(r.ctx), r.o.Actor, r.out.ID)
	if gone == nil || vocab.KindOf(gone) == vocab.NotFound || r.out.Before {
		return err
	}
	return errors.Join(err, fmt.Errorf("forget the broken import: %w", gone))
}
