package catalog

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/duty/catalog/batch"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Proof is the row of one entry under the leaf of an import or a publication.
type Proof struct {
	Batch  string         `json:"batch"`
	Act    string         `json:"act"`
	Member vocab.MemberID `json:"member"`
	Trace  vocab.TraceID  `json:"trace"`
	At     time.Time      `json:"at"`
	Row    uint64         `json:"row"`  // its number, from 0
	Rows   uint64         `json:"rows"` // of the leaf
	Rev    int64          `json:"rev,omitempty"`
	Line   int            `json:"line,omitempty"` // of the imported list
	Digest string         `json:"digest"`
	// Text is what the digest is made of, where the entry still says it.
	Text string `json:"text,omitempty"`
	// Receipt opens in any tool that reads C2SP tlog-proof files: fontis check FILE.
	Receipt string `json:"receipt"`
}

const selectBatchesOf = `SELECT id FROM catalog_batch WHERE state <> 'gathering' AND id IN (
	SELECT set_id FROM catalog_change WHERE dataset_id = $1 UNION SELECT import_id FROM catalog_dataset WHERE id = $1) ORDER BY at DESC, id LIMIT 100`

// Proofs gives the rows of an entry in the last hundred batches that it was part of,
// the newest first. Whoever sees the entry may have those of its publications; lines of imports
// are its department's own.
func (s *Service) Proofs(ctx context.Context, a identity.Actor, id vocab.DatasetID) ([]Proof, error) {
	var places []batch.Place
	var d *entry.Dataset
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		r, err := loadVisible(ctx, tx, a, id)
		if err != nil {
			return err
		}
		d = &r.Dataset
		rows, err := tx.Query(ctx, selectBatchesOf, string(id))
		ids, err := db.Collect(rows, err, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) })
		if err != nil {
			return err
		}
		for _, one := range ids {
			b, err := batch.Load(ctx, tx, one)
			if err != nil {
				return err
			}
			if b.Act != actPublishMany && !a.In(b.Owner) {
				continue
			}
			p, found, err := batch.Find(ctx, tx, b, id)
			if err != nil {
				return err
			}
			if found {
				places = append(places, p)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("proofs of data set %s: %w", id, err)
	}
	out := make([]Proof, 0, len(places))
	for _, p := range places {
		one, err := s.proofOf(ctx, a, d, p)
		if err != nil {
			return nil, fmt.Errorf("proofs of data set %s: %w", id, err)
		}
		out = append(out, one)
	}
	return out, nil
}

// opened are the fields of the leaf that go with a row; who did it stays inside.
var opened = []string{"member", "batch", "import", "entries", "created", "changed"}

func (s *Service) proofOf(ctx context.Context, a identity.Actor, d *entry.Dataset, p batch.Place) (Proof, error) {
	receipt, err := s.log.Published(ctx, p.Batch.Trace, &p.Path, opened...)
	if err != nil {
		return Proof{}, err
	}
	out := Proof{
		Batch: p.Batch.ID, Act: p.Batch.Act, Member: p.Batch.Owner, Trace: p.Batch.Trace, At: p.Batch.At,
		Row: p.Path.Index, Rows: p.Path.Count, Rev: p.Row.Rev, Line: p.Row.Line, Digest: p.Row.Digest, Receipt: string(receipt),
	}
	// What is not shared is shown by name and reason alone, and its digest with it.
	if p.Batch.Act == actPublishMany && (a.In(d.Owner) || d.Share != vocab.NotShared) {
		text, err := Said(d)
		if err != nil {
			return Proof{}, err
		}
		if digestOf(text) == p.Row.Digest {
			out.Text = text
		}
	}
	return out, nil
}

// unproven stands where acts alone are counted.
type unproven struct{ Ledger }

// ActOver enters the act without its rows.
func (u unproven) ActOver(ctx context.Context, tx *db.Tx, act string, fields map[string]string, _ *proof.Field) (vocab.TraceID, error) {
	return "", u.Act(ctx, tx, act, fields)
}

// Published has nothing to prove by.
func (unproven) Published(context.Context, vocab.TraceID, *proof.RowPath, ...string) ([]byte, error) {
	return nil, vocab.NotOffered.Because("this catalog keeps no log")
}
