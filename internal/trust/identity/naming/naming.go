// Package naming knows which officers a member lists. A machine says in whose name
// it calls, and its member answers for the name; here the name is held against
// the member's own list, so that the record can say which it is: an officer whom
// the member lists, or a name that nobody but the machine has given.
//
// What was read is kept until anything about officers changes, because a machine
// calls thousands of times in one name.
//
// Promise: another member's officers are never found, whatever name is given.
package naming

import (
	"context"
	"strings"
	"sync"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Word says what stands behind the name of an officer.
type Word string

// A member lists the officer, has suspended them, or has no such officer: then the
// name is recorded as it was given.
const (
	Listed    Word = "listed"
	Suspended Word = "suspended"
	AsGiven   Word = "as-given"
)

// Officer is whom a name means.
type Officer struct {
	ID   vocab.OfficerID
	Unit string
	Word Word
}

// maxKnown bounds what is kept; beyond it any one makes room.
const maxKnown = 10_000

type question struct {
	member vocab.MemberID
	name   vocab.OfficerID
}

// Index answers which officer a name means. Its zero value is ready.
type Index struct {
	mu    sync.Mutex // guards both
	epoch uint64
	known map[question]Officer
}

// Of is whom the name means in the member's list. epoch moves whenever anything
// about officers changes; what was learned before is forgotten.
func (x *Index) Of(ctx context.Context, d *db.DB, m vocab.MemberID, name vocab.OfficerID, epoch uint64) (Officer, error) {
	q := question{m, name}
	if o, ok := x.get(q, epoch); ok {
		return o, nil
	}
	id := vocab.OfficerID(strings.ToLower(strings.TrimSpace(string(name))))
	if !strings.Contains(string(id), "@") {
		id += "@" + vocab.OfficerID(m)
	}
	var o Officer
	err := d.Read(ctx, func(tx *db.Tx) error {
		var err error
		o, err = selectListed(ctx, tx, m, id)
		return err
	})
	if db.NoRows(err) {
		o, err = Officer{ID: name, Word: AsGiven}, nil
	}
	if err != nil {
		return Officer{}, err
	}
	x.put(q, o, epoch)
	return o, nil
}

func (x *Index) get(q question, epoch uint64) (Officer, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.epoch != epoch {
		return Officer{}, false
	}
	o, ok := x.known[q]
	return o, ok
}

func (x *Index) put(q question, o Officer, epoch uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if epoch < x.epoch {
		return
	}
	if epoch > x.epoch || x.known == nil {
		x.epoch, x.known = epoch, map[question]Officer{}
	}
	if len(x.known) >= maxKnown {
		for old := range x.known {
			delete(x.known, old)
			break
		}
	}
	x.known[q] = o
}
