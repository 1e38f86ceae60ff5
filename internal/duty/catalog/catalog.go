package catalog

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"fontis/internal/duty/catalog/batch"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/engine/index"
	"fontis/internal/trust/access/openset"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Ledger takes each administrative change as an act, in the transaction that
// makes the change: no act, no change.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Log binds many entries to one act, and proves each of them.
type Log interface {
	batch.Binder
	Published(ctx context.Context, trace vocab.TraceID, row *proof.RowPath, names ...string) ([]byte, error)
}

// Parts are what the service stands on; all are needed.
type Parts struct {
	DB     *db.DB
	Clock  clock.Clock
	Ledger Ledger
	Log    Log // nil where acts alone are counted: then nothing is proven by row
	Index  index.Finder
	// Retag tells the door, in the same transaction, what an entry now says of an
	// item; nil where there is no door.
	Retag func(ctx context.Context, tx *db.Tx, item vocab.ItemID, about vocab.SubjectKind, tags []vocab.Tag) error
	// Open tells the door, in the same transaction, whether an entry now calls its
	// set open to everybody; nil where there is no door.
	Open func(ctx context.Context, tx *db.Tx, s openset.Set) error
	// Gate is asked, in the same transaction, before an entry is published; nil where
	// nobody reviews.
	Gate Gate
	// Changed hears, in the same transaction, what an edit made of an entry that
	// others see; nil where nobody reviews.
	Changed func(ctx context.Context, tx *db.Tx, a identity.Actor, old, now *entry.Dataset) error
}

// Service holds the verbs of the catalog.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	ledger Ledger
	log    Log
	index  index.Finder
	outbox *outbox.Outbox
	retag  func(context.Context, *db.Tx, vocab.ItemID, vocab.SubjectKind, []vocab.Tag) error
	open   func(context.Context, *db.Tx, openset.Set) error
	gate   Gate
	heard  func(context.Context, *db.Tx, identity.Actor, *entry.Dataset, *entry.Dataset) error

	// feeding lets one goroutine at a time carry facts into the index.
	feeding sync.Mutex
}

// New makes the service; Rebuild fills its index.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Index == nil {
		return nil, fmt.Errorf("make catalog: %w", vocab.InternalError.Because("database, clock, ledger and index are all needed"))
	}
	if p.Retag == nil {
		p.Retag = func(context.Context, *db.Tx, vocab.ItemID, vocab.SubjectKind, []vocab.Tag) error { return nil }
	}
	if p.Log == nil {
		p.Log = unproven{p.Ledger}
	}
	if p.Open == nil {
		p.Open = func(context.Context, *db.Tx, openset.Set) error { return nil }
	}
	if p.Gate == nil {
		p.Gate = unreviewed{}
	}
	if p.Changed == nil {
		p.Changed = func(context.Context, *db.Tx, identity.Actor, *entry.Dataset, *entry.Dataset) error { return nil }
	}
	return &Service{
		db: p.DB, clock: p.Clock, ledger: p.Ledger, log: p.Log, index: p.Index, outbox: outbox.New(p.DB), retag: p.Retag, open: p.Open, gate: p.Gate, heard: p.Changed,
	}, nil
}

// Page asks for a part of a list: what comes after the id, at most so many.
type Page struct {
	After vocab.DatasetID
	Limit int
}

// maxPage bounds every list; none is read whole into memory.
const maxPage = 500

func (p Page) limit() int {
	if p.Limit <= 0 {
		return 50
	}
	return min(p.Limit, maxPage)
}

// ListQuery asks for entries in the order of their ids.
type ListQuery struct {
	Page
	Owner vocab.MemberID // only this member's
	State entry.State    // only those in this state
}

// Create makes a draft of the actor's member. ID, owner, state and times of the
// given entry are ignored; with a resource code the id is the one that an import
// of the same code would meet.
func (s *Service) Create(ctx context.Context, a identity.Actor, given entry.Dataset) (*entry.Dataset, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	d := given.Clone()
	for i := range d.Items {
		d.Items[i].Untagged, d.Items[i].Awaits = nil, ""
	}
	d.RemovedTags, d.Until, d.MovedTo, d.Ended = nil, nil, nil, nil
	d.Owner, d.State, d.Rev = a.Member, entry.StateDraft, 1
	d.CreatedAt, d.ChangedAt, d.PublishedAt = now, now, time.Time{}
	if err := entry.Settle(nil, d); err != nil {
		return nil, err
	}
	d.ID = vocab.DatasetID(vocab.NewID("d"))
	if d.Code != "" {
		d.ID = derivedID(a.Member, (&Draft{Dataset: *d}).key())
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := insert(ctx, tx, d, author(a)); err != nil {
			return err
		}
		return tell(ctx, tx, d, false)
	})
	if err != nil {
		return nil, fmt.Errorf("create a data set: %w", err)
	}
	return d, nil
}

