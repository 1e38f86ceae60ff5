package audit

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/sample"
	"fontis/internal/vocab"
)

// NewDraw announces a sample. The auditor keeps the seed and gives its hash.
// Log names the log to draw from when the time lies in several.
type NewDraw struct {
	SeedHash    string
	From, Until time.Time
	Count       int
	Reason      string
	Log         string
}

// Draw is one sample, in the form in which anybody can recompute it.
type Draw struct {
	ID          string          `json:"id"`
	By          vocab.MemberID  `json:"by"`
	Officer     vocab.OfficerID `json:"officer,omitempty"`
	Reason      string          `json:"reason,omitempty"`
	State       string          `json:"state"`            // committed, drawn
	Origin      string          `json:"origin"`           // the log that the commit stands in
	Leaves      string          `json:"leaves,omitempty"` // the log that is drawn from, when a restore has frozen it
	SeedHash    string          `json:"seed_hash"`
	Seed        string          `json:"seed,omitempty"`
	CommitTrace vocab.TraceID   `json:"commit_trace"`
	CommitIndex uint64          `json:"commit_index"`
	Root        string          `json:"root,omitempty"` // of the log up to the commit's leaf, in hexadecimal
	First       uint64          `json:"first"`          // the range of leaves: from this one
	End         uint64          `json:"end"`            // to before this one
	Lost        uint64          `json:"lost,omitempty"` // leaves of that time behind the range: the loss that the restore declared
	Count       int             `json:"count"`
	Population  uint64          `json:"population,omitempty"`
	Picked      []uint64        `json:"picked,omitempty"`
	Asked       int             `json:"asked,omitempty"`  // of those picked, how many files were asked for,
	Judged      int             `json:"judged,omitempty"` // and of how many there is a finding
	Made        time.Time       `json:"made"`
	Drawn       time.Time       `json:"drawn,omitzero"`
}

// count counts a sampled entry by how far the look at it has come: one that is
// passed over shows to everybody.
func (d *Draw) count(state State) {
	if state != Sampled {
		d.Asked++
	}
	if state == Judged {
		d.Judged++
	}
}

// The states of a draw.
const (
	committed = "committed"
	drawn     = "drawn"
)

// Commit enters the hash of the seed before the draw. When it returns the hash
// stands in the log, and with it the number that the draw also depends on.
func (s *Service) Commit(ctx context.Context, a identity.Actor, n NewDraw) (Draw, error) {
	if err := s.mustAudit(a); err != nil {
		return Draw{}, err
	}
	if b, err := hex.DecodeString(n.SeedHash); err != nil || len(b) != 32 || strings.ToLower(n.SeedHash) != n.SeedHash {
		return Draw{}, vocab.BadInput.Because("the hash of the seed is 64 hexadecimal digits in lower case").WithFix("fontis audit seed")
	}
	if n.Count < 1 || n.Count > sample.Most || strings.TrimSpace(n.Reason) == "" {
		return Draw{}, vocab.BadInput.Because("a sample has 1 to %d entries and a reason", sample.Most)
	}
	if len(n.Reason) > 500 || subject.HoldsCitizenNumber(n.Reason) {
		return Draw{}, vocab.BadInput.Because("the reason of a sample is at most 500 bytes and names no person")
	}
	in, err := s.logFor(ctx, n)
	if err != nil {
		return Draw{}, err
	}
	d := Draw{
		ID: vocab.NewID("dr"), By: a.Member, Officer: a.Officer, Reason: n.Reason, State: committed, Origin: s.p.Ledger.Origin(),
		SeedHash: n.SeedHash, First: in.First, End: in.End, Lost: in.Lost, Count: n.Count, Made: s.p.Clock.Now(),
	}
	if in.Origin != d.Origin {
		d.Leaves = in.Origin
	}
	var e ledger.Entry
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if e, err = s.enter(ctx, tx, a, "audit.committed", d.fields()); err != nil {
			return err
		}
		d.CommitTrace = e.Trace
		return insertDraw(ctx, tx, d)
	})
	if err == nil {
		e, err = s.p.Ledger.Await(ctx, e)
	}
	if err == nil {
		d.CommitIndex = e.Index
		err = s.p.DB.Write(ctx, func(tx *db.Tx) error { return updateCommit(ctx, tx, d) })
	}
	if err != nil {
		return Draw{}, fmt.Errorf("commit to a draw: %w", err)
	}
	return d, nil
}

