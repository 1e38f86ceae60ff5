package quality

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// noticePrefix and the act make the kind of a step's notice.
const noticePrefix = "contest-"

// The kinds of notices that no step of a contest sends.
const (
	NoticeTask     = "correction-task"
	NoticeMaybe    = "correction-maybe"
	NoticeRemind   = "correction-remind"
	NoticeAnswered = "correction-answered"
	NoticeOverdue  = "contest-overdue"
	NoticeProposed = "status-proposed"
	NoticeStatus   = "status-changed"
	NoticeDropped  = "status-dropped"
	NoticeRefused  = "status-refused"
)

// NoticeKinds lists the kinds of all notices that this duty sends.
func NoticeKinds() []string {
	out := []string{noticePrefix + ActRaise}
	for _, t := range transitions {
		out = append(out, noticePrefix+t.Act)
	}
	return distinct(append(out, NoticeTask, NoticeMaybe, NoticeRemind, NoticeAnswered, NoticeOverdue, NoticeProposed, NoticeStatus, NoticeDropped, NoticeRefused))
}

// tell writes what each step writes: one act, one fact, one notice.
func (s *Service) tell(ctx context.Context, tx *db.Tx, to Side, c *Contest, h Change) error {
	err := s.p.Ledger.Act(ctx, tx, "contest."+h.Act, map[string]string{
		"member": string(h.Member), "officer": string(h.Officer), "provider": string(c.Owner), "source": string(c.Source),
		"contest": string(c.ID), "item": string(c.Item), "from_state": string(h.From), "to_state": string(h.To), "side": string(h.Side),
		"reason": h.Reason, "citation": h.Citation, "remedy": string(c.Remedy), ledger.FieldMandate: h.mandate,
		ledger.FieldAbout: hex.EncodeToString(c.person[:]), hands.Field: h.hands,
	})
	if err != nil {
		return fmt.Errorf("record the act %s: %w", h.Act, err)
	}
	if h.mandate != "" { // what another does in a person's name stands in that person's own chain
		_, err := s.enter(ctx, tx, identity.Actor{}, c.Owner, c.person, []ledger.Pair{
			{Name: ledger.FieldAct, Value: "contest." + h.Act},
			{Name: ledger.FieldMandate, Value: h.mandate},
			{Name: "contest", Value: string(c.ID)},
			{Name: ledger.FieldItems, Value: proof.ListValue([]string{string(c.Item)})},
		})
		if err != nil {
			return err
		}
	}
	if err := put(ctx, tx, fact.TopicContest, string(c.ID), fact.Contest{
		ID: c.ID, From: string(h.From), To: string(h.To), Act: h.Act, Item: c.Item, Owner: c.Owner, Source: c.Source,
	}); err != nil {
		return err
	}
	n, err := s.notice(ctx, c, to)
	if err != nil {
		return err
	}
	n.Kind = noticePrefix + h.Act
	if err := s.p.Notices.PutNotice(ctx, tx, n); err != nil || to != Raiser || c.Mandate == "" || s.p.Agent == nil {
		return err
	}
	if n.Person, err = s.p.Agent(ctx, tx, c.Mandate); err != nil || n.Person == (vocab.PersonRef{}) {
		return err
	}
	return s.p.Notices.PutNotice(ctx, tx, n) // who began it in the person's name hears the same
}

// notice is a line to a side of the contest, with its link and nothing of the
// subject.
func (s *Service) notice(ctx context.Context, c *Contest, to Side) (identity.Notice, error) {
	n := identity.Notice{Link: "/contests/" + string(c.ID), Params: map[string]string{
		"contest": string(c.ID), "item": string(c.Item), "state": string(c.State),
	}}
	switch {
	case to == Source:
		n.Member = c.Source
	case to == Raiser && c.isPersons():
		n.Person = c.person
	case to == Raiser && c.Member != "":
		n.Member = c.Member
	default:
		keeper, err := s.p.Authority(ctx)
		if err != nil {
			return n, err
		}
		n.Member = keeper
	}
	return n, nil
}

func put(ctx context.Context, tx *db.Tx, topic, key string, payload any) error {
	b, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("write a fact of %s: %w", topic, err)
	}
	return outbox.Put(ctx, tx, outbox.Fact{Topic: topic, Key: key, Payload: b})
}

// turn is the member whose turn a side is.
func (s *Service) turn(ctx context.Context, c *Contest, side Side) (vocab.MemberID, error) {
	switch {
	case side == Source:
		return c.Source, nil
	case side == Raiser && c.Member != "":
		return c.Member, nil
	}
	return s.p.Authority(ctx)
}
