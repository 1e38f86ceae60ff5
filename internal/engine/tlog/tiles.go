package tlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	sumdb "golang.org/x/mod/sumdb/tlog"

	"fontis/internal/vocab"
)

const (
	tileHeight = layout.TileHeight
	tileWidth  = layout.TileWidth
	hashSize   = sumdb.HashSize
)

// tile reads the first width hashes of a tile of a tree that has size leaves. A
// killed process may have left wider files that no acknowledged tree ever had, so
// only the file that size calls for is read; where the tree has grown since and
// that file was swept, the full one.
func (l *Log) tile(size, level, index uint64, width int) ([]byte, error) {
	have := tileHas(size, level, index)
	if width > have {
		return nil, vocab.NoSuchThing.Because("tile %d/%d holds %d hashes of a tree of %d leaves, not %d", level, index, have, size, width)
	}
	data, err := l.readFull(func(p uint8) string { return layout.TilePath(level, index, p) }, uint8(have%tileWidth))
	if err != nil {
		return nil, vocab.LedgerCorrupt.Wrap(err, "tile %d/%d of %d hashes", level, index, have)
	}
	if len(data) < have*hashSize {
		return nil, vocab.LedgerCorrupt.Because("tile %d/%d has %d bytes, %d hashes need %d", level, index, len(data), have, have*hashSize)
	}
	return data[:width*hashSize], nil
}

// tileHas is the number of hashes that a tile holds in a tree of size leaves.
func tileHas(size, level, index uint64) int {
	if level*tileHeight > 63 || index >= 1<<55 {
		return 0
	}
	inLevel := size >> (level * tileHeight)
	if inLevel <= index*tileWidth {
		return 0
	}
	return int(min(inLevel-index*tileWidth, tileWidth))
}

// readFull reads the file for a partial width p, or the full one.
func (l *Log) readFull(path func(p uint8) string, p uint8) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(l.opts.Dir, path(p)))
	if p > 0 && errors.Is(err, fs.ErrNotExist) {
		return os.ReadFile(filepath.Join(l.opts.Dir, path(0)))
	}
	return data, err
}

// bundle reads a bundle of entries and holds each against its hash in the tree.
func (l *Log) bundle(size, index uint64) ([][]byte, error) {
	have := tileHas(size, 0, index)
	if have == 0 {
		return nil, vocab.NoSuchThing.Because("there is no bundle %d in a tree of %d leaves", index, size)
	}
	data, err := l.readFull(func(p uint8) string { return layout.EntriesPath(index, p) }, uint8(have%tileWidth))
	if err != nil {
		return nil, vocab.LedgerCorrupt.Wrap(err, "bundle %d of %d entries", index, have)
	}
	var b api.EntryBundle
	if err := b.UnmarshalText(data); err != nil {
		return nil, vocab.LedgerCorrupt.Wrap(err, "bundle %d", index)
	}
	if len(b.Entries) < have {
		return nil, vocab.LedgerCorrupt.Because("bundle %d has %d entries, not %d", index, len(b.Entries), have)
	}
	hashes, err := l.tile(size, 0, index, have)
	if err != nil {
		return nil, err
	}
	for i, entry := range b.Entries[:have] {
		if h := sumdb.RecordHash(entry); string(h[:]) != string(hashes[i*hashSize:(i+1)*hashSize]) {
			return nil, vocab.LedgerCorrupt.Because("leaf %d does not hash to its place in the tree", index*tileWidth+uint64(i))
		}
	}
	return b.Entries[:have], nil
}

// reader reads stored hashes from the tiles of a tree of size leaves, each tile
// once.
func (l *Log) reader(size uint64) sumdb.HashReader {
	seen := map[[2]uint64][]byte{}
	return sumdb.HashReaderFunc(func(indices []int64) ([]sumdb.Hash, error) {
		hashes := make([]sumdb.Hash, len(indices))
		for i, index := range indices {
			t := sumdb.TileForIndex(tileHeight, index)
			at := [2]uint64{uint64(t.L), uint64(t.N)}
			data, ok := seen[at]
			if !ok {
				var err error
				t.W = tileHas(size, at[0], at[1])
				if data, err = l.tile(size, at[0], at[1], t.W); err != nil {
					return nil, err
				}
				seen[at] = data
			}
			t.W = len(data) / hashSize
			h, err := sumdb.HashFromTile(t, data, index)
			if err != nil {
				return nil, vocab.LedgerCorrupt.Wrap(err, "tile %d/%d", t.L, t.N)
			}
			hashes[i] = h
		}
		return hashes, nil
	})
}

