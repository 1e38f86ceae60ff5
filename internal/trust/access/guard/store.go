package guard

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// store holds the only SQL of the guard.
type store struct{}

// counted is one item of one person, as it is counted for a member.
type counted struct {
	member vocab.MemberID
	person vocab.PersonRef
	item   vocab.ItemID
}

// known are the values that members submitted, with the time of the last one.
type known map[counted][]dated

type dated struct {
	hash [12]byte
	at   int64 // unix microseconds
}

// count is how many distinct values stand within the window before now, and
// whether this one is among them.
func (k known) count(c counted, hash [12]byte, now time.Time) (n int, again bool) {
	from := now.Add(-window).UnixMicro()
	for _, v := range k[c] {
		if v.at > from {
			n++
			again = again || v.hash == hash
		}
	}
	return n, again
}

// add takes the call's values in, here and among the rows to write.
func (k known) add(write writing, who Asker, row Guess) {
	now := who.Now.UnixMicro()
	for _, v := range row.Values {
		c := counted{who.Member, row.Person, v.item}
		write[guessed{c, v.hash}] = now
		at := slices.IndexFunc(k[c], func(d dated) bool { return d.hash == v.hash })
		if at >= 0 {
			k[c][at].at = now
			continue
		}
		k[c] = append(k[c], dated{v.hash, now})
	}
}

// writing are the values to write, each once: a statement may touch a row only once.
type writing map[guessed]int64

type guessed struct {
	counted
	hash [12]byte
}

const selectGuesses = `SELECT person, item, value, at FROM access_guess WHERE member = $1 AND at > $2 AND person IN `

// read adds what the member submitted for the persons within the window before now.
func (store) read(ctx context.Context, tx *db.Tx, into known, m vocab.MemberID, now time.Time, all []Guess) error {
	args := make([]any, 0, 2+min(len(all), db.MaxMany))
	for part := range db.Parts(personsOf(all)) {
		args = append(args[:0], string(m), now.Add(-window).UnixMicro())
		for i := range part {
			args = append(args, part[i][:])
		}
		rows, err := tx.Query(ctx, selectGuesses+"("+tx.Many(3, len(part), 1)+")", args...)
		if err != nil {
			return err
		}
		if err := into.scan(m, rows); err != nil {
			return err
		}
	}
	return nil
}

// personsOf lists who is guessed at, each once: a row that is read twice would count twice.
func personsOf(all []Guess) []vocab.PersonRef {
	out := make([]vocab.PersonRef, 0, len(all))
	seen := make(map[vocab.PersonRef]bool, len(all))
	for i := range all {
		if p := all[i].Person; len(all[i].Values) > 0 && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

func (k known) scan(m vocab.MemberID, rows *sql.Rows) error {
	defer rows.Close()
	var person, item, value sql.RawBytes
	for rows.Next() {
		var at int64
		if err := rows.Scan(&person, &item, &value, &at); err != nil {
			return err
		}
		c := counted{m, vocab.PersonRef(person), vocab.ItemID(item)}
		k[c] = append(k[c], dated{[12]byte(value), at})
	}
	return rows.Err()
}

const (
	insertGuesses = `INSERT INTO access_guess (member, person, item, value, at) VALUES `
	againGuessed  = ` ON CONFLICT (member, person, item, value) DO UPDATE SET at = excluded.at`
)

// put writes the values in the order of the table, so that neighbours are met together.
func (store) put(ctx context.Context, tx *db.Tx, all writing) error {
	rows := slices.SortedFunc(maps.Keys(all), func(a, b guessed) int {
		return cmp.Or(cmp.Compare(a.member, b.member), bytes.Compare(a.person[:], b.person[:]))
	})
	args := make([]any, 0, 5*min(len(rows), db.MaxMany))
	for part := range db.Parts(rows) {
		args = args[:0]
		for i := range part {
			r := &part[i]
			args = append(args, string(r.member), r.person[:], string(r.item), r.hash[:], all[*r])
		}
		if _, err := tx.Exec(ctx, insertGuesses+tx.Many(1, len(part), 5)+againGuessed, args...); err != nil {
			return err
		}
	}
	return nil
}

const deleteGuesses = `DELETE FROM access_guess WHERE at < $1`

func (store) prune(ctx context.Context, tx *db.Tx, before time.Time) (int64, error) {
	return tx.Exec(ctx, deleteGuesses, before.UnixMicro())
}

const (
	selectUsed  = `SELECT used FROM access_quota WHERE grant_id = $1 AND period = $2`
	upsertQuota = `INSERT INTO access_quota (grant_id, period, used) VALUES ($1, $2, $3)
	ON CONFLICT (grant_id, period) DO UPDATE SET used = access_quota.used + excluded.used`
)

func (store) used(ctx context.Context, tx *db.Tx, q quotaKey) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, selectUsed, string(q.grant), q.period).Scan(&n)
	if db.NoRows(err) {
		return 0, nil
	}
	return n, err
}

func (store) use(ctx context.Context, tx *db.Tx, q quotaKey, n int64) error {
	_, err := tx.Exec(ctx, upsertQuota, string(q.grant), q.period, n)
	return err
}
