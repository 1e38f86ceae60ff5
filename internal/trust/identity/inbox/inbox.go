// Package inbox finds notices whose time is over and takes them out of the inboxes
// of members and of persons. How long a notice is kept is a row of the law, which
// others read.
package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Old is a notice whose time may be over.
type Old struct {
	ID     string
	Names  []string        // whose inbox it is in, and what it is about
	Person vocab.PersonRef // instead of a member
	At     time.Time
}

const (
	selectMembers = `SELECT id, owner_member, params, link, at FROM notice WHERE id > $2 AND at < $1 ORDER BY id LIMIT $3`
	selectPersons = `SELECT id, person, params, link, at FROM person_notice WHERE id > $2 AND at < $1 ORDER BY id LIMIT $3`
	deleteMembers = `DELETE FROM notice WHERE id = $1`
	deletePersons = `DELETE FROM person_notice WHERE id = $1`
)

// OfMembers lists notices of members from before the moment, behind an id.
func OfMembers(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]Old, error) {
	rows, err := tx.Query(ctx, selectMembers, db.Micros(before), after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (Old, error) {
		var o Old
		var member, params, link string
		var at int64
		if err := s.Scan(&o.ID, &member, &params, &link, &at); err != nil {
			return o, err
		}
		o.Names, o.At = []string{member}, db.FromMicros(at)
		return o, o.about(params, link)
	})
}

// OfPersons lists those of persons.
func OfPersons(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]Old, error) {
	rows, err := tx.Query(ctx, selectPersons, db.Micros(before), after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (Old, error) {
		var o Old
		var person []byte
		var params, link string
		var at int64
		if err := s.Scan(&o.ID, &person, &params, &link, &at); err != nil {
			return o, err
		}
		copy(o.Person[:], person)
		o.At = db.FromMicros(at)
		return o, o.about(params, link)
	})
}

// about adds what the notice tells of: its parameters, and the parts of its link.
func (o *Old) about(params, link string) error {
	var values map[string]string
	if err := json.Unmarshal([]byte(params), &values); err != nil {
		return fmt.Errorf("read notice %s: %w", o.ID, err)
	}
	for _, v := range values {
		o.Names = append(o.Names, v)
	}
	o.Names = append(o.Names, strings.FieldsFunc(link, func(r rune) bool { return strings.ContainsRune("/?&=", r) })...)
	return nil
}

// Destroy takes a notice out of whichever inbox it is in.
func Destroy(ctx context.Context, tx *db.Tx, id string) error {
	for _, query := range []string{deleteMembers, deletePersons} {
		if _, err := tx.Exec(ctx, query, id); err != nil {
			return err
		}
	}
	return nil
}
