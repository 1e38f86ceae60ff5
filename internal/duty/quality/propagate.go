package quality

import (
	"context"
	"fmt"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// chunk is how many holders one transaction tells: it stays under 20 ms, which
// everyone else who writes depends on.
const chunk = 100

// maxUses bounds the uses that a task lists; the rest the holder finds in its own
// list of accesses.
const maxUses = 50

// Proceed carries a contest on as far as nobody's word is needed: holders of the
// wrong value are told, and what is answered or needs no answer is closed. Cut
// anywhere, it goes on where it was; nobody is told twice.
func (s *Service) Proceed(ctx context.Context, id vocab.ContestID) error {
	for {
		var c *Contest
		err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
			c, err = loadAny(ctx, tx, id)
			return err
		})
		if err != nil {
			return fmt.Errorf("proceed with contest: %w", err)
		}
		act := ""
		switch c.State {
		case StateCorrected, StateInPart:
			if err := s.fanOut(ctx, c); err != nil {
				return fmt.Errorf("tell holders: %w", err)
			}
			act = ActPropagate
		case StatePropagating:
			act = ActSettle
		case StatePropagated, StateUpheld, StateActDispute:
			act = ActClose
		default:
			return nil
		}
		went, err := s.proceedOne(ctx, id, c.State, act)
		if err != nil || !went {
			return err
		}
	}
}

// proceedOne takes one step of the platform, unless the contest has moved or
// waits for answers.
func (s *Service) proceedOne(ctx context.Context, id vocab.ContestID, in State, act string) (went bool, err error) {
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := loadAny(ctx, tx, id)
		if err != nil || c.State != in {
			return err
		}
		if act == ActSettle {
			n, err := openTasks(ctx, tx, c)
			if err != nil || n > 0 {
				return err
			}
		}
		went = true
		return s.advance(ctx, tx, c, act, "")
	})
	if err != nil {
		return false, fmt.Errorf("%s contest: %w", act, err)
	}
	return went, nil
}

// Resume carries every contest on that a stop has cut; it is called at the start
// and by the clock.
func (s *Service) Resume(ctx context.Context) error {
	after := vocab.ContestID("")
	for {
		var ids []vocab.ContestID
		err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
			ids, err = loadUnfinished(ctx, tx, after, maxPage)
			return err
		})
		if err != nil {
			return fmt.Errorf("look for unfinished contests: %w", err)
		}
		for _, id := range ids {
			if err := s.Proceed(ctx, id); err != nil {
				s.p.Diary.Error("a contest waits", "contest", id, "error", err)
			}
			after = id
		}
		if len(ids) < maxPage {
			return ctx.Err()
		}
	}
}

// fanOut gives each holder of the wrong value its task.
func (s *Service) fanOut(ctx context.Context, c *Contest) error {
	tasks, err := s.tasks(ctx, c)
	if err != nil {
		return err
	}
	for len(tasks) > 0 {
		n := min(chunk, len(tasks))
		err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
			for _, t := range tasks[:n] {
				if err := s.give(ctx, tx, c, t); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		tasks = tasks[n:]
	}
	return nil
}

// tasks gathers the uses by holder: a member under a grant. The records are read
// piece by piece, each in a snapshot of its own; of a use that ends meanwhile the
// holder is told that it may have had the value, or that it had it.
func (s *Service) tasks(ctx context.Context, c *Contest) ([]*Task, error) {
	q := HoldersOf{Person: c.person, Item: c.Item, Owner: c.Owner, Print: c.Before.Print, Until: c.After.At}
	if q.Until.IsZero() { // it could not be read again: whoever was answered until the finding
		q.Until = c.ChangedAt
	}
	var out []*Task
	byHolder := map[[2]string]*Task{}
	for {
		var piece []Held
		err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
			piece, q.After, err = s.p.Holders.Holders(ctx, tx, q)
			return err
		})
		if err != nil {
			return nil, err
		}
		out = s.gather(c, out, byHolder, piece)
		if q.After == 0 {
			return out, nil
		}
	}
}

