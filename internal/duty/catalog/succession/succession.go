package succession

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// The acts that end an entry.
const (
	ActRetire = "retire"
	ActMerge  = "merge"
	ActSplit  = "split"
)

// mostInto bounds what stands in the place of one entry; maxReason is in bytes.
const (
	mostInto  = 50
	maxReason = 2000
)

// Wish asks to end an entry.
type Wish struct {
	Rev       int64             `json:"rev,omitempty" doc:"The revision that was read; whatever it is now where none is given"`
	Into      []vocab.DatasetID `json:"into,omitempty" doc:"Published entries that stand in its place"`
	Reason    string            `json:"reason" doc:"Everybody reads it"`
	LoseItems bool              `json:"lose_items,omitempty" doc:"Items that none of them has may end with it"`
}

// Notices takes a line for an inbox.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Node tells where members are.
type Node interface {
	Region(ctx context.Context, m vocab.MemberID) (string, error)
}

// Parts are what the service stands on; all are needed. Holders lists the members
// that hold a grant of an entry of its owner, or have asked for one.
type Parts struct {
	DB      *db.DB
	Notices Notices
	Catalog *catalog.Service
	Node    Node
	Holders func(ctx context.Context, owner vocab.MemberID, id vocab.DatasetID) ([]vocab.MemberID, error)
}

// Service holds the verbs of succession.
type Service struct{ p Parts }

// New makes the service.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Notices == nil || p.Catalog == nil || p.Node == nil || p.Holders == nil {
		return nil, fmt.Errorf("make succession: %w", vocab.InternalError.Because("a part is missing"))
	}
	return &Service{p}, nil
}

// Retire ends an entry whose data end, or go on in one other.
func (s *Service) Retire(ctx context.Context, a identity.Actor, id vocab.DatasetID, w Wish) (*entry.Dataset, error) {
	return s.end(ctx, a, id, ActRetire, w)
}

// Merge ends an entry that says what another says.
func (s *Service) Merge(ctx context.Context, a identity.Actor, id vocab.DatasetID, w Wish) (*entry.Dataset, error) {
	return s.end(ctx, a, id, ActMerge, w)
}

// Split ends an entry that several others replace.
func (s *Service) Split(ctx context.Context, a identity.Actor, id vocab.DatasetID, w Wish) (*entry.Dataset, error) {
	return s.end(ctx, a, id, ActSplit, w)
}

// Moved tells anybody what stands in the place of an entry, and nothing else of it.
func (s *Service) Moved(ctx context.Context, id vocab.DatasetID) (*entry.Dataset, error) {
	var d *entry.Dataset
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		d, err = ended(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look where a data set went: %w", err)
	}
	return d, nil
}

func (s *Service) end(ctx context.Context, a identity.Actor, id vocab.DatasetID, act string, w Wish) (*entry.Dataset, error) {
	old, err := s.mine(ctx, a, id)
	if err != nil {
		return nil, fmt.Errorf("%s data set %s: %w", act, id, err)
	}
	if err := w.check(act, id); err != nil {
		return nil, fmt.Errorf("%s data set %s: %w", act, id, err)
	}
	holders, err := s.p.Holders(ctx, old.Owner, id)
	if err != nil {
		return nil, fmt.Errorf("look who holds a grant of %s: %w", id, err)
	}
	var out *entry.Dataset
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := s.p.Catalog.GetTx(ctx, tx, a, id)
		if err != nil {
			return err
		}
		heirs, err := s.heirs(ctx, tx, a, w.Into)
		if err != nil {
			return err
		}
		if err := s.may(ctx, a, now, heirs); err != nil {
			return err
		}
		if act != ActRetire && !w.LoseItems {
			if err := covers(now, heirs); err != nil {
				return err
			}
		}
		out, err = s.p.Catalog.EndTx(ctx, tx, a, catalog.End{Ending: entry.Ending{Act: act, Reason: w.Reason}, ID: id, Rev: w.Rev, Into: w.Into})
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, a, out, append(concerned(now, heirs), holders...))
	})
	if err != nil {
		return nil, fmt.Errorf("%s data set %s: %w", act, id, err)
	}
	return out, nil
}

// mine gives the entry to its stewards and to a data authority over its owner.
func (s *Service) mine(ctx context.Context, a identity.Actor, id vocab.DatasetID) (*entry.Dataset, error) {
	if err := a.Must(vocab.Steward, vocab.Authority); err != nil {
		return nil, err
	}
	d, err := s.p.Catalog.Get(ctx, a, id)
	if vocab.CodeOf(err) == vocab.NoSuchThing {
		return nil, identity.NotYours()
	}
	if err != nil || a.In(d.Owner) && a.Has(vocab.Steward) {
		return d, err
	}
	over, err := s.over(ctx, a, d.Owner)
	if err == nil && !over {
		err = identity.NotYours()
	}
	return d, err
}

func (s *Service) over(ctx context.Context, a identity.Actor, m vocab.MemberID) (bool, error) {
	if !a.Has(vocab.Authority) || a.In(m) || a.IsMachine() {
		return false, nil
	}
	if a.OfNode {
		return true, nil
	}
	at, err := s.p.Node.Region(ctx, m)
	return err == nil && a.Governs(at), err
}

