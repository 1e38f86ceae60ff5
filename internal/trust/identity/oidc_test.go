package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/trust/identity/issuer"
	"fontis/internal/trust/identity/issuertest"
	"fontis/internal/vocab"
)

// outside is a world with an issuer that speaks for the tax office.
type outside struct {
	*world
	issuer *issuertest.Issuer
	cfg    OIDCConfig
}

func newOutside(t *testing.T) *outside {
	w := begun(t)
	i := issuertest.New(t, w.clock)
	w.must(second(w.AddOfficer(w.ctx, w.as("chief").Actor, NewOfficer{
		Member: "tax-310000", Login: "fang", Name: "Fang", Roles: []vocab.Role{vocab.DataUser},
	})))
	return &outside{world: w, issuer: i, cfg: OIDCConfig{
		Issuer: i.URL, ClientID: issuertest.ClientID, ClientSecret: issuertest.Secret, RedirectURL: "http://localhost:8080/sign-in/back",
		Member: "tax-310000",
	}}
}

func (o *outside) oidc() *OIDC {
	o.t.Helper()
	c, err := NewOIDC(o.Service, o.cfg)
	o.must(err)
	return c
}

// through goes the whole way.
func (o *outside) through() (SignedIn, error) {
	o.t.Helper()
	c := o.oidc()
	d, err := c.Begin(o.ctx)
	o.must(err)
	return c.Finish(o.ctx, o.visit(d))
}

func TestOfficerSignsInThroughAnIssuer(t *testing.T) {
	o := newOutside(t)
	in, err := o.through()
	o.must(err)
	if in.Actor.Officer != "fang@tax-310000" || !cmp.Equal(in.Actor.Roles, []vocab.Role{vocab.DataUser}) {
		t.Errorf("signed in as %+v", in.Actor)
	}
	if _, err := o.Authenticate(o.ctx, in.Token); err != nil {
		t.Errorf("the session: %v", err)
	}
	if _, err := o.through(); err != nil {
		t.Errorf("the second time: %v", err)
	}
	if got := o.book.count("officer-bound"); got != 1 {
		t.Errorf("%d acts of binding, want 1", got)
	}
}

func TestIssuersTokenIsChecked(t *testing.T) {
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*outside){
		"wrong nonce":      func(o *outside) { o.issuer.Claims["nonce"] = "another" },
		"no nonce":         func(o *outside) { o.issuer.Claims["nonce"] = "" },
		"wrong audience":   func(o *outside) { o.issuer.Claims["aud"] = "another" },
		"foreign party":    func(o *outside) { o.issuer.Claims["aud"], o.issuer.Claims["azp"] = []string{"fontis", "x"}, "x" },
		"wrong issuer":     func(o *outside) { o.issuer.Claims["iss"] = "https://issuer.invalid" },
		"expired":          func(o *outside) { o.issuer.Claims["exp"] = o.clock.Now().Add(-time.Second).Unix() },
		"foreign key":      func(o *outside) { o.issuer.Signer = stranger },
		"unsigned":         func(o *outside) { o.issuer.Alg = "none" },
		"no subject":       func(o *outside) { o.issuer.Claims["sub"] = "" },
		"no login":         func(o *outside) { o.issuer.Claims["preferred_username"] = 7 },
		"unknown officer":  func(o *outside) { o.issuer.Claims["preferred_username"] = "nobody" },
		"login of another": func(o *outside) { o.issuer.Claims["preferred_username"] = "he@school-310100" },
		"suspended before the first time": func(o *outside) {
			o.must(o.SetOfficerState(o.ctx, o.as("chief").Actor, "fang@tax-310000", Suspended, "left"))
		},
		"wrong secret": func(o *outside) { o.cfg.ClientSecret = "guess" },
		"member not listed": func(o *outside) {
			o.cfg.Member, o.cfg.MemberClaim, o.cfg.Members = "", "org", []vocab.MemberID{"tax-310000"}
			o.issuer.Claims["org"] = "school-310100"
			o.issuer.Claims["preferred_username"] = "he"
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutside(t)
			spoil(o)
			in, err := o.through()
			if !errors.Is(err, vocab.SignInFailed) || in.Token != "" {
				t.Errorf("got %v, want sign-in-failed", err)
			}
			if f := new(vocab.Failure); !errors.As(err, &f) || f.Fix == "" {
				t.Errorf("%v has the remedy of a password, which had no part in it", err)
			}
			var n int
			o.must(countRows(o.world, `SELECT COUNT(*) FROM officer_session WHERE via = 'oidc'`, &n))
			if n != 0 {
				t.Errorf("%d sessions were opened", n)
			}
		})
	}
}

