package deferral

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	sqlPutGround = `INSERT INTO deferral_ground
		(name, jurisdiction, citation, source, verified, longest_days, renewals, ask_days, from_at, until_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (jurisdiction, name) DO UPDATE SET
		citation = $3, source = $4, verified = $5, longest_days = $6, renewals = $7, ask_days = $8, from_at = $9, until_at = $10`
	groundColumns = `SELECT name, jurisdiction, citation, source, verified, longest_days, renewals, ask_days, from_at, until_at FROM deferral_ground `
	sqlGround     = groundColumns + `WHERE jurisdiction = $1 AND name = $2`
	sqlGrounds    = groundColumns + `ORDER BY jurisdiction, name LIMIT 1000`

	sqlInsert = `INSERT INTO deferral_order
		(id, owner_member, person, member, trace, entry_at, ground, jurisdiction, reference, author, second_member, second, state, reason, renews,
		made_at, from_at, until_at, decided_at, told_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', $11, '', $12, $13, $14, $15, 0, 0)`
	orderColumns = `SELECT id, owner_member, person, member, trace, entry_at, ground, jurisdiction, reference, author, second_member, second, state,
		reason, renews, made_at, from_at, until_at, decided_at FROM deferral_order `
	sqlByID     = orderColumns + `WHERE id = $1`
	sqlOfPerson = orderColumns + `WHERE person = $1 ORDER BY made_at LIMIT 1000`
	sqlEnded    = orderColumns + `WHERE told_at = 0 AND until_at <= $1 AND state = 'in-force' ORDER BY until_at LIMIT $2`
	sqlAfter    = `SELECT id, told_at FROM deferral_order WHERE id > $1 ORDER BY id LIMIT $2`
	sqlOrders   = orderColumns + `WHERE ($1 = '' OR owner_member = $1)
		AND ($2 = '' OR (made_at, id) < (SELECT made_at, id FROM deferral_order WHERE id = $2)) ORDER BY made_at DESC, id DESC LIMIT $3`
	sqlUpdate     = `UPDATE deferral_order SET state = $2, reason = $3, second_member = $4, second = $5, from_at = $6, decided_at = $7 WHERE id = $1`
	sqlUpdateTold = `UPDATE deferral_order SET state = $2, reason = $3, decided_at = $4, told_at = $5 WHERE id = $1`
	sqlCount      = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN state = 'in-force' AND until_at > $3 THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN renews <> '' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN state = 'lifted' THEN 1 ELSE 0 END), 0)
		FROM deferral_order WHERE jurisdiction = $1 AND ground = $2 AND state <> 'proposed'`
)

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func putGround(ctx context.Context, tx *db.Tx, g Ground) error {
	_, err := tx.Exec(ctx, sqlPutGround, g.Name, g.Jurisdiction, g.Citation, g.Source, flag(g.Verified), g.LongestDays, g.Renewals, g.AskDays, db.Micros(g.From), db.Micros(g.Until))
	return err
}

func scanGround(row db.Scanner) (Ground, error) {
	var g Ground
	var verified, from, until int64
	err := row.Scan(&g.Name, &g.Jurisdiction, &g.Citation, &g.Source, &verified, &g.LongestDays, &g.Renewals, &g.AskDays, &from, &until)
	g.Verified, g.From, g.Until = verified == 1, db.FromMicros(from), db.FromMicros(until)
	return g, err
}

func ground(ctx context.Context, tx *db.Tx, jurisdiction, name string) (Ground, error) {
	g, err := scanGround(tx.QueryRow(ctx, sqlGround, jurisdiction, name))
	if db.NoRows(err) {
		return Ground{}, vocab.RuleMissing.Because("no row of the law of %.20q is named %.60q", jurisdiction, name)
	}
	if err != nil {
		return Ground{}, err
	}
	shipped, err := Shipped()
	return g.within(shipped), err
}

func grounds(ctx context.Context, tx *db.Tx) ([]Ground, error) {
	rows, err := tx.Query(ctx, sqlGrounds)
	list, err := db.Collect(rows, err, scanGround)
	if err != nil {
		return nil, err
	}
	shipped, err := Shipped()
	for i := range list {
		list[i] = list[i].within(shipped)
	}
	return list, err
}

func insert(ctx context.Context, tx *db.Tx, o Order) error {
	_, err := tx.Exec(ctx, sqlInsert, o.ID, string(o.Body), o.person[:], string(o.Member), string(o.Trace), db.Micros(o.entry), o.Ground, o.Law, o.Reference,
		string(o.Author), string(o.State), o.Renews, db.Micros(o.Made), db.Micros(o.From), db.Micros(o.Until))
	return err
}

func scanOrder(row db.Scanner) (Order, error) {
	var o Order
	var person []byte
	var entry, made, from, until, decided int64
	err := row.Scan(&o.ID, &o.Body, &person, &o.Member, &o.Trace, &entry, &o.Ground, &o.Law, &o.Reference, &o.Author, &o.SecondOf, &o.Second,
		&o.State, &o.Reason, &o.Renews, &made, &from, &until, &decided)
	copy(o.person[:], person)
	o.entry, o.Made, o.From, o.Until, o.Decided = db.FromMicros(entry), db.FromMicros(made), db.FromMicros(from), db.FromMicros(until), db.FromMicros(decided)
	return o, err
}

func byID(ctx context.Context, tx *db.Tx, id string) (Order, error) {
	o, err := scanOrder(tx.QueryRow(ctx, sqlByID, id))
	if db.NoRows(err) {
		return Order{}, identity.NotYours()
	}
	return o, err
}

func list(ctx context.Context, tx *db.Tx, query string, args ...any) ([]Order, error) {
	rows, err := tx.Query(ctx, query, args...)
	return db.Collect(rows, err, scanOrder)
}

func ofPerson(ctx context.Context, tx *db.Tx, p vocab.PersonRef) ([]Order, error) {
	return list(ctx, tx, sqlOfPerson, p[:])
}

// toldAfter tells of the orders behind one whether the person was told.
func toldAfter(ctx context.Context, tx *db.Tx, after string, limit int) (ids []string, told map[string]bool, err error) {
	told = map[string]bool{}
	rows, err := tx.Query(ctx, sqlAfter, after, limit)
	ids, err = db.Collect(rows, err, func(s db.Scanner) (string, error) {
		var id string
		var at int64
		err := s.Scan(&id, &at)
		told[id] = at > 0
		return id, err
	})
	return ids, told, err
}

func ended(ctx context.Context, tx *db.Tx, now time.Time, limit int) ([]Order, error) {
	return list(ctx, tx, sqlEnded, db.Micros(now), limit)
}

// orders lists an owner's orders, or everybody's.
func orders(ctx context.Context, tx *db.Tx, owner vocab.MemberID, p identity.Page) ([]Order, error) {
	return list(ctx, tx, sqlOrders, string(owner), p.After, p.Most())
}

func update(ctx context.Context, tx *db.Tx, o Order) error {
	_, err := tx.Exec(ctx, sqlUpdate, o.ID, string(o.State), o.Reason, string(o.SecondOf), string(o.Second), db.Micros(o.From), db.Micros(o.Decided))
	return err
}

func updateTold(ctx context.Context, tx *db.Tx, o Order, now time.Time) error {
	_, err := tx.Exec(ctx, sqlUpdateTold, o.ID, string(o.State), o.Reason, db.Micros(o.Decided), db.Micros(now))
	return err
}

func count(ctx context.Context, tx *db.Tx, g Ground, now time.Time) (Figures, error) {
	var f Figures
	err := tx.QueryRow(ctx, sqlCount, g.Jurisdiction, g.Name, db.Micros(now)).Scan(&f.Orders, &f.InForce, &f.Renewals, &f.Refused, &f.Lifted)
	return f, err
}
