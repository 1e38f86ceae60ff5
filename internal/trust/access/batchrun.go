package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/answer"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/guard"
	"fontis/internal/trust/access/pace"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// resumeBatches takes up what a stop or a crash interrupted. Every step is
// durable on its own, so each goes on where its rows end.
func (d *Door) resumeBatches(ctx context.Context) error {
	var open []batch.Batch
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		open, err = batch.Unended(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range open {
		if s.Over {
			continue
		}
		if s.Done > s.Tried {
			s.Tries = 0
		}
		s.Tries, s.Tried = s.Tries+1, s.Done
		if s.State == batch.Failed {
			s.State = batch.Recording
		}
		if err := d.keepBatch(ctx, &s, nil); err != nil { // before the work, which may end the process
			return err
		}
		d.work(s)
	}
	return nil
}

// mostTries is how many starts take up a batch that comes no further: the last
// one gives it up.
const mostTries = 5

func (d *Door) work(s batch.Batch) {
	d.batches.Go(func() {
		ctx := context.WithoutCancel(d.run) // what has begun to end is written to its end
		err := d.tryBatch(&s)
		switch {
		case err == nil:
			return
		case s.Ending != "":
			err = d.endBatch(ctx, &s, err)
		case errors.Is(err, context.Canceled):
			s.Tries = max(0, s.Tries-1) // a stop in order is no fault of the batch either
			d.keepStopped(ctx, &s)
			return
		case vocab.KindOf(err) == vocab.Unavailable:
			s.State, s.Tries = batch.Failed, max(0, s.Tries-1) // what is away is no fault of the batch
		case vocab.KindOf(err) == vocab.Internal && s.Tries < mostTries:
			s.State = batch.Failed // its rows stay: the next start takes it up again
		default:
			err = d.endBatch(ctx, &s, err)
		}
		if s.State == batch.Done {
			d.keepStopped(ctx, &s)
			d.rows.DropSide(ctx, s.ID, batch.In)
			return
		}
		if s.Error = err.Error(); s.State == batch.Failed && s.Tries > mostTries {
			s.Over = true // not even its end could be recorded
		}
		d.p.Diary.Error("a batch stopped", "batch", string(s.ID), "trace", string(s.Trace), "state", string(s.State), "error", err)
		d.keepStopped(ctx, &s)
		if s.State == batch.Refused || s.Over {
			d.rows.Drop(ctx, s.ID)
		}
	})
}

// tryBatch goes on where the batch stands; an error says why it goes no further.
func (d *Door) tryBatch(s *batch.Batch) error {
	switch {
	case s.Ending != "": // a stop came while it ended
		return s.Ending.Because("%s", s.Error)
	case s.Tries >= mostTries:
		return vocab.InternalError.Because("the batch came no further in %d starts and is given up; the last cause: %s", s.Tries-1, cmp.Or(s.Error, "the process ended")).
			WithFix("Tell the operator the trace; once the cause is mended send the batch again.")
	}
	s.Error = ""
	return d.runBatch(d.run, s)
}

func (d *Door) keepStopped(ctx context.Context, s *batch.Batch) {
	if err := d.keepBatch(ctx, s, nil); err != nil {
		d.p.Diary.Error("the batch's state was not kept", "batch", string(s.ID), "error", err)
	}
}

// endBatch ends a batch for good: before its leaf it is refused, and after it, it
// has failed, which its outcome says. That it ends is kept with the first step, so
// that whatever comes between, it never goes on. Where the end cannot be recorded
// it waits for the next start.
func (d *Door) endBatch(ctx context.Context, s *batch.Batch, cause error) error {
	s.Ending, s.Error = vocab.CodeOf(cause), cause.Error()
	if s.Seq == 0 {
		s.State, s.Call.Cases = batch.Refused, nil
		return d.refuse(ctx, d.batchActor(*s), d.grants.Get(s.Grant), s.Call.Of(block.Row{}), cause)
	}
	stands, err := d.p.Ledger.EndBatch(ctx, s.Seq, s.Ending, func(ctx context.Context, tx *db.Tx) error {
		if err := guard.Tell(ctx, tx, cause); err != nil {
			return err
		}
		return batch.Put(ctx, tx, *s)
	})
	if err != nil {
		s.State = batch.Failed
		return fmt.Errorf("record its end (%v): %w", cause, err)
	}
	s.Call.Cases = nil // the openings hold them, and can be erased
	switch stands {
	case vocab.Released: // a stop came between its outcome and its state
		s.State, s.Done, s.Ending, s.Error = batch.Done, s.Rows, "", ""
	case vocab.Failed:
		s.State, s.Over = batch.Failed, true
	default:
		s.State = batch.Refused
	}
	return cause
}

// stillHolds refuses to go on under a grant that was suspended or has ended
// since the batch was sent: before each block is looked up, and before all go out.
func (d *Door) stillHolds(s *batch.Batch) (*Grant, error) {
	g := d.grants.Get(s.Grant)
	if g == nil {
		return nil, grant.Missing(s.Grant)
	}
	if err := g.Stands(d.p.Clock.Now()); err != nil {
		return nil, err
	}
	return g, d.halts.Refuses(d.batchActor(*s))
}

func (d *Door) runBatch(ctx context.Context, s *batch.Batch) error {
	g, err := d.stillHolds(s)
	if err != nil {
		return err
	}
	if err := d.recordBatch(ctx, g, s); err != nil {
		return fmt.Errorf("record the rows: %w", err)
	}
	if g, err = d.stillHolds(s); err != nil {
		return err
	}
	entry, err := d.p.Ledger.SealBatch(ctx, s.Seq)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if entry.State == vocab.Failed || entry.State == vocab.Refused { // a stop of an earlier release came between its end and its state
		return vocab.StateWrong.Because("batch %s has ended", s.ID)
	}
	s.State = batch.Asking
	if s.Promise == "" {
		promise, err := d.p.Ledger.Promise(entry)
		if err != nil {
			return err
		}
		s.Promise = string(promise)
	}
	if err := d.keepBatch(ctx, s, nil); err != nil {
		return err
	}
	version, err := d.askBatch(ctx, d.permit(vocab.PermitGrant, entry), g, s)
	if err != nil {
		return fmt.Errorf("ask the source: %w", err)
	}
	if _, err := d.stillHolds(s); err != nil { // all rows go out together, or none
		return err
	}
	if err := d.p.Ledger.FinishBatch(ctx, s.Seq, vocab.Released, []ledger.Pair{{Name: ledger.FieldVersion, Value: version}}); err != nil {
		return fmt.Errorf("record the outcome: %w", err)
	}
	s.State, s.Done = batch.Done, s.Rows
	s.Call.Cases = nil // the openings hold them, and can be erased
	if err := d.keepBatch(ctx, s, nil); err != nil {
		return err
	}
	d.rows.DropSide(ctx, s.ID, batch.In)
	return nil
}

// keepBatch writes the batch's state; also, in the same transaction, with.
func (d *Door) keepBatch(ctx context.Context, s *batch.Batch, with func(tx *db.Tx) error) error {
	s.Changed = d.p.Clock.Now()
	return d.p.DB.Write(ctx, func(tx *db.Tx) error {
		if with != nil {
			if err := with(tx); err != nil {
				return err
			}
		}
		return batch.Put(ctx, tx, *s)
	})
}

// keepProgress writes rows and, in the same transaction, how far the batch has
// come; it tells how long that held the writer.
func (d *Door) keepProgress(ctx context.Context, s *batch.Batch, rows func(tx *db.Tx) error) (time.Duration, error) {
	s.Changed = d.p.Clock.Now()
	var began time.Time
	err := d.p.DB.Write(ctx, func(tx *db.Tx) error {
		began = time.Now()
		if err := rows(tx); err != nil {
			return err
		}
		return batch.PutProgress(ctx, tx, s)
	})
	return time.Since(began), err
}

// recordBatch writes every row in its person's own chain, under the guess guard.
// While one block is written the next is prepared.
func (d *Door) recordBatch(ctx context.Context, g *Grant, s *batch.Batch) error {
	if s.Seq == 0 {
		begun := *s // the number belongs to the batch only once it is committed
		begun.State = batch.Recording
		err := d.keepBatch(ctx, &begun, func(tx *db.Tx) error {
			var err error
			begun.Seq, err = d.p.Ledger.BeginBatch(ctx, tx, d.batchDraft(g, *s))
			return err
		})
		if err != nil {
			return err
		}
		*s = begun
	}
	at, _, err := d.p.Ledger.Rows(ctx, s.Seq)
	if err != nil {
		return err
	}
	blocks := pace.Span{From: at / batch.BlockRows, Until: batch.Blocks(s.Rows)}
	prepare := func(ctx context.Context, block int64) (prepared, error) { return d.prepareBlock(ctx, g, s, block) }
	var rows pace.Rows
	return pace.Ahead(ctx, blocks, pace.Politely(d.manners, prepare), func(block int64, p prepared) error {
		from := block * batch.BlockRows
		return d.manners.InChunks(ctx, &rows, pace.Span{From: at - from, Until: int64(len(p.rows))}, func(c pace.Span) (time.Duration, error) {
			return d.recordChunk(ctx, g, s, from+c.From, p.part(c))
		})
	})
}

// prepared are rows of a batch as record and guard take them.
type prepared struct {
	lines   []block.Line
	rows    []ledger.BatchRow
	guesses []guard.Guess
}

func (p prepared) part(c pace.Span) prepared {
	return prepared{p.lines[c.From:c.Until], p.rows[c.From:c.Until], p.guesses[c.From:c.Until]}
}

// prepareBlock does what needs no database: pseudonyms, plans and the guard's hashes.
func (d *Door) prepareBlock(ctx context.Context, g *Grant, s *batch.Batch, block int64) (prepared, error) {
	lines, err := d.rows.Lines(ctx, s.ID, block)
	if err != nil {
		return prepared{}, err
	}
	p := prepared{lines, make([]ledger.BatchRow, len(lines)), make([]guard.Guess, len(lines))}
	for i, l := range lines {
		plan, err := d.plan(g, s.Call.Of(l.Row))
		if err != nil {
			return prepared{}, fmt.Errorf("line %d: %w", l.Line, err)
		}
		person := d.p.Identity.AuditRef(l.Subject)
		p.rows[i] = ledger.BatchRow{Person: person, Case: l.Case}
		p.guesses[i] = guard.Guess{Person: person, Values: d.guard.Values(plan.Canonical)}
	}
	return p, nil
}

func (d *Door) recordChunk(ctx context.Context, g *Grant, s *batch.Batch, at int64, p prepared) (time.Duration, error) {
	who := guard.Asker{Grant: g, Member: s.Owner, Now: d.p.Clock.Now()}
	s.Done = (at + int64(len(p.rows))) / 2 // recording is half of the way
	return d.keepProgress(ctx, s, func(tx *db.Tx) error {
		if i, err := d.guard.Count(ctx, tx, who, p.guesses); err != nil {
			return fmt.Errorf("line %d: %w", p.lines[i].Line, err)
		}
		return d.p.Ledger.AddRows(ctx, tx, s.Seq, at, p.rows)
	})
}

// askBatch opens the source block by block, and looks the next one up while the
// answers of one are recorded; a block that was answered before a crash is asked
// again and gives the same rows.
func (d *Door) askBatch(ctx context.Context, permit Permit, g *Grant, s *batch.Batch) (string, error) {
	_, answered, err := d.p.Ledger.Rows(ctx, s.Seq)
	if err != nil {
		return "", err
	}
	version := ""
	var rows pace.Rows
	blocks := pace.Span{From: answered / batch.BlockRows, Until: batch.Blocks(s.Rows)}
	ask := func(ctx context.Context, block int64) (asked, error) { return d.askBlock(ctx, permit, g, s, block) }
	err = pace.Ahead(ctx, blocks, pace.Politely(d.manners, ask), func(block int64, a asked) error {
		version = a.version
		return d.manners.InChunks(ctx, &rows, pace.Span{From: 0, Until: int64(len(a.outcomes))}, func(c pace.Span) (time.Duration, error) {
			return d.recordAnswers(ctx, s, block*batch.BlockRows+c.From, a.outcomes[c.From:c.Until])
		})
	})
	return version, err
}

// asked is what the record takes of the answers to a block.
type asked struct {
	outcomes []ledger.RowOutcome
	version  string
}

// askBlock looks a block up and keeps its answers, sealed, before they are
// recorded.
func (d *Door) askBlock(ctx context.Context, permit Permit, g *Grant, s *batch.Batch, number int64) (asked, error) {
	lines, err := d.rows.Lines(ctx, s.ID, number)
	if err != nil {
		return asked{}, err
	}
	shared, err := d.plan(g, s.Call.Widest(lines))
	if err != nil {
		return asked{}, err
	}
	subjects := make([]string, len(lines))
	for i, l := range lines {
		subjects[i] = l.Subject.Value
	}
	if _, err := d.stillHolds(s); err != nil {
		return asked{}, err
	}
	r, err := d.look(ctx, permit, shared, subjects)
	if err != nil {
		return asked{}, err
	}
	answers := d.ofLines(r, lines)
	if err := d.rows.PutAnswers(ctx, s.ID, number, answers); err != nil {
		return asked{}, err
	}
	out := asked{make([]ledger.RowOutcome, len(answers)), r.Version}
	for i, a := range answers {
		out.outcomes[i] = d.rowOutcome(a.Answers, vocab.PersonRef(a.Person))
	}
	ledger.ReadyOutcomes(out.outcomes)
	return out, nil
}

// ofLines are the answers to lines; an item that a line did not ask for is left out.
func (d *Door) ofLines(r *answer.Results, lines []block.Line) []batch.Kept {
	out := make([]batch.Kept, len(lines))
	for i, l := range lines {
		r.Plan.Submitted = l.Values
		answers := r.Of(i)
		if r.Plan.Question == vocab.Compare {
			for item := range answers {
				if _, asked := l.Values[item]; !asked {
					delete(answers, item)
				}
			}
		}
		person := d.p.Identity.AuditRef(l.Subject)
		out[i] = batch.Kept{Answer: batch.Answer{Line: l.Line, Case: l.Case, Answers: answers, AsOf: r.AsOf}, Person: person[:]}
	}
	return out
}

// rowOutcome is what the record keeps of a row's answers: classes, reasons, prints
// and what was contested when they were given.
func (d *Door) rowOutcome(answers map[vocab.ItemID]ItemAnswer, person vocab.PersonRef) ledger.RowOutcome {
	classes, reasons := map[string]string{}, map[string]string{}
	for item, x := range answers {
		classes[string(item)] = string(x.Answer)
		if x.Reason != "" {
			reasons[string(item)] = string(x.Reason)
		}
	}
	out := ledger.RowOutcome{State: vocab.Released, Answers: proof.MapValue(classes), Reasons: proof.MapValue(reasons), Prints: proof.MapValue(d.prints(answers))}
	if contested := d.contested(answers, person); len(contested) > 0 {
		out.Disputed = proof.ListValue(contested)
	}
	return out
}

func (d *Door) recordAnswers(ctx context.Context, s *batch.Batch, from int64, rows []ledger.RowOutcome) (time.Duration, error) {
	s.Done = (s.Rows + from + int64(len(rows))) / 2
	return d.keepProgress(ctx, s, func(tx *db.Tx) error {
		return d.p.Ledger.AddOutcomes(ctx, tx, s.Seq, from, rows)
	})
}

// forgetRemains drops what a killed process left of batches.
func (d *Door) forgetRemains(ctx context.Context) error {
	return d.rows.Forget(ctx, func(id vocab.BatchID) (batch.State, error) {
		var s batch.Batch
		err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
			var err error
			s, err = batch.Get(ctx, tx, id)
			return err
		})
		switch {
		case db.NoRows(err):
			return "", nil
		case err != nil:
			return "", err
		case s.State == batch.Refused || s.Over:
			return "", nil
		}
		return s.State, nil
	})
}
