package quality

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// enough is how many other sources a value is compared with, where so many are
// named (policy 4.4).
const enough = 2

// System is the name under which the platform reads a value again; the entry of
// such a reading names it beside the member in whose custody the source is.
const System vocab.SystemID = "quality"

// custodian is the platform acting in the custody of the member that holds a
// source: a contest's readings need no officer of each body compared with.
func custodian(m vocab.MemberID) identity.Actor {
	return identity.Actor{Member: m, System: System, Roles: []vocab.Role{vocab.Steward}}
}

// read reads a value of a subject at the source that the item is bound to.
func (s *Service) read(ctx context.Context, item vocab.ItemID, k vocab.SubjectKey) (Read, error) {
	owner := s.p.Sources.OwnerOf(item)
	if owner == "" {
		return Read{}, vocab.ItemUnbound.Because("item %s has no source", item)
	}
	return s.p.Sources.Check(ctx, custodian(owner), item, k)
}

// reread gives how the contested value stands now; a source that does not answer
// leaves it open, and every holder is then told.
func (s *Service) reread(ctx context.Context, id vocab.ContestID) Checked {
	c, k, err := s.opened(ctx, id)
	if err != nil {
		s.p.Diary.Warn("a contested value could not be read", "contest", id, "error", err)
		return Checked{}
	}
	r, err := s.read(ctx, c.Item, k)
	if err != nil {
		s.p.Diary.Warn("a contested value could not be read", "contest", id, "error", err)
		return Checked{}
	}
	return s.checked(r)
}

func (s *Service) checked(r Read) Checked {
	return Checked{Print: r.Print, Version: r.Version, At: s.p.Clock.Now()}
}

// opened gives a contest and whose value it is, to the platform itself.
func (s *Service) opened(ctx context.Context, id vocab.ContestID) (*Contest, vocab.SubjectKey, error) {
	var c *Contest
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = loadAny(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, vocab.SubjectKey{}, err
	}
	k, err := s.p.Vault.Open(ctx, c.person)
	return c, k, err
}

// Finding is what the source found.
type Finding struct {
	// As is corrected, corrected_in_part, upheld or act_disputed.
	As State `json:"as"`
	Word
}

var findings = map[State]string{StateCorrected: ActCorrect, StateInPart: ActInPart, StateUpheld: ActUphold, StateActDispute: ActRefer}

// Find is the source's finding. The value is read again at its source first, and
// compared with the other sources that the authority named: a correction needs a
// print that changed, an upheld value one that did not. After a correction every
// holder of the wrong value is told at once.
func (s *Service) Find(ctx context.Context, a identity.Actor, id vocab.ContestID, f Finding) (*Contest, error) {
	act, ok := findings[f.As]
	if !ok {
		return nil, vocab.BadInput.Because("a finding is corrected, corrected_in_part, upheld or act_disputed")
	}
	if f.As == StateActDispute && f.Remedy != AdministrativeReview && f.Remedy != Court {
		return nil, vocab.FieldMissing.Because("an act in dispute points to its remedy: administrative_review or court")
	}
	c, err := s.Get(ctx, a, id)
	if err != nil {
		return nil, err
	}
	t, err := s.may(a, c, act)
	if err == nil {
		err = t.allows(c, f.Word) // before anything is read
	}
	if err != nil {
		return nil, fmt.Errorf("%s contest: %w", act, err)
	}
	after, others, err := s.verify(ctx, id)
	if unread(err) {
		// Nothing of it ever left through this node: the source goes by its own file.
		if err = checkText(f.Evidence, maxName); strings.TrimSpace(f.Evidence) == "" {
			err = vocab.FieldMissing.Because("this node does not read the value: the finding names the document that the source went by").
				WithFix("Give its number: fontis contest find %s %s --evidence ID", id, f.As)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("verify contest: %w", err)
	}
	out, err := s.step(ctx, a, id, act, f.Word, func(c *Contest) error {
		c.After, c.Compared, c.Remedy, c.Proof = after, others, f.Remedy, strings.TrimSpace(f.Evidence)
		return proven(c)
	})
	if err != nil {
		return nil, err
	}
	// What follows is the platform's own and goes on at the next start if it is cut.
	if err := s.Proceed(ctx, id); err != nil {
		s.p.Diary.Error("a finding is not carried on yet", "contest", id, "error", err)
	}
	if now, err := s.Get(ctx, a, id); err == nil {
		out = now
	}
	return out, nil
}

// verify reads the value and the others' values now.
func (s *Service) verify(ctx context.Context, id vocab.ContestID) (Checked, []Compared, error) {
	c, k, err := s.opened(ctx, id)
	if err != nil {
		return Checked{}, nil, err
	}
	own, err := s.read(ctx, c.Item, k)
	if err != nil {
		return Checked{}, nil, err
	}
	out, err := s.compare(ctx, c.Item, k, own)
	return s.checked(own), out, err
}

// unread reports whether the value is one that this node never reads: its item is
// bound to no source, is tagged, or is found by another kind of number.
func unread(err error) bool {
	switch vocab.CodeOf(err) {
	case vocab.ItemUnbound, vocab.RefusedByDesign, vocab.SubjectInvalid:
		return err != nil
	}
	return false
}

// others are the items that the authority named beside one.
func (s *Service) others(ctx context.Context, item vocab.ItemID) (out []vocab.ItemID, err error) {
	err = s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadOthers(ctx, tx, item)
		return err
	})
	return out, err
}

