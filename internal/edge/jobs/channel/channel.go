package channel

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"fontis/internal/edge/text"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// Kind is how a channel carries.
type Kind string

// The kinds of channels beside the inbox.
const (
	Email   Kind = "email"
	Webhook Kind = "webhook"
)

// State is where a channel stands.
type State string

// A channel waits until the code that was sent there comes back.
const (
	Waiting   State = "waiting"
	Confirmed State = "confirmed"
)

// New is a channel as it is asked for.
type New struct {
	Kind    Kind      `json:"kind"`
	Address string    `json:"address" doc:"An e-mail address, or the https address of the member's own system"`
	Lang    text.Lang `json:"lang,omitempty" doc:"en or zh-Hans"`
	Member  bool      `json:"member,omitempty" doc:"For notices to the whole member, not to the officer alone"`
}

// Channel is where notices of a member or officer go.
type Channel struct {
	ID      string          `json:"id"`
	Member  vocab.MemberID  `json:"member"`
	Officer vocab.OfficerID `json:"officer,omitempty"` // empty: the whole member's
	Kind    Kind            `json:"kind"`
	Address string          `json:"address"`
	Lang    text.Lang       `json:"lang"`
	State   State           `json:"state"`
	AddedAt time.Time       `json:"added_at"`

	addedBy vocab.OfficerID
	code    []byte // hash of what confirms it
}

// Ledger takes the change of a channel as an act.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Parts are what the service stands on. Without Mail no e-mail is offered.
type Parts struct {
	DB     *db.DB
	Clock  clock.Clock
	Ledger Ledger
	Text   *text.Catalog
	Diary  *slog.Logger
	URL    string // how others reach the node
	Node   string // the node's name, as messages say it
	Mail   *Mail
	// Signer signs webhooks; KeyID names its key.
	Signer ed25519.PrivateKey
	KeyID  string
	// Persons keeps addresses of persons; nil takes none.
	Persons *Persons
	// Hosts are those of webhooks that the operator opened, by member; "*" for all.
	Hosts map[string][]string
	// Plain lets a webhook go to http on loopback: a demo node, and tests.
	Plain bool
	Web   *http.Client // tests; made when nil
}

// Service keeps channels and sends what is due. It is safe for concurrent use.
type Service struct{ p Parts }

// Open makes the service.
func Open(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Text == nil || p.Signer == nil {
		return nil, fmt.Errorf("make channels: %w", vocab.InternalError.Because("database, clock, ledger, texts and key are all needed"))
	}
	if p.Diary == nil {
		p.Diary = slog.New(slog.DiscardHandler)
	}
	if p.Web == nil {
		p.Web = &http.Client{Timeout: sendTimeout}
	}
	web := *p.Web
	web.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.Web = &web
	return &Service{p: p}, nil
}

// maxChannels bounds what one officer or member may name.
const maxChannels = 10

// Add names a channel; a code goes there, and Confirm brings it back. An officer
// names their own; for the whole member its operator or steward does; a person an
// e-mail address, which is kept sealed.
func (s *Service) Add(ctx context.Context, a identity.Actor, n New) (Channel, error) {
	if n.Lang == "" {
		n.Lang = text.English
	}
	if a.IsPerson() {
		c, err := s.addPersonal(ctx, a, n)
		if err != nil {
			return Channel{}, fmt.Errorf("add a channel: %w", err)
		}
		return c, nil
	}
	if err := mayName(a, n.Member); err != nil {
		return Channel{}, err
	}
	if err := s.check(a, &n); err != nil {
		return Channel{}, fmt.Errorf("add a channel: %w", err)
	}
	secret := vocab.NewID("k")
	hash := sha256.Sum256([]byte(secret))
	c := Channel{
		ID: vocab.NewID("ch"), Member: a.Member, Kind: n.Kind, Address: n.Address, Lang: n.Lang, State: Waiting,
		AddedAt: s.p.Clock.Now(), addedBy: a.Officer, code: hash[:],
	}
	if !n.Member {
		c.Officer = a.Officer
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		have, err := channelsOf(ctx, tx, a, false)
		if err != nil {
			return err
		}
		if len(have) >= maxChannels {
			return vocab.BadInput.Because("there are %d channels already", len(have))
		}
		if err := insertChannel(ctx, tx, c); err != nil {
			return err
		}
		d := delivery{ID: vocab.NewID("d"), Channel: c.ID, Notice: "confirm", Member: c.Member, Kind: confirmKind, Link: "/notices", code: secret, MadeAt: c.AddedAt, NextAt: c.AddedAt}
		if _, err := insertDelivery(ctx, tx, d); err != nil {
			return err
		}
		tx.Announce(news)
		return s.act(ctx, tx, a, "channel.add", c)
	})
	if err != nil {
		return Channel{}, fmt.Errorf("add a channel: %w", err)
	}
	return c, nil
}

// Confirm opens a channel with the code that was sent there.
func (s *Service) Confirm(ctx context.Context, a identity.Actor, id, code string) (Channel, error) {
	if a.IsPerson() {
		return s.confirmPersonal(ctx, a, id, code)
	}
	return s.turn(ctx, a, id, "channel.confirm", func(ctx context.Context, tx *db.Tx, c *Channel) error {
		hash := sha256.Sum256([]byte(strings.TrimSpace(code)))
		if c.State != Waiting || subtle.ConstantTimeCompare(hash[:], c.code) != 1 {
			return vocab.BadInput.Because("the code is not the one that was sent there")
		}
		c.State = Confirmed
		return confirmChannel(ctx, tx, c.ID)
	})
}

