package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/call"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/vocab"
)

// The cookies: who is there, in which language, and what ties a form to this
// browser before anyone is there.
const (
	cookieSession = "fontis"
	cookieLang    = "fontis_lang"
	cookieSeed    = "fontis_form"
	cookieIssuer  = "fontis_issuer"
)

// The largest bodies: of a form, and of a file that is sent with one.
const (
	maxForm   = 1 << 20
	maxFile   = 256 << 20
	maxMemory = 4 << 20 // of a file while its form is read; the rest waits on disk
)

// visit is one request to a page. It belongs to the goroutine that serves it.
type visit struct {
	*Site
	w     http.ResponseWriter
	r     *http.Request
	call  *call.Call
	route route
	actor identity.Actor
	seed  string           // ties forms to this browser while no one is there
	wrong *problem.Problem // of the form that is shown again
	shut  bool             // an error page: it shows nothing of the request

	entries map[vocab.DatasetID]*catalog.Dataset // looked up for their names
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// serve does one visit.
func (s *Site) serve(rt route, w http.ResponseWriter, r *http.Request) {
	v := &visit{Site: s, w: w, r: r, call: call.Of(r.Context()), route: rt}
	v.call.Pattern = r.Method + " " + rt.path
	w.Header().Set("Cache-Control", "no-store")
	v.language()
	if err := v.enter(); err != nil {
		v.fail(err)
		return
	}
	if !rt.open && v.actor.Nobody() {
		v.signInFirst()
		return
	}
	switch {
	case r.Method == http.MethodPost:
		v.post()
	case rt.send != nil:
		if err := rt.send(v); err != nil {
			v.fail(err)
		}
	default:
		v.get(http.StatusOK)
	}
}

// language is the one chosen by cookie, else the browser's.
func (v *visit) language() {
	c, err := v.r.Cookie(cookieLang)
	if err != nil {
		return
	}
	for _, l := range text.Langs() {
		if c.Value == string(l) {
			v.call.Lang = l
		}
	}
}

// enter finds out who is there and takes the visit from their allowance.
func (v *visit) enter() error {
	if c, err := v.r.Cookie(cookieSeed); err == nil && len(c.Value) < 100 {
		v.seed = c.Value
	}
	token := v.sessionCookie()
	if token != "" {
		actor, err := v.Identity.Authenticate(v.ctx(), identity.Token(token))
		if err == nil {
			v.actor = actor.At(v.call.From)
		} else if vocab.KindOf(err) != vocab.Denied {
			return err
		}
	}
	if v.actor.Member != "" {
		return v.Limits.Member(v.actor.Member)
	}
	err := v.Limits.Address(v.call.From)
	if err != nil && v.Totals != nil {
		v.Totals.Count("rate-limited")
	}
	return err
}

func (v *visit) sessionCookie() string {
	c, err := v.r.Cookie(v.sessionName())
	if err != nil {
		return ""
	}
	return c.Value
}

// sessionName keeps a cookie of TLS from being set over plain HTTP.
func (s *Site) sessionName() string {
	if s.Secure {
		return "__Host-" + cookieSession
	}
	return cookieSession
}

func (v *visit) setCookie(name, value string, maxAge int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: v.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// signInFirst sends a visitor to the sign-in page, and back here afterwards.
func (v *visit) signInFirst() {
	next := "/sign-in"
	if v.r.Method == http.MethodGet {
		next += "?next=" + url.QueryEscape(v.r.URL.RequestURI())
	}
	http.Redirect(v.w, v.r, next, http.StatusSeeOther)
}

func (v *visit) get(status int) {
	body, err := v.route.show(v)
	if err != nil {
		v.fail(err)
		return
	}
	v.render(status, v.route.page, body)
}

// post does what a form asks, once, and shows the page again when it failed.
func (v *visit) post() {
	if err := v.readForm(); err != nil {
		v.fail(err)
		return
	}
	defer v.dropFiles()
	next, err := v.once()
	if err == nil {
		http.Redirect(v.w, v.r, next, http.StatusSeeOther)
		return
	}
	v.again(err)
}

// again shows the page of the form with what was wrong and what was typed.
func (v *visit) again(err error) {
	v.wrong = v.problems.Of(v.call, err)
	if v.route.show == nil || v.wrong.Status == http.StatusNotFound {
		v.fail(err)
		return
	}
	body, shown := v.route.show(v)
	if shown != nil {
		v.fail(err)
		return
	}
	v.render(v.wrong.Status, v.route.page, body)
}

func (v *visit) readForm() error {
	limit := int64(maxForm)
	if strings.HasPrefix(v.r.Header.Get("Content-Type"), "multipart/form-data") {
		limit = maxFile
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, limit)
	var err error
	if limit == maxFile {
		err = v.r.ParseMultipartForm(maxMemory)
	} else {
		err = v.r.ParseForm()
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return vocab.FileTooLarge.Because("the form is larger than %d MB", limit>>20)
	}
	if err != nil {
		return vocab.BadInput.Because("the form cannot be read")
	}
	return nil
}

func (v *visit) dropFiles() {
	if v.r.MultipartForm == nil {
		return
	}
	if err := v.r.MultipartForm.RemoveAll(); err != nil {
		v.Diary.Warn("a file of a form stays behind", "trace", v.call.Trace, "error", err)
	}
}

// checkToken proves that the form came from a page of this session, or, while no
// one is there, of this browser.
func (v *visit) checkToken() error {
	token := v.r.PostForm.Get(nameToken)
	if v.actor.Nobody() {
		return v.Identity.CheckForm(v.seed, token)
	}
	return v.Identity.CheckCSRF(v.actor, token)
}

// token is the one that the forms of this page carry.
func (v *visit) token() string {
	if !v.actor.Nobody() {
		return v.Identity.CSRF(v.actor)
	}
	if v.seed == "" {
		v.seed = rand.Text()
		v.setCookie(cookieSeed, v.seed, 0)
	}
	return v.Identity.FormToken(v.seed)
}

// once does the form's act; the same form sent again is sent where the first
// sending went.
func (v *visit) once() (string, error) {
	if err := v.checkToken(); err != nil {
		return "", err
	}
	key := idempotency.Key{Member: v.actor.Member, Caller: string(v.actor.Officer) + "/" + v.actor.Session, Verb: v.call.Pattern, Word: v.r.PostForm.Get(nameKey)}
	if v.Kept == nil || v.actor.Member == "" || key.Word == "" {
		return v.route.act(v)
	}
	claim, err := v.Kept.Claim(v.ctx(), key)
	if err != nil {
		return "", err
	}
	if claim.Done {
		kept, err := claim.Replay(v.bodySum())
		return string(kept.Body), err
	}
	settled := false
	defer func() {
		if !settled {
			claim.Abandon()
		}
	}()
	next, err := v.route.act(v)
	settled = true
	if err != nil {
		return "", errors.Join(err, claim.Release(context.WithoutCancel(v.ctx())))
	}
	return next, claim.Finish(context.WithoutCancel(v.ctx()), v.bodySum(), idempotency.Answer{Status: http.StatusSeeOther, Trace: v.call.Trace, Body: []byte(next)})
}

// bodySum is the fingerprint of what was typed; a file counts by name and size.
func (v *visit) bodySum() [sha256.Size]byte {
	said := v.r.URL.Path + "\n" + v.r.PostForm.Encode()
	if v.r.MultipartForm != nil {
		for name, files := range v.r.MultipartForm.File {
			for _, f := range files {
				said += fmt.Sprintf("\n%s %q %d", name, f.Filename, f.Size)
			}
		}
	}
	return sha256.Sum256([]byte(said))
}

// said is one value of the form or the query, without blanks around it.
func (v *visit) said(name string) string { return strings.TrimSpace(v.r.FormValue(name)) }

// all are the values of one name.
func (v *visit) all(name string) []string { return v.r.Form[name] }

// id is a part of the path.
func (v *visit) id(name string) string { return v.r.PathValue(name) }

// from is where the visit came from, for the list of sessions.
func (v *visit) from() identity.From {
	agent := v.r.UserAgent()
	if len(agent) > 200 {
		agent = agent[:200]
	}
	return identity.From{Address: v.call.From, Agent: agent}
}

// fail shows the page of an error. It shows nothing of the request, so that what
// is another's cannot be told from what does not exist.
func (v *visit) fail(err error) {
	v.wrong, v.shut = v.problems.Of(v.call, err), true
	for name, values := range v.wrong.GetHeaders() {
		v.w.Header()[name] = values
	}
	v.render(v.wrong.Status, "error", errorPage{})
}

// errorPage has nothing beyond the problem, which every page can show.
type errorPage struct{}

// local is a path on this node to go back to; anything else is the first page.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
