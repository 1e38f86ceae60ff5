package channel

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Persons is what addresses of persons need. Without it none is taken.
type Persons struct {
	// Seal and Unseal keep an address where only this node reads it.
	Seal, Unseal func(plain, bound []byte) ([]byte, error)
	// Of is to whom a notice of a person's inbox is.
	Of func(ctx context.Context, notice string) (vocab.PersonRef, error)
	// Act writes an act into the person's own chain.
	Act func(ctx context.Context, tx *db.Tx, person vocab.PersonRef, act string, fields map[string]string) error
	// Gone keeps that an address was removed, so that no restore brings it back; it
	// may be nil.
	Gone func(ctx context.Context, id string) error
}

// personPrefix begins the id of a person's channel.
const personPrefix = "pc-"

// What one person may name, and for how long an address waits for its code.
const (
	maxOfPerson = 3
	waitsFor    = 7 * 24 * time.Hour
)

// personal is a person's channel with the address sealed.
type personal struct {
	Channel
	person vocab.PersonRef
	sealed []byte
}

func boundTo(id string, person vocab.PersonRef) []byte {
	return append([]byte("fontis/channel-person/v1\n"+id+"\n"), person[:]...)
}

// addPersonal names the e-mail address of the person who is signed in; who acts for
// another names none, since notices would go past the person.
func (s *Service) addPersonal(ctx context.Context, a identity.Actor, n New) (Channel, error) {
	if s.p.Persons == nil {
		return Channel{}, vocab.NotOffered.Because("this node keeps no addresses of persons")
	}
	if n.Kind != Email || n.Member {
		return Channel{}, vocab.BadInput.Because("a person names an e-mail address")
	}
	if err := s.check(a, &n); err != nil {
		return Channel{}, err
	}
	secret := vocab.NewID("k")
	hash := sha256.Sum256([]byte(secret))
	c := personal{person: a.Self, Channel: Channel{
		ID: vocab.NewID("pc"), Kind: Email, Address: n.Address, Lang: n.Lang, State: Waiting, AddedAt: s.p.Clock.Now(), code: hash[:],
	}}
	var err error
	if c.sealed, err = s.p.Persons.Seal([]byte(n.Address), boundTo(c.ID, c.person)); err != nil {
		return Channel{}, fmt.Errorf("seal an address: %w", err)
	}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		have, err := personalOf(ctx, tx, a.Self)
		if err != nil {
			return err
		}
		if len(have) >= maxOfPerson {
			return vocab.BadInput.Because("there are %d addresses already", len(have))
		}
		if err := insertPersonal(ctx, tx, c); err != nil {
			return err
		}
		d := delivery{ID: vocab.NewID("d"), Channel: c.ID, Notice: "confirm", Kind: confirmKind, Link: personLink, code: secret, MadeAt: c.AddedAt, NextAt: c.AddedAt}
		if _, err := insertDelivery(ctx, tx, d); err != nil {
			return err
		}
		tx.Announce(news)
		return s.actOf(ctx, tx, c, "channel.add")
	})
	return c.Channel, err
}

// personLink is where a person's message leads: it asks who is there as a person
// is asked.
const personLink = "/care/notices"

// actOf writes a change into the person's own chain; the address stays outside it.
func (s *Service) actOf(ctx context.Context, tx *db.Tx, c personal, act string) error {
	return s.p.Persons.Act(ctx, tx, c.person, act, map[string]string{"channel": c.ID, "kind": string(c.Kind), "to_state": string(c.State)})
}

// turnPersonal confirms or removes a channel of the person's own.
func (s *Service) turnPersonal(ctx context.Context, a identity.Actor, id, act string, do func(context.Context, *db.Tx, *personal) error) (Channel, error) {
	var c personal
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if c, err = personalByID(ctx, tx, id); err != nil && !db.NoRows(err) {
			return err
		}
		if db.NoRows(err) || c.person != a.Self || !a.IsPerson() {
			return identity.NotYours()
		}
		if err := do(ctx, tx, &c); err != nil {
			return err
		}
		return s.actOf(ctx, tx, c, act)
	})
	if err != nil {
		return Channel{}, fmt.Errorf("change a channel: %w", err)
	}
	return c.Channel, nil
}

