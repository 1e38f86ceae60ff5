package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Raise contests a value and gives the contest with its number. A person raises
// it about their own, by their permit; a clerk for the person whose document they
// have seen; a department or court about a subject that it has a case on.
func (s *Service) Raise(ctx context.Context, a identity.Actor, r Raise) (*Contest, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("raise a contest: %w", err)
	}
	by, err := raisedBy(a, r)
	if err != nil {
		return nil, err
	}
	var out *Contest
	err = s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		out, err = s.raise(ctx, tx, a, by, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("raise a contest: %w", err)
	}
	return shown(a, out), nil
}

func (s *Service) raise(ctx context.Context, tx *db.Tx, a identity.Actor, by RaisedBy, r Raise) (*Contest, error) {
	set, err := s.item(ctx, tx, a, r.Item)
	if err == nil {
		err = fits(set, r)
	}
	if err != nil {
		return nil, err
	}
	subject, err := s.p.Vault.Keep(ctx, tx, set.Owner, r.Subject)
	if err != nil {
		return nil, err
	}
	if who, ok := person(a); by == ByPerson && (!ok || subject != who) {
		return nil, vocab.RoleMissing.Because("a person contests what is kept of themself, or of whom they act for; the subject is another")
	}
	now := s.p.Clock.Now()
	c := &Contest{
		ID: vocab.ContestID(vocab.NewID("q")), State: StateRaised, Rev: 1, Item: r.Item, Owner: set.Owner, Fault: r.Fault,
		By: by, Member: a.Member, Officer: a.Officer, Case: r.Case, Judgment: r.Judgment, Evidence: r.Evidence, Act: r.StatusAct,
		CreatedAt: now, ChangedAt: now, Mandate: a.Mandate, person: subject,
	}
	if by == ByRule { // no body raises it, and no body may withdraw it
		c.Member = ""
	}
	if err := notTwice(ctx, tx, c); err != nil {
		return nil, err
	}
	said, err := json.Marshal(Said{Claimed: r.Claimed, Statement: r.Statement})
	if err != nil {
		return nil, err
	}
	if c.sealed, err = s.p.Vault.Seal(said, boundTo(c.ID)); err != nil {
		return nil, fmt.Errorf("seal what the raiser says: %w", err)
	}
	if err := s.startClock(ctx, tx, c, ClockAccept, Authority); err != nil {
		return nil, err
	}
	if err := insert(ctx, tx, c); err != nil {
		return nil, err
	}
	h := Change{Contest: c.ID, Rev: c.Rev, Act: ActRaise, To: StateRaised, Side: Raiser, Member: c.Member, Officer: a.Officer, At: now, mandate: a.Mandate}
	if by == ByRule {
		h.Side = Platform
	}
	if err := putChange(ctx, tx, c.Member, h); err != nil {
		return nil, err
	}
	return c, s.tell(ctx, tx, Authority, c, h)
}

// check brings what is raised to its one form.
func (r *Raise) check() error {
	if !slices.Contains(Faults(), r.Fault) {
		return vocab.BadInput.Because("the fault is one of missing, wrong, outdated, conflict, duplicate, out_of_domain, wrong_person")
	}
	if r.Item.Name() == "" {
		return vocab.FieldMissing.Because("a contest names the item: DATASET/ITEM")
	}
	if r.Subject.Value == "" {
		return vocab.FieldMissing.Because("a contest names whose value it is: the source must find the record")
	}
	if len(r.Evidence) > 20 {
		return vocab.BadInput.Because("a contest names at most 20 documents, not %d", len(r.Evidence))
	}
	for _, v := range append([]string{string(r.Item), r.Case, r.Judgment, r.StatusAct}, r.Evidence...) {
		if err := checkText(v, maxName); err != nil {
			return err
		}
	}
	// Claimed and Statement are sealed and may name persons.
	if len(r.Claimed) > maxText || len(r.Statement) > 4*maxText {
		return vocab.BadInput.Because("a statement has at most %d signs", maxText)
	}
	return nil
}

// raisedBy tells in which quality the actor raises.
func raisedBy(a identity.Actor, r Raise) (RaisedBy, error) {
	switch {
	case a.IsPerson() || a.Mandate != "":
		_, err := a.For(mandate.Contest)
		return ByPerson, err
	case a.Member == "":
		return "", vocab.SignInNeeded.Because("a contest is raised by a person, or for a member")
	case a.Officer == "":
		return "", vocab.RoleMissing.Because("a contest names the officer who raises it")
	case r.AtCounter:
		return ByCounter, a.Must(vocab.Counter)
	case r.Judgment != "":
		return ByCourt, a.Must(vocab.DataUser, vocab.Steward)
	}
	return ByDepartment, a.Must(vocab.DataUser, vocab.Steward, vocab.Authority)
}

// fits refuses a claimed value that can never stand in the item: nobody could find
// whether it is right.
func fits(set *entry.Dataset, r Raise) error {
	it, _ := set.Item(r.Item.Name())
	way := it.Compare
	if way == "" && it.Type == entry.TypeDate {
		way = vocab.CompareDate
	}
	if r.Claimed == "" || way != vocab.CompareDate && way != vocab.CompareNumber {
		return nil
	}
	as, err := comparator.Parse(string(way))
	if err == nil {
		_, err = as.Canonical(r.Claimed)
	}
	return err
}

