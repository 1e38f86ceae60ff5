package standard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// List is a code list: the values that items of it may have.
type List struct {
	ID        string         `json:"id,omitempty" doc:"Its identifier, as items name it: GB/T 2260"`
	Owner     vocab.MemberID `json:"owner,omitempty"`
	Name      entry.Text     `json:"name"`
	Source    string         `json:"source,omitempty" doc:"The standard or notice, and its edition"`
	Codes     int            `json:"codes,omitempty" doc:"With those that ended"`
	ChangedAt time.Time      `json:"changed_at,omitzero"`

	version int64
}

// Code is one value of a list, with its time and what came after it.
type Code struct {
	Code       string     `json:"code"`
	Name       entry.Text `json:"name"`
	Broader    string     `json:"broader,omitempty" doc:"The code above it"`
	From       string     `json:"from,omitempty" doc:"First day, 2026-11-23; empty: as long as is known"`
	Until      string     `json:"until,omitempty" doc:"Last day; empty: still in force; unknown: it ended on a day that nobody wrote down"`
	Successors []string   `json:"successors,omitempty" doc:"What stands in its place since it ended"`
	Note       string     `json:"note,omitempty"`
}

// Unknown stands for the last day of a code that ended, where no source tells it.
const Unknown = "unknown"

// Changes is what a new table did to a list.
type Changes struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Ended   int `json:"ended" doc:"The table leaves them out: they end and stay"`
}

// Asked is which codes of a list are wanted.
type Asked struct {
	On      string // a day; only codes in force then
	Broader string // only codes right below this one
	After   string
	Limit   int
}

// chunk is how many codes one transaction writes: it holds the one writer of the node
// and must let go of it within 20 ms.
const chunk = 500

// Lists lists the code lists in the order of their identifiers.
func (s *Service) Lists(ctx context.Context, _ identity.Actor, after string, n int) ([]List, error) {
	if entry.Clean(after) != nil {
		return nil, vocab.BadInput.Because("the page begins at no code list")
	}
	var out []List
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadLists(ctx, tx, after, limit(n))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list code lists: %w", err)
	}
	return out, nil
}

// Codes gives a list with one page of its codes.
func (s *Service) Codes(ctx context.Context, _ identity.Actor, id string, q Asked) (*List, []Code, error) {
	if checkID("code list", id) != nil || entry.Clean(q.After+q.Broader) != nil {
		return nil, nil, identity.NotYours()
	}
	if _, err := time.Parse(time.DateOnly, q.On); q.On != "" && err != nil {
		return nil, nil, vocab.ValueInvalid.Because("%q is no day", q.On).WithFix("write it 2026-11-23")
	}
	var list *List
	var out []Code
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if list, err = loadList(ctx, tx, id); err != nil {
			return err
		}
		for most := limit(q.Limit); len(out) < most; {
			page, err := loadCodes(ctx, tx, list, q.Broader, q.After, maxPage)
			if err != nil || len(page) == 0 {
				return err
			}
			q.After = page[len(page)-1].Code
			for _, c := range page {
				if len(out) < most && (q.On == "" || c.Valid(q.On)) {
					out = append(out, c)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read code list: %w", err)
	}
	return list, out, nil
}

// Code gives one code of a list, also one that ended.
func (s *Service) Code(ctx context.Context, _ identity.Actor, id, code string) (*Code, error) {
	if checkID("code list", id) != nil || checkID("code", code) != nil {
		return nil, identity.NotYours()
	}
	var out *Code
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := loadList(ctx, tx, id)
		if err == nil {
			out, err = loadCode(ctx, tx, list, code)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read a code: %w", err)
	}
	return out, nil
}

// PutCodes gives a list a new table, whole. Readers see the former table until the
// new one stands; codes that the new one leaves out end and stay.
func (s *Service) PutCodes(ctx context.Context, a identity.Actor, l List, table []Code) (*List, Changes, error) {
	if err := a.Must(vocab.Steward, vocab.Authority); err != nil {
		return nil, Changes{}, err
	}
	if err := checkID("code list", l.ID); err != nil {
		return nil, Changes{}, err
	}
	if l.Name.ZH == "" && l.Name.EN == "" {
		return nil, Changes{}, vocab.ValueInvalid.Because("the code list %s has no name", l.ID)
	}
	for _, t := range []string{l.Name.ZH, l.Name.EN, l.Source} {
		if err := checkText("the name or source of the code list", t, maxName); err != nil {
			return nil, Changes{}, err
		}
	}
	for i := range table {
		table[i].Successors = successors(table[i].Successors)
	}
	was, old, err := s.whole(ctx, a, l.ID)
	if err != nil {
		return nil, Changes{}, fmt.Errorf("put code list: %w", err)
	}
	all, did, err := merge(old, table, s.p.Clock.Now())
	if err != nil {
		return nil, did, err
	}
	l.Owner, l.ChangedAt, l.Codes = a.Member, s.p.Clock.Now().UTC(), len(all)
	l.version = max(l.ChangedAt.UnixMicro(), was+1) // also where the clock went back
	if err := s.write(ctx, a, l, was, all, did); err != nil {
		return nil, did, fmt.Errorf("put code list: %w", err)
	}
	if l.ID == DivisionList {
		s.divisions.put.Store(true)
	}
	return &l, did, nil
}

// whole gives a list of the actor's member with all its codes; 0 is the version of
// one that is not there yet.
func (s *Service) whole(ctx context.Context, a identity.Actor, id string) (version int64, out []Code, err error) {
	err = s.p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := loadList(ctx, tx, id)
		if vocab.CodeOf(err) == vocab.NoSuchThing {
			return nil
		}
		if err != nil {
			return err
		}
		if !a.In(list.Owner) {
			return identity.NotYours()
		}
		version = list.version
		for after := ""; ; after = out[len(out)-1].Code {
			page, err := loadCodes(ctx, tx, list, "", after, 5000)
			if err != nil || len(page) == 0 {
				return err
			}
			out = append(out, page...)
		}
	})
	return version, out, err
}

// write puts the codes in pieces that nobody reads yet, then shows them in one
// transaction, then takes the former ones out in pieces.
func (s *Service) write(ctx context.Context, a identity.Actor, l List, was int64, all []Code, did Changes) error {
	for part := range slices.Chunk(all, chunk) {
		if err := s.p.DB.Write(ctx, func(tx *db.Tx) error { return insertCodes(ctx, tx, &l, part) }); err != nil {
			return err
		}
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := putList(ctx, tx, l, was, by(a)); err != nil {
			return err
		}
		return s.p.Ledger.Act(ctx, tx, "catalog.codes", map[string]string{
			"list": l.ID, "member": string(a.Member), "by": by(a), "codes": fmt.Sprint(l.Codes),
			"added": fmt.Sprint(did.Added), "changed": fmt.Sprint(did.Changed), "ended": fmt.Sprint(did.Ended),
		})
	})
	if err != nil {
		return err
	}
	return s.Tidy(ctx, l.ID)
}

// Tidy takes the codes out that no reader can reach any more: those of former
// tables, and what a killed import left.
func (s *Service) Tidy(ctx context.Context, id string) error {
	for more := true; more; {
		err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = deleteUnread(ctx, tx, id, chunk)
			return err
		})
		if err != nil {
			return fmt.Errorf("tidy code list %s: %w", id, err)
		}
	}
	return nil
}