// gather adds a piece of the uses to the tasks of their holders.
func (s *Service) gather(c *Contest, out []*Task, byHolder map[[2]string]*Task, piece []Held) []*Task {
	for _, h := range piece {
		if h.Grant == "" { // the source reading its own value again
			continue
		}
		who := [2]string{string(h.Member), string(h.Grant)}
		t := byHolder[who]
		if t == nil {
			t = &Task{ID: vocab.NewID("h"), Contest: c.ID, Item: c.Item, Member: h.Member, Grant: h.Grant, State: TaskOpen, Unsure: true, TellAt: s.p.Clock.Now()}
			byHolder[who] = t
			out = append(out, t)
		}
		t.Unsure = t.Unsure && h.Unknown
		if len(t.Uses) < maxUses {
			t.Uses = append(t.Uses, Use{Trace: h.Trace, Case: h.Case, At: h.At, Unsure: h.Unknown})
		} else {
			t.More++
		}
	}
	return out
}

// give keeps a task and tells its holder; one who has it is not told again.
func (s *Service) give(ctx context.Context, tx *db.Tx, c *Contest, t *Task) error {
	fresh, err := putTask(ctx, tx, t, c.Round)
	if err != nil || !fresh {
		return err
	}
	kind := NoticeTask
	if t.Unsure {
		kind = NoticeMaybe
	}
	return s.tellTask(ctx, tx, t, "told", identity.Notice{Member: t.Member, Kind: kind}, identity.Actor{})
}

// tellTask writes act, fact and notice of a task.
func (s *Service) tellTask(ctx context.Context, tx *db.Tx, t *Task, what string, n identity.Notice, by identity.Actor) error {
	err := s.p.Ledger.Act(ctx, tx, "correction."+what, map[string]string{
		"member": string(by.Member), "officer": string(by.Officer), "provider": string(t.Member), "grant": string(t.Grant),
		"contest": string(t.Contest), "task": t.ID, "item": string(t.Item), "to_state": string(t.State), "reason": t.Reason,
	})
	if err != nil {
		return fmt.Errorf("record the act correction.%s: %w", what, err)
	}
	if err := put(ctx, tx, fact.TopicTask, t.ID, fact.Task{ID: t.ID, Contest: t.Contest, Member: t.Member, State: string(t.State)}); err != nil {
		return err
	}
	if n.Link == "" {
		n.Link = "/corrections/" + t.ID
	}
	n.Params = map[string]string{"contest": string(t.Contest), "item": string(t.Item), "state": string(t.State)}
	if n.Member == t.Member { // a grant would tell another who the holder is
		n.Params["grant"] = string(t.Grant)
	}
	return s.p.Notices.PutNotice(ctx, tx, n)
}

// Tasks lists what the actor's member was told of wrong values, newest first.
func (s *Service) Tasks(ctx context.Context, a identity.Actor, q ListQuery) ([]*Task, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("corrections are listed for a member")
	}
	var out []*Task
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadMine(ctx, tx, a, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list corrections: %w", err)
	}
	return out, nil
}

// Task gives one correction to its holder, and to the authority.
func (s *Service) Task(ctx context.Context, a identity.Actor, id string) (*Task, error) {
	var t *Task
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		t, err = loadTask(ctx, tx, a, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get correction: %w", err)
	}
	return told(a, true, t), nil // the holder, or the authority
}

// TasksOf lists who was told of a contest's wrong value and what each answered,
// for those who see the contest; cases and officers stay inside each holder.
func (s *Service) TasksOf(ctx context.Context, a identity.Actor, id vocab.ContestID, after string, limit int) ([]*Task, error) {
	var out []*Task
	names := false
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := load(ctx, tx, a, id)
		if err == nil {
			names = c.namesHolders(a)
			out, err = loadTasksOf(ctx, tx, c, after, ListQuery{Limit: limit}.limit())
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list corrections of contest: %w", err)
	}
	for i, t := range out {
		out[i] = told(a, names, t)
	}
	return out, nil
}

