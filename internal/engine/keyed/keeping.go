package keyed

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"fontis/internal/vocab"
)

// seenBlock is how many keys of a new version are looked up in the old one at a time.
const seenBlock = 1000

// kept counts the keys of the old version that a new one has. Its keys come in
// ascending order, so that each is seen once.
type kept struct {
	store  *Store
	name   string
	lost   func(int64) error
	except []Key // sorted
	old    int64 // keys that the new version must have, less those that were seen
	block  []Key
}

// keep begins to count; where nothing is to be kept, it does nothing.
func (s *Store) keep(ctx context.Context, name string, k Keeping) (*kept, error) {
	if k.Lost == nil {
		return nil, nil
	}
	c := &kept{store: s, name: name, lost: k.Lost, except: slices.Clone(k.Except)}
	slices.SortFunc(c.except, func(a, b Key) int { return bytes.Compare(a[:], b[:]) })
	c.except = slices.Compact(c.except)
	info, err := s.Info(ctx, name)
	if errors.Is(err, vocab.NoSuchThing) { // the first version loses nothing
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.old = info.Keys
	n, err := c.there(ctx, c.except)
	c.old -= n
	return c, err
}

// there counts the keys that the old version has.
func (c *kept) there(ctx context.Context, sorted []Key) (n int64, err error) {
	if len(sorted) == 0 {
		return 0, nil
	}
	_, err = c.store.driver.Get(ctx, c.name, sorted, func(int, []byte) error { n++; return nil })
	return n, err
}

// see takes the next key of the new version.
func (c *kept) see(ctx context.Context, key Key) error {
	if c == nil {
		return nil
	}
	if _, free := slices.BinarySearchFunc(c.except, key, func(a, b Key) int { return bytes.Compare(a[:], b[:]) }); free {
		return nil
	}
	if c.block = append(c.block, key); len(c.block) < seenBlock {
		return nil
	}
	return c.count(ctx)
}

func (c *kept) count(ctx context.Context) error {
	n, err := c.there(ctx, c.block)
	c.old, c.block = c.old-n, c.block[:0]
	return err
}

// whole asks about what is missing, after the last key.
func (c *kept) whole(ctx context.Context) error {
	if c == nil {
		return nil
	}
	if err := c.count(ctx); err != nil || c.old <= 0 {
		return err
	}
	return c.lost(c.old)
}
