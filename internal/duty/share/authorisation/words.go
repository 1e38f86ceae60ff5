package authorisation

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/access/consent"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// Offers lists the approved registrations, for persons and for who may authorise
// for one.
func (s *Service) Offers(ctx context.Context, a identity.Actor, after string, limit int) ([]Offer, error) {
	if _, err := a.For(mandate.Authorise); err != nil {
		return nil, err
	}
	var all []*Registration
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = approvedScopes(ctx, tx, after, min(max(limit, 1), maxPage))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list offers: %w", err)
	}
	var out []Offer
	for _, r := range all {
		o, err := s.read(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("list offers: %w", err)
		}
		out = append(out, o)
	}
	return out, nil
}

// Show is what a person reads before giving a word: who, which items, what for,
// until when.
func (s *Service) Show(ctx context.Context, a identity.Actor, id string) (Offer, error) {
	if _, err := a.For(mandate.Authorise); err != nil {
		return Offer{}, err
	}
	var r *Registration
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		r, err = offered(ctx, tx, id)
		return err
	})
	if err != nil {
		return Offer{}, fmt.Errorf("show an offer: %w", err)
	}
	return s.read(ctx, r)
}

// offered is an approved registration; any other does not exist for persons.
func offered(ctx context.Context, tx *db.Tx, id string) (*Registration, error) {
	r, err := anyScope(ctx, tx, id)
	if db.NoRows(err) || err == nil && r.State != Approved {
		return nil, identity.NotYours()
	}
	return r, err
}

// read is the offer of a registration as it stands now.
func (s *Service) read(ctx context.Context, r *Registration) (Offer, error) {
	body, err := s.p.Node.Body(ctx, r.Body)
	if err != nil {
		return Offer{}, err
	}
	set, err := s.p.Catalog.Get(ctx, identity.Actor{Member: r.Body}, r.Dataset)
	if err != nil {
		return Offer{}, err
	}
	return r.offer(body.Name, set, s.p.Clock.Now()), nil
}

// Give authorises the body, for the person who is signed in, or for whom a mandate
// names. A word that was given to the same registration before ends with it.
func (s *Service) Give(ctx context.Context, a identity.Actor, id string, given Given) (*Word, error) {
	person, err := a.For(mandate.Authorise)
	if err != nil {
		return nil, err
	}
	o, err := s.Show(ctx, a, id)
	if err != nil {
		return nil, err
	}
	now := s.p.Clock.Now()
	if err := given.settle(o, now); err != nil {
		return nil, fmt.Errorf("authorise: %w", err)
	}
	w := &Word{ID: vocab.NewID("y"), Registration: id, Body: o.Body, Purpose: o.Purpose, Items: given.Items, Question: o.Question, Statuses: given.Statuses, GivenAt: now, Until: given.Until}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := offered(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := endWords(ctx, tx, id, person, now); err != nil {
			return err
		}
		if err := insertWord(ctx, tx, w, person); err != nil {
			return err
		}
		c := consent.Given{ID: w.ID, Grant: r.Grant, Person: person, Items: w.Items, Statuses: w.Statuses, Until: w.Until}
		if err := s.p.Door.Authorise(ctx, tx, c); err != nil {
			return err
		}
		return s.tellWord(ctx, tx, said{"give", person, a.Mandate}, r, w)
	})
	if err != nil {
		return nil, fmt.Errorf("authorise: %w", err)
	}
	return w, nil
}

// Withdraw takes a word back; the door is closed with the commit.
func (s *Service) Withdraw(ctx context.Context, a identity.Actor, id string) (*Word, error) {
	person, err := a.For(mandate.Withdraw)
	if err != nil {
		return nil, err
	}
	var w *Word
	err = s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if w, err = loadWord(ctx, tx, person, id); err != nil {
			return err
		}
		if !w.EndedAt.IsZero() {
			return vocab.StateWrong.Because("the authorisation has ended already")
		}
		r, err := anyScope(ctx, tx, w.Registration)
		if err != nil {
			return err
		}
		w.EndedAt = s.p.Clock.Now()
		if err := endWords(ctx, tx, w.Registration, person, w.EndedAt); err != nil {
			return err
		}
		if err := s.p.Door.Unauthorise(ctx, tx, r.Grant, person); err != nil {
			return err
		}
		return s.tellWord(ctx, tx, said{"withdraw", person, a.Mandate}, r, w)
	})
	if err != nil {
		return nil, fmt.Errorf("take an authorisation back: %w", err)
	}
	return w, nil
}

