package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// TodoLine is one line of the to-do list: what so many drafts still lack.
type TodoLine struct {
	Field entry.Field
	Count int
	// Datasets are the first of them; LackingPage gives the others.
	Datasets []vocab.DatasetID
}

// todoShown is how many drafts a line of the to-do list names.
const todoShown = 20

// Todo lists what the drafts of the actor's member lack to be published.
func (s *Service) Todo(ctx context.Context, a identity.Actor) ([]TodoLine, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	var out []TodoLine
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		counts, err := loadMissingCounts(ctx, tx, a)
		if err != nil {
			return err
		}
		per := map[entry.Field]int{}
		for bits, n := range counts {
			for _, f := range entry.FieldsOf(bits) {
				per[f] += n
			}
		}
		for _, n := range entry.Needs() {
			if per[n.Field] == 0 {
				continue
			}
			rows, err := loadMissing(ctx, tx, a, entry.BitOf(n.Field), Page{Limit: todoShown})
			if err != nil {
				return err
			}
			out = append(out, TodoLine{Field: n.Field, Count: per[n.Field], Datasets: idsOf(rows)})
			delete(per, n.Field)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what drafts lack: %w", err)
	}
	return out, nil
}

// CompleteTx lists the drafts of the actor's member that lack nothing, in the
// transaction of the secrecy review.
func (s *Service) CompleteTx(ctx context.Context, tx *db.Tx, a identity.Actor, page Page) ([]*entry.Dataset, error) {
	ids, err := loadComplete(ctx, tx, a, page)
	out := make([]*entry.Dataset, 0, len(ids))
	for _, id := range ids {
		if err != nil {
			return nil, err
		}
		var r *row
		if r, err = loadOwned(ctx, tx, a, id); err == nil {
			out = append(out, &r.Dataset)
		}
	}
	return out, err
}

func loadComplete(ctx context.Context, tx *db.Tx, a identity.Actor, page Page) ([]vocab.DatasetID, error) {
	found, err := tx.Query(ctx, selectComplete, string(a.Member), string(page.After), page.Limit)
	return db.Collect(found, err, func(s db.Scanner) (id vocab.DatasetID, err error) { return id, s.Scan(&id) })
}

// Lacking lists the drafts of the actor's member that lack the field.
func (s *Service) Lacking(ctx context.Context, a identity.Actor, f entry.Field, page Page) ([]*entry.Dataset, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	if !storable(string(page.After)) {
		return nil, vocab.BadInput.Because("the page begins at no name")
	}
	var out []*entry.Dataset
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := loadMissing(ctx, tx, a, entry.BitOf(f), page)
		for _, r := range rows {
			out = append(out, &r.Dataset)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list drafts that lack %s: %w", f, err)
	}
	return out, nil
}

// Selection says which entries of the member a bulk fill means: those named, or,
// with none named, all drafts that lack the field.
type Selection struct {
	IDs     []vocab.DatasetID
	Missing entry.Field
}

// Fill is a bulk fill: one field, one value, many entries. With Preview nothing
// is written.
type Fill struct {
	Selection Selection
	Field     entry.Field
	Value     string
	Preview   bool
}

// ChangeSet is what a bulk fill or its undoing did, or would do.
type ChangeSet struct {
	ID      string // empty for a preview
	Field   entry.Field
	Changed int
	Same    int
	// Entries are the first changes, at most 1,000.
	Entries []Change
	// Refused are entries that stay as they are, and why.
	Refused []Refused
}

// Refused is an entry that a change set leaves as it is.
type Refused struct {
	Dataset vocab.DatasetID
	Err     error
}

// fillChunk is how many entries one transaction changes: it holds the one writer
// of the node, and must let go of it within 20 ms.
const fillChunk = 100

// maxShown bounds the entries and refusals that a change set carries.
const maxShown = 1000

// maxSelected bounds the entries that one fill names.
const maxSelected = 100_000

// BulkFill gives one field of many entries a value. The set it returns can be
// undone; a fill that is killed in the middle is undone as far as it went.
func (s *Service) BulkFill(ctx context.Context, a identity.Actor, f Fill) (*ChangeSet, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	if f.Field == entry.FieldCode {
		return nil, vocab.NotOffered.Because("the resource code never changes")
	}
	if len(f.Selection.IDs) > maxSelected {
		return nil, vocab.BadInput.Because("the selection names %d entries, more than %d", len(f.Selection.IDs), maxSelected)
	}
	if !f.Field.Known() {
		return nil, vocab.BadInput.Because("a fill gives no field %q a value", f.Field).WithFix("name a field that `todo` lists: fontis todo")
	}
	var blank entry.Dataset
	if err := blank.Set(f.Field, f.Value); err != nil {
		return nil, err
	}
	set := &ChangeSet{Field: f.Field}
	if !f.Preview {
		set.ID = vocab.NewID("cs")
	}
	err := s.eachChunk(ctx, a, f.Selection, func(ids []vocab.DatasetID) error {
		return s.fillChunk(ctx, a, f, set, ids)
	})
	if err != nil {
		return set, fmt.Errorf("fill %s: %w", f.Field, err)
	}
	return set, nil
}

// eachChunk walks the selection; each id once, in pieces.
func (s *Service) eachChunk(ctx context.Context, a identity.Actor, sel Selection, do func([]vocab.DatasetID) error) error {
	if len(sel.IDs) > 0 {
		ids := slices.Clone(sel.IDs)
		slices.Sort(ids)
		for chunk := range slices.Chunk(slices.Compact(ids), fillChunk) {
			if err := do(chunk); err != nil {
				return err
			}
		}
		return nil
	}
	if entry.BitOf(sel.Missing) == 0 {
		return vocab.BadInput.Because("the selection names no entry and no field that drafts may lack").
			WithFix("name a field that `todo` lists, or the entries that are meant")
	}
	var after vocab.DatasetID
	for {
		var rows []*row
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			rows, err = loadMissing(ctx, tx, a, entry.BitOf(sel.Missing), Page{After: after, Limit: fillChunk})
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].ID
		if err := do(idsOf(rows)); err != nil {
			return err
		}
	}
}

