package catalog

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/batch"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Publication asks to publish many drafts at once: those named, or, with none named,
// every draft of the member that lacks nothing. With Preview nothing is written.
type Publication struct {
	IDs     []vocab.DatasetID
	Said    Secrecy // of all of them; where two officers are needed it says nothing
	Preview bool
}

// Published is what a publication did, or would do.
type Published struct {
	ID    string        // empty for a preview, and where nothing was published
	Trace vocab.TraceID // of the one leaf
	Count int
	// Entries are the first of them, at most 1,000; Refused are drafts that stay as
	// they are, and why.
	Entries []vocab.DatasetID
	Refused []Refused
	// More says that there are more complete drafts than one publication takes.
	More bool
}

// actPublish is the act of one entry's publication, actPublishMany that of many.
const (
	actPublish     = "catalog.publish"
	actPublishMany = "catalog.publications"
	actImport      = "catalog.import"
)

// PublishMany publishes drafts under one leaf of the ledger that has a row for each
// of them; Proof gives the row's receipt. The leaf comes first: what was changed
// between, or is withheld by then, stays a draft, and an act says which. A
// publication that a killed process left is finished at the next start.
func (s *Service) PublishMany(ctx context.Context, a identity.Actor, p Publication) (*Published, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	if len(p.IDs) > maxSelected {
		return nil, vocab.BadInput.Because("the selection names %d entries, more than %d", len(p.IDs), maxSelected)
	}
	for _, said := range []string{p.Said.CheckedBy, p.Said.Basis} {
		if err := entry.Clean(said); err != nil || subject.HoldsCitizenNumber(said) {
			return nil, fmt.Errorf("the secrecy review: %w", cmp.Or[error](err, vocab.BadInput.Because("it holds a person's number")))
		}
	}
	out := &Published{}
	rows, err := s.ready(ctx, a, p, out)
	if err != nil {
		return nil, fmt.Errorf("publish data sets: %w", err)
	}
	out.Count = len(rows)
	for _, r := range rows[:min(len(rows), maxShown)] {
		out.Entries = append(out.Entries, r.Dataset)
	}
	if p.Preview || len(rows) == 0 {
		return out, nil
	}
	out.ID = vocab.NewID("cb")
	b, err := s.bind(ctx, a, out.ID, p.Said, rows)
	if err != nil {
		return nil, fmt.Errorf("publish data sets: %w", err)
	}
	out.Trace = b.Trace
	left, err := s.carryOut(ctx, a, b)
	if err != nil {
		return out, fmt.Errorf("publish data sets: %w", err)
	}
	for _, l := range left {
		out.Entries = slices.DeleteFunc(out.Entries, func(id vocab.DatasetID) bool { return id == l.Dataset })
	}
	out.Count, out.Refused = out.Count-len(left), append(out.Refused, left...)
	return out, nil
}

// ready looks which drafts may be published as they stand, without writing.
func (s *Service) ready(ctx context.Context, a identity.Actor, p Publication, out *Published) ([]batch.Row, error) {
	var rows []batch.Row
	look := func(ids []vocab.DatasetID) error {
		return s.db.Read(ctx, func(tx *db.Tx) error {
			for _, id := range ids {
				_, row, err := s.mayPublish(ctx, tx, a, id, 0, p.Said)
				if refusal(err) {
					out.Refused = append(out.Refused, Refused{id, err})
					continue
				}
				if err != nil {
					return err
				}
				rows = append(rows, row)
			}
			return nil
		})
	}
	if len(p.IDs) > 0 {
		return rows, s.eachChunk(ctx, a, Selection{IDs: p.IDs}, look)
	}
	for after := vocab.DatasetID(""); ; {
		var ids []vocab.DatasetID
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			ids, err = loadComplete(ctx, tx, a, Page{After: after, Limit: fillChunk})
			return err
		})
		if err != nil || len(ids) == 0 {
			return rows, err
		}
		if len(rows)+len(ids) > maxSelected {
			out.More = true
			return rows, nil
		}
		after = ids[len(ids)-1]
		if err := look(ids); err != nil {
			return nil, err
		}
	}
}

// mayPublish gives a draft of the actor's member and its row, or why it may not be
// published now; a rev of 0 means whatever it is.
func (s *Service) mayPublish(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.DatasetID, rev int64, said Secrecy) (*entry.Dataset, batch.Row, error) {
	r, err := loadOwned(ctx, tx, a, id)
	if err == nil && rev != 0 && r.Rev != rev {
		err = stale(id, rev)
	}
	if err == nil && r.State != entry.StateDraft {
		err = vocab.StateWrong.Because("%s is %s, and only drafts are published together", id, r.State)
	}
	if err == nil {
		_, err = entry.Step(&r.Dataset, "publish", "")
	}
	if err != nil {
		return nil, batch.Row{}, err
	}
	cleared, err := s.gate.Clear(ctx, tx, a, &r.Dataset, &said)
	if err != nil {
		return nil, batch.Row{}, err
	}
	text, err := Said(&r.Dataset)
	if err != nil {
		return nil, batch.Row{}, err
	}
	return &r.Dataset, batch.Row{Dataset: id, Rev: r.Rev + 1, Digest: digestOf(text), Hands: cleared.Hands}, nil
}

