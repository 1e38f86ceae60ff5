package channel

import (
	"context"
	"database/sql"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	channelColumns = `id, owner_member, officer, kind, address, lang, state, code, added_by, added_at`

	sqlInsertChannel = `INSERT INTO channel (` + channelColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	sqlChannel       = `SELECT ` + channelColumns + ` FROM channel WHERE id = $1`
	sqlOwnChannel    = `SELECT ` + channelColumns + ` FROM channel WHERE id = $1 AND owner_member = $2 AND (officer = '' OR officer = $3)`
	sqlChannelsOf    = `SELECT ` + channelColumns + ` FROM channel WHERE owner_member = $1 AND (officer = $2 OR ($3 = 1 AND officer = '')) ORDER BY id`
	// A notice to the whole member goes to the member's channels and to those of
	// its officers; one to an officer goes to that officer alone.
	sqlChannelsFor = `SELECT ` + channelColumns + ` FROM channel WHERE owner_member = $1 AND state = 'confirmed' AND ($2 = '' OR officer = $2) ORDER BY id`
	sqlConfirm     = `UPDATE channel SET state = 'confirmed' WHERE id = $1`
	sqlDelete      = `DELETE FROM channel WHERE id = $1`

	deliveryColumns = `id, channel, notice, owner_member, kind, link, code, state, tries, next_at, trouble, made_at, done_at`

	sqlInsertDelivery = `INSERT INTO channel_delivery (` + deliveryColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (channel, notice) DO NOTHING`
	sqlUpdateDelivery = `UPDATE channel_delivery SET state = $2, tries = $3, next_at = $4, trouble = $5, done_at = $6, code = $7 WHERE id = $1`
	sqlDue            = `SELECT ` + deliveryColumns + ` FROM channel_delivery WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY next_at, id LIMIT $2`
	sqlNextDue        = `SELECT MIN(next_at) FROM channel_delivery WHERE next_at IS NOT NULL`
	sqlDead           = `SELECT ` + deliveryColumns + ` FROM channel_delivery WHERE state = 'dead' AND id > $1 ORDER BY id LIMIT $2`
	sqlCountDead      = `SELECT COUNT(*) FROM channel_delivery WHERE state = 'dead'`
	sqlRevive         = `UPDATE channel_delivery SET state = 'waiting', tries = 0, next_at = $2, done_at = 0 WHERE id = $1 AND state = 'dead'`
	sqlDoneBefore     = `SELECT ` + deliveryColumns + ` FROM channel_delivery WHERE id > $2 AND next_at IS NULL AND done_at < $1 ORDER BY id LIMIT $3`
	sqlDeleteDelivery = `DELETE FROM channel_delivery WHERE id = $1 AND next_at IS NULL`
	sqlPruneSent      = `DELETE FROM channel_delivery WHERE state = 'sent' AND done_at < $1`
)

func scanChannel(s db.Scanner) (Channel, error) {
	var c Channel
	var added int64
	err := s.Scan(&c.ID, &c.Member, &c.Officer, &c.Kind, &c.Address, &c.Lang, &c.State, &c.code, &c.addedBy, &added)
	c.AddedAt = db.FromMicros(added)
	return c, err
}

func insertChannel(ctx context.Context, tx *db.Tx, c Channel) error {
	_, err := tx.Exec(ctx, sqlInsertChannel, c.ID, string(c.Member), string(c.Officer), string(c.Kind), c.Address, string(c.Lang), string(c.State),
		c.code, string(c.addedBy), c.AddedAt.UnixMicro())
	return err
}

// loadChannel gives a channel of the actor or of the actor's member.
func loadChannel(ctx context.Context, tx *db.Tx, a identity.Actor, id string) (Channel, error) {
	if a.Member == "" || a.Officer == "" || len(id) > 100 {
		return Channel{}, identity.NotYours()
	}
	c, err := scanChannel(tx.QueryRow(ctx, sqlOwnChannel, id, string(a.Member), string(a.Officer)))
	if db.NoRows(err) {
		return Channel{}, identity.NotYours()
	}
	return c, err
}

func channelByID(ctx context.Context, tx *db.Tx, id string) (Channel, error) {
	return scanChannel(tx.QueryRow(ctx, sqlChannel, id))
}

func channelsOf(ctx context.Context, tx *db.Tx, a identity.Actor, member bool) ([]Channel, error) {
	all := 0
	if member {
		all = 1
	}
	rows, err := tx.Query(ctx, sqlChannelsOf, string(a.Member), string(a.Officer), all)
	return db.Collect(rows, err, scanChannel)
}

func channelsFor(ctx context.Context, tx *db.Tx, m vocab.MemberID, o vocab.OfficerID) ([]Channel, error) {
	rows, err := tx.Query(ctx, sqlChannelsFor, string(m), string(o))
	return db.Collect(rows, err, scanChannel)
}

func confirmChannel(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, sqlConfirm, id)
	return err
}

func deleteChannel(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, sqlDelete, id)
	return err
}

func scanDelivery(s db.Scanner) (delivery, error) {
	var d delivery
	var next sql.NullInt64
	var made, done int64
	err := s.Scan(&d.ID, &d.Channel, &d.Notice, &d.Member, &d.Kind, &d.Link, &d.code, &d.State, &d.Tries, &next, &d.Trouble, &made, &done)
	d.NextAt, d.MadeAt, d.DoneAt = db.FromMicros(next.Int64), db.FromMicros(made), db.FromMicros(done)
	return d, err
}

// insertDelivery keeps a delivery; one of the same notice to the same channel
// stays as it is.
func insertDelivery(ctx context.Context, tx *db.Tx, d delivery) (bool, error) {
	n, err := tx.Exec(ctx, sqlInsertDelivery, d.ID, d.Channel, d.Notice, string(d.Member), d.Kind, d.Link, d.code, onItsWay, d.Tries, db.OrNull(d.NextAt),
		d.Trouble, d.MadeAt.UnixMicro(), db.Micros(d.DoneAt))
	return n == 1, err
}

func updateDelivery(ctx context.Context, tx *db.Tx, d delivery) error {
	_, err := tx.Exec(ctx, sqlUpdateDelivery, d.ID, d.State, d.Tries, db.OrNull(d.NextAt), d.Trouble, db.Micros(d.DoneAt), d.code)
	return err
}

func loadDue(ctx context.Context, tx *db.Tx, now time.Time, limit int) ([]delivery, error) {
	rows, err := tx.Query(ctx, sqlDue, now.UnixMicro(), limit)
	return db.Collect(rows, err, scanDelivery)
}

func loadDead(ctx context.Context, tx *db.Tx, after string, limit int) ([]delivery, error) {
	rows, err := tx.Query(ctx, sqlDead, after, limit)
	return db.Collect(rows, err, scanDelivery)
}

func countDead(ctx context.Context, tx *db.Tx) (n int, err error) {
	return n, tx.QueryRow(ctx, sqlCountDead).Scan(&n)
}

func reviveDelivery(ctx context.Context, tx *db.Tx, id string, now time.Time) (int64, error) {
	return tx.Exec(ctx, sqlRevive, id, now.UnixMicro())
}

func pruneSent(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, sqlPruneSent, before.UnixMicro())
	return err
}

func nextDue(ctx context.Context, tx *db.Tx) (time.Time, error) {
	var at sql.NullInt64
	err := tx.QueryRow(ctx, sqlNextDue).Scan(&at)
	return db.FromMicros(at.Int64), err
}

// deliveriesBefore lists deliveries that came to their end before the moment,
// behind an id.
func deliveriesBefore(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]delivery, error) {
	rows, err := tx.Query(ctx, sqlDoneBefore, before.UnixMicro(), after, limit)
	return db.Collect(rows, err, scanDelivery)
}

func deleteDelivery(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, sqlDeleteDelivery, id)
	return err
}
