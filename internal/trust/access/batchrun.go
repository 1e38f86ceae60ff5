package access

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/ledger"
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
		if s.State == BatchFailed {
			s.State, s.Error = BatchRecording, ""
			if err := d.keepBatch(ctx, &s, nil); err != nil {
				return err
			}
		}
		d.work(s)
	}
	return nil
}

func (d *Door) work(s BatchStatus) {
	d.batches.Go(func() {
		err := d.runBatch(d.run, &s)
		switch {
		case err == nil || errors.Is(err, context.Canceled):
			return
		case vocab.KindOf(err) == vocab.Unavailable || vocab.KindOf(err) == vocab.Internal:
			s.State = BatchFailed // its rows stay: the next start takes it up again
		default:
			if err = d.refuseBatch(context.WithoutCancel(d.run), s, err); vocab.KindOf(err) == vocab.Unavailable {
				s.State = BatchFailed
			} else {
				s.State, s.call.Cases = BatchRefused, nil
			}
		}
		s.Error = err.Error()
		d.p.Diary.Error("a batch stopped", "batch", string(s.ID), "trace", string(s.Trace), "state", string(s.State), "error", err)
		if err := d.keepBatch(context.WithoutCancel(d.run), &s, nil); err != nil {
			d.p.Diary.Error("the batch's state was not kept", "batch", string(s.ID), "error", err)
		}
		if s.State == BatchRefused {
			d.dropBlobs(context.WithoutCancel(d.run), s.ID)
		}
	})
}

// refuseBatch writes the refusal as the batch's leaf, with the rows that were
// recorded before it, and gives the cause back.
func (d *Door) refuseBatch(ctx context.Context, s BatchStatus, cause error) error {
	if s.seq == 0 {
		return d.refuse(ctx, d.batchActor(s), d.grants.get(s.Grant), s.call.call(BatchLine{}), cause)
	}
	err := d.p.Ledger.RefuseBatch(ctx, s.seq, vocab.CodeOf(cause), func(ctx context.Context, tx *db.Tx) error {
		return tellTripped(ctx, tx, cause)
	})
	if err != nil {
		return fmt.Errorf("record the refusal (%v): %w", cause, err)
	}
	return cause
}

// stillHolds refuses to go on under a grant that was suspended or has ended
// since the batch was sent.
func (d *Door) stillHolds(s *BatchStatus) (*Grant, error) {
	g := d.grants.get(s.Grant)
	if g == nil {
		return nil, missing(s.Grant)
	}
	for _, holds := range []func(*Grant, Call, time.Time) error{stateHolds, periodHolds} {
		if err := holds(g, Call{}, d.p.Clock.Now()); err != nil {
			return nil, err
		}
	}
	return g, nil
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

// keepBatch writes state and progress; also, in the same transaction, with.
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

// yield lets people who wait for one answer go before a batch: while there are
// any, the batch rests twice as long as it wrote.
func (d *Door) yield(ctx context.Context, wrote time.Duration) {
	if d.asking.Load() == 0 {
		return
	}
	select {
	case <-time.After(2 * wrote):
	case <-ctx.Done():
	}
}

// chunk is how many rows the next transaction writes.
func (d *Door) chunk() int64 {
	if d.asking.Load() > 0 {
		return politeRows
	}
	return chunkRows
}

// recordBatch writes every row in its person's own chain, under the guess guard.
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
	for at < s.Rows {
		var block []BatchLine
		if err := d.getBlock(ctx, s.ID, "in", at/blockRows, &block); err != nil {
			return err
		}
		for from := at % blockRows; from < int64(len(block)); from = at % blockRows {
			chunk := block[from:min(from+d.chunk(), int64(len(block)))]
			began := time.Now()
			if err := d.recordChunk(ctx, g, s, at, chunk); err != nil {
				return err
			}
			d.yield(ctx, time.Since(began))
			if at += int64(len(chunk)); at%blockRows == 0 {
				break
			}
		}
	}
	return nil
}

func (d *Door) recordChunk(ctx context.Context, g *Grant, s *BatchStatus, at int64, chunk []BatchLine) error {
	rows := make([]ledger.BatchRow, len(chunk))
	plans := make([]*plan, len(chunk))
	for i, l := range chunk {
		rows[i] = ledger.BatchRow{Person: d.p.Identity.AuditRef(l.Subject), Case: l.Case}
		var err error
		if plans[i], err = d.plan(g, s.call.call(l)); err != nil {
			return fmt.Errorf("line %d: %w", at+int64(i)+1, err)
		}
	}
	now := d.p.Clock.Now()
	s.Done = (at + int64(len(chunk))) / 2 // recording is half of the way
	return d.keepBatch(ctx, s, func(tx *db.Tx) error {
		for i, p := range plans {
			err := d.guard(ctx, tx, guess{grant: g, member: s.Owner, person: rows[i].Person, values: p.canonical, most: g.guesses(), now: now})
			if err != nil {
				return fmt.Errorf("line %d: %w", at+int64(i)+1, err)
			}
		}
		return d.p.Ledger.AddRows(ctx, tx, s.seq, at, rows)
	})
}

