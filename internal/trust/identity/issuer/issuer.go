// Package issuer is the client of an OIDC issuer: it sends a browser there and
// reads what the issuer says when it comes back. What the claims mean for members,
// officers and persons is identity's affair.
//
// The flow is the code flow with PKCE, state and nonce, all three kept sealed in
// the browser that began, so that another's answer cannot be slipped in. The
// promise: Finish gives claims only of a token that this issuer signed for this
// client, in answer to this browser, in time, and once, whatever the issuer allows.
package issuer

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

// Config names an issuer and what this node is to it.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string // empty for a public client
	RedirectURL  string
	Scopes       []string     // openid is always asked
	Client       *http.Client // 10 s timeout when nil
}

// Issuer is one issuer, safe for concurrent use.
type Issuer struct {
	keys  *keys.Store
	clock clock.Clock
	cfg   Config

	// run ties a sign-in to this process: which states are used is known here only,
	// so one that an earlier process began is begun again.
	run string

	mu       sync.Mutex       // guards provider and used
	provider *oidc.Provider   // found at the first use
	used     map[string]int64 // states that came back, with their ends
}

// Life is how long a person may take at the issuer.
const Life = 10 * time.Minute

// maxClaim bounds a claim that becomes a name here.
const maxClaim = 200

// New checks the configuration; the issuer is first asked at Begin, so a node
// starts without it.
func New(cfg Config, k *keys.Store, c clock.Clock) (*Issuer, error) {
	for _, u := range []string{cfg.Issuer, cfg.RedirectURL} {
		p, err := url.Parse(u)
		if err != nil || p.Host == "" || p.Scheme != "https" && !loopback(p) {
			return nil, vocab.BadInput.Because("issuer and redirect address must be https, or http on loopback")
		}
	}
	if cfg.ClientID == "" {
		return nil, vocab.FieldMissing.Because("the issuer's client id is missing")
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: 10 * time.Second}
	}
	return &Issuer{keys: k, clock: c, cfg: cfg, run: randomText(), used: map[string]int64{}}, nil
}

func loopback(u *url.URL) bool {
	h := u.Hostname()
	return u.Scheme == "http" && (h == "localhost" || h == "127.0.0.1" || h == "::1")
}

// Departure sends a browser to the issuer; Cookie must come back with it.
type Departure struct {
	URL    string
	Cookie string
}

// journey is what the cookie holds, sealed.
type journey struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Until    int64  `json:"until"`
}

// Begin starts a sign-in.
func (o *Issuer) Begin(ctx context.Context) (Departure, error) {
	provider, err := o.find(ctx)
	if err != nil {
		return Departure{}, err
	}
	j := journey{
		State: randomText(), Nonce: randomText(), Verifier: oauth2.GenerateVerifier(),
		Until: o.clock.Now().Add(Life).UnixMicro(),
	}
	plain, err := json.Marshal(j)
	if err != nil {
		return Departure{}, fmt.Errorf("write the sign-in's cookie: %w", err)
	}
	sealed, err := o.keys.Seal(keys.Session, plain, o.bound())
	if err != nil {
		return Departure{}, fmt.Errorf("seal the sign-in's cookie: %w", err)
	}
	return Departure{
		URL:    o.oauth(provider).AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)),
		Cookie: base64.RawURLEncoding.EncodeToString(sealed),
	}, nil
}

// bound ties the cookie to this issuer, client and process.
func (o *Issuer) bound() []byte {
	return []byte("fontis/oidc/v1\n" + o.cfg.Issuer + "\n" + o.cfg.ClientID + "\n" + o.run)
}

func randomText() string {
	var b [24]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (o *Issuer) find(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	// The provider keeps the context's client for its keys, beyond this call.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.cfg.Client), o.cfg.Issuer)
	if err != nil {
		return nil, vocab.IssuerAway.Wrap(err, "the issuer %s does not answer as one", o.cfg.Issuer)
	}
	o.provider = p
	return p, nil
}

func (o *Issuer) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: o.cfg.ClientID, ClientSecret: o.cfg.ClientSecret, RedirectURL: o.cfg.RedirectURL,
		Endpoint: p.Endpoint(), Scopes: append([]string{oidc.ScopeOpenID}, o.cfg.Scopes...),
	}
}

// Arrival is what the issuer sent the browser back with.
type Arrival struct {
	Cookie string
	State  string
	Code   string
}

// Claims are what the issuer says of whom it let in.
type Claims struct {
	Issuer  string
	Subject string
	all     map[string]any
}