// logFor is the range of leaves to draw from, in the one log that holds entries of
// the time or in the one that the auditor names.
func (s *Service) logFor(ctx context.Context, n NewDraw) (ledger.Span, error) {
	spans, err := s.p.Ledger.Spans(ctx, n.From, n.Until)
	if err != nil {
		return ledger.Span{}, err
	}
	var names []string
	var in []ledger.Span
	for _, one := range spans {
		switch {
		case n.Log != "" && n.Log != one.Origin:
		case one.First == one.End:
			return one, vocab.ReceiptLost.Because("the %d leaves of that time in %s are the loss that a restore declared: no record of theirs is left to draw", one.Lost, one.Origin)
		default:
			in, names = append(in, one), append(names, one.Origin)
		}
	}
	switch len(in) {
	case 0:
		return ledger.Span{}, vocab.NoSuchThing.Because("no entry of that time stands in a log of this node")
	case 1:
		return in[0], nil
	}
	return ledger.Span{}, vocab.BadInput.Because("entries of that time stand in %s: a restore lies between them", strings.Join(names, " and in ")).
		WithFix("Draw from each: fontis audit commit ... --log %s", names[0])
}

// leaves is the log that is drawn from.
func (d *Draw) leaves() string { return cmp.Or(d.Leaves, d.Origin) }

func (s *Service) mustAudit(a identity.Actor) error {
	if err := a.Must(vocab.Auditor); err != nil {
		return err
	}
	if a.IsMachine() || a.Officer == "" {
		return vocab.RoleMissing.Because("a sample is drawn by an officer in a session of their own")
	}
	return nil
}

func (s *Service) enter(ctx context.Context, tx *db.Tx, a identity.Actor, act string, fields []ledger.Pair) (ledger.Entry, error) {
	pairs := append([]ledger.Pair{
		{Name: ledger.FieldAct, Value: act}, {Name: ledger.FieldMember, Value: string(a.Member)}, {Name: ledger.FieldOfficer, Value: string(a.Officer)},
	}, fields...)
	return s.p.Ledger.Enter(ctx, tx, ledger.Plain{Kind: proof.Act, Owner: a.Member, Fields: pairs})
}

func (d *Draw) fields() []ledger.Pair {
	return []ledger.Pair{
		{Name: "draw", Value: d.ID},
		{Name: "seed_hash", Value: d.SeedHash},
		{Name: "first", Value: strconv.FormatUint(d.First, 10)},
		{Name: "end", Value: strconv.FormatUint(d.End, 10)},
		{Name: "count", Value: strconv.Itoa(d.Count)},
		{Name: "reason", Value: d.Reason},
		{Name: "leaves", Value: d.leaves()},
		{Name: "lost", Value: strconv.FormatUint(d.Lost, 10)},
	}
}

// Draw shows the seed and draws. A seed that does not have the hash draws nothing,
// and a draw is made once.
func (s *Service) Draw(ctx context.Context, a identity.Actor, id, seed string) (Draw, error) {
	if err := s.mustAudit(a); err != nil {
		return Draw{}, err
	}
	d, err := s.find(ctx, id)
	if err != nil {
		return Draw{}, err
	}
	parsed, err := sample.ParseSeed(seed)
	if err != nil {
		return Draw{}, err
	}
	if d.State != committed {
		return Draw{}, vocab.StateWrong.Because("this sample was drawn on %s", d.Drawn.Format(time.DateOnly))
	}
	if parsed.Hash() != d.SeedHash {
		return Draw{}, vocab.BadInput.Because("the seed does not have the hash that was committed to")
	}
	cases, err := s.pick(ctx, &d, parsed)
	if err != nil {
		return Draw{}, err
	}
	d.State, d.Seed, d.Drawn = drawn, parsed.String(), s.p.Clock.Now()
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		again, err := drawByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if again.State != committed {
			return vocab.StateWrong.Because("this sample was drawn in the meantime")
		}
		if err := updateDrawn(ctx, tx, d); err != nil {
			return err
		}
		for _, c := range cases {
			if err := insertCase(ctx, tx, c); err != nil {
				return err
			}
		}
		fields := append(d.fields(), ledger.Pair{Name: "seed", Value: d.Seed}, ledger.Pair{Name: "root", Value: d.Root}, ledger.Pair{Name: "picked", Value: places(d.Picked)})
		_, err = s.enter(ctx, tx, a, "audit.drawn", fields)
		return err
	})
	if err != nil {
		return Draw{}, fmt.Errorf("draw a sample: %w", err)
	}
	return d, nil
}

