package share

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/retention"
)

// Kept is what retention destroys of this duty: what was written in a request, once
// it is over and what it gave has ended. That it was made, what it asked for, how it
// was decided and on which law stay.
func (s *Service) Kept() retention.Store {
	return retention.Store{Kind: "request", Tables: []string{"share_request", "share_history"}, Over: s.overRequests, Destroy: s.emptyRequest}
}

const (
	selectOver = `SELECT ` + requestColumns + ` FROM share_request WHERE id > $2 AND emptied_at = 0
		AND state IN ('refused', 'withdrawn', 'agreed', 'agreed_in_part') AND changed_at < $1 ORDER BY id LIMIT $3`
	emptyText    = `UPDATE share_request SET body = $2, emptied_at = $3 WHERE id = $1 AND emptied_at = 0`
	emptyReasons = `UPDATE share_history SET reason = '' WHERE request_id = $1`
)

func (s *Service) overRequests(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]retention.Stored, error) {
	rows, err := tx.Query(ctx, selectOver, db.Micros(before), after, limit)
	list, err := db.Collect(rows, err, scanRequest)
	out := make([]retention.Stored, len(list))
	for i, r := range list {
		out[i] = retention.Stored{
			ID: string(r.ID), Dataset: r.Dataset, Names: []string{string(r.ID), string(r.Requester), string(r.Provider), string(r.Grant)}, Closed: r.closed(),
		}
	}
	return out, err
}

// closed is when the matter of a final request came to its end: what it gave has
// ended by the longest date that it asked for, and earlier once its holder
// certified that all is gone.
func (r *Request) closed() time.Time {
	if r.Grant != "" && r.Destruction == nil && r.Until.After(r.ChangedAt) {
		return r.Until
	}
	return r.ChangedAt
}

// emptyRequest takes out what was written: purpose, scenario, measures, what was
// missing, reasons. Of a data set that no catalog listed only the name stays.
func (s *Service) emptyRequest(ctx context.Context, tx *db.Tx, id string) error {
	r, err := loadAny(ctx, tx, selectAny, id)
	if db.NoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	r.empty()
	text, err := bodyOf(r)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, emptyText, id, text, db.Micros(s.p.Clock.Now())); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, emptyReasons, id)
	return err
}

func (r *Request) empty() {
	f := &r.Fields
	f.Purpose, f.Scenario, f.Statute, f.RowScope, f.CasePattern, f.Security, f.ImpactRef = "", "", "", "", "", "", ""
	if r.Decision != nil {
		r.Decision.Reason = ""
	}
	if r.Demanded != nil {
		r.Demanded.What, r.Demanded.Items = "", nil
		r.Demanded.Dispute.empty()
	}
	if r.Procedure != nil {
		r.Procedure.What = ""
	}
	if r.Supplement != nil {
		r.Supplement.What = ""
	}
	if r.Extension != nil {
		r.Extension.Reason = ""
	}
	r.Dispute.empty()
	if r.Destruction != nil {
		r.Destruction.Method, r.Destruction.What, r.Destruction.Kept = "", "", ""
	}
}

func (d *Dispute) empty() {
	if d == nil {
		return
	}
	d.Reason = ""
	for i := range d.Rulings {
		d.Rulings[i].Reason = ""
	}
}
