package channel

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// news is the topic on which a delivery that is due is announced.
const news = "channel"

// confirmKind is the kind of the message that carries a channel's code.
const confirmKind = "channel-confirm"

// waitsKind is what a person is told of every notice alike: what it is about would
// be a datum about them.
const waitsKind = "channel-waits"

// The plan of tries: half a minute, then each time twice as long up to six hours;
// the last one is some two days after the first.
const (
	firstWait   = 30 * time.Second
	longWait    = 6 * time.Hour
	maxTries    = 17
	sendTimeout = 20 * time.Second
	atOnce      = 8   // deliveries on their way at the same time
	roundSize   = 200 // read at a time
	look        = time.Minute
)

// waitAfter is the time until the next try, after so many.
func waitAfter(tries int) time.Duration { return min(firstWait<<min(tries-1, 20), longWait) }

// delivery is one notice on its way to one channel.
type delivery struct {
	ID      string
	Channel string
	Notice  string
	Member  vocab.MemberID
	Kind    string
	Link    string
	State   string
	Tries   int
	NextAt  time.Time
	Trouble string
	MadeAt  time.Time
	DoneAt  time.Time

	code string // of a confirmation; gone once it is sent
}

// The states of a delivery.
const (
	onItsWay = "waiting"
	sent     = "sent"
	dead     = "dead"
)

// finalError is a failure that no other try mends.
type finalError struct{ error }

// Unwrap gives the cause.
func (f finalError) Unwrap() error { return f.error }

// Run sends what is due until ctx ends; it sleeps until then.
func (s *Service) Run(ctx context.Context) {
	for ctx.Err() == nil {
		woken := s.p.DB.News(news) // before the look, so that nothing is missed
		next, err := s.Round(ctx)
		if err != nil && ctx.Err() == nil {
			s.p.Diary.Warn("notices wait", "error", err)
		}
		wait := look
		if !next.IsZero() {
			wait = min(look, max(next.Sub(s.p.Clock.Now()), 0))
		}
		if err != nil {
			wait = look
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-woken:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Round sends everything that is due now and gives the moment of the next
// delivery; zero when none waits.
func (s *Service) Round(ctx context.Context) (time.Time, error) {
	for {
		var due []delivery
		err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
			due, err = loadDue(ctx, tx, s.p.Clock.Now(), roundSize)
			return err
		})
		if err != nil {
			return time.Time{}, fmt.Errorf("look for notices that are due: %w", err)
		}
		if len(due) == 0 {
			break
		}
		if err := s.sendAll(ctx, due); err != nil {
			return time.Time{}, err
		}
	}
	var next time.Time
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		next, err = nextDue(ctx, tx)
		return err
	})
	return next, err
}

// sendAll sends a few at a time; one receiver that does not answer holds up few.
func (s *Service) sendAll(ctx context.Context, due []delivery) error {
	var group sync.WaitGroup
	var mu sync.Mutex // guards failed
	var failed error
	slots := make(chan struct{}, atOnce)
	for _, d := range due {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := s.sendOne(ctx, d); err != nil {
				mu.Lock()
				failed = errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return failed
}

// sendOne sends a delivery and keeps how it went. Between the two a stop sends it
// once more, under the same id.
func (s *Service) sendOne(ctx context.Context, d delivery) error {
	var c Channel
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = s.channelOf(ctx, tx, d.Channel)
		return err
	})
	if db.NoRows(err) { // removed meanwhile
		return s.keep(ctx, &d, finalError{vocab.NoSuchThing.Because("the channel was removed")})
	}
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	err = hushed(d, s.carry(limited, c, d))
	if ctx.Err() != nil { // the node stops: it was no try
		return ctx.Err()
	}
	return s.keep(ctx, &d, err)
}

func (s *Service) carry(ctx context.Context, c Channel, d delivery) error {
	if c.State != Confirmed && d.Kind != confirmKind {
		return finalError{vocab.StateWrong.Because("the channel is not confirmed")}
	}
	m, err := s.message(c, d)
	if err != nil {
		return finalError{err}
	}
	if c.Kind == Email {
		if s.p.Mail == nil {
			return vocab.NotOffered.Because("this node sends no e-mail any more")
		}
		return s.p.Mail.send(ctx, c.Address, m)
	}
	if err := s.openHost(c.Member, c.Address); err != nil { // the operator may have closed it
		return finalError{err}
	}
	return s.post(ctx, c, d, m)
}

