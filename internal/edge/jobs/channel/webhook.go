package channel

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"fontis/internal/vocab"
)

// The headers of a signed event; docs/protocol/notices.md says how to check them.
const (
	HeaderSignature = "Fontis-Signature" // base64 of Ed25519 over the body's bytes
	HeaderKey       = "Fontis-Key"       // which key signed
	contentType     = "application/cloudevents+json; charset=utf-8"
	eventType       = "fontis.notice.v1"
)

// event is a CloudEvent in structured mode.
type event struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Time            time.Time `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Data            eventData `json:"data"`
}

type eventData struct {
	Member vocab.MemberID `json:"member"`
	Kind   string         `json:"kind"`
	Text   string         `json:"text"`
	Link   string         `json:"link"`
	Code   string         `json:"code,omitempty"` // of a channel that is to be confirmed
}

// post sends one event. Everything but 2xx is a failure; 410 says that nobody
// waits there any more.
func (s *Service) post(ctx context.Context, c Channel, d delivery, m message) error {
	words, err := s.p.Text.Get(c.Lang, "page.word.notice."+d.Kind)
	if err != nil {
		return finalError{err}
	}
	body, err := json.Marshal(event{
		SpecVersion: "1.0", ID: d.ID, Source: s.p.URL, Type: eventType, Time: d.MadeAt.UTC(), DataContentType: "application/json",
		Data: eventData{Member: c.Member, Kind: d.Kind, Text: words, Link: m.link, Code: d.code},
	})
	if err != nil {
		return finalError{err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Address, bytes.NewReader(body))
	if err != nil {
		return finalError{err}
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("User-Agent", "fontis")
	r.Header.Set(HeaderKey, s.p.KeyID)
	r.Header.Set(HeaderSignature, base64.StdEncoding.EncodeToString(ed25519.Sign(s.p.Signer, body)))
	resp, err := s.p.Web.Do(r)
	if err != nil {
		return fmt.Errorf("send an event: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4096)
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return nil
	case resp.StatusCode == http.StatusGone:
		return finalError{vocab.NoSuchThing.Because("the receiver answered %d: nobody waits there", resp.StatusCode)}
	}
	return vocab.SourceAway.Because("the receiver answered %d", resp.StatusCode)
}

// Key is the public key that events are signed with.
type Key struct {
	ID     string `json:"id"`
	Key    string `json:"key" doc:"Ed25519 public key, base64"`
	Header string `json:"header"`
}

// Key gives the public key to whoever receives events.
func (s *Service) Key() Key {
	public := s.p.Signer.Public().(ed25519.PublicKey) // an Ed25519 key's public half is one
	return Key{ID: s.p.KeyID, Key: base64.StdEncoding.EncodeToString(public), Header: HeaderSignature}
}