// compare says what the other sources of an item answer to a value; none of
// their values leaves this function.
func (s *Service) compare(ctx context.Context, item vocab.ItemID, k vocab.SubjectKey, own Read) ([]Compared, error) {
	others, err := s.others(ctx, item)
	if err != nil {
		return nil, err
	}
	var out []Compared
	var away error
	for _, o := range others {
		r, err := s.read(ctx, o, k)
		if err != nil && !unread(err) { // one that is never read says nothing, and holds nothing up
			away = errors.Join(away, fmt.Errorf("source %s: %w", o, err))
			continue
		}
		c := Compared{Item: o, Member: s.p.Sources.OwnerOf(o), Answer: vocab.Mismatch}
		switch {
		case err != nil || !r.Found || !own.Found:
			c.Answer = vocab.Unknown
		case r.Value == own.Value:
			c.Answer = vocab.Match
		}
		out = append(out, c)
	}
	if len(out) < min(enough, len(others)) {
		return nil, away
	}
	return out, nil
}

// proven asks of a finding what the readings must show.
func proven(c *Contest) error {
	if c.Before.At.IsZero() || c.After.At.IsZero() {
		return nil // the item is bound to no source, or was not readable when it was accepted
	}
	changed := c.Before.Print != c.After.Print
	switch c.State {
	case StateCorrected, StateInPart:
		if !changed {
			return vocab.NotCorrected.Because("the source still gives the value that was contested")
		}
	case StateUpheld:
		if changed {
			return vocab.NotCorrected.Because("the value has changed since the contest was accepted: it was corrected, not upheld")
		}
	}
	return nil
}

// NameSources names the independent sources that an item is compared with.
func (s *Service) NameSources(ctx context.Context, a identity.Actor, item vocab.ItemID, others []vocab.ItemID) error {
	if err := a.MustOnNode(vocab.Authority); err != nil {
		return err
	}
	others = distinct(others)
	if slices.Contains(others, item) || len(others) > 20 {
		return vocab.BadInput.Because("an item is compared with at most 20 others, never with itself")
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		set, err := s.item(ctx, tx, a, item)
		if err != nil {
			return err
		}
		for _, o := range others {
			if _, err := s.item(ctx, tx, a, o); err != nil {
				return err
			}
		}
		if err := s.p.Catalog.CheckItems(ctx, tx, vocab.PathCompare, append([]vocab.ItemID{item}, others...)...); err != nil {
			return err
		}
		if err := putOthers(ctx, tx, item, set.Owner, a.Officer, s.p.Clock.Now(), others); err != nil {
			return err
		}
		names := make([]string, len(others))
		for i, o := range others {
			names[i] = string(o)
		}
		return s.p.Ledger.Act(ctx, tx, "quality.sources", map[string]string{
			"member": string(a.Member), "officer": string(a.Officer), "provider": string(set.Owner), "item": string(item), "others": fmt.Sprint(names),
		})
	})
	if err != nil {
		return fmt.Errorf("name sources: %w", err)
	}
	return nil
}

// Run is what a comparison over subjects brought. What was compared stays so when
// it stops: Stopped says at which subject, and a run with those from there on goes
// on where it ended.
type Run struct {
	Subjects  int               `json:"subjects"` // compared
	Conflicts []vocab.ContestID `json:"conflicts"`
	Standing  int               `json:"standing"`          // conflicts about which a contest stood open already
	Refused   []RunLine         `json:"refused,omitempty"` // passed over, each for its own reason
	Stopped   *RunLine          `json:"stopped,omitempty"` // nothing from this subject on was read
}

// RunLine is a subject of a run by its place among those that were sent, from 0,
// with why it was not compared.
type RunLine struct {
	At   int        `json:"at"`
	Code vocab.Code `json:"code"`
}

// maxRun bounds the subjects of one run.
const maxRun = 10_000

