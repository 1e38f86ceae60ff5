package access

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/pace"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// BadLine is a line that cannot be asked; the whole batch waits until it is mended.
type BadLine struct {
	Line  int64      `json:"line"`           // as an editor shows it
	Code  vocab.Code `json:"code,omitempty"` // of a batch
	Cause string     `json:"cause"`
}

// maxBadLines bounds the list that one refusal carries.
const maxBadLines = 100

// StartBatch takes a batch in: every line is read and checked, then the rows are
// kept sealed and the work begins in the background. Nothing is opened for it
// before all its rows are in the record and under one leaf.
func (d *Door) StartBatch(ctx context.Context, a identity.Actor, c batch.Call, lines iter.Seq2[block.Row, error]) (batch.Status, []BadLine, error) {
	now := d.now()
	c.Trace, c.Member, c.Officer, c.System, c.Unit, c.Role, c.Word, c.Network = vocab.NewTrace(now), a.Member, a.Officer, a.System, a.Unit, a.InRole(), a.Word, a.Address
	c.File = block.FileName(c.File)
	if a.Nobody() || a.Member == "" {
		return batch.Status{}, nil, vocab.SignInNeeded.Because("a batch needs a member's officer or system")
	}
	if err := d.p.Space(); err != nil {
		return batch.Status{}, nil, err
	}
	g := d.grants.Get(c.Grant)
	call := c.Of(block.Row{})
	call.Case = c.FirstCase()
	if g == nil || g.To != a.Member {
		return batch.Status{}, nil, d.refuse(ctx, a, nil, call, grant.Missing(c.Grant))
	}
	if err := cmp.Or(a.Must(vocab.DataUser), a.MayName(), d.halts.Refuses(a)); err != nil {
		return batch.Status{}, nil, d.refuse(ctx, a, g, call, err)
	}
	s := batch.Batch{Call: c, Status: batch.Status{
		ID: vocab.BatchID(vocab.NewID("b")), Owner: a.Member, Grant: c.Grant, Trace: c.Trace,
		State: batch.Accepted, File: c.File, Made: now.UTC(), Changed: now.UTC(),
	}}
	rows, bad, err := d.takeIn(ctx, g, &s, lines)
	if err != nil || len(bad) > 0 {
		d.rows.Drop(ctx, s.ID)
		if err != nil && vocab.KindOf(err) != vocab.Internal && vocab.KindOf(err) != vocab.Unavailable {
			err = d.refuse(ctx, a, g, call, err)
		}
		return batch.Status{}, bad, err
	}
	s.Rows = rows
	err = d.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.guard.Spend(ctx, tx, g, rows, now); err != nil {
			return err
		}
		return batch.Put(ctx, tx, s)
	})
	if err != nil {
		d.rows.Drop(ctx, s.ID)
		if vocab.CodeOf(err) == vocab.QuotaSpent {
			err = d.refuse(ctx, a, g, call, err)
		}
		return batch.Status{}, nil, err
	}
	d.work(s)
	return s.Status, nil, nil
}

// takeIn reads and checks every line and keeps the rows in sealed blocks.
func (d *Door) takeIn(ctx context.Context, g *Grant, s *batch.Batch, lines iter.Seq2[block.Row, error]) (int64, []BadLine, error) {
	seen := map[[16]byte][8]byte{}
	run := d.rows.Run(s.ID)
	var bad []BadLine
	var n int64
	now := d.now()
	var worked time.Duration // since the last rest, without the wait for lines
	for l, err := range lines {
		if err != nil {
			return 0, nil, err
		}
		began := time.Now()
		if n++; n > batch.MaxRows {
			return 0, nil, vocab.FileTooLarge.Because("a batch has at most %d rows", batch.MaxRows).
				WithFix("Send it in parts of at most %d rows, each as a batch of its own.", batch.MaxRows)
		}
		line := cmp.Or(l.At, n)
		checked, err := d.checkLine(g, s.Call, l, now)
		if vocab.KindOf(err) == vocab.Denied {
			return 0, nil, fmt.Errorf("line %d: %w", line, err)
		}
		if err != nil {
			if len(bad) < maxBadLines {
				bad = append(bad, BadLine{Line: line, Code: vocab.CodeOf(err), Cause: err.Error()})
			}
			continue
		}
		s.Call.Asked = grant.Claimed(s.Call.Asked, checked.Values)
		who, what := batch.Hashes(checked)
		if before, ok := seen[who]; ok && before != what {
			return 0, nil, vocab.BatchRepeats.Because("line %d names a subject again with other values", line)
		}
		seen[who] = what
		if len(bad) > 0 {
			continue // only to find the other bad lines
		}
		if err := run.Add(ctx, block.Line{Row: checked, Line: line}); err != nil {
			return 0, nil, err
		}
		if worked += time.Since(began); n%pace.PoliteLines == 0 {
			d.manners.Yield(ctx, worked)
			worked = 0
		}
	}
	if n == 0 {
		return 0, nil, vocab.BadInput.Because("the batch has no rows")
	}
	if len(bad) > 0 {
		return n, bad, nil
	}
	return n, nil, run.Flush(ctx)
}