// Finish ends a sign-in that Begin started in the same browser.
func (o *Issuer) Finish(ctx context.Context, in Arrival) (Claims, error) {
	j, err := o.open(in)
	if err != nil {
		return Claims{}, err
	}
	provider, err := o.find(ctx)
	if err != nil {
		return Claims{}, err
	}
	ctxClient := oidc.ClientContext(ctx, o.cfg.Client)
	tok, err := o.oauth(provider).Exchange(ctxClient, in.Code, oauth2.VerifierOption(j.Verifier))
	if err != nil {
		// The issuer's own text may hold anything; only its code goes on.
		if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) {
			return Claims{}, vocab.SignInFailed.Because("the issuer refused the code: %s", cut(refused.ErrorCode, 40)).WithFix(FixIssuer)
		}
		return Claims{}, vocab.IssuerAway.Because("the issuer %s did not exchange the code", o.cfg.Issuer)
	}
	raw, _ := tok.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: o.cfg.ClientID, Now: o.clock.Now}).Verify(ctxClient, raw)
	if err != nil {
		return Claims{}, vocab.SignInFailed.Wrap(err, "the issuer's token was refused").WithFix(FixIssuer)
	}
	if subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(j.Nonce)) != 1 {
		return Claims{}, vocab.SignInFailed.Because("the issuer's token answers another sign-in").WithFix(fixAgain)
	}
	return o.read(idToken)
}

// read takes the claims of a token that was made for this client.
func (o *Issuer) read(t *oidc.IDToken) (Claims, error) {
	c := Claims{Issuer: t.Issuer, Subject: t.Subject}
	if err := t.Claims(&c.all); err != nil {
		return Claims{}, vocab.SignInFailed.Because("the issuer's claims are no JSON object").WithFix(FixIssuer)
	}
	if azp, _ := c.all["azp"].(string); len(t.Audience) > 1 && azp != o.cfg.ClientID {
		return Claims{}, vocab.SignInFailed.Because("the issuer's token was made for another party").WithFix(FixIssuer)
	}
	if c.Subject == "" {
		return Claims{}, vocab.SignInFailed.Because("the issuer's token lacks the claim sub").WithFix(FixIssuer)
	}
	return c, nil
}

// FixIssuer is what helps where an issuer's answer cannot be taken; a password has no
// part in it.
const (
	fixAgain  = "Begin the sign-in again."
	FixIssuer = "Tell the operator of this node: what the issuer sends and what node.toml says of it must agree (docs/operate/install.md)."
)

// open checks that the browser is the one that began, in time.
func (o *Issuer) open(in Arrival) (journey, error) {
	var j journey
	sealed, err := base64.RawURLEncoding.DecodeString(in.Cookie)
	if err == nil {
		var plain []byte
		if plain, err = o.keys.Unseal(keys.Session, sealed, o.bound()); err == nil {
			err = json.Unmarshal(plain, &j)
		}
	}
	if err != nil || j.State == "" || subtle.ConstantTimeCompare([]byte(j.State), []byte(in.State)) != 1 {
		return journey{}, vocab.SignInFailed.Because("this browser began no such sign-in").WithFix(fixAgain)
	}
	if o.clock.Now().UnixMicro() >= j.Until {
		return journey{}, vocab.SignInFailed.Because("the sign-in took longer than %s", Life).WithFix(fixAgain)
	}
	if !o.spend(j) {
		return journey{}, vocab.SignInFailed.Because("the issuer's answer was used already").WithFix(fixAgain)
	}
	return j, nil
}

// spend takes a state once. What has ended needs no remembering: open refuses it.
func (o *Issuer) spend(j journey) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.clock.Now().UnixMicro()
	maps.DeleteFunc(o.used, func(_ string, until int64) bool { return until <= now })
	if _, ok := o.used[j.State]; ok {
		return false
	}
	o.used[j.State] = j.Until
	return true
}

// claim finds a claim by its name, or by a path with dots such as
// realm_access.roles.
func claim(claims map[string]any, name string) any {
	if v, ok := claims[name]; ok {
		return v
	}
	head, rest, ok := strings.Cut(name, ".")
	inner, isMap := claims[head].(map[string]any)
	if !ok || !isMap {
		return nil
	}
	return claim(inner, rest)
}

// Text is the claim as text, cut to what a name may have; empty when it is none.
func (c Claims) Text(name string) string {
	v, _ := claim(c.all, name).(string)
	return cut(strings.TrimSpace(v), maxClaim)
}

// List is the claim as words, from a list or from a text with blanks.
func (c Claims) List(name string) []string {
	if name == "" {
		return nil
	}
	switch v := claim(c.all, name).(type) {
	case string:
		return strings.Fields(v)
	case []any:
		var list []string
		for _, e := range v {
			if w, ok := e.(string); ok {
				list = append(list, w)
			}
		}
		return list
	}
	return nil
}

func cut(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}