// Remove ends a channel; what waits for it is not sent any more.
func (s *Service) Remove(ctx context.Context, a identity.Actor, id string) error {
	if a.IsPerson() {
		return s.removePersonal(ctx, a, id)
	}
	_, err := s.turn(ctx, a, id, "channel.remove", func(ctx context.Context, tx *db.Tx, c *Channel) error {
		return deleteChannel(ctx, tx, c.ID)
	})
	return err
}

func (s *Service) turn(ctx context.Context, a identity.Actor, id, act string, do func(context.Context, *db.Tx, *Channel) error) (Channel, error) {
	var c Channel
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if c, err = loadChannel(ctx, tx, a, id); err != nil {
			return err
		}
		if err := mayName(a, c.Officer == ""); err != nil {
			return err
		}
		if err := do(ctx, tx, &c); err != nil {
			return err
		}
		return s.act(ctx, tx, a, act, c)
	})
	if err != nil {
		return Channel{}, fmt.Errorf("change a channel: %w", err)
	}
	return c, nil
}

// List gives the actor's own channels and those of the whole member; to a person
// their own addresses.
func (s *Service) List(ctx context.Context, a identity.Actor) ([]Channel, error) {
	if a.IsPerson() {
		return s.listPersonal(ctx, a)
	}
	if a.Member == "" || a.Officer == "" {
		return nil, vocab.SignInNeeded.Because("channels are listed for an officer")
	}
	var out []Channel
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = channelsOf(ctx, tx, a, true)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	return out, nil
}

// act writes a change into the ledger; the address stays outside it.
func (s *Service) act(ctx context.Context, tx *db.Tx, a identity.Actor, act string, c Channel) error {
	return s.p.Ledger.Act(ctx, tx, act, map[string]string{
		"member": string(c.Member), "officer": string(a.Officer), "channel": c.ID, "kind": string(c.Kind), "to_state": string(c.State),
	})
}

// mayName asks who may name a channel: officers their own; the member's is its
// operator's or steward's.
func mayName(a identity.Actor, member bool) error {
	if a.Member == "" || a.Officer == "" || a.IsMachine() {
		return vocab.SignInNeeded.Because("a channel is named by an officer who is signed in")
	}
	if member {
		return a.Must(vocab.Operator, vocab.Steward, vocab.Authority)
	}
	return nil
}

// check brings an address to its one form and refuses what nothing may go to.
func (s *Service) check(a identity.Actor, n *New) error {
	if !slices.Contains(text.Langs(), n.Lang) {
		return vocab.BadInput.Because("the language is en or zh-Hans")
	}
	if len(n.Address) > 500 || strings.ContainsAny(n.Address, "\r\n\x00") {
		return vocab.BadInput.Because("the address is no single line of at most 500 signs")
	}
	switch n.Kind {
	case Email:
		if s.p.Mail == nil {
			return vocab.NotOffered.Because("this node sends no e-mail").WithFix("The operator names a mail server under [mail] in node.toml.")
		}
		parsed, err := mail.ParseAddress(n.Address)
		if err != nil {
			return vocab.BadInput.Because("the address is no e-mail address")
		}
		n.Address = parsed.Address
		return nil
	case Webhook:
		return s.openHost(a.Member, n.Address)
	}
	return vocab.BadInput.Because("a channel is email or webhook")
}

// openHost refuses a webhook to a host that the operator did not open for the
// member: a node must not be sent into its own network.
func (s *Service) openHost(m vocab.MemberID, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return vocab.BadInput.Because("the address of a webhook is https://HOST/PATH without a password")
	}
	loopback := u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost" || u.Hostname() == "::1"
	if u.Scheme != "https" && !(u.Scheme == "http" && s.p.Plain && loopback) {
		return vocab.UnsafeExposure.Because("a webhook goes over https")
	}
	for _, who := range []string{string(m), "*"} {
		if slices.Contains(s.p.Hosts[who], u.Host) {
			return nil
		}
	}
	return vocab.NotOffered.Because("the operator did not open the host %s for webhooks of %s", u.Host, m).
		WithFix("The operator adds the host under [webhook_hosts] in node.toml.")
}

// Hear takes a fact of the outbox: a notice that stands is put on its way to each
// confirmed channel of its receiver.
func (s *Service) Hear(ctx context.Context, f outbox.Fact) error {
	if f.Topic != fact.TopicNotice {
		return nil
	}
	var n fact.Notice
	if err := json.Unmarshal(f.Payload, &n); err != nil {
		s.p.Diary.Error("a fact of a notice cannot be read", "fact", f.N, "error", err)
		return nil // it will not become readable
	}
	if n.Member == "" {
		return s.hearPersonal(ctx, n.ID)
	}
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		to, err := channelsFor(ctx, tx, n.Member, n.Officer)
		if err != nil {
			return err
		}
		now := s.p.Clock.Now()
		for _, c := range to {
			d := delivery{ID: vocab.NewID("d"), Channel: c.ID, Notice: n.ID, Member: c.Member, Kind: n.Kind, Link: "/notices", MadeAt: now, NextAt: now}
			if _, err := insertDelivery(ctx, tx, d); err != nil {
				return err
			}
		}
		if len(to) > 0 {
			tx.Announce(news)
		}
		return nil
	})
}
