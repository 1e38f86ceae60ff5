package page

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/call"
	"fontis/internal/edge/problem"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// CookieLang keeps the chosen language, CookieScheme the colours and CookiePlain
// the plain pages; the others say who is there, and tie a form to this browser
// before anyone is.
const (
	cookieSession = "fontis"
	CookieLang    = "fontis_lang"
	CookieScheme  = "fontis_look"
	CookiePlain   = "fontis_plain"
	CookieKeys    = "fontis_keys"
	cookieSeed    = "fontis_form"
)

// The largest bodies: of a form, and of a file that is sent with one.
const (
	maxForm   = 1 << 20
	maxFile   = 256 << 20
	maxMemory = 4 << 20 // of a file while its form is read; the rest waits on disk
)

// Visit is one request to a page. It belongs to the goroutine that serves it.
type Visit struct {
	*Site
	W      http.ResponseWriter
	R      *http.Request
	Call   *call.Call
	Actor  identity.Actor
	route  Route
	over   string           // whose session has ended: a person's or an officer's
	seed   string           // ties forms to this browser while no one is there
	wrong  *problem.Problem // of the form that is shown again
	second bool             // the act waits for the visitor's second word
	shut   bool             // an error page: it shows nothing of the request
	forms  int              // how many its page has, which numbers their fields
	wrongs []wrongField     // the fields that the page must say are wrong

	entries map[vocab.DatasetID]*entry.Dataset // looked up for their names
}

// Ctx is the context of the request.
func (v *Visit) Ctx() context.Context { return v.R.Context() }

// serve does one visit.
func (s *Site) serve(rt Route, w http.ResponseWriter, r *http.Request) {
	v := &Visit{Site: s, W: w, R: r, Call: call.Of(r.Context()), route: rt}
	v.Call.Pattern = r.Method + " " + rt.Path
	w.Header().Set("Cache-Control", "no-store")
	v.language()
	v.divisions()
	if err := v.enter(); err != nil {
		v.fail(err)
		return
	}
	if v.answer() {
		return
	}
	if !rt.Open && v.Actor.Nobody() {
		v.signInFirst()
		return
	}
	switch {
	case r.Method == http.MethodPost && rt.Act == nil: // before the form's token is spent
		v.fail(vocab.NoSuchThing.Because("no page stands here"))
	case r.Method == http.MethodPost:
		v.post()
	case rt.File != nil && r.FormValue("file") != "":
		if err := rt.File(v); err != nil {
			v.fail(err)
		}
	case rt.Plain != nil && v.Plain():
		http.Redirect(w, r, rt.Plain(v), http.StatusSeeOther)
	case rt.Send != nil:
		if err := rt.Send(v); err != nil {
			v.fail(err)
		}
	default:
		v.moved()
	}
}

// moved sends the reader to where what was asked for stands now, or shows the page.
func (v *Visit) moved() {
	if v.route.Moved == nil {
		v.get(http.StatusOK)
		return
	}
	to, err := v.route.Moved(v)
	switch {
	case err != nil:
		v.fail(err)
	case to != "":
		http.Redirect(v.W, v.R, to, http.StatusSeeOther)
	default:
		v.get(http.StatusOK)
	}
}

// language is the one chosen by cookie, else the browser's.
func (v *Visit) language() {
	v.Call.Lang = v.Text.Negotiate(v.R.Header.Get("Accept-Language"))
	c, err := v.R.Cookie(CookieLang)
	if err != nil {
		return
	}
	for _, l := range v.Text.Langs() {
		if c.Value == string(l) {
			v.Call.Lang = l
		}
	}
}

// divisions sees to the names of areas. Without them a page still says the province,
// so it is no reason to show none.
func (v *Visit) divisions() {
	if v.Divisions == nil {
		return
	}
	if err := v.Divisions.Fresh(v.Ctx()); err != nil {
		v.Diary.Warn("the names of divisions could not be read", "trace", v.Call.Trace, "error", err)
	}
}

// scheme is the palette that the reader chose; empty leaves it to the device.
func (v *Visit) scheme() string {
	c, err := v.R.Cookie(CookieScheme)
	if err != nil || c.Value != "light" && c.Value != "dark" {
		return ""
	}
	return c.Value
}

// KeysOff says that the reader wants no key of one letter to do anything.
func (v *Visit) KeysOff() bool {
	c, err := v.R.Cookie(CookieKeys)
	return err == nil && c.Value == "off"
}

// Plain reports whether the reader chose the plain pages.
func (v *Visit) Plain() bool {
	c, err := v.R.Cookie(CookiePlain)
	return err == nil && c.Value == "yes" && v.Actor.Member == ""
}