// namesHolders reports whether the actor may see who held the contested value. Who
// used a person's data is for the person, for the body that gave it out, and for
// the authority: a department that contests a value learns no more by it than how
// many have answered.
func (c *Contest) namesHolders(a identity.Actor) bool {
	if who, ok := person(a); ok && who == c.person {
		return looksOn(a)
	}
	return governs(a) || a.In(c.Owner)
}

// told is the task as the actor sees it.
func told(a identity.Actor, names bool, t *Task) *Task {
	if a.In(t.Member) {
		return t
	}
	out := *t
	out.Uses, out.More, out.Officer = nil, 0, ""
	if !names {
		out.Member, out.Grant, out.Reason = "", "", ""
	}
	return &out
}

// Answer is a holder's word on what it did about the wrong value: its work done
// again, or no effect, because. When the last one has answered the label goes.
func (s *Service) Answer(ctx context.Context, a identity.Actor, id string, w Answer) (*Task, error) {
	var t *Task
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if t, err = loadTask(ctx, tx, a, id); err != nil {
			return err
		}
		if err := mayAnswer(a, t, w); err != nil {
			return err
		}
		t.State, t.Reason, t.Officer, t.DoneAt = w.State, strings.TrimSpace(w.Reason), a.Officer, s.p.Clock.Now()
		if err := saveTask(ctx, tx, t); err != nil {
			return err
		}
		c, err := loadAny(ctx, tx, t.Contest)
		if err != nil {
			return err
		}
		n, err := s.notice(ctx, c, Raiser)
		if err != nil {
			return err
		}
		n.Kind = NoticeAnswered
		return s.tellTask(ctx, tx, t, "answered", n, a)
	})
	if err != nil {
		return nil, fmt.Errorf("answer correction: %w", err)
	}
	if err := s.Proceed(ctx, t.Contest); err != nil {
		s.p.Diary.Error("an answered contest is not carried on yet", "contest", t.Contest, "error", err)
	}
	return told(a, true, t), nil
}

// mayAnswer lets the holder answer, and the authority excuse one that cannot.
func mayAnswer(a identity.Actor, t *Task, w Answer) error {
	if t.State != TaskOpen {
		return vocab.StateWrong.Because("the correction is answered already: %s", t.State)
	}
	if err := checkText(w.Reason, maxText); err != nil {
		return err
	}
	switch {
	case w.State == TaskExcused && governs(a) && a.In(t.Member):
		return vocab.SecondNeeded.Because("%s holds the value itself, and nobody excuses themselves from answering", t.Member).WithFix("Answer it: fontis contest answer %s redone", t.ID)
	case w.State == TaskExcused && governs(a):
	case w.State == TaskExcused:
		return vocab.RoleMissing.Because("only the authority excuses a holder that can no longer answer")
	case !a.In(t.Member):
		return vocab.RoleMissing.Because("the holder itself answers")
	case w.State != TaskRedone && w.State != TaskNoEffect:
		return vocab.BadInput.Because("the answer is redone or no_effect")
	default:
		if err := a.Must(vocab.DataUser, vocab.Steward); err != nil {
			return err
		}
	}
	if a.Officer == "" {
		return vocab.RoleMissing.Because("an answer names the officer who gives it")
	}
	if w.State != TaskRedone && strings.TrimSpace(w.Reason) == "" {
		return vocab.ReasonNeeded.Because("no effect needs its reason: because ...")
	}
	return nil
}

// remind tells the holders that have not answered, again.
func (s *Service) remind(ctx context.Context, tx *db.Tx, c *Contest) error {
	after := ""
	for {
		list, err := loadTasksOf(ctx, tx, c, after, maxPage)
		if err != nil {
			return err
		}
		for _, t := range list {
			after = t.ID
			if t.State != TaskOpen {
				continue
			}
			t.Reminded++
			if err := saveTask(ctx, tx, t); err != nil {
				return err
			}
			if err := s.tellTask(ctx, tx, t, "reminded", identity.Notice{Member: t.Member, Kind: NoticeRemind}, identity.Actor{}); err != nil {
				return err
			}
		}
		if len(list) < maxPage {
			return nil
		}
	}
}
