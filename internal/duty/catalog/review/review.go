package review

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Result is what a secrecy review says.
type Result string

// An entry may be listed, or it may not.
const (
	Listable Result = "listable"
	Withheld Result = "withheld"
)

// Check is one word of a secrecy review.
type Check struct {
	ID       string          `json:"id"`
	Dataset  vocab.DatasetID `json:"dataset"`
	Owner    vocab.MemberID  `json:"owner"`
	Rev      int64           `json:"rev"`
	Print    string          `json:"print"` // of what the entry showed
	Result   Result          `json:"result"`
	Declared bool            `json:"declared,omitempty"` // by the publisher, of another
	Officer  vocab.OfficerID `json:"officer"`            // who said or declared it
	By       string          `json:"checked_by"`         // who looked
	Basis    string          `json:"basis"`
	At       time.Time       `json:"at"`
}

// Word is what a second officer says of an entry.
type Word struct {
	Listable bool   `json:"listable"`
	Basis    string `json:"basis"`
}

// Ledger takes each word and step as an act.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Notices takes a line for an inbox.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Node tells who keeps the node, who is in charge of a division beside those
// concerned (nobody where no authority is), and where members are.
type Node interface {
	Authority(ctx context.Context) (keeper vocab.MemberID, jurisdiction string, err error)
	InCharge(ctx context.Context, region string, not ...vocab.MemberID) (vocab.MemberID, error)
	Region(ctx context.Context, m vocab.MemberID) (string, error)
}

// Parts are what the service stands on; all are needed.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Ledger  Ledger
	Notices Notices
	Catalog *catalog.Service
	Clocks  *calendar.Service
	Node    Node
}

// Service holds the verbs of reviews.
type Service struct{ p Parts }

// New makes the service and says what it does about its clocks.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Notices == nil || p.Catalog == nil || p.Clocks == nil || p.Node == nil {
		return nil, fmt.Errorf("make review: %w", vocab.InternalError.Because("a part is missing"))
	}
	s := &Service{p}
	p.Clocks.Handle(RefKind, s.expired)
	return s, nil
}

// Check is the second officer's word on an entry as it stands. What it withholds
// leaves the list at once.
func (s *Service) Check(ctx context.Context, a identity.Actor, id vocab.DatasetID, w Word) (Check, error) {
	if err := maySay(a); err != nil {
		return Check{}, err
	}
	var c Check
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.p.Catalog.GetTx(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if !a.In(d.Owner) {
			return identity.NotYours()
		}
		if d.State == entry.StateRetired {
			return vocab.StateWrong.Because("%s is retired", d.ID)
		}
		c = Check{Result: Withheld, By: string(a.Officer), Basis: w.Basis}
		if w.Listable {
			c.Result = Listable
		}
		if err := s.say(ctx, tx, a, d, &c); err != nil {
			return err
		}
		if c.Result == Listable && d.State != entry.StateDraft {
			if err := s.reveal(ctx, tx, a, d); err != nil {
				return err
			}
		}
		if c.Result == Withheld && d.State == entry.StatePublished {
			if _, err := s.p.Catalog.SuspendTx(ctx, tx, a, d.ID, w.Basis); err != nil {
				return err
			}
		}
		return s.p.Notices.PutNotice(ctx, tx, identity.Notice{
			Member: d.Owner, Kind: "secrecy-" + string(c.Result), Link: "/datasets/" + string(d.ID), Params: map[string]string{"dataset": string(d.ID)},
		})
	})
	if err != nil {
		return Check{}, fmt.Errorf("secrecy review of %s: %w", id, err)
	}
	return c, nil
}

// reveal shows the items and words that awaited this word, except those that the
// officer who says it wrote, or whose writer is of one hand with them.
func (s *Service) reveal(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset) error {
	var by []vocab.OfficerID
	for _, it := range d.Items {
		by = append(by, it.Awaits)
	}
	if d.Until != nil {
		by = append(by, d.Until.By)
	}
	other := map[vocab.OfficerID]bool{}
	for _, who := range by {
		if who == "" {
			continue
		}
		independent, err := hands.Independent(ctx, tx, who, a.Officer)
		if err != nil {
			return err
		}
		other[who] = independent
	}
	if len(other) == 0 {
		return nil
	}
	return s.p.Catalog.ReviewedTx(ctx, tx, a, d.ID, func(by vocab.OfficerID) bool { return other[by] })
}

func maySay(a identity.Actor) error {
	if err := a.Must(vocab.Steward); err != nil {
		return err
	}
	if a.IsMachine() || a.Officer == "" {
		return vocab.RoleMissing.Because("a review is an officer's word in a session of their own")
	}
	return nil
}

