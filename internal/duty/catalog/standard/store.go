package standard

import (
	"context"
	"encoding/json"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	sqlElements   = `SELECT owner_member, said FROM catalog_element WHERE id > $1 ORDER BY id LIMIT $2`
	sqlElement    = `SELECT owner_member, said FROM catalog_element WHERE id = $1`
	sqlPutElement = `INSERT INTO catalog_element (id, owner_member, said, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET said = excluded.said, changed_by = excluded.changed_by, changed_at = excluded.changed_at
		WHERE catalog_element.owner_member = excluded.owner_member`

	sqlLists      = `SELECT owner_member, said, version, codes FROM catalog_code_list WHERE id > $1 ORDER BY id LIMIT $2`
	sqlList       = `SELECT owner_member, said, version, codes FROM catalog_code_list WHERE id = $1`
	sqlInsertList = `INSERT INTO catalog_code_list (id, owner_member, said, version, codes, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO NOTHING`
	sqlUpdateList = `UPDATE catalog_code_list SET said = $3, version = $4, codes = $5, changed_by = $6, changed_at = $7
		WHERE id = $1 AND owner_member = $2 AND version = $8`

	sqlCodes        = `SELECT said FROM catalog_code WHERE list_id = $1 AND version = $2 AND code > $3 ORDER BY code LIMIT $4`
	sqlBelow        = `SELECT said FROM catalog_code WHERE list_id = $1 AND version = $2 AND code > $3 AND broader = $5 ORDER BY code LIMIT $4`
	sqlCode         = `SELECT said FROM catalog_code WHERE list_id = $1 AND version = $2 AND code = $3`
	sqlInsertCode   = `INSERT INTO catalog_code (list_id, version, code, broader, said) VALUES ($1, $2, $3, $4, $5)`
	sqlDeleteUnread = `DELETE FROM catalog_code WHERE list_id = $1 AND version = $2 AND code IN (
		SELECT code FROM catalog_code WHERE list_id = $1 AND version = $2 LIMIT $3)`
	sqlUnread = `SELECT MIN(c.version) FROM catalog_code c WHERE c.list_id = $1
		AND c.version < (SELECT version FROM catalog_code_list WHERE id = $1)`
)

func scanElement(s db.Scanner) (Element, error) {
	var e Element
	var said, owner string
	if err := s.Scan(&owner, &said); err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(said), &e); err != nil {
		return e, fmt.Errorf("read a data element: %w", err)
	}
	e.Owner = vocab.MemberID(owner)
	return e, nil
}

func loadElements(ctx context.Context, tx *db.Tx, after string, limit int) ([]Element, error) {
	rows, err := tx.Query(ctx, sqlElements, after, limit)
	return db.Collect(rows, err, scanElement)
}

func loadElement(ctx context.Context, tx *db.Tx, id string) (*Element, error) {
	rows, err := tx.Query(ctx, sqlElement, id)
	all, err := db.Collect(rows, err, scanElement)
	return first(all, err)
}

// first is the one row there is, or what does not exist.
func first[T any](all []T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, identity.NotYours()
	}
	return &all[0], nil
}

func putElement(ctx context.Context, tx *db.Tx, e Element, by string) error {
	said, err := json.Marshal(e)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlPutElement, e.ID, string(e.Owner), string(said), by, db.Micros(e.ChangedAt))
	if err == nil && n == 0 {
		return identity.NotYours()
	}
	return err
}

func scanList(s db.Scanner) (List, error) {
	var l, said List
	var text, owner string
	if err := s.Scan(&owner, &text, &l.version, &l.Codes); err != nil {
		return l, err
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		return l, fmt.Errorf("read a code list: %w", err)
	}
	said.Owner, said.version, said.Codes = vocab.MemberID(owner), l.version, l.Codes
	return said, nil
}

func loadLists(ctx context.Context, tx *db.Tx, after string, limit int) ([]List, error) {
	rows, err := tx.Query(ctx, sqlLists, after, limit)
	return db.Collect(rows, err, scanList)
}

func loadList(ctx context.Context, tx *db.Tx, id string) (*List, error) {
	rows, err := tx.Query(ctx, sqlList, id)
	all, err := db.Collect(rows, err, scanList)
	return first(all, err)
}

// putList shows the codes of a new version, if the list is still the one that the new
// table was laid over.
func putList(ctx context.Context, tx *db.Tx, l List, was int64, by string) error {
	said, err := json.Marshal(l)
	if err != nil {
		return err
	}
	args := []any{l.ID, string(l.Owner), string(said), l.version, l.Codes, by, db.Micros(l.ChangedAt)}
	if was == 0 {
		n, err := tx.Exec(ctx, sqlInsertList, args...)
		if err == nil && n == 0 {
			return vocab.RevisionStale.Because("the code list %s was made by somebody else meanwhile", l.ID)
		}
		return err
	}
	n, err := tx.Exec(ctx, sqlUpdateList, append(args, was)...)
	if err == nil && n == 0 {
		return vocab.RevisionStale.Because("the code list %s was changed meanwhile", l.ID)
	}
	return err
}

func scanCode(s db.Scanner) (Code, error) {
	var c Code
	var said string
	if err := s.Scan(&said); err != nil {
		return c, err
	}
	if err := json.Unmarshal([]byte(said), &c); err != nil {
		return c, fmt.Errorf("read a code: %w", err)
	}
	return c, nil
}

func loadCodes(ctx context.Context, tx *db.Tx, l *List, broader, after string, limit int) ([]Code, error) {
	if broader != "" {
		rows, err := tx.Query(ctx, sqlBelow, l.ID, l.version, after, limit, broader)
		return db.Collect(rows, err, scanCode)
	}
	rows, err := tx.Query(ctx, sqlCodes, l.ID, l.version, after, limit)
	return db.Collect(rows, err, scanCode)
}

func loadCode(ctx context.Context, tx *db.Tx, l *List, code string) (*Code, error) {
	rows, err := tx.Query(ctx, sqlCode, l.ID, l.version, code)
	all, err := db.Collect(rows, err, scanCode)
	return first(all, err)
}

func insertCodes(ctx context.Context, tx *db.Tx, l *List, part []Code) error {
	for _, c := range part {
		said, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlInsertCode, l.ID, l.version, c.Code, c.Broader, string(said)); err != nil {
			return err
		}
	}
	return nil
}

// deleteUnread takes some codes of the oldest table out that no list names, and tells
// whether there may be more. A table that is newer than the list's is on its way in.
func deleteUnread(ctx context.Context, tx *db.Tx, id string, limit int) (bool, error) {
	var version *int64
	if err := tx.QueryRow(ctx, sqlUnread, id).Scan(&version); err != nil || version == nil {
		return false, err
	}
	_, err := tx.Exec(ctx, sqlDeleteUnread, id, *version, limit)
	return err == nil, err
}
