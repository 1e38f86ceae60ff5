package review

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Read is an entry as an officer has read it.
type Read struct {
	Dataset vocab.DatasetID `json:"dataset"`
	Rev     int64           `json:"rev"`
}

// Words is one word on many entries that an officer has read: each may be listed.
type Words struct {
	Entries []Read `json:"entries"`
	Basis   string `json:"basis"`
}

// Heard is what became of such a word.
type Heard struct {
	Count   int
	Refused []catalog.Refused // entries about which nothing was said, and why
}

// The bounds of a word on many: an officer reads what the word is about, and one
// transaction lets go of the writer soon.
const (
	mostRead = 1000
	atOnce   = 50
)

// Awaiting lists drafts of the actor's member that lack nothing but a second
// officer's word. What a word withheld as it stands does not wait for another.
func (s *Service) Awaiting(ctx context.Context, a identity.Actor, after vocab.DatasetID, limit int) ([]*entry.Dataset, error) {
	if err := maySay(a); err != nil {
		return nil, err
	}
	limit = min(max(limit, 1), maxPage)
	var out []*entry.Dataset
	for len(out) < limit {
		var seen int
		err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
			list, err := s.p.Catalog.CompleteTx(ctx, tx, a, catalog.Page{After: after, Limit: atOnce})
			if seen = len(list); err != nil {
				return err
			}
			for _, d := range list {
				waits, err := awaits(ctx, tx, d)
				if err != nil {
					return err
				}
				if after = d.ID; waits && len(out) < limit {
					out = append(out, d)
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("list what awaits a second officer: %w", err)
		}
		if seen < atOnce {
			break
		}
	}
	return out, nil
}

func awaits(ctx context.Context, tx *db.Tx, d *entry.Dataset) (bool, error) {
	if !TwoOfficers(d) {
		return false, nil
	}
	print, err := Print(d)
	if err != nil {
		return false, fmt.Errorf("print of %s: %w", d.ID, err)
	}
	last, err := lastCheck(ctx, tx, d.ID)
	if err != nil {
		return false, err
	}
	_, err = passes(d, print, last)
	return vocab.CodeOf(err) == vocab.SecrecyUnchecked, nil
}

// CheckMany is the second officer's word on many drafts: each may be listed, on one
// ground, as it was read. Each is an act of its own; one that changed since it was
// read, or is no draft any more, is left out.
func (s *Service) CheckMany(ctx context.Context, a identity.Actor, w Words) (*Heard, error) {
	if err := maySay(a); err != nil {
		return nil, err
	}
	if len(w.Entries) == 0 || len(w.Entries) > mostRead {
		return nil, vocab.BadInput.Because("a word is on 1 to %d entries, and this one on %d", mostRead, len(w.Entries))
	}
	if err := text("basis", w.Basis); err != nil {
		return nil, err
	}
	var seen []vocab.DatasetID
	for _, e := range w.Entries {
		if seen = append(seen, e.Dataset); e.Rev <= 0 {
			return nil, vocab.FieldMissing.Because("the revision of %s is missing: the word is on what was read", e.Dataset)
		}
	}
	if slices.Sort(seen); len(slices.Compact(seen)) < len(w.Entries) {
		return nil, vocab.BadInput.Because("an entry is named twice")
	}
	out := &Heard{}
	for part := range slices.Chunk(w.Entries, atOnce) {
		heard := Heard{}
		err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
			heard = Heard{}
			for _, e := range part {
				err := s.checkRead(ctx, tx, a, e, w.Basis)
				var f *vocab.Failure
				if errors.As(err, &f) && f.Kind != vocab.Internal && f.Kind != vocab.Unavailable {
					heard.Refused = append(heard.Refused, catalog.Refused{Dataset: e.Dataset, Err: err})
					continue
				}
				if err != nil {
					return err
				}
				heard.Count++
			}
			return nil
		})
		if err != nil {
			return out, fmt.Errorf("secrecy review of many entries: %w", err)
		}
		out.Count, out.Refused = out.Count+heard.Count, append(out.Refused, heard.Refused...)
	}
	if out.Count == 0 {
		return out, nil
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		return s.p.Notices.PutNotice(ctx, tx, identity.Notice{
			Member: a.Member, Kind: "secrecy-many", Link: "/todo/publish", Params: map[string]string{"count": fmt.Sprint(out.Count)},
		})
	})
	if err != nil {
		return out, fmt.Errorf("secrecy review of many entries: %w", err)
	}
	return out, nil
}

// checkRead says the word on one entry, if it is as it was read.
func (s *Service) checkRead(ctx context.Context, tx *db.Tx, a identity.Actor, e Read, basis string) error {
	d, err := s.p.Catalog.GetTx(ctx, tx, a, e.Dataset)
	if err != nil {
		return err
	}
	switch {
	case !a.In(d.Owner):
		return identity.NotYours()
	case d.State != entry.StateDraft:
		return vocab.StateWrong.Because("%s is %s: the word on what others see is said of each entry alone", d.ID, d.State)
	case d.Rev != e.Rev:
		return vocab.RevisionStale.Because("%s was changed since it was read: revision %d, not %d", d.ID, d.Rev, e.Rev)
	}
	return s.say(ctx, tx, a, d, &Check{Result: Listable, By: string(a.Officer), Basis: basis})
}
