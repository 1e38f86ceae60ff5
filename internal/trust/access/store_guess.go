package access

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const selectGuesses = `SELECT person, item, value FROM access_guess WHERE member = $1 AND at > $2 AND person IN `

// guesses are the distinct values that the member submitted within the window,
// by person and item.
func (store) guesses(ctx context.Context, tx *db.Tx, who guesser, all []guess) (map[counted][][12]byte, error) {
	out := make(map[counted][][12]byte, len(all))
	args := make([]any, 0, 2+db.MaxMany)
	for part := range db.Parts(personsOf(all)) {
		args = append(args[:0], string(who.member), who.now.Add(-guessWindow).UnixMicro())
		for i := range part {
			args = append(args, part[i][:])
		}
		if err := readGuesses(ctx, tx, out, selectGuesses+"("+tx.Many(3, len(part), 1)+")", args); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// personsOf lists who is guessed at, each once: a row that is read twice would count twice.
func personsOf(all []guess) []vocab.PersonRef {
	out := make([]vocab.PersonRef, 0, len(all))
	seen := make(map[vocab.PersonRef]bool, len(all))
	for i := range all {
		if p := all[i].person; len(all[i].values) > 0 && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

func readGuesses(ctx context.Context, tx *db.Tx, into map[counted][][12]byte, query string, args []any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var person, value sql.RawBytes
	for rows.Next() {
		var item string
		if err := rows.Scan(&person, &item, &value); err != nil {
			return err
		}
		c := counted{vocab.PersonRef(person), vocab.ItemID(item)}
		into[c] = append(into[c], [12]byte(value))
	}
	return rows.Err()
}

const (
	insertGuesses = `INSERT INTO access_guess (member, person, item, value, at) VALUES `
	againGuessed  = ` ON CONFLICT (member, person, item, value) DO UPDATE SET at = excluded.at`
)

// guessRow is one value to count.
type guessRow struct {
	counted
	value [12]byte
}

// putGuesses counts the values; one that stands twice is counted once, as a
// statement may touch a row only once.
func (store) putGuesses(ctx context.Context, tx *db.Tx, who guesser, rows []guessRow) error {
	seen := make(map[guessRow]bool, len(rows))
	rows = slices.DeleteFunc(rows, func(r guessRow) bool {
		again := seen[r]
		seen[r] = true
		return again
	})
	member, now := string(who.member), who.now.UnixMicro()
	args := make([]any, 0, 5*db.MaxMany)
	for part := range db.Parts(rows) {
		args = args[:0]
		for i := range part {
			args = append(args, member, part[i].person[:], string(part[i].item), part[i].value[:], now)
		}
		if _, err := tx.Exec(ctx, insertGuesses+tx.Many(1, len(part), 5)+againGuessed, args...); err != nil {
			return err
		}
	}
	return nil
}

const deleteGuesses = `DELETE FROM access_guess WHERE at < $1`

func (store) pruneGuesses(ctx context.Context, tx *db.Tx, before time.Time) (int64, error) {
	return tx.Exec(ctx, deleteGuesses, before.UnixMicro())
}