// rootAt is the root of the first n leaves, read from the tiles of a tree of size.
func (l *Log) rootAt(size, n uint64) ([32]byte, error) {
	root, err := sumdb.TreeHash(int64(n), l.reader(size))
	return root, err
}

// covered gives the integrated size after looking that it reaches n.
func (l *Log) covered(ctx context.Context, n uint64) (uint64, error) {
	size, err := l.Size(ctx)
	if err != nil {
		return 0, err
	}
	if n > size {
		return 0, vocab.NoSuchThing.Because("log %s has %d leaves, not %d", l.opts.Origin, size, n)
	}
	return size, nil
}

// RootAt is the root of the tree of the first size leaves.
func (l *Log) RootAt(ctx context.Context, size uint64) ([32]byte, error) {
	now, err := l.covered(ctx, size)
	if err != nil {
		return [32]byte{}, err
	}
	root, err := l.rootAt(now, size)
	if err != nil {
		return root, fmt.Errorf("root of log %s at %d: %w", l.opts.Origin, size, err)
	}
	return root, nil
}

// Proof is the path from the leaf at index to the root of the first size leaves.
// It is checked before it is given out.
func (l *Log) Proof(ctx context.Context, index, size uint64) ([][32]byte, error) {
	now, err := l.covered(ctx, size)
	if err != nil {
		return nil, err
	}
	if index >= size {
		return nil, vocab.NoSuchThing.Because("leaf %d is not among the first %d", index, size)
	}
	r := l.reader(now)
	path, err := sumdb.ProveRecord(int64(size), int64(index), r)
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d of %d: %w", index, size, err)
	}
	leaf, err := r.ReadHashes([]int64{sumdb.StoredHashIndex(0, int64(index))})
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d of %d: %w", index, size, err)
	}
	root, err := sumdb.TreeHash(int64(size), r)
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d of %d: %w", index, size, err)
	}
	if err := sumdb.CheckRecord(path, int64(size), root, int64(index), leaf[0]); err != nil {
		return nil, vocab.LedgerCorrupt.Wrap(err, "leaf %d of %d has no valid proof", index, size)
	}
	return plain(path), nil
}

// Consistency proves that the tree of b leaves continues the tree of a leaves.
func (l *Log) Consistency(ctx context.Context, a, b uint64) ([][32]byte, error) {
	now, err := l.covered(ctx, b)
	if err != nil {
		return nil, err
	}
	if a > b {
		return nil, vocab.BadInput.Because("a tree of %d leaves cannot continue one of %d", b, a)
	}
	if a == 0 || a == b {
		return nil, nil
	}
	r := l.reader(now)
	path, err := sumdb.ProveTree(int64(b), int64(a), r)
	if err != nil {
		return nil, fmt.Errorf("prove that %d leaves continue %d: %w", b, a, err)
	}
	older, err := sumdb.TreeHash(int64(a), r)
	if err != nil {
		return nil, fmt.Errorf("root at %d: %w", a, err)
	}
	newer, err := sumdb.TreeHash(int64(b), r)
	if err != nil {
		return nil, fmt.Errorf("root at %d: %w", b, err)
	}
	if err := sumdb.CheckTree(path, int64(b), newer, int64(a), older); err != nil {
		return nil, vocab.LedgerCorrupt.Wrap(err, "%d leaves do not continue %d", b, a)
	}
	return plain(path), nil
}

func plain(path []sumdb.Hash) [][32]byte {
	out := make([][32]byte, len(path))
	for i, h := range path {
		out[i] = h
	}
	return out
}

// Leaves gives the leaves from..to-1 in order, each held against its hash in the
// tree. It stops at the first error of fn.
func (l *Log) Leaves(ctx context.Context, from, to uint64, fn func(index uint64, leaf []byte) error) error {
	size, err := l.covered(ctx, to)
	if err != nil {
		return err
	}
	for index := from; index < to; {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, err := l.bundle(size, index/tileWidth)
		if err != nil {
			return fmt.Errorf("read leaf %d: %w", index, err)
		}
		for _, leaf := range entries[index%tileWidth:] {
			if index == to {
				break
			}
			if err := fn(index, leaf); err != nil {
				return err
			}
			index++
		}
	}
	return nil
}
