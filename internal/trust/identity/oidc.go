package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

// OIDCConfig names an issuer whose word about officers this node takes.
type OIDCConfig struct {
	Issuer       string
	ClientID     string
	ClientSecret password.Password // empty for a public client
	RedirectURL  string
	Scopes       []string // openid is always asked

	LoginClaim  string           // preferred_username when empty
	NameClaim   string           // name when empty
	Member      vocab.MemberID   // the member of all its officers, or
	MemberClaim string           // the claim that names it, which must be
	Members     []vocab.MemberID // one of these: no issuer speaks for others
	RolesClaim  string           // when set, roles follow the claim at each sign-in
	Roles       map[string]vocab.Role
	Provision   bool // an officer unknown here is added at the first sign-in

	Client *http.Client // 10 s timeout when nil
}

// OIDC signs officers in through one issuer: code flow with PKCE, state and
// nonce, all three kept sealed in the browser that began, so that another's
// answer cannot be slipped in.
type OIDC struct {
	s   *Service
	cfg OIDCConfig

	mu       sync.Mutex // guards provider, which is found at the first use
	provider *oidc.Provider
}

// issuerLife is how long a person may take at the issuer.
const issuerLife = 10 * time.Minute

// maxClaim bounds a claim that becomes a name here.
const maxClaim = 200

// NewOIDC checks the configuration; the issuer is first asked at Begin, so a
// node starts without it.
func NewOIDC(s *Service, cfg OIDCConfig) (*OIDC, error) {
	for _, u := range []string{cfg.Issuer, cfg.RedirectURL} {
		p, err := url.Parse(u)
		if err != nil || p.Host == "" || p.Scheme != "https" && !loopback(p) {
			return nil, vocab.BadInput.Because("issuer and redirect address must be https, or http on loopback")
		}
	}
	if cfg.ClientID == "" {
		return nil, vocab.FieldMissing.Because("the issuer's client id is missing")
	}
	if (cfg.Member == "") == (cfg.MemberClaim == "") || cfg.MemberClaim != "" && len(cfg.Members) == 0 {
		return nil, vocab.BadInput.Because("an issuer speaks for one member, or for those listed by the member claim")
	}
	for _, r := range cfg.Roles {
		if !slices.Contains(vocab.Roles(), r) {
			return nil, vocab.BadInput.Because("the claim mapping names %q, which is no role", cut(string(r), 20))
		}
	}
	cfg.LoginClaim = orElse(cfg.LoginClaim, "preferred_username")
	cfg.NameClaim = orElse(cfg.NameClaim, "name")
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: 10 * time.Second}
	}
	return &OIDC{s: s, cfg: cfg}, nil
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
func (o *OIDC) Begin(ctx context.Context) (Departure, error) {
	provider, err := o.find(ctx)
	if err != nil {
		return Departure{}, err
	}
	j := journey{
		State: randomText(), Nonce: randomText(), Verifier: oauth2.GenerateVerifier(),
		Until: micros(o.s.clock.Now().Add(issuerLife)),
	}
	plain, err := json.Marshal(j)
	if err != nil {
		return Departure{}, fmt.Errorf("write the sign-in's cookie: %w", err)
	}
	sealed, err := o.s.keys.Seal(keys.Session, plain, o.bound())
	if err != nil {
		return Departure{}, fmt.Errorf("seal the sign-in's cookie: %w", err)
	}
	return Departure{
		URL:    o.oauth(provider).AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)),
		Cookie: base64.RawURLEncoding.EncodeToString(sealed),
	}, nil
}

// bound ties the cookie to this issuer and client.
func (o *OIDC) bound() []byte {
	return []byte("fontis/oidc/v1\n" + o.cfg.Issuer + "\n" + o.cfg.ClientID)
}

func randomText() string {
	var b [24]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (o *OIDC) find(ctx context.Context) (*oidc.Provider, error) {
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

func (o *OIDC) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: o.cfg.ClientID, ClientSecret: string(o.cfg.ClientSecret), RedirectURL: o.cfg.RedirectURL,
		Endpoint: p.Endpoint(), Scopes: append([]string{oidc.ScopeOpenID}, o.cfg.Scopes...),
	}
}

// Arrival is what the issuer sent the browser back with.
type Arrival struct {
	Cookie string
	State  string
	Code   string
	From   From
}

