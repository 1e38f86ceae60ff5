// Package issuertest is a small OIDC issuer for tests: discovery, keys, authorisation,
// token. It checks the client's secret, the redirect, PKCE and, unless it is Lax, that
// a code is used once; what it claims and how it signs a test may spoil.
package issuertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"fontis/internal/engine/clock"
)

// The client that the issuer knows.
const (
	ClientID = "fontis"
	Secret   = "issuer-secret"
)

// Issuer is the issuer.
type Issuer struct {
	URL    string
	Claims map[string]any    // beside or instead of the usual
	Signer *ecdsa.PrivateKey // instead of its own
	Alg    string            // instead of ES256
	Lax    bool              // takes a code again and again

	t     testing.TB
	srv   *httptest.Server
	key   *ecdsa.PrivateKey
	clock clock.Clock

	mu    sync.Mutex // guards codes
	codes map[string]url.Values
}

// New starts an issuer for the length of the test.
func New(t testing.TB, c clock.Clock) *Issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{t: t, key: key, clock: c, codes: map[string]url.Values{}, Claims: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	i.srv = httptest.NewServer(mux)
	t.Cleanup(i.srv.Close)
	i.URL = i.srv.URL
	return i
}

// Close takes the issuer away.
func (i *Issuer) Close() { i.srv.Close() }

func (i *Issuer) answer(rw http.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(rw).Encode(v); err != nil {
		i.t.Error(err)
	}
}

func (i *Issuer) discovery(rw http.ResponseWriter, _ *http.Request) {
	i.answer(rw, map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token",
		"jwks_uri": i.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"},
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
	})
}

func (i *Issuer) keys(rw http.ResponseWriter, _ *http.Request) {
	b := base64.RawURLEncoding
	i.answer(rw, map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "k1",
		"x": b.EncodeToString(i.key.X.FillBytes(make([]byte, 32))), "y": b.EncodeToString(i.key.Y.FillBytes(make([]byte, 32))),
	}}})
}

func (i *Issuer) authorize(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(rw, "not a request of ours", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = q
	i.mu.Unlock()
	back := q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	http.Redirect(rw, r, back, http.StatusFound)
}

func (i *Issuer) token(rw http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	code := r.PostFormValue("code")
	i.mu.Lock()
	q, known := i.codes[code]
	if !i.Lax {
		delete(i.codes, code)
	}
	i.mu.Unlock()
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || id != ClientID || secret != Secret || q.Get("redirect_uri") != r.PostFormValue("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(challenge[:]) != q.Get("code_challenge") {
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(rw).Encode(map[string]string{"error": "invalid_grant"})
		return
	}
	now := i.clock.Now()
	claims := map[string]any{
		"iss": i.URL, "aud": ClientID, "sub": "subject-1", "nonce": q.Get("nonce"), "iat": now.Unix(),
		"exp": now.Add(5 * time.Minute).Unix(), "preferred_username": "Fang", "name": "Fang",
	}
	for k, v := range i.Claims {
		claims[k] = v
	}
	i.answer(rw, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": i.sign(claims)})
}

func (i *Issuer) sign(claims map[string]any) string {
	b := base64.RawURLEncoding
	alg, key := "ES256", i.key
	if i.Alg != "" {
		alg = i.Alg
	}
	if i.Signer != nil {
		key = i.Signer
	}
	head, _ := json.Marshal(map[string]string{"alg": alg, "kid": "k1", "typ": "JWT"})
	body, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
	}
	text := b.EncodeToString(head) + "." + b.EncodeToString(body)
	if alg == "none" {
		return text + "."
	}
	sum := sha256.Sum256([]byte(text))
	r, v, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		i.t.Error(err)
	}
	sig := append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)
	return text + "." + b.EncodeToString(sig)
}
