package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/vocab"
)

// importRows is how many catalog entries are imported beside the calls.
const importRows = 100_000

// importChunk is what one call of Stage takes.
const importChunk = 1000

// underLoad measures single calls while a batch, an import and a backup run.
func (w *world) underLoad(ctx context.Context, o Options, addr string, body func(*rand.Rand) []byte) (run, error) {
	stop, err := o.profile("mixed-64")
	if err != nil {
		return run{}, err
	}
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	failures := make(chan error, 3)
	for name, work := range map[string]func(context.Context) error{
		"batch": func(ctx context.Context) error { return w.startBatch(ctx, o.Rows, 0) }, "import": w.importCatalog, "backup": w.backup,
	} {
		wg.Go(func() {
			if err := work(ctx); err != nil && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
				failures <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	r, err := load(ctx, addr, "/v1/compare", w.token.Reveal(), 64, 2*o.For, body)
	cancel()
	wg.Wait()
	select {
	case failed := <-failures:
		return r, failed
	default:
		return r, err
	}
}

// startBatch sends a batch of so many rows, beginning with resident from.
func (w *world) startBatch(ctx context.Context, rows, from int) error {
	_, bad, err := w.Door.StartBatch(ctx, w.user, batch.Call{
		Grant: w.grant.ID, Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"},
	}, w.lines(rows, from))
	if len(bad) > 0 {
		return fmt.Errorf("line %d: %s", bad[0].Line, bad[0].Cause)
	}
	return err
}

func (w *world) lines(rows, from int) func(func(block.Row, error) bool) {
	return func(yield func(block.Row, error) bool) {
		for i := range rows {
			number, birth := citizen((from + i) % w.people)
			l := block.Row{
				Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Values: map[vocab.ItemID]string{born: birth},
			}
			if !yield(l, nil) {
				return
			}
		}
	}
}

func (w *world) importCatalog(ctx context.Context) error {
	for at := 0; at < importRows; at += importChunk {
		chunk := make([]catalog.Draft, importChunk)
		for i := range chunk {
			n := at + i
			chunk[i].Line = n + 2
			for field, value := range map[entry.Field]string{
				entry.FieldCode: fmt.Sprintf("bench/%06d", n), entry.FieldNameZH: fmt.Sprintf("测试数据集%06d", n), entry.FieldProvider: string(provider),
			} {
				if err := chunk[i].Dataset.Set(field, value); err != nil {
					return err
				}
			}
		}
		if _, err := w.Catalog.Stage(ctx, w.steward, "bench", chunk); err != nil {
			return err
		}
	}
	_, err := w.Catalog.Switch(ctx, w.steward, "bench")
	return err
}

func (w *world) backup(ctx context.Context) error {
	_, err := w.Backup(ctx, io.Discard)
	return err
}
