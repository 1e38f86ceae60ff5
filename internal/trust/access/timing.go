package access

import (
	"fmt"
	"math/rand/v2"
	"time"

	"fontis/internal/trust/access/grant"
	"fontis/internal/vocab"
)

// TimeDecisions makes an index of so many grants and measures so many decisions
// over it, look-up included. The bench prints it.
func TimeDecisions(grants, decisions int) (time.Duration, error) {
	var x grant.Index
	now := time.Now()
	ids := make([]vocab.GrantID, grants)
	for i := range grants {
		ids[i] = vocab.GrantID(fmt.Sprintf("g-%07d", i))
		g := &Grant{
			ID: ids[i], To: "tax", Provider: "civil", State: GrantActive, Dataset: "d", Items: []vocab.ItemID{"d/a", "d/b"},
			Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single}, Purpose: "p", Basis: "b", CasePattern: `P-\d+`,
			From: now.Add(-time.Hour), Until: now.Add(time.Hour), HourFrom: 0, HourUntil: 24,
		}
		if err := g.Ready(); err != nil {
			return 0, err
		}
		x.Put(g)
	}
	c := Call{
		Question: vocab.Compare, Carriage: vocab.Single, Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "x"},
		Values: map[vocab.ItemID]string{"d/a": "1"}, Purpose: "p", Case: "P-12",
	}
	r := rand.New(rand.NewPCG(1, 2))
	began := time.Now()
	for range decisions {
		c.Grant = ids[r.IntN(grants)]
		if err := grant.Decide(x.Get(c.Grant), "tax", c, now); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}
