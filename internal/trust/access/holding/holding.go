// Package holding destroys what the door holds of persons beside its records: the
// files of batches and loaded registers.
//
//	rule of retention, or erasure of the batch's entry -> marked in the transaction -> bytes deleted after it
//
// The mark is what counts: bytes that a stop left behind are deleted by the next
// sweep, and what is marked is answered to nobody meanwhile. A register goes once no
// item has been bound to it for the rule's time, and only in the version that was
// meant: one that its steward loaded since stays.
package holding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/blob"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/keyed"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/vocab"
)

// Parts are what the holdings stand on. Dataset is the data set of a grant.
type Parts struct {
	DB        *db.DB
	Blobs     *blob.Store
	Registers *keyed.Store
	Clock     clock.Clock
	Diary     *slog.Logger
	Dataset   func(owner vocab.MemberID, grant vocab.GrantID) (vocab.DatasetID, bool)
}

// Holding holds the verbs of this package.
type Holding struct{ p Parts }

// New makes it.
func New(p Parts) *Holding { return &Holding{p} }

// Stores are what retention destroys here.
func (h *Holding) Stores() []retention.Store {
	return []retention.Store{
		{Kind: "batch-file", Over: h.overFiles, Destroy: h.destroyFiles},
		{Kind: "register", Tables: []string{"access_bad_subject"}, Over: h.overRegisters, Destroy: h.destroyRegister},
	}
}

// Erased destroys the files of batches whose openings go in this transaction. Those
// of one that still works on its rows go by the first sweep after its end.
func (h *Holding) Erased(ctx context.Context, tx *db.Tx, traces []vocab.TraceID) error {
	for _, trace := range traces {
		b, err := batchOf(ctx, tx, trace)
		if db.NoRows(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look for the files of %s: %w", trace, err)
		}
		if b.ended() {
			err = h.destroyFiles(ctx, tx, string(b.id))
		} else {
			err = markEmptied(ctx, tx, string(b.id), h.p.Clock.Now())
		}
		if err != nil {
			return fmt.Errorf("destroy the files of %s: %w", trace, err)
		}
	}
	return nil
}

func (h *Holding) overFiles(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]retention.Stored, error) {
	list, err := filesOver(ctx, tx, before, after, limit)
	out := make([]retention.Stored, len(list))
	for i, b := range list {
		out[i] = retention.Stored{ID: string(b.id), Names: []string{string(b.id), string(b.owner), string(b.grant)}, Entry: b.trace, Closed: b.changed}
		out[i].Dataset, _ = h.p.Dataset(b.owner, b.grant)
	}
	return out, err
}

// destroyFiles marks the batch and deletes both sides of it. Blobs may have come
// back without their row: they are copied after the database.
func (h *Holding) destroyFiles(ctx context.Context, tx *db.Tx, id string) error {
	if err := markEmptied(ctx, tx, id, h.p.Clock.Now()); err != nil {
		return fmt.Errorf("mark the files of batch %s: %w", id, err)
	}
	tx.OnCommit(func() { h.drop(context.WithoutCancel(ctx), vocab.BatchID(id), "") })
	return nil
}

// drop deletes one side of a batch, or both.
func (h *Holding) drop(ctx context.Context, id vocab.BatchID, side string) {
	for info, err := range h.p.Blobs.List(ctx, "batch/"+string(id)+"/"+side) {
		if err == nil {
			err = h.p.Blobs.Delete(ctx, info.Name)
		}
		if err != nil {
			h.p.Diary.Error("rows of a batch remain until the next sweep", "batch", string(id), "error", err)
			return
		}
	}
}

// registerID names one load of a register.
func registerID(name, version string) string { return name + "@" + version }

func (h *Holding) overRegisters(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]retention.Stored, error) {
	behind, _, _ := strings.Cut(after, "@")
	idle, err := registersIdle(ctx, tx, before, behind, limit)
	if err != nil {
		return nil, err
	}
	var out []retention.Stored
	for _, s := range idle {
		info, err := h.p.Registers.Info(ctx, s.name)
		if vocab.CodeOf(err) == vocab.NoSuchThing {
			continue
		}
		if err != nil {
			return nil, err
		}
		one := retention.Stored{ID: registerID(s.name, info.Version), Names: []string{s.name, string(s.owner)}, Closed: s.idle}
		if info.Loaded.After(one.Closed) {
			one.Closed = info.Loaded
		}
		if one.Closed.Before(before) {
			out = append(out, one)
		}
	}
	return out, nil
}