// say writes a word: the row, and the act.
func (s *Service) say(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, c *Check) error {
	if err := s.keep(ctx, tx, a, d, c); err != nil {
		return err
	}
	return s.p.Ledger.Act(ctx, tx, "catalog.secrecy", map[string]string{
		"member": string(a.Member), "officer": string(a.Officer), "dataset": string(d.ID), "rev": fmt.Sprint(d.Rev), "print": c.Print,
		"result": string(c.Result), "declared": fmt.Sprint(c.Declared), "checked_by": c.By, "basis": c.Basis,
	})
}

// keep writes the row of a word.
func (s *Service) keep(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, c *Check) error {
	if err := text("basis", c.Basis); err != nil {
		return err
	}
	print, err := Print(d)
	if err != nil {
		return fmt.Errorf("print of %s: %w", d.ID, err)
	}
	c.ID, c.Dataset, c.Owner, c.Rev, c.Print, c.Officer, c.At = vocab.NewID("sc"), d.ID, d.Owner, d.Rev, print, a.Officer, s.p.Clock.Now().UTC()
	last, err := lastCheck(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	if last != nil && !c.At.After(last.At) { // of two words in one moment the later one is the last
		c.At = last.At.Add(time.Microsecond)
	}
	return insertCheck(ctx, tx, c)
}

// text refuses what is empty, too long, or names a person by number.
func text(field, v string) error {
	if v == "" {
		return vocab.FieldMissing.Because("the field %s is empty", field).WithFix("say it: --%s TEXT, or the field %s", strings.ReplaceAll(field, "_", "-"), field)
	}
	if len(v) > 2000 || subject.HoldsCitizenNumber(v) {
		return vocab.BadInput.Because("%s is longer than 2000 bytes or holds a citizen number", field)
	}
	return nil
}

// Clear says whether the secrecy review of an entry allows that it is listed, and on
// what that rests. said is the publisher's own word; nil where the entry was listed
// before, and then only what was withheld is stopped.
func (s *Service) Clear(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, said *catalog.Secrecy) (catalog.Cleared, error) {
	var clear catalog.Cleared
	print, err := Print(d)
	if err != nil {
		return clear, fmt.Errorf("print of %s: %w", d.ID, err)
	}
	last, err := lastCheck(ctx, tx, d.ID)
	if err != nil {
		return clear, err
	}
	if said == nil && (last == nil || last.Result == Listable) {
		return clear, nil
	}
	declared, err := passes(d, print, last)
	if err == nil && TwoOfficers(d) {
		two, err := hands.Second(ctx, tx, last.Officer, a.Hand())
		clear.Hands = two.String()
		return clear, err
	}
	if err == nil || !declared || said == nil || said.CheckedBy == "" {
		return clear, err
	}
	if said.CheckedBy == string(a.Officer) || a.Officer == "" {
		return clear, vocab.SecondNeeded.Because("who publishes an entry has not reviewed it").WithFix("Name who did: --secrecy-checked-by NAME")
	}
	clear.Declared = true
	if err := text("secrecy_checked_by", said.CheckedBy); err != nil {
		return clear, err
	}
	return clear, text("basis", said.Basis)
}

// Gate is Clear in the transaction that would list the entry; on what the listing
// rests is entered there.
func (s *Service) Gate(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, said *catalog.Secrecy) error {
	clear, err := s.Clear(ctx, tx, a, d, said)
	switch {
	case err != nil:
		return err
	case clear.Hands != "":
		return s.p.Ledger.Act(ctx, tx, "catalog.hands", map[string]string{
			"member": string(a.Member), "officer": string(a.Officer), "dataset": string(d.ID), "rev": fmt.Sprint(d.Rev), hands.Field: clear.Hands,
		})
	case clear.Declared:
		return s.say(ctx, tx, a, d, declaration(said))
	}
	return nil
}

// Declare keeps what the publisher of many entries declares of one, where that is
// needed; their one leaf carries the word.
func (s *Service) Declare(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, said catalog.Secrecy) error {
	clear, err := s.Clear(ctx, tx, a, d, &said)
	if err != nil || !clear.Declared {
		return err
	}
	return s.keep(ctx, tx, a, d, declaration(&said))
}

func declaration(said *catalog.Secrecy) *Check {
	return &Check{Result: Listable, Declared: true, By: said.CheckedBy, Basis: said.Basis}
}

// Checks lists the words on an entry of the actor's member, the newest first.
func (s *Service) Checks(ctx context.Context, a identity.Actor, id vocab.DatasetID) ([]Check, error) {
	var out []Check
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		d, err := s.p.Catalog.GetTx(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if !a.In(d.Owner) {
			return identity.NotYours()
		}
		out, err = checks(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list secrecy reviews: %w", err)
	}
	return out, nil
}