func (s *Service) confirmPersonal(ctx context.Context, a identity.Actor, id, code string) (Channel, error) {
	return s.turnPersonal(ctx, a, id, "channel.confirm", func(ctx context.Context, tx *db.Tx, c *personal) error {
		hash := sha256.Sum256([]byte(strings.TrimSpace(code)))
		if c.State != Waiting || subtle.ConstantTimeCompare(hash[:], c.code) != 1 {
			return vocab.BadInput.Because("the code is not the one that was sent there")
		}
		c.State = Confirmed
		return confirmPersonal(ctx, tx, c.ID)
	})
}

func (s *Service) removePersonal(ctx context.Context, a identity.Actor, id string) error {
	_, err := s.turnPersonal(ctx, a, id, "channel.remove", func(ctx context.Context, tx *db.Tx, c *personal) error {
		if s.p.Persons.Gone != nil {
			if err := s.p.Persons.Gone(ctx, c.ID); err != nil {
				return err
			}
		}
		return deletePersonal(ctx, tx, c.ID)
	})
	return err
}

// listPersonal shows the person their own addresses.
func (s *Service) listPersonal(ctx context.Context, a identity.Actor) ([]Channel, error) {
	var list []personal
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = personalOf(ctx, tx, a.Self)
		return err
	})
	out := make([]Channel, len(list))
	for i, c := range list {
		if out[i], err = s.opened(c); err != nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	return out, nil
}

// opened is the channel with its address.
func (s *Service) opened(c personal) (Channel, error) {
	if s.p.Persons == nil {
		return Channel{}, vocab.NotOffered.Because("this node keeps no addresses of persons")
	}
	plain, err := s.p.Persons.Unseal(c.sealed, boundTo(c.ID, c.person))
	if err != nil {
		return Channel{}, fmt.Errorf("open an address: %w", err)
	}
	c.Address = string(plain)
	return c.Channel, nil
}

// hearPersonal puts a notice of a person's inbox on its way to their addresses.
func (s *Service) hearPersonal(ctx context.Context, notice string) error {
	if s.p.Persons == nil {
		return nil
	}
	person, err := s.p.Persons.Of(ctx, notice)
	if vocab.CodeOf(err) == vocab.NoSuchThing || err == nil && person == (vocab.PersonRef{}) {
		return nil // read and pruned meanwhile
	}
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		to, err := personalOf(ctx, tx, person)
		if err != nil {
			return err
		}
		now := s.p.Clock.Now()
		for _, c := range to {
			if c.State != Confirmed {
				continue
			}
			d := delivery{ID: vocab.NewID("d"), Channel: c.ID, Notice: notice, Kind: waitsKind, Link: personLink, MadeAt: now, NextAt: now}
			if _, err := insertDelivery(ctx, tx, d); err != nil {
				return err
			}
			tx.Announce(news)
		}
		return nil
	})
}

// channelOf finds where a delivery goes.
func (s *Service) channelOf(ctx context.Context, tx *db.Tx, id string) (Channel, error) {
	if !strings.HasPrefix(id, personPrefix) {
		return channelByID(ctx, tx, id)
	}
	c, err := personalByID(ctx, tx, id)
	if err != nil {
		return Channel{}, err
	}
	return s.opened(c)
}

// hushed is a failure without what the mail server said: that may be the address.
func hushed(d delivery, failed error) error {
	if failed == nil || !strings.HasPrefix(d.Channel, personPrefix) {
		return failed
	}
	var final finalError
	if errors.As(failed, &final) {
		return finalError{errors.New("it was refused for good")}
	}
	return errors.New("it was not taken")
}
