package overlay

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/engine/source"
)

const (
	putSet = `INSERT INTO access_overlay (register, subject, column_name, item, owner_member, act, sealed, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (register, subject, column_name) DO UPDATE SET item = excluded.item, owner_member = excluded.owner_member, act = excluded.act,
		sealed = excluded.sealed, at = excluded.at`
	dropSet    = `DELETE FROM access_overlay WHERE register = $1 AND subject = $2 AND column_name = $3 AND act = $4`
	selectSets = `SELECT register, subject, column_name, item, owner_member, act, sealed FROM access_overlay ORDER BY register, subject, column_name`
)

// Store is the table, with the key under which its values are sealed.
type Store struct{ Keys *keys.Store }

// Put keeps a value in the caller's transaction.
func (t Store) Put(ctx context.Context, tx *db.Tx, s Set, at time.Time) error {
	plain := append([]byte{1}, s.Value.Text...)
	if s.Value.Null {
		plain = []byte{0}
	}
	sealed, err := t.Keys.Seal(keys.Keyed, plain, s.bound())
	if err != nil {
		return fmt.Errorf("seal a value that an act set: %w", err)
	}
	_, err = tx.Exec(ctx, putSet, s.Register, s.Key[:], s.Column, string(s.Item), string(s.Owner), s.Act, sealed, db.Micros(at))
	return err
}

// Drop forgets a value that the register carries now.
func (Store) Drop(ctx context.Context, tx *db.Tx, s Set) error {
	_, err := tx.Exec(ctx, dropSet, s.Register, s.Key[:], s.Column, s.Act)
	return err
}

// All gives every value that lies over a register.
func (t Store) All(ctx context.Context, tx *db.Tx, each func(Set)) error {
	rows, err := tx.Query(ctx, selectSets)
	all, err := db.Collect(rows, err, func(r db.Scanner) (Set, error) {
		var s Set
		var key, sealed []byte
		if err := r.Scan(&s.Register, &key, &s.Column, &s.Item, &s.Owner, &s.Act, &sealed); err != nil {
			return s, err
		}
		copy(s.Key[:], key)
		plain, err := t.Keys.Unseal(keys.Keyed, sealed, s.bound())
		if err != nil {
			return s, fmt.Errorf("open what act %s set: %w", s.Act, err)
		}
		if s.Value = source.NullValue(source.Text); len(plain) > 0 && plain[0] == 1 {
			s.Value = source.NewValue(source.Text, string(plain[1:]))
		}
		return s, nil
	})
	for _, s := range all {
		each(s)
	}
	return err
}

// bound ties a sealed value to its place, so that no two can be exchanged.
func (s Set) bound() []byte {
	return append([]byte("fontis/overlay/v1\n"+s.Register+"\n"+s.Column+"\n"), s.Key[:]...)
}