func TestAnswerBelongsToTheBrowserThatBegan(t *testing.T) {
	o := newOutside(t)
	c := o.oidc()
	mine, err := c.Begin(o.ctx)
	o.must(err)
	theirs, err := c.Begin(o.ctx)
	o.must(err)
	good := o.visit(mine)
	for name, spoil := range map[string]func(*Arrival){
		"another's cookie": func(a *Arrival) { a.Cookie = theirs.Cookie },
		"no cookie":        func(a *Arrival) { a.Cookie = "" },
		"altered cookie":   func(a *Arrival) { a.Cookie = a.Cookie[:80] + "--" + a.Cookie[82:] },
		"another state":    func(a *Arrival) { a.State = "x" },
		"no state":         func(a *Arrival) { a.State = "" },
	} {
		bad := good
		spoil(&bad)
		if _, err := c.Finish(o.ctx, bad); !errors.Is(err, vocab.SignInFailed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if strings.Contains(mine.Cookie, "nonce") {
		t.Error("the cookie is readable")
	}
	if _, err := c.Finish(o.ctx, good); err != nil {
		t.Errorf("the good answer after them: %v", err)
	}
	if _, err := c.Finish(o.ctx, good); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("the same answer again: %v", err)
	}
	late := o.visit(theirs)
	o.clock.Advance(issuer.Life)
	if _, err := c.Finish(o.ctx, late); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("a late answer: %v", err)
	}
}

func TestAnAnswerIsTakenOnceWhateverTheIssuerAllows(t *testing.T) {
	o := newOutside(t)
	o.issuer.Lax = true
	c := o.oidc()
	d, err := c.Begin(o.ctx)
	o.must(err)
	back := o.visit(d)
	o.must(second(c.Finish(o.ctx, back)))
	if _, err := c.Finish(o.ctx, back); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("the same answer again: %v", err)
	}
	d, err = c.Begin(o.ctx)
	o.must(err)
	if _, err := o.oidc().Finish(o.ctx, o.visit(d)); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("an answer to a process that is no more, whose used states nobody remembers: %v", err)
	}
}

func TestLoginGivenToAnotherOpensNothing(t *testing.T) {
	o := newOutside(t)
	_, err := o.through()
	o.must(err)
	o.issuer.Claims["sub"] = "subject-2"
	if _, err := o.through(); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("the login's next owner: %v", err)
	}
	o.issuer.Claims["sub"] = "subject-1"
	o.issuer.Claims["preferred_username"] = "li"
	if _, err := o.through(); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("an account that renamed itself to a colleague: %v", err)
	}
	o.must(o.SetOfficerState(o.ctx, o.as("chief").Actor, "fang@tax-310000", Suspended, "left"))
	o.issuer.Claims["preferred_username"] = "fang"
	if _, err := o.through(); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("a suspended officer: %v", err)
	}
}

func TestRolesFollowTheClaim(t *testing.T) {
	o := newOutside(t)
	o.cfg.Member, o.cfg.MemberClaim, o.cfg.Members = "", "org", []vocab.MemberID{"tax-310000", "school-310100"}
	o.cfg.RolesClaim, o.cfg.Provision = "realm_access.roles", true
	o.cfg.Roles = map[string]vocab.Role{"fontis-steward": vocab.Steward, "fontis-user": vocab.DataUser}
	o.cfg.StrongRoles = map[string]vocab.Role{"fontis-boss": vocab.Authority}
	o.issuer.Claims["org"] = "school-310100"
	o.issuer.Claims["realm_access"] = map[string]any{"roles": []string{"fontis-user", "fontis-steward", "fontis-boss", "cook"}}
	in, err := o.through()
	o.must(err)
	if in.Actor.Officer != "fang@school-310100" || !cmp.Equal(in.Actor.Roles, []vocab.Role{vocab.Steward, vocab.DataUser}) {
		t.Errorf("signed in as %s with %v", in.Actor.Officer, in.Actor.Roles)
	}
	o.issuer.Claims["realm_access"] = map[string]any{"roles": []string{"fontis-user"}}
	again, err := o.through()
	o.must(err)
	if !cmp.Equal(again.Actor.Roles, []vocab.Role{vocab.DataUser}) {
		t.Errorf("after the claim changed: %v", again.Actor.Roles)
	}
	before, err := o.Authenticate(o.ctx, in.Token)
	o.must(err)
	if before.Has(vocab.Steward) {
		t.Error("an open session keeps a role that the claim took")
	}
}

