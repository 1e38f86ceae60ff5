package batch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"fontis/internal/engine/blob"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/access/pace"
	"fontis/internal/vocab"
)

// RunBlocks blocks are a run: its rows are kept together by person, so that the
// transactions that record them meet the same pages of the persons' chains again
// and again instead of a fresh one for each row. Within a run nothing else about
// the order counts; answers come back in the order of the lines.
const RunBlocks = 16

// Side says which rows of a batch: as they were sent, or as they were answered.
type Side string

// The sides of a batch.
const (
	In  Side = "in"
	Out Side = "out"
)

// Keeper keeps the rows of batches in sealed blocks.
type Keeper struct {
	Keys  *keys.Store
	Blobs *blob.Store
	Diary *slog.Logger
	// Person is whom a row is about, in the ledger's records.
	Person func(vocab.SubjectKey) vocab.PersonRef
}

// Run gathers lines until they fill their blocks.
type Run struct {
	keeper *Keeper
	batch  vocab.BatchID
	lines  []block.Line
	block  int64 // the next to write
}

// Run begins to take the lines of a batch in.
func (k *Keeper) Run(id vocab.BatchID) *Run { return &Run{keeper: k, batch: id} }

// Add takes a line; a full run is written.
func (r *Run) Add(ctx context.Context, l block.Line) error {
	if r.lines = append(r.lines, l); len(r.lines) < RunBlocks*BlockRows {
		return nil
	}
	return r.Flush(ctx)
}

// Flush writes the run's blocks. One that is a single block gains nothing from
// another order.
func (r *Run) Flush(ctx context.Context) error {
	if len(r.lines) > BlockRows {
		r.sort()
	}
	for lines := range slices.Chunk(r.lines, BlockRows) {
		if err := r.keeper.put(ctx, r.batch, In, r.block, block.Encode(lines)); err != nil {
			return err
		}
		r.block++
	}
	r.lines = r.lines[:0]
	return nil
}

// sort puts the lines into order by the first byte of their persons, from a
// random one on: a row's number tells nobody anything of a person's reference.
func (r *Run) sort() {
	var start [1]byte
	rand.Read(start[:])
	var drawers [256][]block.Line
	for _, l := range r.lines {
		person := r.keeper.Person(l.Subject)
		at := person[0] - start[0]
		drawers[at] = append(drawers[at], l)
	}
	r.lines = slices.Concat(drawers[:]...)
}

// Lines are the rows of a block as they were sent.
func (k *Keeper) Lines(ctx context.Context, id vocab.BatchID, number int64) ([]block.Line, error) {
	plain, err := k.get(ctx, id, In, number)
	if err != nil {
		return nil, err
	}
	lines, err := block.Decode(plain)
	for i := range lines {
		if lines[i].Line == 0 { // kept by an earlier version, in the order of the lines
			lines[i].Line = number*BlockRows + int64(i) + 1
		}
	}
	return lines, err
}

// PutAnswers keeps the answers to a block; those of a second asking replace them.
func (k *Keeper) PutAnswers(ctx context.Context, id vocab.BatchID, number int64, rows []Kept) error {
	plain, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	return k.put(ctx, id, Out, number, plain)
}

// Answers are the answers to a run's blocks in the order of the lines.
func (k *Keeper) Answers(ctx context.Context, id vocab.BatchID, blocks pace.Span) ([]Kept, error) {
	var all []Kept
	for number := blocks.From; number < blocks.Until; number++ {
		plain, err := k.get(ctx, id, Out, number)
		if err != nil {
			return nil, err
		}
		var rows []Kept
		if err := json.Unmarshal(plain, &rows); err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b Kept) int { return cmp.Compare(a.Line, b.Line) })
	return all, nil
}

// Blocks is how many blocks so many rows fill.
func Blocks(rows int64) int64 { return (rows + BlockRows - 1) / BlockRows }

func blockName(id vocab.BatchID, side Side, n int64) string {
	return fmt.Sprintf("batch/%s/%s-%06d", id, side, n)
}

// put keeps rows sealed: they are values about persons.
func (k *Keeper) put(ctx context.Context, id vocab.BatchID, side Side, n int64, plain []byte) error {
	name := blockName(id, side, n)
	sealed, err := k.Keys.Seal(keys.Keyed, plain, []byte(name))
	if err != nil {
		return fmt.Errorf("seal %s: %w", name, err)
	}
	return k.Blobs.Put(ctx, name, bytes.NewReader(sealed))
}

func (k *Keeper) get(ctx context.Context, id vocab.BatchID, side Side, n int64) ([]byte, error) {
	name := blockName(id, side, n)
	r, err := k.Blobs.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sealed, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	plain, err := k.Keys.Unseal(keys.Keyed, sealed, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("unseal %s: %w", name, err)
	}
	return plain, nil
}

// Drop removes what was kept for a batch that goes no further.
func (k *Keeper) Drop(ctx context.Context, id vocab.BatchID) { k.DropSide(ctx, id, "") }

// DropSide removes one side of a batch: once it is answered, nobody needs the
// values that were submitted.
func (k *Keeper) DropSide(ctx context.Context, id vocab.BatchID, side Side) {
	for info, err := range k.Blobs.List(ctx, "batch/"+string(id)+"/"+string(side)) {
		if err == nil {
			err = k.Blobs.Delete(ctx, info.Name)
		}
		if err != nil {
			k.Diary.Error("rows of a dropped batch remain", "batch", string(id), "error", err)
			return
		}
	}
}

// Forget drops what a killed process left: the rows of a batch that it was still
// taking in, and those that were to go when it died. No batch runs yet. keeps gives
// the state of a batch whose rows are still needed, nothing for any other.
func (k *Keeper) Forget(ctx context.Context, keeps func(vocab.BatchID) (State, error)) error {
	kept := map[vocab.BatchID]State{}
	for info, err := range k.Blobs.List(ctx, "batch/") {
		if err != nil {
			return err
		}
		name, _ := strings.CutPrefix(info.Name, "batch/")
		word, side, _ := strings.Cut(name, "/")
		id := vocab.BatchID(word)
		state, known := kept[id]
		if !known {
			if state, err = keeps(id); err != nil {
				return err
			}
			kept[id] = state
		}
		if state == "" || state == Done && strings.HasPrefix(side, string(In)) {
			if err := k.Blobs.Delete(ctx, info.Name); err != nil {
				return err
			}
		}
	}
	return nil
}