// CompareSources compares an item's source with the others for subjects. A
// conflict changes nothing at any source: it opens a contest, labels the value
// and asks the authority. What is wrong with the run as a whole is refused before
// anything is read; a refusal about one subject passes that one over; a source that
// does not answer stops the run there.
func (s *Service) CompareSources(ctx context.Context, a identity.Actor, item vocab.ItemID, subjects []vocab.SubjectKey) (Run, error) {
	var run Run
	if err := s.mayRun(ctx, a, item, subjects); err != nil {
		return run, fmt.Errorf("compare sources: %w", err)
	}
	var last error
	for i, k := range subjects {
		err := s.compareOne(ctx, item, k, &run)
		if err == nil {
			run.Subjects++
			continue
		}
		last = err
		if kind := vocab.KindOf(err); kind == vocab.Unavailable || kind == vocab.Internal {
			run.Stopped = &RunLine{At: i, Code: vocab.CodeOf(err)}
			s.p.Diary.Error("a comparison of sources stopped", "item", item, "at", i, "error", err)
			break
		}
		run.Refused = append(run.Refused, RunLine{At: i, Code: vocab.CodeOf(err)})
	}
	if run.Subjects == 0 && last != nil {
		return run, fmt.Errorf("compare sources: %w", last)
	}
	return run, nil
}

// mayRun refuses a run that cannot be whole, before anything is read.
func (s *Service) mayRun(ctx context.Context, a identity.Actor, item vocab.ItemID, subjects []vocab.SubjectKey) error {
	if err := a.Must(vocab.Steward, vocab.Authority); err != nil {
		return err
	}
	if len(subjects) > maxRun {
		return vocab.BadInput.Because("one run compares at most %d subjects, not %d", maxRun, len(subjects))
	}
	if err := s.mayCompare(ctx, a, item); err != nil {
		return err
	}
	others, err := s.others(ctx, item)
	if err != nil {
		return err
	}
	for _, o := range append([]vocab.ItemID{item}, others...) {
		if s.p.Sources.OwnerOf(o) == "" {
			return vocab.ItemUnbound.Because("item %s has no source", o)
		}
	}
	for i, k := range subjects {
		if err := s.p.Sources.Fits(k); err != nil {
			return fmt.Errorf("subject %d: %w", i, err)
		}
	}
	return nil
}

// compareOne compares one subject's values; a conflict opens a contest.
func (s *Service) compareOne(ctx context.Context, item vocab.ItemID, k vocab.SubjectKey, run *Run) error {
	own, err := s.read(ctx, item, k)
	if err != nil {
		return err
	}
	if err := s.countValues(ctx, item, k, own); err != nil {
		return err
	}
	others, err := s.compare(ctx, item, k, own)
	if err != nil || !slices.ContainsFunc(others, func(c Compared) bool { return c.Answer == vocab.Mismatch }) {
		return err
	}
	return s.conflict(ctx, item, k, own, others, run)
}

// countValues counts the item's own value as its owner's guess at each of the
// others: the conflict, or its absence, tells the owner whether it was right.
func (s *Service) countValues(ctx context.Context, item vocab.ItemID, k vocab.SubjectKey, own Read) error {
	if !own.Found {
		return nil
	}
	others, err := s.others(ctx, item)
	if err != nil {
		return err
	}
	for _, o := range others {
		if err := s.p.Sources.CountValue(ctx, s.p.Sources.OwnerOf(item), o, k, own.Value); err != nil {
			return err
		}
	}
	return nil
}

// mayCompare lets the owner's stewards and the authority of the node run the rule.
func (s *Service) mayCompare(ctx context.Context, a identity.Actor, item vocab.ItemID) error {
	return s.p.DB.Read(ctx, func(tx *db.Tx) error {
		set, err := s.item(ctx, tx, a, item)
		if err != nil {
			return err
		}
		if !a.In(set.Owner) && !governs(a) {
			return identity.NotYours()
		}
		return s.p.Catalog.CheckItems(ctx, tx, vocab.PathCompare, item)
	})
}

// conflict raises and accepts the platform's own contest in one transaction.
func (s *Service) conflict(ctx context.Context, item vocab.ItemID, k vocab.SubjectKey, own Read, others []Compared, run *Run) error {
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := s.raise(ctx, tx, custodian(s.p.Sources.OwnerOf(item)), ByRule, Raise{Item: item, Subject: k, Fault: Conflict})
		if err != nil {
			return err
		}
		c.Before, c.Compared = s.checked(own), others
		run.Conflicts = append(run.Conflicts, c.ID)
		return s.advance(ctx, tx, c, ActAccept, "")
	})
	if errors.Is(err, vocab.AlreadyExists) {
		run.Standing++
		return nil
	}
	return err
}
