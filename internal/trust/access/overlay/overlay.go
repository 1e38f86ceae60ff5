// Package overlay keeps what acts of two officers made of persons' values, where
// the register that answers does not carry it yet.
//
// An act stands here with the commit in which it takes effect: from then on every
// answer of the register rests on it, whatever the rows say. A load that carries
// the value ends it. Who was taken off a register stays off until another act.
//
// The index is in memory, so that a register over which nothing lies asks it for
// nothing; values lie sealed in its table, which belongs to the door.
package overlay

import (
	"maps"
	"sync"

	"fontis/internal/engine/keyed"
	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// Set is one value that an act set.
type Set struct {
	Register string    // the source's name inside the node
	Key      keyed.Key // the subject's pseudonym in that register
	Column   string
	Item     vocab.ItemID
	Owner    vocab.MemberID
	Act      string
	Value    source.Value // null: taken off the register
}

// row is whom in which register.
type row struct {
	register string
	key      keyed.Key
}

// Index is every value that lies over a register. Its zero value is empty.
type Index struct {
	mu  sync.RWMutex // guards all
	all map[row]map[string]Set
}

// Put lays a value over the register's; a newer act takes an older one's place.
func (x *Index) Put(s Set) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[row]map[string]Set{}
	}
	at := row{s.Register, s.Key}
	next := maps.Clone(x.all[at]) // readers hold the one that they were given
	if next == nil {
		next = map[string]Set{}
	}
	next[s.Column] = s
	x.all[at] = next
}

// Drop takes a value away, unless a newer act has set another.
func (x *Index) Drop(s Set) {
	x.mu.Lock()
	defer x.mu.Unlock()
	at := row{s.Register, s.Key}
	if x.all[at][s.Column].Act != s.Act {
		return
	}
	next := maps.Clone(x.all[at])
	delete(next, s.Column)
	if x.all[at] = next; len(next) == 0 {
		delete(x.all, at)
	}
}

// Of gives what lies over a subject's row, by column; nil when nothing does.
func (x *Index) Of(register string, key keyed.Key) map[string]source.Value {
	sets := x.sets(register, key)
	if len(sets) == 0 {
		return nil
	}
	out := make(map[string]source.Value, len(sets))
	for column, s := range sets {
		out[column] = s.Value
	}
	return out
}

// On gives what lies over one column of a subject's row.
func (x *Index) On(register string, key keyed.Key, column string) (Set, bool) {
	s, ok := x.sets(register, key)[column]
	return s, ok
}

func (x *Index) sets(register string, key keyed.Key) map[string]Set {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if len(x.all) == 0 {
		return nil
	}
	return x.all[row{register, key}]
}

// Off gives the subjects who were taken off a register in every one of the columns.
func (x *Index) Off(register string, columns []string) []keyed.Key {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var out []keyed.Key
	for at, sets := range x.all {
		off := at.register == register && len(columns) > 0
		for _, c := range columns {
			s, ok := sets[c]
			off = off && ok && s.Value.Null
		}
		if off {
			out = append(out, at.key)
		}
	}
	return out
}
