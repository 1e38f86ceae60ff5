package share

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// noticeKinds gives each act the kind of its notice, whose text stands in the
// catalog of texts.
var noticeKinds = map[string]string{
	ActSubmit: "request-submitted", ActWithdraw: "request-withdrawn", ActPropose: "request-second-needed",
	ActAgree: "request-agreed", ActInPart: "request-agreed-in-part", ActRefuse: "request-refused",
	ActSuspend: "grant-suspended", ActResume: "grant-resumed", ActEnd: "grant-ended",
	ActPass: "request-passed", ActSupplement: "request-incomplete", ActSupply: "request-supplied",
	ActProcedure: "request-stands", ActProceed: "request-goes-on",
	ActAskMore: "request-extension-asked", ActExtend: "request-extended", ActNoMore: "request-extension-refused",
	ActReroute: "request-rerouted", ActDisown: "request-source-unknown", ActAssign: "request-assigned",
	ActOverdue: "request-overdue", ActRemind: "request-reminder",
	ActDispute: "dispute-raised", ActSettle: "dispute-settled", ActEscalate: "dispute-escalated",
	ActUphold: "dispute-upheld", ActOrder: "dispute-ordered", ActAppeal: "dispute-appealed",
	ActDemand: "request-demanded", ActMoved: "request-moved", ActListed: "request-listed", ActUnlisted: "request-unlisted",
	ActDeliver: "grant-delivered", ActReview: "grant-reviewed", ActCertify: "grant-destroyed",
}

// NoticeKinds gives each act the kind of the notice that it sends.
func NoticeKinds() map[string]string {
	out := make(map[string]string, len(noticeKinds))
	for act, kind := range noticeKinds {
		out[act] = kind
	}
	return out
}

// tell writes what each step writes: one act, one fact, one notice.
func (s *Service) tell(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition, r *Request, c Change) error {
	err := s.p.Ledger.Act(ctx, tx, "request."+t.Act, map[string]string{
		"member": string(a.Member), "officer": author(a), "provider": string(r.Provider), "to": string(r.Requester),
		"request": string(r.ID), "dataset": string(r.Dataset), "grant": string(r.Grant), "from_state": c.From, "to_state": c.To,
		"reason": c.Reason, "citation": c.Citation, hands.Field: r.hands,
	})
	if err != nil {
		return fmt.Errorf("record the act %s: %w", t.Act, err)
	}
	from := string(r.State)
	if t.To != "" {
		from = c.From
	}
	payload, err := json.Marshal(fact.Request{ID: r.ID, From: from, To: string(r.State), By: a.Member, Provider: r.Provider, Grant: r.Grant})
	if err != nil {
		return fmt.Errorf("write the fact of request %s: %w", r.ID, err)
	}
	if err := outbox.Put(ctx, tx, outbox.Fact{Topic: fact.TopicRequest, Key: string(r.ID), Payload: payload}); err != nil {
		return err
	}
	to, err := s.member(ctx, r, t.Tell)
	if err != nil {
		return err
	}
	n := identity.Notice{
		Member: to, Kind: noticeKinds[t.Act], Link: "/requests/" + string(r.ID),
		Params: map[string]string{
			"request": string(r.ID), "dataset": string(r.Dataset), "grant": string(r.Grant), "by": string(a.Member), "state": c.To,
		},
	}
	if t.By == Platform { // what others write may name more than a notice should
		n.Params["term"] = c.Reason
	}
	return s.p.Notices.PutNotice(ctx, tx, n)
}

// member is who hears for a side: who rules on the dispute, else the authority in
// charge of the provider, and where there is none the member which keeps the node.
func (s *Service) member(ctx context.Context, r *Request, of Side) (vocab.MemberID, error) {
	switch of {
	case Provider:
		return r.Provider, nil
	case Requester:
		return r.Requester, nil
	}
	if d := r.Dispute; d != nil && of == Superior && d.Superior != "" {
		return d.Superior, nil
	} else if d != nil && of == Authority && r.State == StateAuthority && d.Authority != "" {
		return d.Authority, nil
	}
	who, keeper, err := s.inCharge(ctx, r)
	return cmp.Or(who, keeper), err
}

// author names who acts, as acts show it.
func author(a identity.Actor) string {
	if a.Officer != "" {
		return string(a.Officer)
	}
	return string(a.Machine)
}
