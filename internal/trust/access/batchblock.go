package access

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/access/pace"
	"fontis/internal/vocab"
)

// runBlocks blocks are a run: its rows are kept together by person, so that the
// transactions that record them meet the same pages of the persons' chains again
// and again instead of a fresh one for each row. Within a run nothing else about
// the order counts; answers come back in the order of the lines.
const runBlocks = 16

// run gathers lines until they fill their blocks.
type run struct {
	door  *Door
	batch vocab.BatchID
	lines []block.Line
	block int64 // the next to write
}

func (d *Door) newRun(id vocab.BatchID) *run { return &run{door: d, batch: id} }

func (r *run) add(ctx context.Context, l block.Line) error {
	if r.lines = append(r.lines, l); len(r.lines) < runBlocks*blockRows {
		return nil
	}
	return r.flush(ctx)
}

// flush writes the run's blocks. One that is a single block gains nothing from
// another order.
func (r *run) flush(ctx context.Context) error {
	if len(r.lines) > blockRows {
		r.sort()
	}
	for lines := range slices.Chunk(r.lines, blockRows) {
		if err := r.door.putBlock(ctx, r.batch, "in", r.block, block.Encode(lines)); err != nil {
			return err
		}
		r.block++
	}
	r.lines = r.lines[:0]
	return nil
}

// sort puts the lines into order by the first byte of their persons, from a
// random one on: a row's number tells nobody anything of a person's reference.
func (r *run) sort() {
	var start [1]byte
	rand.Read(start[:])
	var drawers [256][]block.Line
	for _, l := range r.lines {
		person := r.door.p.Identity.AuditRef(l.Subject)
		at := person[0] - start[0]
		drawers[at] = append(drawers[at], l)
	}
	r.lines = slices.Concat(drawers[:]...)
}

// linesOf are the rows of a block.
func (d *Door) linesOf(ctx context.Context, id vocab.BatchID, number int64) ([]block.Line, error) {
	plain, err := d.getBlock(ctx, id, "in", number)
	if err != nil {
		return nil, err
	}
	lines, err := block.Decode(plain)
	for i := range lines {
		if lines[i].Line == 0 { // kept by an earlier version, in the order of the lines
			lines[i].Line = number*blockRows + int64(i) + 1
		}
	}
	return lines, err
}

// answersOfRun are the answers of a run's blocks in the order of the lines.
func (d *Door) answersOfRun(ctx context.Context, id vocab.BatchID, blocks pace.Span) ([]keptAnswer, error) {
	var all []keptAnswer
	for block := blocks.From; block < blocks.Until; block++ {
		plain, err := d.getBlock(ctx, id, "out", block)
		if err != nil {
			return nil, err
		}
		var rows []keptAnswer
		if err := json.Unmarshal(plain, &rows); err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b keptAnswer) int { return cmp.Compare(a.Line, b.Line) })
	return all, nil
}

// blocksOf is how many blocks so many rows fill.
func blocksOf(rows int64) int64 { return (rows + blockRows - 1) / blockRows }

func blockName(id vocab.BatchID, side string, n int64) string {
	return fmt.Sprintf("batch/%s/%s-%06d", id, side, n)
}

// putBlock keeps rows sealed: they are values about persons.
func (d *Door) putBlock(ctx context.Context, id vocab.BatchID, side string, n int64, plain []byte) error {
	name := blockName(id, side, n)
	sealed, err := d.p.Keys.Seal(keys.Keyed, plain, []byte(name))
	if err != nil {
		return fmt.Errorf("seal %s: %w", name, err)
	}
	return d.p.Blobs.Put(ctx, name, bytes.NewReader(sealed))
}

func (d *Door) getBlock(ctx context.Context, id vocab.BatchID, side string, n int64) ([]byte, error) {
	name := blockName(id, side, n)
	r, err := d.p.Blobs.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sealed, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	plain, err := d.p.Keys.Unseal(keys.Keyed, sealed, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("unseal %s: %w", name, err)
	}
	return plain, nil
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

// forgetRemains drops what a killed process left: the rows of a batch that it was
// still taking in, and those that were to go when it died. No batch runs yet.
func (d *Door) forgetRemains(ctx context.Context) error {
	kept := map[vocab.BatchID]BatchState{}
	for info, err := range d.p.Blobs.List(ctx, "batch/") {
		if err != nil {
			return err
		}
		name, _ := strings.CutPrefix(info.Name, "batch/")
		id, side, _ := strings.Cut(name, "/")
		batch := vocab.BatchID(id)
		state, known := kept[batch]
		if !known {
			if state, err = d.keepsRowsOf(ctx, batch); err != nil {
				return err
			}
			kept[batch] = state
		}
		if state == "" || state == BatchDone && strings.HasPrefix(side, "in") {
			if err := d.p.Blobs.Delete(ctx, info.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepsRowsOf gives the state of a batch whose rows are still needed, nothing for
// one that goes no further or never began.
func (d *Door) keepsRowsOf(ctx context.Context, id vocab.BatchID) (BatchState, error) {
	var s BatchStatus
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		s, err = d.store.batch(ctx, tx, id)
		return err
	})
	switch {
	case db.NoRows(err):
		return "", nil
	case err != nil:
		return "", err
	case s.State == BatchRefused || s.over:
		return "", nil
	}
	return s.State, nil
}