func (d *Door) checkLine(g *Grant, c batch.Call, l block.Row, now time.Time) (block.Row, error) {
	call := c.Of(l)
	if err := grant.Decide(g, c.Member, call, now); err != nil {
		return l, err
	}
	if l.Case == "" && len(c.Cases) > 1 {
		return l, vocab.CaseMissing.Because("a row names its case when the batch has several")
	}
	if l.Case != "" && len(c.Cases) > 0 && !slices.Contains(c.Cases, l.Case) {
		return l, vocab.CaseMismatch.Because("the row's case is not on the batch's approved list")
	}
	key, _, err := normal(d, l.Subject)
	if err != nil {
		return l, err
	}
	call.Subject, l.Subject, l.Case = key, key, call.Case
	if err := d.bindings.RefuseTagged(vocab.PathBatch, call.Names()); err != nil {
		return l, err
	}
	_, err = d.plan(g, call)
	return l, err
}

// Batch tells how far a batch has come, to the member that sent it.
func (d *Door) Batch(ctx context.Context, a identity.Actor, id vocab.BatchID) (batch.Status, error) {
	var s batch.Batch
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		s, err = batch.Get(ctx, tx, id)
		return err
	})
	if err != nil || !a.In(s.Owner) {
		if err != nil && !db.NoRows(err) {
			return batch.Status{}, err
		}
		return batch.Status{}, identity.NotYours()
	}
	return s.Status, nil
}

// Batches lists the actor's member's batches behind after, newest first.
func (d *Door) Batches(ctx context.Context, a identity.Actor, after vocab.BatchID, limit int) ([]batch.Status, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("batches are listed for a member")
	}
	last := batch.Status{Made: time.UnixMicro(math.MaxInt64)}
	if after != "" {
		var err error
		if last, err = d.Batch(ctx, a, after); err != nil {
			return nil, err
		}
	}
	var out []batch.Status
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := batch.OfMember(ctx, tx, a.Member, last, limit)
		for _, b := range all {
			out = append(out, b.Status)
		}
		return err
	})
	return out, err
}

// BatchAnswers reads the result in the order of the lines.
func (d *Door) BatchAnswers(ctx context.Context, a identity.Actor, id vocab.BatchID) (iter.Seq2[batch.Answer, error], error) {
	s, err := d.Batch(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if s.State != batch.Done {
		return nil, vocab.StateWrong.Because("batch %s is %s: %d of %d rows are done", id, s.State, s.Done, s.Rows)
	}
	if err := d.answersStand(ctx, s); err != nil {
		return nil, err
	}
	g := d.grants.Get(s.Grant)
	return func(yield func(batch.Answer, error) bool) {
		for first := int64(0); first < batch.Blocks(s.Rows); first += batch.RunBlocks {
			rows, err := d.rows.Answers(ctx, id, pace.Span{From: first, Until: min(first+batch.RunBlocks, batch.Blocks(s.Rows))})
			if err != nil {
				yield(batch.Answer{}, err)
				return
			}
			for _, r := range rows {
				if len(r.Person) == len(vocab.PersonRef{}) {
					d.dispute(r.Answers, vocab.PersonRef(r.Person))
				}
				shown := Answered{Answers: r.Answers}
				shown.hideReasons(g)
				if !yield(r.Answer, nil) {
					return
				}
			}
		}
	}, nil
}

func (d *Door) batchActor(s batch.Batch) identity.Actor {
	return identity.Actor{Member: s.Call.Member, Officer: s.Call.Officer, System: s.Call.System, Unit: s.Call.Unit, Word: s.Call.Word, Address: s.Call.Network}
}

// batchDraft is the entry under which all rows stand.
func (d *Door) batchDraft(g *Grant, s batch.Batch) *ledger.Draft {
	call := s.Call.Of(block.Row{})
	if call.Question == vocab.Compare {
		if call.Items = s.Call.Asked; len(call.Items) == 0 { // taken in before this was kept
			call.Items = g.Items
		}
	}
	draft := d.draft(d.batchActor(s), g, call, vocab.PersonRef{})
	for i, f := range draft.Fields {
		switch f.Name {
		case ledger.FieldCase: // each row has its own
			list, _ := json.Marshal(s.Call.Cases) // strings always marshal
			draft.Fields[i] = ledger.Pair{Name: ledger.FieldCases, Value: string(list)}
		case ledger.FieldRole:
			draft.Fields[i].Value = s.Call.Role
		}
	}
	return draft
}
