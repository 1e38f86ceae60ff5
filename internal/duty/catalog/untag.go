package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
)

// Untagging is a tag that one officer asked to take off an item.
type Untagging struct {
	Item    vocab.ItemID    `json:"item"`
	Tag     vocab.Tag       `json:"tag"`
	AskedBy vocab.OfficerID `json:"asked_by"`
	AskedAt time.Time       `json:"asked_at"`
	Reason  string          `json:"reason"`
}

// Tag puts the tags on an item of the actor's member that the values of its column
// speak for (tagged.Detect). What two officers took off stays off.
func (s *Service) Tag(ctx context.Context, a identity.Actor, item vocab.ItemID, tags ...vocab.Tag) (*entry.Dataset, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	var out *entry.Dataset
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := loadOwned(ctx, tx, a, item.Dataset())
		if err != nil {
			return err
		}
		it, ok := r.Item(item.Name())
		if !ok {
			return identity.NotYours()
		}
		it.Tags = entry.WithTags(it.Tags, slices.DeleteFunc(slices.Clone(tags), func(t vocab.Tag) bool { return slices.Contains(it.Untagged, t) }))
		n, err := entry.Edited(&r.Dataset, entry.Edit{Put: []entry.Item{it}})
		if err != nil {
			return err
		}
		out, err = s.save(ctx, tx, a, &r.Dataset, n, Change{Act: "tag"})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("tag an item: %w", err)
	}
	return out, nil
}

// Untag asks to take a tag off an item, with a reason. The tag binds until
// another officer of the member confirms.
func (s *Service) Untag(ctx context.Context, a identity.Actor, item vocab.ItemID, tag vocab.Tag, reason string) error {
	if err := mayUntag(a); err != nil {
		return err
	}
	if err := entry.Clean(reason); err != nil || strings.TrimSpace(reason) == "" {
		return vocab.ReasonNeeded.Because("to take a tag off an item needs a reason")
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if _, _, err := carrying(ctx, tx, a, item, tag); err != nil {
			return err
		}
		_, err := scanUntag(tx.QueryRow(ctx, selectUntag, string(a.Member), string(item.Dataset()), item.Name(), string(tag)))
		if err == nil {
			return vocab.AlreadyExists.Because("the tag %s of %s is already asked to be taken off", tag, item)
		}
		if !db.NoRows(err) {
			return err
		}
		if _, err := tx.Exec(ctx, insertUntag, string(item.Dataset()), item.Name(), string(tag), string(a.Member), string(a.Officer), db.Micros(s.clock.Now()), reason); err != nil {
			return err
		}
		return s.act(ctx, tx, a, "catalog.untag-asked", map[string]string{"item": string(item), "tag": string(tag), "reason": reason})
	})
	if err != nil {
		return fmt.Errorf("ask to untag: %w", err)
	}
	return nil
}

// ConfirmUntag takes the tag off; the officer must be another than the one who
// asked.
func (s *Service) ConfirmUntag(ctx context.Context, a identity.Actor, item vocab.ItemID, tag vocab.Tag) (*entry.Dataset, error) {
	if err := mayUntag(a); err != nil {
		return nil, err
	}
	var out *entry.Dataset
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		r, it, err := carrying(ctx, tx, a, item, tag)
		if err != nil {
			return err
		}
		u, err := scanUntag(tx.QueryRow(ctx, selectUntag, string(a.Member), string(item.Dataset()), item.Name(), string(tag)))
		if db.NoRows(err) {
			return vocab.StateWrong.Because("nobody asked to take the tag %s off %s", tag, item)
		}
		if err != nil {
			return err
		}
		if u.AskedBy == a.Officer {
			return vocab.SecondNeeded.Because("%s asked to take the tag off and cannot confirm it", a.Officer)
		}
		two, err := hands.Second(ctx, tx, u.AskedBy, a.Officer)
		if err != nil {
			return err
		}
		n := r.Clone()
		i := slices.IndexFunc(n.Items, func(o entry.Item) bool { return o.Code == it.Code })
		n.Items[i].Tags = slices.DeleteFunc(n.Items[i].Tags, func(t vocab.Tag) bool { return t == tag })
		if len(n.Items[i].Tags) == 0 {
			n.Items[i].Tags = nil
		}
		n.Items[i].Untagged = entry.WithTags(n.Items[i].Untagged, []vocab.Tag{tag})
		if out, err = s.save(ctx, tx, a, &r.Dataset, n, Change{Act: "untag", Reason: u.Reason}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteUntag, string(item.Dataset()), item.Name(), string(tag)); err != nil {
			return err
		}
		return s.act(ctx, tx, a, "catalog.untag", map[string]string{"item": string(item), "tag": string(tag), "asked_by": string(u.AskedBy), "reason": u.Reason, hands.Field: two.String()})
	})
	if err != nil {
		return nil, fmt.Errorf("untag: %w", err)
	}
	return out, nil
}

// Untaggings lists what waits for a second officer of the actor's member.
func (s *Service) Untaggings(ctx context.Context, a identity.Actor) ([]Untagging, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	var out []Untagging
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, selectUntags, string(a.Member))
		out, err = db.Collect(rows, err, scanUntag)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what waits to be untagged: %w", err)
	}
	return out, nil
}

// mayUntag lets stewards do it in person: a machine only carries an officer's
// name, and two names are not two officers.
func mayUntag(a identity.Actor) error {
	if err := mayEdit(a); err != nil {
		return err
	}
	if a.IsMachine() || a.Officer == "" {
		return vocab.SecondNeeded.Because("a tag is taken off by two officers in person, not by a machine")
	}
	return nil
}

// carrying gives the member's entry and item that carry the tag.
func carrying(ctx context.Context, tx *db.Tx, a identity.Actor, item vocab.ItemID, tag vocab.Tag) (*row, entry.Item, error) {
	r, err := loadOwned(ctx, tx, a, item.Dataset())
	if err != nil {
		return nil, entry.Item{}, err
	}
	it, ok := r.Item(item.Name())
	if !ok {
		return nil, entry.Item{}, identity.NotYours()
	}
	if !slices.Contains(it.Tags, tag) {
		return nil, entry.Item{}, vocab.StateWrong.Because("%s does not carry the tag %s", item, tag)
	}
	return r, it, nil
}