// Edit changes fields and items of an entry of the actor's member, on the
// revision that the edit names. An entry that is published stays complete.
func (s *Service) Edit(ctx context.Context, a identity.Actor, e entry.Edit) (*entry.Dataset, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	var out *entry.Dataset
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := loadOwned(ctx, tx, a, e.ID)
		if err != nil {
			return err
		}
		if r.Rev != e.Rev {
			return stale(e.ID, e.Rev)
		}
		if r.State == entry.StateRetired {
			return vocab.StateWrong.Because("%s is retired and stays as it was", e.ID)
		}
		n, err := entry.Edited(&r.Dataset, e)
		if err != nil {
			return err
		}
		out, err = s.save(ctx, tx, a, &r.Dataset, n, Change{Act: "edit"})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("edit data set %s: %w", e.ID, err)
	}
	return out, nil
}

// save writes a changed entry with its history and its fact; where nothing
// differs nothing is written.
func (s *Service) save(ctx context.Context, tx *db.Tx, a identity.Actor, old, n *entry.Dataset, c Change) (*entry.Dataset, error) {
	if c.Act != actReview {
		entry.HoldBack(old, n, a.Hand())
	}
	c.Differences = entry.Differences(old, n)
	if len(c.Differences) == 0 && old.State == n.State && old.Until == n.Until {
		return old, nil
	}
	n.Rev, n.ChangedAt = old.Rev+1, s.clock.Now()
	c.Dataset, c.Rev, c.At, c.Officer, c.Machine = n.ID, n.Rev, n.ChangedAt, a.Officer, a.Machine
	if old.State != n.State {
		c.Differences = append(c.Differences, entry.Difference{Field: "state", Old: string(old.State), New: string(n.State)})
	}
	if err := update(ctx, tx, n, old.Rev); err != nil {
		return nil, err
	}
	if err := putChange(ctx, tx, n.Owner, c); err != nil {
		return nil, err
	}
	for i := range n.Items {
		if err := s.retag(ctx, tx, n.ItemID(n.Items[i].Code), n.Subject, n.Items[i].Tags); err != nil {
			return nil, fmt.Errorf("item %s: %w", n.Items[i].Code, err)
		}
	}
	if err := s.open(ctx, tx, n.OpenSet()); err != nil {
		return nil, err
	}
	if old.State != entry.StateDraft && old.State == n.State {
		if err := s.heard(ctx, tx, a, old, n); err != nil {
			return nil, err
		}
	}
	return n, tell(ctx, tx, n, old.PublishedAt.IsZero() && !n.PublishedAt.IsZero())
}

// Publish makes a complete draft findable by everyone, once its secrecy review says
// that it may be listed; what the publisher says of that review goes with it.
func (s *Service) Publish(ctx context.Context, a identity.Actor, id vocab.DatasetID, rev int64, said Secrecy) (*entry.Dataset, error) {
	return s.move(ctx, a, move{act: "publish", id: id, rev: rev, said: &said})
}

// Suspend takes a published entry out of use for a time, with a reason.
func (s *Service) Suspend(ctx context.Context, a identity.Actor, id vocab.DatasetID, rev int64, reason string) (*entry.Dataset, error) {
	return s.move(ctx, a, move{act: "suspend", id: id, rev: rev, reason: reason})
}

// Resume publishes a suspended entry again.
func (s *Service) Resume(ctx context.Context, a identity.Actor, id vocab.DatasetID, rev int64) (*entry.Dataset, error) {
	return s.move(ctx, a, move{act: "resume", id: id, rev: rev})
}

type move struct {
	act    string
	id     vocab.DatasetID
	rev    int64 // 0: whatever it is now
	reason string
	said   *Secrecy // at publish
}

func (s *Service) move(ctx context.Context, a identity.Actor, m move) (*entry.Dataset, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	if err := entry.Clean(m.reason); err != nil || subject.HoldsCitizenNumber(m.reason) {
		return nil, fmt.Errorf("reason to %s %s: %w", m.act, m.id, cmp.Or[error](err, vocab.BadInput.Because("it holds a person's number")))
	}
	var out *entry.Dataset
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		out, err = s.moveTx(ctx, tx, a, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s data set %s: %w", m.act, m.id, err)
	}
	return out, nil
}

func (s *Service) moveTx(ctx context.Context, tx *db.Tx, a identity.Actor, m move) (*entry.Dataset, error) {
	r, err := loadOwned(ctx, tx, a, m.id)
	if err != nil {
		return nil, err
	}
	if m.rev != 0 && m.rev != r.Rev {
		return nil, stale(m.id, m.rev)
	}
	t, err := entry.Step(&r.Dataset, m.act, m.reason)
	if err != nil {
		return nil, err
	}
	if t.To == entry.StatePublished {
		if err := s.gate.Gate(ctx, tx, a, &r.Dataset, m.said); err != nil {
			return nil, err
		}
	}
	n := r.Clone()
	n.State = t.To
	if t.To == entry.StatePublished && n.PublishedAt.IsZero() {
		n.PublishedAt = s.clock.Now()
	}
	out, err := s.save(ctx, tx, a, &r.Dataset, n, Change{Act: m.act, Reason: m.reason})
	if err != nil {
		return nil, err
	}
	return out, s.act(ctx, tx, a, "catalog."+m.act, map[string]string{"dataset": string(n.ID), "rev": fmt.Sprint(n.Rev), "reason": m.reason})
}

