package desk

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/edge/jobs"
)

func TestWhatAnOperatorShouldMendIsNamed(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	well := func() *operator {
		return &operator{FreePercent: 50, Condition: Condition{
			Total: 100, Backup: Backup{Made: now.Add(-time.Hour)}, Keys: []Key{{Use: "log", Made: now.AddDate(-5, 0, 0)}, {Use: "session", Made: now.AddDate(0, -3, 0)}},
			Jobs: jobs.State{Consumers: []jobs.ConsumerState{{Name: "mail"}}},
		}, Behind: map[string]int64{"mail": 3}}
	}
	if got := findings(now, well()); got != nil {
		t.Errorf("a well node: %v", got)
	}
	for _, c := range []struct {
		make func(*operator)
		want Finding
	}{
		{func(o *operator) { o.FreePercent = 4 }, Finding{Code: "disk", Grave: true}},
		{func(o *operator) { o.Backup = Backup{} }, Finding{Code: "backup_none", Grave: true}},
		{func(o *operator) { o.Backup.Gone = true }, Finding{Code: "backup_gone", Grave: true}},
		{func(o *operator) { o.Backup.Made = now.AddDate(0, 0, -8) }, Finding{Code: "backup_old"}},
		{func(o *operator) { o.Keys[1].Made = now.AddDate(-2, 0, 0) }, Finding{Code: "key_old", Said: "session"}},
		{func(o *operator) { o.Behind["mail"] = 5000 }, Finding{Code: "behind", Said: "mail"}},
	} {
		sick := well()
		c.make(sick)
		if d := cmp.Diff([]Finding{c.want}, findings(now, sick)); d != "" {
			t.Error(d)
		}
	}
}