func places(list []uint64) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.FormatUint(n, 10)
	}
	return strings.Join(out, " ")
}

// pick draws from the log itself, as a stranger would.
func (s *Service) pick(ctx context.Context, d *Draw, seed sample.Seed) ([]Case, error) {
	if d.CommitIndex == 0 { // the node stopped between the entry and its place
		index, ok, err := s.p.Ledger.Place(ctx, d.CommitTrace)
		if err != nil {
			return nil, err
		}
		if !ok && d.Origin != s.p.Ledger.Origin() {
			return nil, vocab.ReceiptLost.Because("the commit of this draw is not in the log %s that a restore froze: it can be drawn no more", d.Origin).WithFix("announce another sample: fontis audit commit")
		}
		if !ok {
			return nil, vocab.ReceiptWaiting.Because("the commit of this draw has no place in the log yet")
		}
		d.CommitIndex = index
	}
	root, err := s.p.Ledger.RootAt(ctx, d.Origin, d.CommitIndex)
	if err != nil {
		return nil, err
	}
	d.Root = hex.EncodeToString(root[:])
	draw, err := sample.New(seed, root, d.Count)
	if err != nil {
		return nil, err
	}
	err = s.p.Ledger.Kinds(ctx, d.leaves(), d.First, d.End, func(i uint64, kind proof.Kind, _ []byte) error {
		draw.Add(i, kind)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the leaves %d to %d: %w", d.First, d.End, err)
	}
	d.Picked, d.Population = draw.Picked(), draw.Population()
	traces, err := s.p.Ledger.TracesAt(ctx, d.leaves(), d.Picked)
	if err != nil {
		return nil, err
	}
	cases := make([]Case, 0, len(d.Picked))
	for _, i := range d.Picked {
		if traces[i] == "" {
			return nil, vocab.LedgerCorrupt.Because("leaf %d was drawn and no record belongs to it", i)
		}
		c, err := s.caseOf(ctx, d, traces[i], i, seed, root)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// caseOf is the sampled entry; of a batch one row is drawn too.
func (s *Service) caseOf(ctx context.Context, d *Draw, trace vocab.TraceID, index uint64, seed sample.Seed, root proof.Hash) (Case, error) {
	entry, err := s.p.Ledger.Entry(ctx, trace, ledger.Viewer{Auditor: true})
	if err != nil {
		return Case{}, fmt.Errorf("open leaf %d: %w", index, err)
	}
	c := Case{ID: vocab.NewID("ac"), Member: entry.Member, Draw: d.ID, Index: index, Row: -1, Trace: trace, State: Sampled}
	if entry.Kind == proof.Batch.String() {
		rows, err := s.p.Ledger.CountRows(ctx, trace)
		if err != nil {
			return Case{}, err
		}
		c.Row = int64(sample.Row(seed, root, index, rows))
	}
	return c, nil
}

func (s *Service) find(ctx context.Context, id string) (Draw, error) {
	var d Draw
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		d, err = drawByID(ctx, tx, id)
		return err
	})
	return d, err
}

// Draws lists every sample, newest first. What was drawn by which seed is public:
// with the log it is all that a stranger needs to draw again.
func (s *Service) Draws(ctx context.Context, p identity.Page) ([]Draw, error) {
	var list []Draw
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		list, err = draws(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list samples: %w", err)
	}
	for i := range list {
		list[i].Officer, list[i].Reason = "", ""
	}
	return list, nil
}