// Drop removes a draft that was never published, with its history.
func (s *Service) Drop(ctx context.Context, a identity.Actor, id vocab.DatasetID, rev int64) error {
	if err := mayEdit(a); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := loadOwned(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if r.Rev != rev {
			return stale(id, rev)
		}
		if r.State != entry.StateDraft {
			return vocab.StateWrong.Because("only a draft can be dropped, and %s is %s", id, r.State)
		}
		for _, query := range []string{deleteChanges, deleteUntags} {
			if _, err := tx.Exec(ctx, query, string(id)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, deleteDataset, string(id), rev); err != nil {
			return err
		}
		if err := s.act(ctx, tx, a, "catalog.drop", map[string]string{"dataset": string(id)}); err != nil {
			return err
		}
		r.State, r.Rev = "dropped", r.Rev+1
		return tell(ctx, tx, &r.Dataset, false)
	})
	if err != nil {
		return fmt.Errorf("drop data set %s: %w", id, err)
	}
	return nil
}

// Get gives the entry as far as the actor may see it.
func (s *Service) Get(ctx context.Context, a identity.Actor, id vocab.DatasetID) (*entry.Dataset, error) {
	var out *entry.Dataset
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = s.GetTx(ctx, tx, a, id)
		return err
	})
	return out, err
}

// GetTx is Get inside the caller's transaction.
func (s *Service) GetTx(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.DatasetID) (*entry.Dataset, error) {
	r, err := loadVisible(ctx, tx, a, id)
	if err != nil {
		return nil, fmt.Errorf("get data set: %w", err)
	}
	return shown(a, &r.Dataset), nil
}

// List gives the entries that the actor may see, in the order of their ids.
func (s *Service) List(ctx context.Context, a identity.Actor, q ListQuery) ([]*entry.Dataset, error) {
	if !storable(string(q.After)) || !storable(string(q.Owner)) || !storable(string(q.State)) {
		return nil, vocab.BadInput.Because("the page or filter is no name")
	}
	var out []*entry.Dataset
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := loadPage(ctx, tx, a, q)
		for _, r := range rows {
			out = append(out, shown(a, &r.Dataset))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list data sets: %w", err)
	}
	return out, nil
}

// shown is the entry as the actor sees it: of an entry that is not shared, others
// see name, provider and reason; of none the items and words that await their review.
func shown(a identity.Actor, d *entry.Dataset) *entry.Dataset {
	if a.In(d.Owner) {
		return d
	}
	if d = d.Reviewed(); d.Share != vocab.NotShared {
		return d
	}
	return &entry.Dataset{
		ID: d.ID, Owner: d.Owner, State: d.State, Name: d.Name, Provider: d.Provider, ProviderCode: d.ProviderCode,
		Share: d.Share, NotSharedReason: d.NotSharedReason, NotSharedLaw: d.NotSharedLaw, MovedTo: d.MovedTo, Ended: d.Ended,
	}
}

// CheckItems asks the refusals about items, by their ids, for a path of another
// duty. Whatever the caller may see, an item that does not exist is no refusal.
func (s *Service) CheckItems(ctx context.Context, tx *db.Tx, p vocab.Path, items ...vocab.ItemID) error {
	var order []vocab.DatasetID
	codes := map[vocab.DatasetID][]string{}
	for _, id := range items {
		if !storable(string(id)) {
			continue
		}
		if _, ok := codes[id.Dataset()]; !ok {
			order = append(order, id.Dataset())
		}
		codes[id.Dataset()] = append(codes[id.Dataset()], id.Name())
	}
	for _, id := range order {
		r, err := scanDataset(tx.QueryRow(ctx, selectOne, string(id)))
		if db.NoRows(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("check items of %s: %w", id, err)
		}
		if err := entry.Refuse(p, &r.Dataset, codes[id]); err != nil {
			return err
		}
	}
	return nil
}

// mayEdit lets stewards of a member edit what is that member's.
func mayEdit(a identity.Actor) error {
	if err := a.Must(vocab.Steward); err != nil {
		return err
	}
	if a.Member == "" {
		return vocab.RoleMissing.Because("the caller acts for no member")
	}
	return nil
}

func stale(id vocab.DatasetID, rev int64) error {
	return vocab.RevisionStale.Because("the change was made on revision %d of %s, and there is a newer one", rev, id)
}

// author names who acts, as the history shows it.
func author(a identity.Actor) string {
	if a.Officer != "" {
		return string(a.Officer)
	}
	return string(a.Machine)
}

// act writes an act into the ledger, with who did it.
func (s *Service) act(ctx context.Context, tx *db.Tx, a identity.Actor, name string, fields map[string]string) error {
	if err := s.ledger.Act(ctx, tx, name, signedBy(a, fields)); err != nil {
		return fmt.Errorf("record the act %s: %w", name, err)
	}
	return nil
}

// signedBy adds who acts.
func signedBy(a identity.Actor, fields map[string]string) map[string]string {
	fields["member"], fields["officer"] = string(a.Member), author(a)
	if fields["reason"] == "" {
		delete(fields, "reason")
	}
	return fields
}
