package page

import (
	"net/http"
	"net/url"

	"fontis/internal/edge/call"
	"fontis/internal/edge/web/notes"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// What a form brought that is no 303 of its act, a page with what was wrong or one to
// be looked at a second time, is read at an address of its own: going back to it,
// forward or anew sends nothing a second time, and a browser has no reason to ask.

// nameAnswer is the parameter of such an address.
const nameAnswer = "again"

// answered is a page as it was made.
type answered struct {
	status int
	trace  vocab.TraceID // of the call that the page tells of
	retry  string        // the header Retry-After
	body   []byte        // packed
}

// maxAnswer is how large a page may be that is kept, packed; what is larger is sent
// as it is.
const maxAnswer = 64 << 10

// reader is whose page an answer is: a session, or while no one is there the browser.
func (v *Visit) reader() identity.Actor {
	if v.Actor.Nobody() {
		return identity.Actor{Session: "browser " + v.seed}
	}
	return v.Actor
}

// aside keeps what a form brought and sends its reader there. A part that a script
// asked for is answered at once.
func (v *Visit) aside(status int, body []byte) bool {
	if v.R.Method != http.MethodPost || v.R.Header.Get("HX-Request") != "" || v.Actor.Nobody() && v.seed == "" {
		return false
	}
	to, err := url.Parse(v.here())
	small, failed := pack(body)
	if err != nil || failed != nil || len(small) > maxAnswer {
		return false
	}
	q := to.Query()
	q.Set(nameAnswer, v.answers.Put(v.reader(), answered{status: status, trace: v.Call.Trace, retry: v.W.Header().Get("Retry-After"), body: small}))
	to.RawQuery = q.Encode()
	http.Redirect(v.W, v.R, to.String(), http.StatusSeeOther)
	return true
}

// answer sends the page that the address names, while it is kept; afterwards the
// address is that of the page on which the form stood.
func (v *Visit) answer() bool {
	if v.R.Method != http.MethodGet || v.R.URL.Query().Get(nameAnswer) == "" {
		return false
	}
	a, ok := notes.Read[answered](v.answers, v.reader(), v.R.URL.Query().Get(nameAnswer))
	if !ok {
		return false
	}
	body, err := unpack(a.body)
	if err != nil {
		return false
	}
	v.ofPage()
	v.W.Header().Set(call.HeaderTrace, string(a.trace))
	if a.retry != "" {
		v.W.Header().Set("Retry-After", a.retry)
	}
	v.send(a.status, body)
	return true
}