// askBatch opens the source block by block; a block that was answered before a
// crash is asked again and gives the same rows.
func (d *Door) askBatch(ctx context.Context, permit Permit, g *Grant, s *BatchStatus) (string, error) {
	_, answered, err := d.p.Ledger.Rows(ctx, s.seq)
	if err != nil {
		return "", err
	}
	version := ""
	for block := answered / blockRows; block*blockRows < s.Rows; block++ {
		var lines []BatchLine
		if err := d.getBlock(ctx, s.ID, "in", block, &lines); err != nil {
			return "", err
		}
		answers, v, err := d.askBlock(ctx, permit, g, s.call, block*blockRows, lines)
		if err != nil {
			return "", err
		}
		version = v
		if err := d.putBlock(ctx, s.ID, "out", block, answers); err != nil {
			return "", err
		}
		if err := d.recordAnswers(ctx, s, block*blockRows, answers); err != nil {
			return "", err
		}
	}
	return version, nil
}

func (d *Door) askBlock(ctx context.Context, permit Permit, g *Grant, c BatchCall, from int64, lines []BatchLine) ([]BatchAnswer, string, error) {
	shared, err := d.plan(g, widest(c, g, lines))
	if err != nil {
		return nil, "", err
	}
	subjects := make([]string, len(lines))
	for i, l := range lines {
		subjects[i] = l.Subject.Value
	}
	r, err := d.open(ctx, permit, shared, subjects)
	if err != nil {
		return nil, "", err
	}
	out := make([]BatchAnswer, len(lines))
	for i, l := range lines {
		r.plan.submitted = l.Values
		answers := r.answers(i)
		if c.Question == vocab.Compare {
			for item := range answers {
				if _, asked := l.Values[item]; !asked {
					delete(answers, item)
				}
			}
		}
		out[i] = BatchAnswer{Line: from + int64(i) + 1, Answers: answers, AsOf: r.asOf}
	}
	return out, r.version, nil
}

// widest is a call that names every item any line names.
func widest(c BatchCall, _ *Grant, lines []BatchLine) Call {
	call := c.call(lines[0])
	values := map[vocab.ItemID]string{}
	for _, l := range lines {
		for item, v := range l.Values {
			values[item] = v
		}
	}
	call.Values = values
	return call
}

func (d *Door) recordAnswers(ctx context.Context, s *BatchStatus, from int64, answers []BatchAnswer) error {
	for at, n := 0, 0; at < len(answers); at += n {
		began := time.Now()
		n = int(min(d.chunk(), int64(len(answers)-at)))
		chunk := answers[at : at+n]
		rows := make([]ledger.RowOutcome, len(chunk))
		for i, a := range chunk {
			classes, reasons := map[string]string{}, map[string]string{}
			for item, x := range a.Answers {
				classes[string(item)] = string(x.Answer)
				if x.Reason != "" {
					reasons[string(item)] = string(x.Reason)
				}
			}
			rows[i] = ledger.RowOutcome{State: vocab.Released, Answers: ledger.MapValue(classes), Reasons: ledger.MapValue(reasons)}
		}
		s.Done = (s.Rows + from + int64(at+len(chunk))) / 2
		err := d.keepBatch(ctx, s, func(tx *db.Tx) error {
			return d.p.Ledger.AddOutcomes(ctx, tx, s.seq, from+int64(at), rows)
		})
		if err != nil {
			return err
		}
		d.yield(ctx, time.Since(began))
	}
	return nil
}

func blockName(id vocab.BatchID, side string, n int64) string {
	return fmt.Sprintf("batch/%s/%s-%06d", id, side, n)
}

// putBlock keeps rows sealed: they are values about persons.
func (d *Door) putBlock(ctx context.Context, id vocab.BatchID, side string, n int64, rows any) error {
	plain, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	name := blockName(id, side, n)
	sealed, err := d.p.Keys.Seal(keys.Keyed, plain, []byte(name))
	if err != nil {
		return fmt.Errorf("seal %s: %w", name, err)
	}
	return d.p.Blobs.Put(ctx, name, bytes.NewReader(sealed))
}

func (d *Door) getBlock(ctx context.Context, id vocab.BatchID, side string, n int64, into any) error {
	name := blockName(id, side, n)
	r, err := d.p.Blobs.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	sealed, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	plain, err := d.p.Keys.Unseal(keys.Keyed, sealed, []byte(name))
	if err != nil {
		return fmt.Errorf("unseal %s: %w", name, err)
	}
	return json.Unmarshal(plain, into)
}

// dropBlobs removes what was kept for a batch that goes no further.
func (d *Door) dropBlobs(ctx context.Context, id vocab.BatchID) { d.drop(ctx, id, "") }

// drop removes one side of a batch: once it is answered, nobody needs the values
// that were submitted.
func (d *Door) drop(ctx context.Context, id vocab.BatchID, side string) {
	for info, err := range d.p.Blobs.List(ctx, "batch/"+string(id)+"/"+side) {
		if err == nil {
			err = d.p.Blobs.Delete(ctx, info.Name)
		}
		if err != nil {
			d.p.Diary.Error("rows of a dropped batch remain", "batch", string(id), "error", err)
			return
		}
	}
}
