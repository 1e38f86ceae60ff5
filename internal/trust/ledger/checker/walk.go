package checker

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"sync"

	"fontis/internal/trust/ledger/proof"
)

// tileWidth is the width of a full tile, the same in all of C2SP tlog-tiles.
const tileWidth = 256

// walk reads a whole log once, in order, and recomputes its roots. Bundles are
// fetched and hashed by several workers; one collector, the caller, takes them
// in order, so that neither a bad file nor a slow one can block another for ever:
// every channel operation also waits on the context.
type walk struct {
	files   files
	size    uint64
	workers int
	targets []uint64            // sizes at which the root is wanted, ascending
	leaves  map[uint64]struct{} // indices whose leaf hash is wanted
	tell    func(done, total uint64)
	each    func(index uint64, leaf []byte) // called in order; nil when only hashes are wanted

	levels [][]proof.Hash // levels[l] is the part of the current tile of level l
	count  []uint64       // count[l] is the number of that tile
	roots  map[uint64]proof.Hash
	hashes map[uint64]proof.Hash
	first  []byte // the first leaf
}

// fault is why a walk could not reach the end, with what was served.
type fault struct {
	word    Word
	text    string
	path    string
	content []byte
}

func (f *fault) Error() string { return f.text }

// bundle is what a worker makes of 256 entries.
type bundle struct {
	n      uint64
	hashes []proof.Hash
	first  []byte
	leaves [][]byte // kept for each alone
	err    error
}

// run reads everything; the error is a *fault or the context's.
func (w *walk) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()

	w.roots, w.hashes = map[uint64]proof.Hash{}, map[uint64]proof.Hash{}
	bundles := (w.size + tileWidth - 1) / tileWidth
	slots := make(chan chan bundle, 4*w.workers) // in order; bounds what is held in memory
	jobs := make(chan job)
	group.Go(func() { w.feed(ctx, bundles, jobs, slots) })
	for range w.workers {
		group.Go(func() {
			for j := range jobs {
				j.to <- w.bundle(ctx, j.n) // never blocks: the channel holds one
			}
		})
	}
	for n := range bundles {
		var b bundle
		select {
		case <-ctx.Done():
			return ctx.Err()
		case slot := <-slots:
			select {
			case <-ctx.Done():
				return ctx.Err()
			case b = <-slot:
			}
		}
		if b.err == nil {
			b.err = w.take(ctx, b)
		}
		if b.err != nil {
			return b.err
		}
		if w.tell != nil {
			w.tell(min((n+1)*tileWidth, w.size), w.size)
		}
	}
	return w.lastTiles(ctx)
}

type job struct {
	n  uint64
	to chan bundle
}

func (w *walk) feed(ctx context.Context, bundles uint64, jobs chan<- job, slots chan<- chan bundle) {
	defer close(jobs)
	for n := range bundles {
		j := job{n, make(chan bundle, 1)}
		select {
		case <-ctx.Done():
			return
		case slots <- j.to:
		}
		select {
		case <-ctx.Done():
			return
		case jobs <- j:
		}
	}
}

func (w *walk) width(n uint64) int { return int(min(w.size-n*tileWidth, tileWidth)) }

// bundle reads entries, hashes them and compares the tile of level 0.
func (w *walk) bundle(ctx context.Context, n uint64) bundle {
	width := w.width(n)
	data, path, holds, err := readTile(ctx, w.files, tileAt{"entries", n, width}, maxBundle)
	if err != nil {
		return bundle{err: unread(ctx, path, err)}
	}
	entries, err := parseBundle(data, holds)
	if err != nil {
		return bundle{err: &fault{Damaged, fmt.Sprintf("%s %v", path, err), path, data}}
	}
	b := bundle{n: n, hashes: make([]proof.Hash, width)}
	for i := range b.hashes {
		b.hashes[i] = proof.LeafHash(entries[i])
	}
	if n == 0 {
		b.first = entries[0]
	}
	if w.each != nil {
		b.leaves = entries[:width]
	}
	b.err = w.compareTile(ctx, tileAt{"0", n, width}, b.hashes)
	return b
}

// parseBundle reads exactly n entries, each behind its length in two bytes.
func parseBundle(data []byte, n int) ([][]byte, error) {
	entries := make([][]byte, 0, n)
	for len(entries) < n {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("ends after %d of %d entries", len(entries), n)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("has %d bytes behind its %d entries", len(data), n)
	}
	return entries, nil
}