// Said is what an entry says, as the digest in its row is made of: fields and items
// in fontis's own form, without what moves on by itself (revision, state, times).
func Said(d *entry.Dataset) (string, error) { return bodyOf(d.Reviewed()) }

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// bind gathers the rows and puts them under one leaf; from then on they are carried
// out, whatever happens.
func (s *Service) bind(ctx context.Context, a identity.Actor, id string, said Secrecy, rows []batch.Row) (*batch.Batch, error) {
	text, err := json.Marshal(said)
	if err != nil {
		return nil, fmt.Errorf("write down what was said of the review: %w", err)
	}
	var b *batch.Batch
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		b, err = batch.Begin(ctx, tx, batch.Batch{
			ID: id, Owner: a.Member, Act: actPublishMany, Officer: a.Officer, Machine: a.Machine, Said: string(text), At: s.clock.Now(),
		})
		return err
	})
	for part := range slices.Chunk(rows, batch.AtOnce) {
		if err != nil {
			return nil, err
		}
		err = s.gather(ctx, b, part)
	}
	if err != nil {
		return nil, err
	}
	return b, s.db.Write(ctx, func(tx *db.Tx) error {
		fields := map[string]string{"batch": b.ID, "entries": fmt.Sprint(b.Count), "checked_by": said.CheckedBy, "basis": said.Basis, hands.Field: handsOf(rows)}
		return batch.Seal(ctx, tx, s.log, b, signedBy(a, fields))
	})
}

// handsOf names each pair of officers whose words the rows rest on.
func handsOf(rows []batch.Row) string {
	pairs := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.Hands != "" {
			pairs = append(pairs, r.Hands)
		}
	}
	slices.Sort(pairs)
	return strings.Join(slices.Compact(pairs), hands.Pairs)
}

func (s *Service) gather(ctx context.Context, b *batch.Batch, rows []batch.Row) error {
	ready, err := b.Prepare(rows)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return batch.Add(ctx, tx, b, ready) })
}

// publishAtOnce is how many entries one transaction publishes.
const publishAtOnce = 32

// carryOut publishes what the leaf names, from where it stands, and tells what could
// not be.
func (s *Service) carryOut(ctx context.Context, a identity.Actor, b *batch.Batch) ([]Refused, error) {
	var said Secrecy
	if err := json.Unmarshal([]byte(b.Said), &said); err != nil {
		return nil, fmt.Errorf("read what was said in batch %s: %w", b.ID, err)
	}
	var left []Refused
	for b.State == batch.Sealed {
		var rows []batch.Row
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			rows, err = batch.From(ctx, tx, b.ID, b.Done, publishAtOnce)
			return err
		})
		if err != nil {
			return left, err
		}
		var here []Refused
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			here = nil
			for _, row := range rows {
				err := s.publishRow(ctx, tx, a, b, row, said)
				if refusal(err) {
					here = append(here, Refused{row.Dataset, err})
					continue
				}
				if err != nil {
					return err
				}
			}
			if err := s.sayLeft(ctx, tx, a, b, here); err != nil {
				return err
			}
			return batch.Progress(ctx, tx, b, b.Done+int64(len(rows)))
		})
		if err != nil {
			return left, err
		}
		left = append(left, here...)
	}
	return left, nil
}

func (s *Service) publishRow(ctx context.Context, tx *db.Tx, a identity.Actor, b *batch.Batch, row batch.Row, said Secrecy) error {
	d, again, err := s.mayPublish(ctx, tx, a, row.Dataset, row.Rev-1, said)
	if err != nil {
		return err
	}
	if again != row {
		return vocab.RevisionStale.Because("%s is not as the leaf of the publication names it", row.Dataset)
	}
	if err := s.gate.Declare(ctx, tx, a, d, said); err != nil {
		return err
	}
	n := d.Clone()
	n.State, n.PublishedAt = entry.StatePublished, s.clock.Now()
	_, err = s.save(ctx, tx, a, d, n, Change{Act: "publish", Set: b.ID})
	return err
}

// sayLeft enters which entries of the leaf were not published.
func (s *Service) sayLeft(ctx context.Context, tx *db.Tx, a identity.Actor, b *batch.Batch, left []Refused) error {
	if len(left) == 0 {
		return nil
	}
	ids := make([]string, len(left))
	for i, l := range left {
		ids[i] = string(l.Dataset)
	}
	return s.act(ctx, tx, a, "catalog.publications.left", map[string]string{"batch": b.ID, "datasets": strings.Join(ids, " ")})
}

// resumePublications ends what a killed process left: what has no leaf is forgotten,
// what has one is carried out in the name of who began it.
func (s *Service) resumePublications(ctx context.Context) error {
	var open []*batch.Batch
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		open, err = batch.Open(ctx, tx, actPublishMany)
		return err
	})
	for _, b := range open {
		switch {
		case err != nil:
		case b.State == batch.Sealed:
			_, err = s.carryOut(ctx, b.By(), b)
		default:
			err = s.forgetBatch(ctx, b.ID)
		}
	}
	if err != nil {
		return fmt.Errorf("end the publications that a process left: %w", err)
	}
	return nil
}

func (s *Service) forgetBatch(ctx context.Context, id string) error {
	for done := false; !done; {
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			done, err = batch.ForgetSome(ctx, tx, id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
