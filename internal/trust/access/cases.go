package access

import (
	"context"
	"encoding/hex"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

// spendCase counts a single call against what one case number may carry in a
// day. The case number itself stays out of the table. A batch has its approved
// list of cases instead.
func (d *Door) spendCase(ctx context.Context, tx *db.Tx, g *Grant, number string, now time.Time) error {
	if g.CasesPerDay <= 0 {
		return nil
	}
	sum, _ := d.p.Keys.MAC(keys.Audit, []byte("case"), []byte(number))
	period := now.Format(time.DateOnly) + " " + hex.EncodeToString(sum[:12])
	taken, err := d.store.takeQuota(ctx, tx, g.ID, period, 1, int64(g.CasesPerDay))
	if err != nil {
		return err
	}
	if !taken {
		return vocab.QuotaSpent.Because("grant %s allows %d calls a day for one case number", g.ID, g.CasesPerDay)
	}
	return nil
}
