package app_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity/issuertest"
	"fontis/internal/vocab"
)

// residents is a node whose residents sign in through an issuer, as its node.toml says.
func residents(t *testing.T) (*apptest.World, *issuertest.Issuer, string) {
	t.Helper()
	i := issuertest.New(t, clock.System())
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(issuertest.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(nil)
	cfg := apptest.Config(t)
	cfg.URL = "http://" + srv.Listener.Addr().String()
	cfg.OIDC = []app.OIDC{
		{Name: "National", Issuer: i.URL, ClientID: issuertest.ClientID, SecretFile: secret, SubjectClaim: "id_number", SubjectKind: string(vocab.CitizenNumber)},
		{Name: "Tax office", Issuer: i.URL, ClientID: issuertest.ClientID, SecretFile: secret, Member: "tax"},
	}
	w := apptest.Fill(t, apptest.Open(t, cfg, app.Options{Clock: clock.System()}), 10, vocab.Compare)
	face, err := w.Face("test")
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = face
	srv.Start()
	t.Cleanup(srv.Close)
	return w, i, cfg.URL
}

// goes signs in as a browser does, through the issuer and back.
func goes(t *testing.T, at, lang string) (path, body string, status int) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+"/sign-in/with/0", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", lang)
	got, err := (&http.Client{Jar: jar}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.Request.URL.Path, string(b), got.StatusCode
}

// A resident who signs in through the issuer that the configuration names comes to
// the uses of their own data, and to nobody else's.
func TestAResidentComesThroughTheIssuerToTheirOwnView(t *testing.T) {
	w, i, at := residents(t)
	number, born := apptest.Citizen(3)
	if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(3, born)); err != nil {
		t.Fatal(err)
	}
	i.Claims["id_number"] = number
	path, body, status := goes(t, at, "en")
	if path != "/mine" || status != http.StatusOK || !strings.Contains(body, "pension") || strings.Contains(body, number) || strings.Contains(body, string(w.User.Officer)) {
		t.Errorf("the view of who was asked about: %d %s %s", status, path, body)
	}
	i.Claims["id_number"], _ = apptest.Citizen(4)
	if path, body, _ = goes(t, at, "en"); path != "/mine" || strings.Contains(body, "pension") {
		t.Errorf("the view of another: %s %s", path, body)
	}
}

// Who comes for themself is shown the issuers that know persons, and no department's.
func TestPlainPagesLeadToTheIssuersOfPersonsAlone(t *testing.T) {
	_, _, at := residents(t)
	for path, officers := range map[string]bool{"/care/in": false, "/sign-in": true} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if page := string(b); !strings.Contains(page, "National") || strings.Contains(page, "Tax office") != officers {
			t.Errorf("%s: an issuer of persons %v, of officers %v", path, strings.Contains(page, "National"), strings.Contains(page, "Tax office"))
		}
	}
}

// A resident whose sign-in fails is told what a resident can do about it.
func TestAResidentWhoseSignInFailsIsNotSentToASteward(t *testing.T) {
	_, i, at := residents(t)
	for name, spoil := range map[string]func(){
		"no number":      func() { i.Claims["id_number"] = nil },
		"no such number": func() { i.Claims["id_number"] = "110101190001010000" },
		"unsigned":       func() { i.Claims["id_number"], i.Alg = "110101190001010000", "none" },
	} {
		spoil()
		path, body, status := goes(t, at, "zh-CN")
		if path != "/sign-in/back/0" || status < 400 || status >= 500 || !strings.Contains(body, "携带证件到窗口") || strings.Contains(body, "fontis officer") {
			t.Errorf("%s: %d %s %s", name, status, path, body)
		}
	}
}
