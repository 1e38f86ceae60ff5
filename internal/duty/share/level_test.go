package share_test

import (
	"strings"
	"testing"

	"fontis/internal/duty/share"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// disputed leads a request to the ruling of the authority and to its appeal.
func (w *world) disputed(first identity.Actor) *share.Request {
	w.t.Helper()
	id := w.submit(w.asks()).ID
	_, err := w.Decide(w.t.Context(), steward, id, share.Decision{Reason: "no", Citation: "art. 9"})
	w.must(err)
	w.take(clerk, id, word(share.ActDispute))
	w.take(clerk, id, word(share.ActEscalate))
	w.take(first, id, word(share.ActUphold))
	return w.take(clerk, id, word(share.ActAppeal))
}

// city adds an authority of a city, and a department below it.
func (w *world) city() {
	w.t.Helper()
	for m, region := range map[vocab.MemberID]string{"city": "990100", "welfare": "990101"} {
		kind := identity.KindAuthority
		if m == "welfare" {
			kind = identity.KindDepartment
		}
		_, err := w.node.Identity.AddMember(w.t.Context(), chief, identity.NewMember{ID: m, Name: identity.Name{En: string(m)}, Class: "GOV", Kind: kind, Region: region})
		w.must(err)
	}
}

func TestADisputeGoesUpTheTreeOfDivisions(t *testing.T) {
	w := newWorld(t)
	w.city()
	theirs, mayor := officer("welfare", "xu", vocab.Steward), officer("city", "ma", vocab.Authority)
	mayor.Region = "990100"
	made, err := w.node.Catalog.Create(t.Context(), theirs, people())
	w.must(err)
	set, err := publishAs(w, theirs, made.ID, made.Rev)
	w.must(err)
	f := w.asks()
	f.Dataset, f.Items = set.ID, []vocab.ItemID{"born"}
	id := w.submit(f).ID
	_, err = w.Decide(t.Context(), theirs, id, share.Decision{Reason: "no", Citation: "art. 9"})
	w.must(err)
	w.take(clerk, id, word(share.ActDispute))
	r := w.take(clerk, id, word(share.ActEscalate))
	if r.Dispute.Authority != "city" {
		t.Fatalf("%s rules first", r.Dispute.Authority)
	}
	w.refused(chief, id, word(share.ActOrder), vocab.RoleMissing) // above, but not of the provider's level
	w.take(mayor, id, word(share.ActUphold))
	r = w.take(clerk, id, word(share.ActAppeal))
	if r.Dispute.Superior != "bureau" || r.Dispute.StandIn || r.Dispute.Remedy != "" {
		t.Fatalf("%+v", r.Dispute)
	}
	if n := w.counted.notices[len(w.counted.notices)-1]; n.Member != "bureau" {
		t.Fatalf("%s hears of the appeal", n.Member)
	}
	w.refused(officerIn(mayor, "deputy"), id, word(share.ActOrder), vocab.RoleMissing)
	w.take(chief, id, word(share.ActOrder))
}

func TestWithoutASuperiorTheNodeSaysSoAndASecondOfficerDecides(t *testing.T) {
	w := newWorld(t)
	r := w.disputed(chief)
	if d := r.Dispute; d.Superior != "bureau" || !d.StandIn || !strings.Contains(d.Remedy, "fontis member add") {
		t.Fatalf("%+v", d)
	}
	w.refused(chief, r.ID, word(share.ActOrder), vocab.RoleMissing)
	made(t, w, deputy.Officer, chief.Officer)
	w.refused(deputy, r.ID, word(share.ActOrder), vocab.SecondNeeded)
	made(t, w, deputy.Officer, "")
	w.take(deputy, r.ID, word(share.ActOrder))
}

func officerIn(a identity.Actor, name string) identity.Actor {
	a.Officer = vocab.OfficerID(name + "@" + string(a.Member))
	return a
}