func TestAnIssuerGivesStrongRolesOnlyWhereTheNodeSaysSo(t *testing.T) {
	o := newOutside(t)
	o.cfg.RolesClaim, o.cfg.Roles = "groups", map[string]vocab.Role{"data": vocab.DataUser, "stewards": vocab.Steward}
	o.issuer.Claims["groups"] = []any{"data", "auditor", "authority", "operator", "counter", "ops"}
	in, err := o.through()
	o.must(err)
	if !cmp.Equal(in.Actor.Roles, []vocab.Role{vocab.DataUser}) {
		t.Errorf("the claim alone gave %v", in.Actor.Roles)
	}
	o.cfg.StrongRoles = map[string]vocab.Role{"ops": vocab.Operator, "auditor": vocab.Auditor, "authority": vocab.Authority}
	in, err = o.through()
	o.must(err)
	if !cmp.Equal(in.Actor.Roles, []vocab.Role{vocab.Operator, vocab.DataUser}) {
		t.Errorf("the node names operator; a department has neither auditor nor authority of an issuer's making: %v", in.Actor.Roles)
	}
}

func TestAnIssuerTakesAwayOnlyWhatItCanGive(t *testing.T) {
	o := newOutside(t)
	chief := o.as("chief").Actor
	o.must(o.SetRoles(o.ctx, chief, "fang@tax-310000", "tax-310000", []vocab.Role{vocab.DataUser, vocab.Auditor}))
	o.cfg.RolesClaim, o.cfg.Roles = "groups", map[string]vocab.Role{"data": vocab.DataUser, "stewards": vocab.Steward}
	o.issuer.Claims["groups"] = []any{"stewards"}
	in, err := o.through()
	o.must(err)
	if !cmp.Equal(in.Actor.Roles, []vocab.Role{vocab.Auditor, vocab.Steward}) {
		t.Errorf("roles after the claim: %v", in.Actor.Roles)
	}
}

func TestIssuerThatIsAway(t *testing.T) {
	o := newOutside(t)
	c := o.oidc()
	o.issuer.Close()
	if _, err := c.Begin(o.ctx); !errors.Is(err, vocab.IssuerAway) {
		t.Errorf("begin: %v", err)
	}
}

func TestIssuerNeedsASafeConfiguration(t *testing.T) {
	w := newWorld(t)
	good := OIDCConfig{Issuer: "https://id.example", ClientID: "c", RedirectURL: "https://node.example/back", Member: "tax-310000"}
	w.must(second(NewOIDC(w.Service, good)))
	for name, spoil := range map[string]func(*OIDCConfig){
		"plain issuer":   func(c *OIDCConfig) { c.Issuer = "http://id.example" },
		"plain redirect": func(c *OIDCConfig) { c.RedirectURL = "http://node.example/back" },
		"no client":      func(c *OIDCConfig) { c.ClientID = "" },
		"no member":      func(c *OIDCConfig) { c.Member = "" },
		"any member":     func(c *OIDCConfig) { c.Member, c.MemberClaim = "", "org" },
		"both":           func(c *OIDCConfig) { c.MemberClaim, c.Members = "org", []vocab.MemberID{"a"} },
		"unknown role":   func(c *OIDCConfig) { c.Roles = map[string]vocab.Role{"x": "king"} },
		"auditor":        func(c *OIDCConfig) { c.Roles = map[string]vocab.Role{"x": vocab.Auditor} },
		"authority":      func(c *OIDCConfig) { c.Roles = map[string]vocab.Role{"x": vocab.Authority} },
		"operator":       func(c *OIDCConfig) { c.Roles = map[string]vocab.Role{"x": vocab.Operator} },
		"counter":        func(c *OIDCConfig) { c.Roles = map[string]vocab.Role{"x": vocab.Counter} },
		"not strong":     func(c *OIDCConfig) { c.StrongRoles = map[string]vocab.Role{"x": vocab.Steward} },
	} {
		bad := good
		spoil(&bad)
		if _, err := NewOIDC(w.Service, bad); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// visit is a browser that follows a departure and brings back what it got.
func (o *outside) visit(d Departure) Arrival {
	o.t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Get(d.URL)
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		o.t.Fatalf("status %d: %v", resp.StatusCode, err)
	}
	return Arrival{Cookie: d.Cookie, State: back.Query().Get("state"), Code: back.Query().Get("code"), From: here}
}