// Mine lists the words that the person gave, to them and to who may take them back.
func (s *Service) Mine(ctx context.Context, a identity.Actor, after string, limit int) ([]Word, error) {
	person, err := a.For(mandate.Withdraw)
	if err != nil {
		return nil, err
	}
	var out []Word
	err = s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = wordsOf(ctx, tx, person, after, min(max(limit, 1), maxPage))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list authorisations: %w", err)
	}
	return out, nil
}

// who hears of a step.
const (
	toBody      = "body"
	toAuthority = "authority"
)

// NoticeKinds lists the kinds of notices that this package sends.
func NoticeKinds() []string {
	return []string{
		"authorisation-proposed", "authorisation-approved", "authorisation-declined", "authorisation-ended", "authorisation-overdue",
		"authorisation-give", "authorisation-withdraw",
	}
}

// tell writes what each step of a registration writes: one act, one fact, one notice.
func (s *Service) tell(ctx context.Context, tx *db.Tx, a identity.Actor, r *Registration, act, notice, to string) error {
	err := s.p.Ledger.Act(ctx, tx, "authorisation."+act, map[string]string{
		"member": string(a.Member), "officer": author(a), "provider": string(r.Provider), "to": string(r.Body), "registration": r.ID,
		"dataset": string(r.Dataset), "grant": string(r.Grant), "to_state": string(r.State), "reason": r.Reason, "citation": r.Citation,
	})
	if err != nil {
		return fmt.Errorf("record the act %s: %w", act, err)
	}
	if err := putFact(ctx, tx, r, act); err != nil {
		return err
	}
	n := identity.Notice{Member: r.Body, Kind: notice, Link: "/authorisations/" + r.ID, Params: map[string]string{"by": string(a.Member), "state": string(r.State)}}
	if to == toAuthority {
		if n.Member, _, err = s.p.Node.Authority(ctx); err != nil {
			return err
		}
	}
	return s.p.Notices.PutNotice(ctx, tx, n)
}

// said is a person's word on its way: what is done, for whom, and the mandate when
// another says it.
type said struct {
	act     string
	person  vocab.PersonRef
	mandate string
}

// tellWord writes what a person's word writes. The entry stands in the person's
// own chain; the body hears that a word was given or taken back, and not whose.
func (s *Service) tellWord(ctx context.Context, tx *db.Tx, by said, r *Registration, w *Word) error {
	items, err := json.Marshal(w.Items)
	if err != nil {
		return err
	}
	_, err = s.p.Ledger.ActAbout(ctx, tx, by.person, "authorisation."+by.act, map[string]string{
		ledger.FieldMandate: by.mandate,
		"member":            string(r.Body), "provider": string(r.Provider), "registration": r.ID, "authorisation": w.ID, "grant": string(r.Grant),
		"purpose": r.Purpose, "items": string(items), "statuses": strings.Join(w.Statuses, ", "), "until": w.Until.UTC().Format("2006-01-02T15:04:05Z"),
	})
	if err != nil {
		return fmt.Errorf("record the act %s: %w", by.act, err)
	}
	if err := putFact(ctx, tx, r, by.act); err != nil {
		return err
	}
	return s.p.Notices.PutNotice(ctx, tx, identity.Notice{
		Member: r.Body, Kind: "authorisation-" + by.act, Link: "/authorisations/" + r.ID, Params: map[string]string{"authorisation": w.ID},
	})
}

func putFact(ctx context.Context, tx *db.Tx, r *Registration, act string) error {
	payload, err := json.Marshal(fact.Authorisation{ID: r.ID, Body: r.Body, State: string(r.State), Act: act})
	if err != nil {
		return err
	}
	return outbox.Put(ctx, tx, outbox.Fact{Topic: fact.TopicAuthorisation, Key: r.ID, Payload: payload})
}

func author(a identity.Actor) string {
	if a.Officer != "" {
		return string(a.Officer)
	}
	return string(a.Machine)
}
