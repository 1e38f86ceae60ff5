package mandate

import (
	"context"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	sqlInsert = `INSERT INTO mandate
		(id, owner_member, principal, agent, kind, acts, state, reason, in_person, document, reference, officer, given_at, until_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0)`
	columns = `SELECT id, owner_member, principal, agent, kind, acts, state, reason, in_person, document, reference, officer,
		given_at, until_at, ended_at FROM mandate `
	sqlByID      = columns + `WHERE id = $1`
	sqlOf        = columns + `WHERE principal = $1 ORDER BY id LIMIT 500`
	sqlOfAgent   = columns + `WHERE agent = $1 ORDER BY id LIMIT 500`
	sqlUpdateEnd = `UPDATE mandate SET state = $2, reason = $3, reference = $4, ended_at = $5 WHERE id = $1`
)

func insert(ctx context.Context, tx *db.Tx, m Mandate) error {
	inPerson := 0
	if m.InPerson {
		inPerson = 1
	}
	_, err := tx.Exec(ctx, sqlInsert, m.ID, string(m.Counter), m.principal[:], m.agent[:], string(m.Kind), strings.Join(m.Acts, " "),
		string(m.State), m.Reason, inPerson, m.Document, m.reference, string(m.officer), m.Given.UnixMicro(), m.Until.UnixMicro())
	return err
}

func scan(row db.Scanner) (Mandate, error) {
	var m Mandate
	var principal, agent []byte
	var acts string
	var inPerson, given, until, ended int64
	err := row.Scan(&m.ID, &m.Counter, &principal, &agent, &m.Kind, &acts, &m.State, &m.Reason, &inPerson, &m.Document, &m.reference, &m.officer,
		&given, &until, &ended)
	copy(m.principal[:], principal)
	copy(m.agent[:], agent)
	m.Acts, m.InPerson = strings.Fields(acts), inPerson == 1
	m.Given, m.Until = time.UnixMicro(given).UTC(), time.UnixMicro(until).UTC()
	if ended > 0 {
		m.Ended = time.UnixMicro(ended).UTC()
	}
	return m, err
}

func byID(ctx context.Context, tx *db.Tx, id string) (Mandate, error) {
	m, err := scan(tx.QueryRow(ctx, sqlByID, id))
	if db.NoRows(err) {
		return Mandate{}, identity.NotYours()
	}
	return m, err
}

func ofPerson(ctx context.Context, tx *db.Tx, p vocab.PersonRef) ([]Mandate, error) {
	var out []Mandate
	for _, query := range []string{sqlOf, sqlOfAgent} {
		rows, err := tx.Query(ctx, query, p[:])
		found, err := db.Collect(rows, err, scan)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func updateEnd(ctx context.Context, tx *db.Tx, m Mandate) error {
	_, err := tx.Exec(ctx, sqlUpdateEnd, m.ID, string(m.State), m.Reason, m.reference, m.Ended.UnixMicro())
	return err
}
