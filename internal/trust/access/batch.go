package access

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/pace"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/naming"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// MaxBatchRows is the largest batch. blockRows rows travel together through the
// blob store; they are written in smaller pieces (package pace).
const (
	MaxBatchRows = 1_000_000
	blockRows    = 4096
)

// BatchState is where a batch stands.
type BatchState string

// A batch is accepted, recorded row by row, asked, and done; or refused, before
// any source was opened; or failed: where the ledger has its outcome it is over,
// otherwise the next start takes it up again, mostTries times without progress.
const (
	BatchAccepted  BatchState = "accepted"
	BatchRecording BatchState = "recording"
	BatchAsking    BatchState = "asking"
	BatchDone      BatchState = "done"
	BatchRefused   BatchState = "refused"
	BatchFailed    BatchState = "failed"
)

// BatchCall is what all rows of a batch share.
type BatchCall struct {
	Trace    vocab.TraceID   `json:"trace"`
	Grant    vocab.GrantID   `json:"grant"`
	Question vocab.Question  `json:"question"`
	Items    []vocab.ItemID  `json:"items,omitempty"` // read
	Asked    []vocab.ItemID  `json:"asked,omitempty"` // of which a line claims a value
	Status   string          `json:"status,omitempty"`
	AsOf     time.Time       `json:"as_of,omitzero"`
	Purpose  string          `json:"purpose"`
	Cases    []string        `json:"cases,omitempty"` // the approved case list; rows without a case carry the first
	File     string          `json:"file,omitempty"`  // the name of what was sent, for whoever sent it
	Network  netip.Addr      `json:"network,omitzero"`
	Member   vocab.MemberID  `json:"member"`
	Officer  vocab.OfficerID `json:"officer"`
	System   vocab.SystemID  `json:"system,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	Role     string          `json:"role,omitempty"` // in which it was sent
	Word     naming.Word     `json:"word,omitempty"` // what stands behind the officer's name, for a system
}

// BatchLine is one row as it was sent.
type BatchLine = block.Row

// BatchAnswer is one row of the result, in the order of the lines: by line and
// case it is joined to what was sent.
type BatchAnswer struct {
	Line    int64                       `json:"line" doc:"Line of the file as an editor shows it, its head included; the row's number where it came in no file"`
	Case    string                      `json:"case,omitempty"`
	Answers map[vocab.ItemID]ItemAnswer `json:"answers"`
	AsOf    time.Time                   `json:"as_of"`
}

// keptAnswer is a row as it is kept, sealed: whom it is about says, when the row
// is read, whether the value is contested by then.
type keptAnswer struct {
	BatchAnswer

	Person []byte `json:"person,omitempty"`
}

// BatchStatus is how far a batch has come.
type BatchStatus struct {
	ID      vocab.BatchID  `json:"id"`
	Owner   vocab.MemberID `json:"owner"`
	Grant   vocab.GrantID  `json:"grant"`
	Trace   vocab.TraceID  `json:"trace"`
	State   BatchState     `json:"state"`
	File    string         `json:"file,omitempty" doc:"Name of the file that was sent"`
	Rows    int64          `json:"rows"`
	Done    int64          `json:"done"`
	Error   string         `json:"error,omitempty"`
	Made    time.Time      `json:"made"`
	Changed time.Time      `json:"changed"`
	Promise string         `json:"promise,omitempty"`
	Emptied time.Time      `json:"emptied,omitzero" doc:"When what was sent and answered was destroyed"`
	Tries   int            `json:"tries,omitempty"` // starts that took it up again, since it last came further

	call  BatchCall
	seq   int64
	tried int64 // rows that were done when it was last taken up
	over  bool  // failed, with an outcome in the ledger
	// ending is why it goes no further, from the first step of its end on.
	ending vocab.Code
}

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
func (d *Door) StartBatch(ctx context.Context, a identity.Actor, c BatchCall, lines iter.Seq2[BatchLine, error]) (BatchStatus, []BadLine, error) {
	now := d.now()
	c.Trace, c.Member, c.Officer, c.System, c.Unit, c.Role, c.Word, c.Network = vocab.NewTrace(now), a.Member, a.Officer, a.System, a.Unit, a.InRole(), a.Word, a.Address
	c.File = block.FileName(c.File)
	if a.Nobody() || a.Member == "" {
		return BatchStatus{}, nil, vocab.SignInNeeded.Because("a batch needs a member's officer or system")
	}
	if err := d.p.Space(); err != nil {
		return BatchStatus{}, nil, err
	}
	g := d.grants.Get(c.Grant)
	call := c.call(BatchLine{})
	call.Case = first(c.Cases)
	if g == nil || g.To != a.Member {
		return BatchStatus{}, nil, d.refuse(ctx, a, nil, call, grant.Missing(c.Grant))
	}
	if err := cmp.Or(a.Must(vocab.DataUser), a.MayName(), d.halts.Refuses(a)); err != nil {
		return BatchStatus{}, nil, d.refuse(ctx, a, g, call, err)
	}
	s := BatchStatus{ID: vocab.BatchID(vocab.NewID("b")), Owner: a.Member, Grant: c.Grant, Trace: c.Trace, State: BatchAccepted, File: c.File, Made: now.UTC(), Changed: now.UTC(), call: c}
	rows, bad, err := d.takeIn(ctx, g, &s, lines)
	if err != nil || len(bad) > 0 {
		d.dropBlobs(ctx, s.ID)
		if err != nil && vocab.KindOf(err) != vocab.Internal && vocab.KindOf(err) != vocab.Unavailable {
			err = d.refuse(ctx, a, g, call, err)
		}
		return BatchStatus{}, bad, err
	}
	s.Rows = rows
	err = d.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.guard.Spend(ctx, tx, g, rows, now); err != nil {
			return err
		}
		return d.store.putBatch(ctx, tx, s)
	})
	if err != nil {
		d.dropBlobs(ctx, s.ID)
		if vocab.CodeOf(err) == vocab.QuotaSpent {
			err = d.refuse(ctx, a, g, call, err)
		}
		return BatchStatus{}, nil, err
	}
	d.work(s)
	return s, nil, nil
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// call is the single question that a row of the batch puts.
func (c BatchCall) call(l BatchLine) Call {
	out := Call{
		Trace: c.Trace, Grant: c.Grant, Question: c.Question, Carriage: vocab.Batch, Subject: l.Subject, Values: l.Values,
		Items: c.Items, Status: c.Status, AsOf: c.AsOf, Purpose: c.Purpose, Case: l.Case, Network: c.Network,
	}
	if out.Case == "" {
		out.Case = first(c.Cases)
	}
	return out
}

// takeIn reads and checks every line and keeps the rows in sealed blocks.
func (d *Door) takeIn(ctx context.Context, g *Grant, s *BatchStatus, lines iter.Seq2[BatchLine, error]) (int64, []BadLine, error) {
	seen := map[[16]byte][8]byte{}
	run := d.newRun(s.ID)
	var bad []BadLine
	var n int64
	now := d.now()
	var worked time.Duration // since the last rest, without the wait for lines
	for l, err := range lines {
		if err != nil {
			return 0, nil, err
		}
		began := time.Now()
		if n++; n > MaxBatchRows {
			return 0, nil, vocab.FileTooLarge.Because("a batch has at most %d rows", MaxBatchRows)
		}
		line := cmp.Or(l.At, n)
		checked, err := d.checkLine(g, s.call, l, now)
		if vocab.KindOf(err) == vocab.Denied {
			return 0, nil, fmt.Errorf("line %d: %w", line, err)
		}
		if err != nil {
			if len(bad) < maxBadLines {
				bad = append(bad, BadLine{Line: line, Code: vocab.CodeOf(err), Cause: err.Error()})
			}
			continue
		}
		s.call.Asked = grant.Claimed(s.call.Asked, checked.Values)
		who, what := lineHashes(checked)
		if before, ok := seen[who]; ok && before != what {
			return 0, nil, vocab.BatchRepeats.Because("line %d names a subject again with other values", line)
		}
		seen[who] = what
		if len(bad) > 0 {
			continue // only to find the other bad lines
		}
		if err := run.add(ctx, block.Line{Row: checked, Line: line}); err != nil {
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
	return n, nil, run.flush(ctx)
}

func (d *Door) checkLine(g *Grant, c BatchCall, l BatchLine, now time.Time) (BatchLine, error) {
	call := c.call(l)
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

func lineHashes(l BatchLine) (who [16]byte, what [8]byte) {
	a := sha256.Sum256([]byte(string(l.Subject.Kind) + "\x00" + l.Subject.Value))
	items := make([]string, 0, len(l.Values))
	for i, v := range l.Values {
		items = append(items, string(i)+"\x00"+v)
	}
	slices.Sort(items)
	b := sha256.Sum256([]byte(strings.Join(items, "\x01")))
	return [16]byte(a[:16]), [8]byte(b[:8])
}

// Batch tells how far a batch has come, to the member that sent it.
func (d *Door) Batch(ctx context.Context, a identity.Actor, id vocab.BatchID) (BatchStatus, error) {
	var s BatchStatus
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		s, err = d.store.batch(ctx, tx, id)
		return err
	})
	if err != nil || !a.In(s.Owner) {
		if err != nil && !db.NoRows(err) {
			return BatchStatus{}, err
		}
		return BatchStatus{}, identity.NotYours()
	}
	return s, nil
}

// Batches lists the actor's member's batches behind after, newest first.
func (d *Door) Batches(ctx context.Context, a identity.Actor, after vocab.BatchID, limit int) ([]BatchStatus, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("batches are listed for a member")
	}
	last := BatchStatus{Made: time.UnixMicro(math.MaxInt64)}
	if after != "" {
		var err error
		if last, err = d.Batch(ctx, a, after); err != nil {
			return nil, err
		}
	}
	var out []BatchStatus
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		out, err = d.store.batchesOf(ctx, tx, a.Member, last, limit)
		return err
	})
	return out, err
}

// BatchAnswers reads the result in the order of the lines.
func (d *Door) BatchAnswers(ctx context.Context, a identity.Actor, id vocab.BatchID) (iter.Seq2[BatchAnswer, error], error) {
	s, err := d.Batch(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if s.State != BatchDone {
		return nil, vocab.StateWrong.Because("batch %s is %s: %d of %d rows are done", id, s.State, s.Done, s.Rows)
	}
	if err := d.answersStand(ctx, s); err != nil {
		return nil, err
	}
	g := d.grants.Get(s.Grant)
	return func(yield func(BatchAnswer, error) bool) {
		for first := int64(0); first < blocksOf(s.Rows); first += runBlocks {
			rows, err := d.answersOfRun(ctx, id, pace.Span{From: first, Until: min(first+runBlocks, blocksOf(s.Rows))})
			if err != nil {
				yield(BatchAnswer{}, err)
				return
			}
			for _, r := range rows {
				if len(r.Person) == len(vocab.PersonRef{}) {
					d.dispute(r.Answers, vocab.PersonRef(r.Person))
				}
				shown := Answered{Answers: r.Answers}
				shown.hideReasons(g)
				if !yield(r.BatchAnswer, nil) {
					return
				}
			}
		}
	}, nil
}

func (d *Door) batchActor(s BatchStatus) identity.Actor {
	return identity.Actor{Member: s.call.Member, Officer: s.call.Officer, System: s.call.System, Unit: s.call.Unit, Word: s.call.Word, Address: s.call.Network}
}

// batchDraft is the entry under which all rows stand.
func (d *Door) batchDraft(g *Grant, s BatchStatus) *ledger.Draft {
	call := s.call.call(BatchLine{})
	if call.Question == vocab.Compare {
		if call.Items = s.call.Asked; len(call.Items) == 0 { // taken in before this was kept
			call.Items = g.Items
		}
	}
	draft := d.draft(d.batchActor(s), g, call, vocab.PersonRef{})
	for i, f := range draft.Fields {
		switch f.Name {
		case ledger.FieldCase: // each row has its own
			list, _ := json.Marshal(s.call.Cases) // strings always marshal
			draft.Fields[i] = ledger.Pair{Name: ledger.FieldCases, Value: string(list)}
		case ledger.FieldRole:
			draft.Fields[i].Value = s.call.Role
		}
	}
	return draft
}
