package access

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/answer"
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
	var open []BatchStatus
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		open, err = d.store.openBatches(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range open {
		if s.over {
			continue
		}
		if s.Done > s.tried {
			s.Tries = 0
		}
		s.Tries, s.tried = s.Tries+1, s.Done
		if s.State == BatchFailed {
			s.State = BatchRecording
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

func (d *Door) work(s BatchStatus) {
	d.batches.Go(func() {
		ctx := context.WithoutCancel(d.run) // what has begun to end is written to its end
		err := d.tryBatch(&s)
		switch {
		case err == nil:
			return
		case s.ending != "":
			err = d.endBatch(ctx, &s, err)
		case errors.Is(err, context.Canceled):
			s.Tries = max(0, s.Tries-1) // a stop in order is no fault of the batch either
			d.keepStopped(ctx, &s)
			return
		case vocab.KindOf(err) == vocab.Unavailable:
			s.State, s.Tries = BatchFailed, max(0, s.Tries-1) // what is away is no fault of the batch
		case vocab.KindOf(err) == vocab.Internal && s.Tries < mostTries:
			s.State = BatchFailed // its rows stay: the next start takes it up again
		default:
			err = d.endBatch(ctx, &s, err)
		}
		if s.State == BatchDone {
			d.keepStopped(ctx, &s)
			d.drop(ctx, s.ID, "in")
			return
		}
		if s.Error = err.Error(); s.State == BatchFailed && s.Tries > mostTries {
			s.over = true // not even its end could be recorded
		}
		d.p.Diary.Error("a batch stopped", "batch", string(s.ID), "trace", string(s.Trace), "state", string(s.State), "error", err)
		d.keepStopped(ctx, &s)
		if s.State == BatchRefused || s.over {
			d.dropBlobs(ctx, s.ID)
		}
	})
}

// tryBatch goes on where the batch stands; an error says why it goes no further.
func (d *Door) tryBatch(s *BatchStatus) error {
	switch {
	case s.ending != "": // a stop came while it ended
		return s.ending.Because("%s", s.Error)
	case s.Tries >= mostTries:
		return vocab.InternalError.Because("the batch came no further in %d starts and is given up; the last cause: %s", s.Tries-1, cmp.Or(s.Error, "the process ended")).
			WithFix("Tell the operator the trace; once the cause is mended send the batch again.")
	}
	s.Error = ""
	return d.runBatch(d.run, s)
}

func (d *Door) keepStopped(ctx context.Context, s *BatchStatus) {
	if err := d.keepBatch(ctx, s, nil); err != nil {
		d.p.Diary.Error("the batch's state was not kept", "batch", string(s.ID), "error", err)
	}
}

// endBatch ends a batch for good: before its leaf it is refused, and after it, it
// has failed, which its outcome says. That it ends is kept with the first step, so
// that whatever comes between, it never goes on. Where the end cannot be recorded
// it waits for the next start.
func (d *Door) endBatch(ctx context.Context, s *BatchStatus, cause error) error {
	s.ending, s.Error = vocab.CodeOf(cause), cause.Error()
	if s.seq == 0 {
		s.State, s.call.Cases = BatchRefused, nil
		return d.refuse(ctx, d.batchActor(*s), d.grants.Get(s.Grant), s.call.call(BatchLine{}), cause)
	}
	stands, err := d.p.Ledger.EndBatch(ctx, s.seq, s.ending, func(ctx context.Context, tx *db.Tx) error {
		if err := guard.Tell(ctx, tx, cause); err != nil {
			return err
		}
		return d.store.putBatch(ctx, tx, *s)
	})
	if err != nil {
		s.State = BatchFailed
		return fmt.Errorf("record its end (%v): %w", cause, err)
	}
	s.call.Cases = nil // the openings hold them, and can be erased
	switch stands {
	case vocab.Released: // a stop came between its outcome and its state
		s.State, s.Done, s.ending, s.Error = BatchDone, s.Rows, "", ""
	case vocab.Failed:
		s.State, s.over = BatchFailed, true
	default:
		s.State = BatchRefused
	}
	return cause
}

// stillHolds refuses to go on under a grant that was suspended or has ended
// since the batch was sent: before each block is looked up, and before all go out.
func (d *Door) stillHolds(s *BatchStatus) (*Grant, error) {
	g := d.grants.Get(s.Grant)
	if g == nil {
		return nil, grant.Missing(s.Grant)
	}
	if err := g.Stands(d.p.Clock.Now()); err != nil {
		return nil, err
	}
	return g, d.halts.Refuses(d.batchActor(*s))
}

func (d *Door) runBatch(ctx context.Context, s *BatchStatus) error {
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
	entry, err := d.p.Ledger.SealBatch(ctx, s.seq)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if entry.State == vocab.Failed || entry.State == vocab.Refused { // a stop of an earlier release came between its end and its state
		return vocab.StateWrong.Because("batch %s has ended", s.ID)
	}
	s.State = BatchAsking
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
	if err := d.p.Ledger.FinishBatch(ctx, s.seq, vocab.Released, []ledger.Pair{{Name: ledger.FieldVersion, Value: version}}); err != nil {
		return fmt.Errorf("record the outcome: %w", err)
	}
	s.State, s.Done = BatchDone, s.Rows
	s.call.Cases = nil // the openings hold them, and can be erased
	if err := d.keepBatch(ctx, s, nil); err != nil {
		return err
	}
	d.drop(ctx, s.ID, "in")
	return nil
}

// keepBatch writes the batch's state; also, in the same transaction, with.
func (d *Door) keepBatch(ctx context.Context, s *BatchStatus, with func(tx *db.Tx) error) error {
	s.Changed = d.p.Clock.Now()
	return d.p.DB.Write(ctx, func(tx *db.Tx) error {
		if with != nil {
			if err := with(tx); err != nil {
				return err
			}
		}
		return d.store.putBatch(ctx, tx, *s)
	})
}

// keepProgress writes rows and, in the same transaction, how far the batch has
// come; it tells how long that held the writer.
func (d *Door) keepProgress(ctx context.Context, s *BatchStatus, rows func(tx *db.Tx) error) (time.Duration, error) {
	s.Changed = d.p.Clock.Now()
	var began time.Time
	err := d.p.DB.Write(ctx, func(tx *db.Tx) error {
		began = time.Now()
		if err := rows(tx); err != nil {
			return err
		}
		return d.store.putProgress(ctx, tx, s)
	})
	return time.Since(began), err
}

// recordBatch writes every row in its person's own chain, under the guess guard.
// While one block is written the next is prepared.
func (d *Door) recordBatch(ctx context.Context, g *Grant, s *BatchStatus) error {
	if s.seq == 0 {
		begun := *s // the number belongs to the batch only once it is committed
		begun.State = BatchRecording
		err := d.keepBatch(ctx, &begun, func(tx *db.Tx) error {
			var err error
			begun.seq, err = d.p.Ledger.BeginBatch(ctx, tx, d.batchDraft(g, *s))
			return err
		})
		if err != nil {
			return err
		}
		*s = begun
	}
	at, _, err := d.p.Ledger.Rows(ctx, s.seq)
	if err != nil {
		return err
	}
	blocks := pace.Span{From: at / blockRows, Until: blocksOf(s.Rows)}
	prepare := func(ctx context.Context, block int64) (prepared, error) { return d.prepareBlock(ctx, g, s, block) }
	var rows pace.Rows
	return pace.Ahead(ctx, blocks, pace.Politely(d.manners, prepare), func(block int64, p prepared) error {
		from := block * blockRows
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
func (d *Door) prepareBlock(ctx context.Context, g *Grant, s *BatchStatus, block int64) (prepared, error) {
	lines, err := d.linesOf(ctx, s.ID, block)
	if err != nil {
		return prepared{}, err
	}
	p := prepared{lines, make([]ledger.BatchRow, len(lines)), make([]guard.Guess, len(lines))}
	for i, l := range lines {
		plan, err := d.plan(g, s.call.call(l.Row))
		if err != nil {
			return prepared{}, fmt.Errorf("line %d: %w", l.Line, err)
		}
		person := d.p.Identity.AuditRef(l.Subject)
		p.rows[i] = ledger.BatchRow{Person: person, Case: l.Case}
		p.guesses[i] = guard.Guess{Person: person, Values: d.guard.Values(plan.Canonical)}
	}
	return p, nil
}

func (d *Door) recordChunk(ctx context.Context, g *Grant, s *BatchStatus, at int64, p prepared) (time.Duration, error) {
	who := guard.Asker{Grant: g, Member: s.Owner, Now: d.p.Clock.Now()}
	s.Done = (at + int64(len(p.rows))) / 2 // recording is half of the way
	return d.keepProgress(ctx, s, func(tx *db.Tx) error {
		if i, err := d.guard.Count(ctx, tx, who, p.guesses); err != nil {
			return fmt.Errorf("line %d: %w", p.lines[i].Line, err)
		}
		return d.p.Ledger.AddRows(ctx, tx, s.seq, at, p.rows)
	})
}

// askBatch opens the source block by block, and looks the next one up while the
// answers of one are recorded; a block that was answered before a crash is asked
// again and gives the same rows.
func (d *Door) askBatch(ctx context.Context, permit Permit, g *Grant, s *BatchStatus) (string, error) {
	_, answered, err := d.p.Ledger.Rows(ctx, s.seq)
	if err != nil {
		return "", err
	}
	version := ""
	var rows pace.Rows
	blocks := pace.Span{From: answered / blockRows, Until: blocksOf(s.Rows)}
	ask := func(ctx context.Context, block int64) (asked, error) { return d.askBlock(ctx, permit, g, s, block) }
	err = pace.Ahead(ctx, blocks, pace.Politely(d.manners, ask), func(block int64, a asked) error {
		version = a.version
		return d.manners.InChunks(ctx, &rows, pace.Span{From: 0, Until: int64(len(a.outcomes))}, func(c pace.Span) (time.Duration, error) {
			return d.recordAnswers(ctx, s, block*blockRows+c.From, a.outcomes[c.From:c.Until])
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
func (d *Door) askBlock(ctx context.Context, permit Permit, g *Grant, s *BatchStatus, number int64) (asked, error) {
	lines, err := d.linesOf(ctx, s.ID, number)
	if err != nil {
		return asked{}, err
	}
	shared, err := d.plan(g, widest(s.call, lines))
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
	kept, err := json.Marshal(answers)
	if err != nil {
		return asked{}, err
	}
	if err := d.putBlock(ctx, s.ID, "out", number, kept); err != nil {
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
func (d *Door) ofLines(r *answer.Results, lines []block.Line) []keptAnswer {
	out := make([]keptAnswer, len(lines))
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
		out[i] = keptAnswer{BatchAnswer{Line: l.Line, Case: l.Case, Answers: answers, AsOf: r.AsOf}, person[:]}
	}
	return out
}

// widest is a call that names every item any line names.
func widest(c BatchCall, lines []block.Line) Call {
	call := c.call(lines[0].Row)
	values := map[vocab.ItemID]string{}
	for _, l := range lines {
		for item, v := range l.Values {
			values[item] = v
		}
	}
	call.Values = values
	return call
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

func (d *Door) recordAnswers(ctx context.Context, s *BatchStatus, from int64, rows []ledger.RowOutcome) (time.Duration, error) {
	s.Done = (s.Rows + from + int64(len(rows))) / 2
	return d.keepProgress(ctx, s, func(tx *db.Tx) error {
		return d.p.Ledger.AddOutcomes(ctx, tx, s.seq, from, rows)
	})
}