// compareTile holds the published tile against the recomputed hashes: proofs
// that others make come from these tiles.
func (w *walk) compareTile(ctx context.Context, at tileAt, want []proof.Hash) error {
	data, path, holds, err := readTile(ctx, w.files, at, maxTile)
	if err != nil {
		return unread(ctx, path, err)
	}
	if len(data) != holds*proof.HashSize {
		return &fault{Damaged, fmt.Sprintf("%s has %d bytes, expected %d", path, len(data), holds*proof.HashSize), path, data}
	}
	for i := range want {
		if proof.Hash(data[i*proof.HashSize:][:proof.HashSize]) != want[i] {
			return &fault{Damaged, fmt.Sprintf("%s holds at place %d another hash than the entries below it give", path, i), path, data}
		}
	}
	return nil
}

func unread(ctx context.Context, path string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &fault{word: Withheld, text: fmt.Sprintf("%s is not served, though the checkpoint covers it", path), path: path}
	}
	if errors.Is(err, errTooLong) {
		return &fault{word: Damaged, text: err.Error(), path: path}
	}
	return &fault{word: Unjudged, text: fmt.Sprintf("%s could not be read: %v", path, err), path: path}
}

// take adds one bundle to the tree, in order.
func (w *walk) take(ctx context.Context, b bundle) error {
	base := b.n * tileWidth
	end := base + uint64(len(b.hashes))
	if b.n == 0 {
		w.first = b.first
	}
	for i, leaf := range b.leaves {
		w.each(base+uint64(i), leaf)
	}
	for i := range w.leaves {
		if i >= base && i < end {
			w.hashes[i] = b.hashes[i-base]
		}
	}
	w.ensure(0)
	at, _ := slices.BinarySearch(w.targets, base+1)
	for ; at < len(w.targets) && w.targets[at] <= end; at++ {
		w.levels[0] = b.hashes[:w.targets[at]-base]
		w.roots[w.targets[at]] = w.root()
	}
	w.levels[0], w.count[0] = b.hashes, b.n
	return w.rise(ctx, 0)
}

func (w *walk) ensure(level int) {
	for len(w.levels) <= level {
		w.levels = append(w.levels, nil)
		w.count = append(w.count, 0)
	}
}

// rise hands a full tile's root to the level above.
func (w *walk) rise(ctx context.Context, level int) error {
	if len(w.levels[level]) < tileWidth {
		return nil
	}
	if level > 0 {
		if err := w.compareTile(ctx, w.tileAt(level), w.levels[level]); err != nil {
			return err
		}
	}
	up := foldNodes(w.levels[level])
	w.levels[level] = nil
	w.count[level]++
	w.ensure(level + 1)
	w.levels[level+1] = append(w.levels[level+1], up)
	return w.rise(ctx, level+1)
}

func (w *walk) tileAt(level int) tileAt {
	return tileAt{strconv.Itoa(level), w.count[level], len(w.levels[level])}
}

// lastTiles compares the partial tiles above level 0.
func (w *walk) lastTiles(ctx context.Context) error {
	for level := 1; level < len(w.levels); level++ {
		if len(w.levels[level]) == 0 {
			continue
		}
		if err := w.compareTile(ctx, w.tileAt(level), w.levels[level]); err != nil {
			return err
		}
	}
	return nil
}

// root is the root of all that was taken: each level's part is folded and rises
// as the last, lone node of the level above.
func (w *walk) root() proof.Hash {
	var carry []proof.Hash
	for _, level := range w.levels {
		if nodes := append(slices.Clone(level), carry...); len(nodes) > 0 {
			carry = []proof.Hash{foldNodes(nodes)}
		}
	}
	if carry == nil {
		return sha256.Sum256(nil)
	}
	return carry[0]
}

// foldNodes is the root over nodes, left as they are.
func foldNodes(nodes []proof.Hash) proof.Hash {
	level := slices.Clone(nodes)
	for len(level) > 1 {
		half := len(level) / 2
		for i := range half {
			level[i] = proof.NodeHash(&level[2*i], &level[2*i+1])
		}
		if len(level)%2 == 1 {
			level[half] = level[len(level)-1]
			half++
		}
		level = level[:half]
	}
	return level[0]
}