// notTwice refuses a second contest of the same raiser about the same value.
func notTwice(ctx context.Context, tx *db.Tx, c *Contest) error {
	open, err := loadOpen(ctx, tx, c.Item, c.person)
	if err != nil {
		return err
	}
	for _, o := range open {
		if o.By == c.By && o.Member == c.Member {
			twice := vocab.AlreadyExists.Because("contest %s about this value is %s", o.ID, o.State)
			if o.By == ByPerson { // a resident has no commands
				return twice.WithFix("Follow that one among your contests. To say something else, withdraw it there first.")
			}
			return twice.WithFix("Follow that one: fontis contest show %s. To say something else, take it back first: fontis contest withdraw %s", o.ID, o.ID)
		}
	}
	return nil
}

// item finds the data set of an item as the raiser sees it: what is not shown to
// them does not exist.
func (s *Service) item(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.ItemID) (*entry.Dataset, error) {
	set, err := s.p.Catalog.GetTx(ctx, tx, a, id.Dataset())
	if err != nil {
		return nil, err
	}
	if _, ok := set.Item(id.Name()); !ok {
		return nil, identity.NotYours()
	}
	return set, nil
}

func boundTo(id vocab.ContestID) []byte { return []byte("fontis/contest/v1\n" + string(id)) }

// Get gives a contest to those whom it concerns.
func (s *Service) Get(ctx context.Context, a identity.Actor, id vocab.ContestID) (*Contest, error) {
	var c *Contest
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = load(ctx, tx, a, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get contest: %w", err)
	}
	return shown(a, c), nil
}

// List gives the contests that the actor may see, newest first.
func (s *Service) List(ctx context.Context, a identity.Actor, q ListQuery) ([]*Contest, error) {
	if err := mayList(a, "contests"); err != nil {
		return nil, err
	}
	if q.State != "" && !slices.Contains(States(), q.State) {
		return nil, vocab.BadInput.Because("a contest has no such state")
	}
	var out []*Contest
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadPage(ctx, tx, a, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list contests: %w", err)
	}
	for i, c := range out {
		out[i] = shown(a, c)
	}
	return out, nil
}

// mayList asks for somebody to whom something can belong; an agent needs a mandate
// that names contests.
func mayList(a identity.Actor, what string) error {
	if a.Nobody() {
		return vocab.SignInNeeded.Because("%s are listed for a member or a person", what)
	}
	if a.Mandate == "" {
		return nil
	}
	_, err := a.For(mandate.Contest)
	return err
}

// History gives the steps of a contest, oldest first, after the revision;
// officers are named inside their own member only.
func (s *Service) History(ctx context.Context, a identity.Actor, id vocab.ContestID, afterRev int64) ([]Change, error) {
	var out []Change
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := load(ctx, tx, a, id)
		if err != nil {
			return err
		}
		out, err = loadHistory(ctx, tx, c.ID, afterRev, maxPage)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of contest: %w", err)
	}
	for i := range out {
		if !a.In(out[i].Member) {
			out[i].Officer = ""
		}
	}
	return out, nil
}

// Said opens what the raiser says and whose value it is, for the raiser, for the
// steward of the source and for the authority; what another opens is an entry in
// the person's own chain.
func (s *Service) Said(ctx context.Context, a identity.Actor, id vocab.ContestID) (Said, error) {
	var c *Contest
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if c, err = load(ctx, tx, a, id); err != nil {
			return err
		}
		if who, ok := person(a); ok && who == c.person && c.isPersons() {
			if a.Mandate == "" {
				return nil
			}
		} else if err := mayOpen(a, c); err != nil {
			return err
		}
		pairs := []ledger.Pair{
			{Name: ledger.FieldAct, Value: "contest.open"}, {Name: "contest", Value: string(c.ID)}, {Name: ledger.FieldItems, Value: proof.ListValue([]string{string(c.Item)})},
		}
		if a.Mandate != "" {
			pairs = append(pairs, ledger.Pair{Name: ledger.FieldMandate, Value: a.Mandate})
		}
		_, err = s.enter(ctx, tx, a, c.Owner, c.person, pairs)
		return err
	})
	if err != nil {
		return Said{}, fmt.Errorf("open contest: %w", err)
	}
	if len(c.sealed) == 0 {
		return Said{}, vocab.NoSuchThing.Because("what was said in contest %s was destroyed when its time was over", c.ID)
	}
	plain, err := s.p.Vault.Unseal(c.sealed, boundTo(c.ID))
	if err != nil {
		return Said{}, fmt.Errorf("open contest: %w", err)
	}
	var out Said
	if err := json.Unmarshal(plain, &out); err != nil {
		return Said{}, fmt.Errorf("read contest: %w", err)
	}
	if out.Subject, err = s.p.Vault.Open(ctx, c.person); err != nil {
		return Said{}, fmt.Errorf("open contest: %w", err)
	}
	return out, nil
}

// mayOpen asks an officer's role on the side where they stand.
func mayOpen(a identity.Actor, c *Contest) error {
	err := vocab.RoleMissing.Because("what the raiser says is opened by the raiser, the steward of the source and the authority")
	for _, side := range c.sides(a) {
		roles := map[Side][]vocab.Role{Source: steward, Authority: authority, Raiser: raisers}[side]
		if a.Must(roles...) == nil && a.Officer != "" {
			return nil
		}
	}
	return err
}

// shown is the contest as the actor sees it: prints are for the auditor of the
// record, officers for their own member.
func shown(a identity.Actor, c *Contest) *Contest {
	out := *c
	out.Changed = !out.Before.At.IsZero() && !out.After.At.IsZero() && out.Before.Print != out.After.Print
	out.Before.Print, out.After.Print = "", ""
	if !a.In(c.Member) {
		out.Officer, out.Case = "", ""
	}
	return &out
}