// heirs are the entries that stand in the place of one, as the actor sees them.
func (s *Service) heirs(ctx context.Context, tx *db.Tx, a identity.Actor, into []vocab.DatasetID) ([]*entry.Dataset, error) {
	var out []*entry.Dataset
	for _, id := range into {
		d, err := s.p.Catalog.GetTx(ctx, tx, a, id)
		if err != nil {
			return nil, fmt.Errorf("in its place %s: %w", id, err)
		}
		if d.State != entry.StatePublished {
			return nil, vocab.StateWrong.Because("%s is %s, and what stands in the place of another is published", id, d.State).
				WithFix("fontis publish %s, then say it again.", id)
		}
		out = append(out, d)
	}
	return out, nil
}

// may lets the owner of all that takes part end an entry, and of two owners' the
// data authority over both, which owns none of them.
func (s *Service) may(ctx context.Context, a identity.Actor, d *entry.Dataset, heirs []*entry.Dataset) error {
	owners := concerned(d, heirs)
	if a.In(d.Owner) && a.Has(vocab.Steward) && len(owners) == 1 {
		return nil
	}
	if len(owners) == 1 {
		return vocab.RoleMissing.Because("%s alone ends its own entry %s", d.Owner, d.ID)
	}
	for _, m := range owners {
		over, err := s.over(ctx, a, m)
		if err != nil {
			return fmt.Errorf("look who is over %s: %w", m, err)
		}
		if !over {
			return vocab.RoleMissing.Because("entries of %s take part, and %s is no data authority over each of them", strings.Join(strs(owners), ", "), a.Member).
				WithFix("The data authority over both says it: fontis dataset merge %s --into %s --reason TEXT", d.ID, heirs[0].ID)
		}
	}
	return nil
}

// concerned are the owners of all that takes part, each once.
func concerned(d *entry.Dataset, heirs []*entry.Dataset) []vocab.MemberID {
	out := []vocab.MemberID{d.Owner}
	for _, h := range heirs {
		if !slices.Contains(out, h.Owner) {
			out = append(out, h.Owner)
		}
	}
	return out
}

// check refuses what an act cannot mean.
func (w Wish) check(act string, id vocab.DatasetID) error {
	most, least := map[string]int{ActRetire: 1, ActMerge: 1, ActSplit: mostInto}[act], map[string]int{ActMerge: 1, ActSplit: 2}[act]
	switch n := len(w.Into); {
	case n < least || n > most:
		return vocab.ValueInvalid.Because("to %s an entry, %d to %d others stand in its place, and %d are named", act, least, most, n).
			WithFix("Name what stands in its place: --into DATASET for retire and merge, --into DATASET,DATASET for split. fontis search shows the entries.")
	case slices.Contains(w.Into, id):
		return vocab.ValueInvalid.Because("%s cannot stand in its own place", id)
	case len(slices.Compact(slices.Sorted(slices.Values(w.Into)))) < n:
		return vocab.ValueInvalid.Because("an entry is named twice")
	case strings.TrimSpace(w.Reason) == "":
		return vocab.ReasonNeeded.Because("to %s %s needs a reason", act, id)
	case len(w.Reason) > maxReason || subject.HoldsCitizenNumber(w.Reason):
		return vocab.BadInput.Because("the reason is longer than %d bytes or holds a citizen number", maxReason)
	}
	return nil
}

// mostNamed is how many items a refusal names.
const mostNamed = 20

// covers refuses to lose an item that none of the heirs has, by its code or name.
func covers(d *entry.Dataset, heirs []*entry.Dataset) error {
	var lost []string
	for _, it := range d.Items {
		if !slices.ContainsFunc(heirs, func(h *entry.Dataset) bool { return has(h, it) }) && len(lost) < mostNamed {
			lost = append(lost, it.Code+" ("+it.Name.In("zh-Hans")+")")
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return vocab.ValueInvalid.Because("no entry that stands in the place of %s has its items %s", d.ID, strings.Join(lost, ", ")).
		WithFix("Add them there first, or say that they end with it: --lose-items")
}

func has(d *entry.Dataset, it entry.Item) bool {
	return slices.ContainsFunc(d.Items, func(h entry.Item) bool {
		return h.Code == it.Code || h.Name.ZH != "" && h.Name.ZH == it.Name.ZH || h.Name.EN != "" && strings.EqualFold(h.Name.EN, it.Name.EN)
	})
}

// tell puts a line into the inbox of everyone concerned but who did it, each once.
func (s *Service) tell(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, to []vocab.MemberID) error {
	for _, m := range slices.Compact(slices.Sorted(slices.Values(to))) {
		if a.In(m) {
			continue
		}
		err := s.p.Notices.PutNotice(ctx, tx, identity.Notice{
			Member: m, Kind: "dataset-" + d.Ended.Act, Link: "/datasets/" + string(d.ID),
			Params: map[string]string{"dataset": string(d.ID), "into": strings.Join(strs(d.MovedTo), " "), "reason": d.Ended.Reason},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func strs[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}
