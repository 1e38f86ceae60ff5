package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// Notice is a line in an inbox: a kind, whose text stands in the catalog of
// texts, and the parameters of that text. It holds no personal data.
type Notice struct {
	ID      string
	Member  vocab.MemberID
	Officer vocab.OfficerID // empty: to everyone who acts for the member
	Person  vocab.PersonRef // instead of Member: to this person alone, by the audit pseudonym
	Kind    string          // "guess-guard", "request-submitted" ...
	Params  map[string]string
	Link    string // a path on this node
	At      time.Time
	Read    time.Time // zero until read
}

var noticeShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$`)

// maxParams bounds the parameters of one notice, in bytes of JSON.
const maxParams = 4096

// PutNotice puts a notice in the caller's transaction, so that it stands exactly
// when what it tells of stands.
func (s *Service) PutNotice(ctx context.Context, tx *db.Tx, n Notice) error {
	if !noticeShape.MatchString(n.Kind) {
		return vocab.BadInput.Because("a notice's kind is 1 to 64 of a-z, 0-9, dot and hyphen")
	}
	if n.Link != "" && (!strings.HasPrefix(n.Link, "/") || strings.HasPrefix(n.Link, "//") || strings.ContainsAny(n.Link, "\\\r\n")) {
		return vocab.BadInput.Because("a notice's link is a path on this node")
	}
	params, err := json.Marshal(n.Params)
	if err != nil {
		return fmt.Errorf("write a notice's parameters: %w", err)
	}
	if len(params) > maxParams {
		return vocab.BadInput.Because("a notice's parameters have %d bytes, at most %d", len(params), maxParams)
	}
	if subject.HoldsCitizenNumber(string(params)) || subject.HoldsCitizenNumber(n.Link) {
		return vocab.BadInput.Because("a notice holds no personal data, and this one holds a citizen number")
	}
	if (n.Member == "") == (n.Person == vocab.PersonRef{}) {
		return vocab.BadInput.Because("a notice is for one member or for one person")
	}
	if n.Member != "" { // a step that names no member goes no further
		if _, err := selectMemberName(ctx, tx, n.Member); db.NoRows(err) {
			return NotYours()
		} else if err != nil {
			return fmt.Errorf("look whose inbox it is: %w", err)
		}
	}
	// The id begins with the time, so that the newest is the last by id.
	n.ID, n.At = "n-"+string(vocab.NewTrace(s.clock.Now())), s.clock.Now()
	if err := insertNotice(ctx, tx, n, string(params)); err != nil {
		return fmt.Errorf("put notice: %w", err)
	}
	payload, err := json.Marshal(fact.Notice{ID: n.ID, Member: n.Member, Officer: n.Officer, Kind: n.Kind, ToPerson: n.Member == ""})
	if err != nil {
		return fmt.Errorf("write the fact of a notice: %w", err)
	}
	return outbox.Put(ctx, tx, outbox.Fact{Topic: fact.TopicNotice, Key: n.ID, Payload: payload})
}

// Notices lists the actor's inbox, newest first: what is for them and what is
// for all of the member they act for, unless they are a clerk at its counter and
// nothing else; a person's own when a person asks.
// Page.After is the last id seen.
func (s *Service) Notices(ctx context.Context, a Actor, p Page) ([]Notice, error) {
	if err := a.mustHaveInbox(); err != nil {
		return nil, err
	}
	var list []Notice
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		list, err = selectNotices(ctx, tx, a, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return list, nil
}

// NoticeTo is whose inbox a person's notice is in, for what tells them that it waits.
func (s *Service) NoticeTo(ctx context.Context, id string) (p vocab.PersonRef, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		p, err = noticeTo(ctx, tx, id)
		return err
	})
	if db.NoRows(err) {
		return p, NotYours()
	}
	return p, err
}

// mustHaveInbox is nil for an officer and for a person; an agent reads their own.
func (a Actor) mustHaveInbox() error {
	if a.IsPerson() {
		return nil
	}
	return a.mustSignIn()
}

// UnreadNotices counts those not read yet.
func (s *Service) UnreadNotices(ctx context.Context, a Actor) (int, error) {
	if err := a.mustHaveInbox(); err != nil {
		return 0, err
	}
	var n int
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		n, err = countUnread(ctx, tx, a)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count notices: %w", err)
	}
	return n, nil
}

// MarkNoticeRead marks a notice of the actor's inbox; a second time changes nothing.
func (s *Service) MarkNoticeRead(ctx context.Context, a Actor, id string) error {
	if err := a.mustHaveInbox(); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		found, err := markRead(ctx, tx, a, id, s.clock.Now())
		if err != nil {
			return err
		}
		if !found {
			return NotYours()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("mark notice: %w", err)
	}
	return nil
}