// enter finds out who is there and takes the visit from their allowance.
func (v *Visit) enter() error {
	if c, err := v.R.Cookie(cookieSeed); err == nil && len(c.Value) < 100 {
		v.seed = c.Value
	}
	cookie := v.sessionCookie()
	if cookie != "" {
		actor, err := v.Identity.Authenticate(v.Ctx(), token.Token(cookie))
		switch {
		case err == nil:
			v.Actor = actor.At(v.Call.From)
		case vocab.KindOf(err) != vocab.Denied:
			return err
		default:
			v.sessionOver(cookie)
		}
	}
	if v.Actor.Member != "" {
		return v.Limits.Member(v.Actor.Member)
	}
	err := v.Limits.Address(v.Call.From)
	if err != nil && v.Totals != nil {
		v.Totals.Count("rate-limited")
	}
	return err
}

func (v *Visit) sessionCookie() string {
	c, err := v.R.Cookie(v.SessionName())
	if err != nil {
		return ""
	}
	return c.Value
}

// SessionName keeps a cookie of TLS from being set over plain HTTP.
func (s *Site) SessionName() string {
	if s.Secure {
		return "__Host-" + cookieSession
	}
	return cookieSession
}

// SetCookie sets a cookie that no script reads; a negative age takes it away.
func (v *Visit) SetCookie(name, value string, maxAge int) {
	http.SetCookie(v.W, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: v.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// sessionOver remembers whose session ended, and takes its cookie away: it is
// told once.
func (v *Visit) sessionOver(cookie string) {
	v.over = "over_officer"
	if token.Token(cookie).OfPerson() {
		v.over = "over_person"
	}
	v.SetCookie(v.SessionName(), "", -1)
}

// signInFirst sends a visitor to where they come in, and back here afterwards;
// after a form, to the page on which it stood.
func (v *Visit) signInFirst() {
	to, along := "/sign-in", url.Values{}
	if v.route.Person || v.Plain() || v.over == "over_person" {
		to = "/care/in"
	}
	back := v.R.URL.RequestURI()
	if v.R.Method != http.MethodGet {
		back = "/"
		if from, err := url.Parse(v.R.Referer()); err == nil && from.Host == v.R.Host {
			back = Local(from.RequestURI())
		}
	}
	if back != "/" || v.R.Method == http.MethodGet {
		along.Set("next", back)
	}
	if v.over != "" {
		along.Set("done", v.over)
	}
	if len(along) > 0 {
		to += "?" + along.Encode()
	}
	http.Redirect(v.W, v.R, to, http.StatusSeeOther)
}

func (v *Visit) get(status int) {
	body, err := v.route.Show(v)
	if err != nil {
		v.fail(err)
		return
	}
	if v.wrong != nil {
		status = v.wrong.Status
	}
	v.render(status, v.route.Page, body)
}

// Stay says above the page what is wrong with what its address asks for: the page
// keeps its form, and what was typed into it.
func (v *Visit) Stay(err error) { v.wrong = v.problems.Of(v.Call, err) }

// secondLook is the error of an act that did nothing yet.
type secondLook struct{}

func (secondLook) Error() string { return "the act waits for a second look" }

// SecondLook is what an act answers that is not to be done at the first press: its
// page is shown with what was said, and a form that does it.
func (v *Visit) SecondLook() error {
	v.second = true
	return secondLook{}
}

// Second reports whether the page is shown for a second look.
func (v *Visit) Second() bool { return v.second }

// post does what a form asks, once, and shows the page again when it failed.
func (v *Visit) post() {
	if err := v.readForm(); err != nil {
		v.fail(err)
		return
	}
	defer v.dropFiles()
	next, err := v.once()
	if err == nil {
		http.Redirect(v.W, v.R, next, http.StatusSeeOther)
		return
	}
	if v.second {
		v.get(http.StatusOK)
		return
	}
	v.again(err)
}

// again shows the page of the form with what was wrong and what was typed.
func (v *Visit) again(err error) {
	v.wrong = v.Problem(err)
	if v.route.Show == nil || v.wrong.Status == http.StatusNotFound {
		v.fail(err)
		return
	}
	body, shown := v.route.Show(v)
	if shown != nil {
		v.fail(err)
		return
	}
	v.render(v.wrong.Status, v.route.Page, body)
}

func (v *Visit) readForm() error {
	limit := int64(maxForm)
	if strings.HasPrefix(v.R.Header.Get("Content-Type"), "multipart/form-data") {
		limit = maxFile
	}
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, limit)
	var err error
	if limit == maxFile {
		err = v.R.ParseMultipartForm(maxMemory)
	} else {
		err = v.R.ParseForm()
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

func (v *Visit) dropFiles() {
	if v.R.MultipartForm == nil {
		return
	}
	if err := v.R.MultipartForm.RemoveAll(); err != nil {
		v.Diary.Warn("a file of a form stays behind", "trace", v.Call.Trace, "error", err)
	}
}

// checkToken proves that the form came from a page of this session, or, while no
// one is there, of this browser.
func (v *Visit) checkToken() error {
	token := bare(v.R.PostForm.Get(nameToken))
	if v.Actor.Nobody() {
		return v.Identity.CheckForm(v.seed, token)
	}
	return v.Identity.CheckCSRF(v.Actor, token)
}

// token is the one that the forms of this page carry, covered anew on each page.
func (v *Visit) token() string {
	if !v.Actor.Nobody() {
		return covered(v.Identity.CSRF(v.Actor))
	}
	if v.seed == "" {
		v.seed = rand.Text()
		v.SetCookie(cookieSeed, v.seed, 0)
	}
	return covered(v.Identity.FormToken(v.seed))
}

// once does the form's act; the same form sent again is sent where the first
// sending went.
func (v *Visit) once() (string, error) {
	if err := v.checkToken(); err != nil {
		return "", err
	}
	key := idempotency.Key{Member: v.Actor.Member, Caller: string(v.Actor.Officer) + "/" + v.Actor.Session, Verb: v.Call.Pattern, Word: v.R.PostForm.Get(nameKey)}
	if v.Kept == nil || v.Actor.Member == "" || key.Word == "" || v.route.Save {
		return v.route.Act(v)
	}
	claim, err := v.Kept.Claim(v.Ctx(), key)
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
	next, err := v.route.Act(v)
	settled = true
	if err != nil {
		return "", errors.Join(err, claim.Release(context.WithoutCancel(v.Ctx())))
	}
	return next, claim.Finish(context.WithoutCancel(v.Ctx()), v.bodySum(), idempotency.Answer{Status: http.StatusSeeOther, Trace: v.Call.Trace, Body: []byte(next)})
}

// bodySum is the fingerprint of what was typed; a file counts by name and size.
func (v *Visit) bodySum() [sha256.Size]byte {
	said := v.R.URL.Path + "\n" + v.R.PostForm.Encode()
	if v.R.MultipartForm != nil {
		for name, files := range v.R.MultipartForm.File {
			for _, f := range files {
				said += fmt.Sprintf("\n%s %q %d", name, f.Filename, f.Size)
			}
		}
	}
	return sha256.Sum256([]byte(said))
}

// Said is one value of the form or the query, without blanks around it.
func (v *Visit) Said(name string) string { return strings.TrimSpace(v.R.FormValue(name)) }

// Asked is what the page's address asks for. While a form that failed is shown again,
// the form's own fields are not taken for it.
func (v *Visit) Asked(name string) string {
	if all := v.asked(name); len(all) > 0 {
		return strings.TrimSpace(all[0])
	}
	return ""
}

func (v *Visit) asked(name string) []string {
	if v.R.Method == http.MethodPost {
		return v.R.URL.Query()[name]
	}
	v.Said(name) // reads the form
	return v.R.Form[name]
}

// All are the values of one name.
func (v *Visit) All(name string) []string { return v.R.Form[name] }

// ID is a part of the path.
func (v *Visit) ID(name string) string { return v.R.PathValue(name) }

// From is where the visit came from, for the list of sessions.
func (v *Visit) From() identity.From {
	agent := v.R.UserAgent()
	if len(agent) > 200 {
		agent = agent[:200]
	}
	return identity.From{Address: v.Call.From, Agent: agent}
}

// fail shows the page of an error. It shows nothing of the request, so that what
// is another's cannot be told from what does not exist.
func (v *Visit) fail(err error) {
	v.wrong, v.shut = v.Problem(err), true
	for name, values := range v.wrong.GetHeaders() {
		v.W.Header()[name] = values
	}
	body := v.sendHome()
	v.render(v.wrong.Status, "error", body)
}

// Local is a path on this node to go back to; anything else is the first page.
func Local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// Onward is an address with the page to go to afterwards.
func Onward(to, next string) string {
	if next = Local(next); next == "/" {
		return to
	}
	return to + "?next=" + url.QueryEscape(next)
}

// Problem is what a reader is told about an error that the page shows in its
// midst. A resident has neither roles nor commands: where there is a remedy in
// words for them, it stands instead of the officers'.
func (v *Visit) Problem(err error) *problem.Problem {
	p := v.problems.Of(v.Call, err)
	persons := v.Actor.IsPerson() || v.Actor.Mandate != "" || v.Actor.Nobody() && (v.route.Person || v.route.Paper != "")
	if key := "page.own-remedy." + string(p.Code); persons && v.Look().Has(key) {
		said := *p
		said.Fix = v.Look().Must(key)
		p = &said
	}
	return p
}
