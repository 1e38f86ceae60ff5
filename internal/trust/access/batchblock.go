package access

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

// blocksOf is how many blocks so many rows fill.
func blocksOf(rows int64) int64 { return (rows + blockRows - 1) / blockRows }

func blockName(id vocab.BatchID, side string, n int64) string {
	return fmt.Sprintf("batch/%s/%s-%06d", id, side, n)
}

// putBlock keeps rows sealed: they are values about persons.
func (d *Door) putBlock(ctx context.Context, id vocab.BatchID, side string, n int64, rows any) error {
	plain, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	name := blockName(id, side, n)
	sealed, err := d.p.Keys.Seal(keys.Keyed, plain, []byte(name))
	if err != nil {
		return fmt.Errorf("seal %s: %w", name, err)
	}
	return d.p.Blobs.Put(ctx, name, bytes.NewReader(sealed))
}

func (d *Door) getBlock(ctx context.Context, id vocab.BatchID, side string, n int64, into any) error {
	name := blockName(id, side, n)
	r, err := d.p.Blobs.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	sealed, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	plain, err := d.p.Keys.Unseal(keys.Keyed, sealed, []byte(name))
	if err != nil {
		return fmt.Errorf("unseal %s: %w", name, err)
	}
	return json.Unmarshal(plain, into)
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