func (s *Service) fillChunk(ctx context.Context, a identity.Actor, f Fill, set *ChangeSet, ids []vocab.DatasetID) error {
	run := s.db.Write
	if f.Preview {
		run = s.db.Read
	}
	part := &ChangeSet{ID: set.ID}
	err := run(ctx, func(tx *db.Tx) error {
		for _, id := range ids {
			r, err := loadOwned(ctx, tx, a, id)
			if err == nil && r.State == entry.StateRetired {
				err = vocab.StateWrong.Because("%s is retired and stays as it was", id)
			}
			if err == nil {
				err = s.fillOne(ctx, tx, a, &r.Dataset, f, part)
			}
			if err != nil {
				if !refusal(err) {
					return err
				}
				part.Refused = append(part.Refused, Refused{id, err})
			}
		}
		if f.Preview || part.Changed == 0 {
			return nil
		}
		if err := keepFill(ctx, tx, a, f, part, s.clock.Now()); err != nil {
			return err
		}
		return s.act(ctx, tx, a, "catalog.fill", map[string]string{"set": set.ID, "field": string(f.Field), "entries": fmt.Sprint(part.Changed)})
	})
	if err != nil {
		return err
	}
	set.add(part)
	return nil
}

func (s *Service) fillOne(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, f Fill, part *ChangeSet) error {
	n, err := entry.Edited(d, entry.Edit{Set: map[entry.Field]string{f.Field: f.Value}})
	if err != nil {
		return err
	}
	c := Change{Dataset: d.ID, Rev: d.Rev + 1, Set: part.ID, Act: "fill", Officer: a.Officer, Machine: a.Machine, At: s.clock.Now(), Differences: entry.Differences(d, n)}
	if len(c.Differences) == 0 {
		part.Same++
		return nil
	}
	if !f.Preview {
		if _, err := s.save(ctx, tx, a, d, n, c); err != nil {
			return err
		}
	}
	part.Changed++
	part.Entries = append(part.Entries, c)
	return nil
}

// Undo takes a bulk fill back, entry by entry, and leaves alone each entry that
// was changed since. What it did is a change set again.
func (s *Service) Undo(ctx context.Context, a identity.Actor, setID string) (*ChangeSet, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	if setID == "" || !storable(setID) {
		return nil, identity.NotYours()
	}
	set := &ChangeSet{ID: vocab.NewID("cs")}
	var after vocab.DatasetID
	for found := false; ; found = true {
		part := &ChangeSet{ID: set.ID}
		var changes []Change
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(ctx, selectSet, setID, string(a.Member), string(after), fillChunk)
			if changes, err = db.Collect(rows, err, scanChange); err != nil {
				return err
			}
			for _, c := range changes {
				if err := s.undoOne(ctx, tx, a, c, part); err != nil {
					return err
				}
			}
			if part.Changed == 0 {
				return nil
			}
			if _, err := tx.Exec(ctx, updateUndone, setID, string(a.Member), db.Micros(s.clock.Now())); err != nil {
				return err
			}
			return s.act(ctx, tx, a, "catalog.undo", map[string]string{"set": set.ID, "undone": setID, "entries": fmt.Sprint(part.Changed)})
		})
		if err != nil {
			return set, fmt.Errorf("undo change set %s: %w", setID, err)
		}
		set.add(part)
		if len(changes) == 0 && !found {
			return nil, identity.NotYours()
		}
		if len(changes) < fillChunk {
			return set, nil
		}
		after = changes[len(changes)-1].Dataset
	}
}

func (s *Service) undoOne(ctx context.Context, tx *db.Tx, a identity.Actor, c Change, part *ChangeSet) error {
	r, err := loadOwned(ctx, tx, a, c.Dataset)
	if err == nil && r.Rev != c.Rev {
		err = vocab.RevisionStale.Because("%s was changed since, to revision %d", c.Dataset, r.Rev)
	}
	var n *entry.Dataset
	if err == nil {
		n, err = entry.Undone(&r.Dataset, c.Differences)
	}
	if err != nil {
		if !refusal(err) {
			return err
		}
		part.Refused = append(part.Refused, Refused{c.Dataset, err})
		return nil
	}
	back := Change{Set: part.ID, Act: "undo", Reason: c.Set}
	if _, err := s.save(ctx, tx, a, &r.Dataset, n, back); err != nil {
		return err
	}
	back.Dataset, back.Rev, back.Differences = c.Dataset, c.Rev+1, entry.Differences(&r.Dataset, n)
	back.At, back.Officer, back.Machine = n.ChangedAt, a.Officer, a.Machine
	part.Changed++
	part.Entries = append(part.Entries, back)
	return nil
}

func (c *ChangeSet) add(part *ChangeSet) {
	c.Changed += part.Changed
	c.Same += part.Same
	c.Entries = append(c.Entries, part.Entries[:min(len(part.Entries), maxShown-len(c.Entries))]...)
	c.Refused = append(c.Refused, part.Refused...)
}

// refusal tells a reason that lies in the entry from a failure of the node.
func refusal(err error) bool {
	var f *vocab.Failure
	return errors.As(err, &f) && f.Kind != vocab.Internal && f.Kind != vocab.Unavailable
}

func idsOf(rows []*row) []vocab.DatasetID {
	out := make([]vocab.DatasetID, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out
}