// destroyRegister marks the source and deletes the version that is meant.
func (h *Holding) destroyRegister(ctx context.Context, tx *db.Tx, id string) error {
	name, version, _ := strings.Cut(id, "@")
	info, err := h.p.Registers.Info(ctx, name)
	if vocab.CodeOf(err) == vocab.NoSuchThing || err == nil && info.Version != version {
		return nil
	}
	if err != nil {
		return err
	}
	if err := markGone(ctx, tx, name, version); err != nil {
		return fmt.Errorf("mark register %s: %w", name, err)
	}
	tx.OnCommit(func() {
		if err := h.p.Registers.Drop(context.WithoutCancel(ctx), name, version); err != nil {
			h.p.Diary.Error("a register remains until the next sweep", "register", name, "error", err)
		}
	})
	return nil
}

// Sweep deletes what a stop left behind, and notes which registers nothing asks
// any more.
func (h *Holding) Sweep(ctx context.Context) error {
	return errors.Join(h.sweepFiles(ctx), h.sweepRegisters(ctx))
}

func (h *Holding) sweepRegisters(ctx context.Context) error {
	var gone []goneRegister
	err := h.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := noteIdle(ctx, tx, h.p.Clock.Now()); err != nil {
			return err
		}
		var err error
		gone, err = registersGone(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("note which registers are idle: %w", err)
	}
	for _, g := range gone {
		if err := h.p.Registers.Drop(ctx, g.name, g.version); err != nil {
			return fmt.Errorf("delete what is left of register %s: %w", g.name, err)
		}
	}
	return nil
}

// sweepFiles removes what ended batches left behind: submitted values when the node
// was stopped between the end and their removal, and everything of those marked. A
// failed batch keeps its rows: it is taken up again.
func (h *Holding) sweepFiles(ctx context.Context) error {
	type leftOver struct {
		in     bool // submitted values are left
		newest time.Time
	}
	left := map[vocab.BatchID]leftOver{}
	for info, err := range h.p.Blobs.List(ctx, "batch/") {
		if err != nil {
			return fmt.Errorf("list what batches left: %w", err)
		}
		if id, side, ok := strings.Cut(strings.TrimPrefix(info.Name, "batch/"), "/"); ok {
			l := left[vocab.BatchID(id)]
			l.in = l.in || strings.HasPrefix(side, "in")
			if info.Modified.After(l.newest) {
				l.newest = info.Modified
			}
			left[vocab.BatchID(id)] = l
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(left)), lookAtOnce) {
		known, err := h.batchesAmong(ctx, ids)
		if err != nil {
			return fmt.Errorf("look at the batches from %s on: %w", ids[0], err)
		}
		for _, id := range ids {
			b, ok := known[id]
			switch {
			case !ok:
				if left[id].newest.Before(h.p.Clock.Now().Add(-orphaned)) { // its first transaction never came
					h.drop(ctx, id, "")
				}
			case b.emptied && b.ended(), b.over, b.state == "refused":
				h.drop(ctx, id, "")
			case left[id].in && b.state == "done":
				h.drop(ctx, id, "in")
			}
		}
	}
	return nil
}

// lookAtOnce is how many batches with files are looked at by one statement.
const lookAtOnce = 500

// batchesAmong reads the batches of a sorted list of ids.
func (h *Holding) batchesAmong(ctx context.Context, ids []vocab.BatchID) (map[vocab.BatchID]batch, error) {
	var found []batch
	err := h.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		found, err = batchesBetween(ctx, tx, ids[0], ids[len(ids)-1])
		return err
	})
	if err != nil {
		return nil, err
	}
	known := make(map[vocab.BatchID]batch, len(ids))
	for _, b := range found {
		known[b.id] = b
	}
	return known, nil
}

// orphaned is how old the files of a batch are that no row names when they are no
// longer taken for one that just comes in.
const orphaned = 24 * time.Hour

// batch is what is asked of one here.
type batch struct {
	id      vocab.BatchID
	owner   vocab.MemberID
	grant   vocab.GrantID
	trace   vocab.TraceID
	state   string
	over    bool // failed for good
	changed time.Time
	emptied bool
}

func (b *batch) ended() bool { return b.state == "done" || b.state == "refused" || b.over }

// over reads the one word of a batch's body that says that it failed for good.
func over(body string) (bool, error) {
	var kept struct {
		Over bool `json:"over"`
	}
	err := json.Unmarshal([]byte(body), &kept)
	return kept.Over, err
}