// keep writes how a try went.
func (s *Service) keep(ctx context.Context, d *delivery, failed error) error {
	now := s.p.Clock.Now()
	d.Tries++
	var final finalError
	switch {
	case failed == nil:
		d.State, d.NextAt, d.DoneAt, d.Trouble, d.code = sent, time.Time{}, now, "", ""
	case errors.As(failed, &final) || d.Tries >= maxTries:
		d.State, d.NextAt, d.DoneAt, d.Trouble = dead, time.Time{}, now, trouble(failed)
		s.p.Diary.Error("a notice will not go", "delivery", d.ID, "channel", d.Channel, "tries", d.Tries, "error", failed)
	default:
		d.NextAt, d.Trouble = now.Add(waitAfter(d.Tries)), trouble(failed)
	}
	return s.p.DB.Write(ctx, func(tx *db.Tx) error { return updateDelivery(ctx, tx, *d) })
}

// trouble is a failure in one bounded line.
func trouble(err error) string {
	line := strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "?")), " ")
	return line[:min(len(line), 300)]
}

// message is what a receiver reads: the kind of the notice in words, and a link.
type message struct {
	id, subject, body, link string
	at                      time.Time
}

func (s *Service) message(c Channel, d delivery) (message, error) {
	words, err := s.p.Text.Get(c.Lang, "page.word.notice."+d.Kind)
	if err != nil {
		return message{}, err
	}
	m := message{id: d.ID, at: d.MadeAt, link: strings.TrimSuffix(s.p.URL, "/") + d.Link}
	if d.Kind == confirmKind {
		m.link += "?channel=" + url.QueryEscape(c.ID)
	}
	get := func(key string) string {
		v, e := s.p.Text.Get(c.Lang, "channel."+key)
		if e != nil && err == nil {
			err = e
		}
		return v
	}
	m.subject = strings.ReplaceAll(get("subject"), "{1}", s.p.Node) + words
	m.body = words + "\n\n" + get("link") + "\n" + m.link + "\n\n"
	if d.code != "" {
		m.body += strings.ReplaceAll(get("code"), "{1}", c.ID) + "\n" + d.code + "\n\n"
	}
	m.body += get("foot") + "\n"
	return m, err
}

// Letter is a delivery that will not go any more, for the operator.
type Letter struct {
	ID      string         `json:"id"`
	Channel string         `json:"channel"`
	Member  vocab.MemberID `json:"member"`
	Kind    string         `json:"kind"`
	Tries   int            `json:"tries"`
	Trouble string         `json:"trouble"`
	MadeAt  time.Time      `json:"made_at"`
	DeadAt  time.Time      `json:"dead_at"`
}

// Dead lists dead letters to the operator of the node, after the last one seen.
func (s *Service) Dead(ctx context.Context, a identity.Actor, after string, limit int) ([]Letter, error) {
	if err := a.MustOnNode(vocab.Operator, vocab.Authority); err != nil {
		return nil, err
	}
	var out []Letter
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := loadDead(ctx, tx, after, min(max(limit, 1), 500))
		for _, d := range list {
			out = append(out, Letter{ID: d.ID, Channel: d.Channel, Member: d.Member, Kind: d.Kind, Tries: d.Tries, Trouble: d.Trouble, MadeAt: d.MadeAt, DeadAt: d.DoneAt})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	return out, nil
}

// Again sends a dead letter once more, from the first try on.
func (s *Service) Again(ctx context.Context, a identity.Actor, id string) error {
	if err := a.MustOnNode(vocab.Operator, vocab.Authority); err != nil {
		return err
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := reviveDelivery(ctx, tx, id, s.p.Clock.Now())
		if err != nil {
			return err
		}
		if n != 1 {
			return identity.NotYours()
		}
		tx.Announce(news)
		return s.p.Ledger.Act(ctx, tx, "channel.again", map[string]string{"member": string(a.Member), "officer": string(a.Officer), "delivery": id})
	})
	if err != nil {
		return fmt.Errorf("send a dead letter again: %w", err)
	}
	return nil
}

// DeadCount is how many dead letters there are, for doctor.
func (s *Service) DeadCount(ctx context.Context) (n int, err error) {
	err = s.p.DB.Read(ctx, func(tx *db.Tx) error { n, err = countDead(ctx, tx); return err })
	return n, err
}

// keepSent is how long what was sent is kept, against a fact that is heard twice.
const keepSent = 30 * 24 * time.Hour

// Prune forgets what was sent long ago, and persons' addresses that were never
// confirmed.
func (s *Service) Prune(ctx context.Context) error {
	now := s.p.Clock.Now()
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := prunePersonal(ctx, tx, now.Add(-waitsFor)); err != nil {
			return err
		}
		return pruneSent(ctx, tx, now.Add(-keepSent))
	})
}