// Finish ends a sign-in that Begin started in the same browser.
func (o *OIDC) Finish(ctx context.Context, in Arrival) (SignedIn, error) {
	j, err := o.open(in)
	if err != nil {
		return SignedIn{}, err
	}
	provider, err := o.find(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	ctxClient := oidc.ClientContext(ctx, o.cfg.Client)
	tok, err := o.oauth(provider).Exchange(ctxClient, in.Code, oauth2.VerifierOption(j.Verifier))
	if err != nil {
		// The issuer's own text may hold anything; only its code goes on.
		if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) {
			return SignedIn{}, vocab.SignInFailed.Because("the issuer refused the code: %s", cut(refused.ErrorCode, 40))
		}
		return SignedIn{}, vocab.IssuerAway.Because("the issuer %s did not exchange the code", o.cfg.Issuer)
	}
	raw, _ := tok.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: o.cfg.ClientID, Now: o.s.clock.Now}).Verify(ctxClient, raw)
	if err != nil {
		return SignedIn{}, vocab.SignInFailed.Wrap(err, "the issuer's token was refused")
	}
	if subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(j.Nonce)) != 1 {
		return SignedIn{}, vocab.SignInFailed.Because("the issuer's token answers another sign-in")
	}
	v, err := o.read(idToken)
	if err != nil {
		return SignedIn{}, err
	}
	return o.s.signInVouched(ctx, v, in.From)
}

// open checks that the browser is the one that began, in time.
func (o *OIDC) open(in Arrival) (journey, error) {
	var j journey
	sealed, err := base64.RawURLEncoding.DecodeString(in.Cookie)
	if err == nil {
		var plain []byte
		if plain, err = o.s.keys.Unseal(keys.Session, sealed, o.bound()); err == nil {
			err = json.Unmarshal(plain, &j)
		}
	}
	if err != nil || j.State == "" || subtle.ConstantTimeCompare([]byte(j.State), []byte(in.State)) != 1 {
		return journey{}, vocab.SignInFailed.Because("this browser began no such sign-in; begin again")
	}
	if micros(o.s.clock.Now()) >= j.Until {
		return journey{}, vocab.SignInFailed.Because("the sign-in took longer than %s; begin again", issuerLife)
	}
	return j, nil
}

// vouched is what an issuer says of an officer.
type vouched struct {
	issuer, subject string
	officer         NewOfficer
	follow          bool // roles follow the claim
	provision       bool
}

func (o *OIDC) read(t *oidc.IDToken) (vouched, error) {
	var claims map[string]any
	if err := t.Claims(&claims); err != nil {
		return vouched{}, vocab.SignInFailed.Because("the issuer's claims are no JSON object")
	}
	if azp, _ := claims["azp"].(string); len(t.Audience) > 1 && azp != o.cfg.ClientID {
		return vouched{}, vocab.SignInFailed.Because("the issuer's token was made for another party")
	}
	v := vouched{issuer: t.Issuer, subject: t.Subject, follow: o.cfg.RolesClaim != "", provision: o.cfg.Provision}
	n := &v.officer
	n.Login = strings.ToLower(claimText(claims, o.cfg.LoginClaim))
	n.Name = orElse(claimText(claims, o.cfg.NameClaim), n.Login)
	n.Member = o.cfg.Member
	if o.cfg.MemberClaim != "" {
		n.Member = vocab.MemberID(claimText(claims, o.cfg.MemberClaim))
		if !slices.Contains(o.cfg.Members, n.Member) {
			return vouched{}, vocab.SignInFailed.Because("the issuer does not speak for the member that its claim names")
		}
	}
	if v.subject == "" || n.Login == "" {
		return vouched{}, vocab.SignInFailed.Because("the issuer's token lacks the claim sub or %s", o.cfg.LoginClaim)
	}
	for _, word := range claimList(claims, o.cfg.RolesClaim) {
		if r, ok := o.cfg.Roles[word]; ok {
			n.Roles = append(n.Roles, r)
		}
	}
	return v, nil
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

func claimText(claims map[string]any, name string) string {
	v, _ := claim(claims, name).(string)
	return cut(strings.TrimSpace(v), maxClaim)
}

func claimList(claims map[string]any, name string) []string {
	if name == "" {
		return nil
	}
	switch v := claim(claims, name).(type) {
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
