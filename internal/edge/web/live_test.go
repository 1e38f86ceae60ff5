package web_test

import (
	"bufio"
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// listening is a page's stream, with the lines that came.
type listening struct {
	status int
	lines  chan string
	stop   context.CancelFunc
}

func (v *visitor) listen(parts ...string) *listening {
	v.w.t.Helper()
	ctx, stop := context.WithCancel(v.w.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.w.at+"/live?"+url.Values{"on": parts}.Encode(), nil)
	if err != nil {
		v.w.t.Fatal(err)
	}
	p, err := v.http.Do(r)
	if err != nil {
		v.w.t.Fatal(err)
	}
	l := &listening{status: p.StatusCode, lines: make(chan string, 100), stop: stop}
	v.w.t.Cleanup(stop)
	go func() {
		defer p.Body.Close()
		defer close(l.lines)
		for in := bufio.NewScanner(p.Body); in.Scan(); {
			l.lines <- in.Text()
		}
	}()
	return l
}

// hears waits for a line; it is false when the stream ends without it.
func (l *listening) hears(want string) bool {
	late := time.After(30 * time.Second)
	for {
		select {
		case line, open := <-l.lines:
			if line == want {
				return true
			}
			if !open {
				return false
			}
		case <-late:
			return false
		}
	}
}

var livePart = regexp.MustCompile(`data-part="([a-z]+[^"@]*@[0-9a-f]+)"`)

// livePartOf is the part with the name as the page shows it.
func livePartOf(t *testing.T, page, name string) string {
	t.Helper()
	for _, m := range livePart.FindAllStringSubmatch(page, -1) {
		if said := html.UnescapeString(m[1]); strings.HasPrefix(said, name) {
			return said
		}
	}
	t.Fatalf("the page has no live part %s", name)
	return ""
}

// A page is told which of its parts changed, and nothing of what is in them: both
// sides of a request hear of a step, a stale page hears at once, another member is
// told that there is nothing.
func TestAPageIsToldWhichOfItsPartsChanged(t *testing.T) {
	w := newWorld(t)
	steward, user, other := w.signedIn("li@civil", "en"), w.signedIn("li@tax", "en"), w.signedIn("li@other", "en")
	set := newEntry(t, w, steward)
	request := user.draft(set)
	draft := livePartOf(t, user.page(request), "request:")
	desk := livePartOf(t, steward.page("/desk"), "incoming")
	mine, theirs := user.listen(draft), steward.listen(desk)
	name, _, _ := strings.Cut(draft, "@")
	user.must(user.post(request, request+"/submit", nil))
	if !mine.hears("data: "+name) || !theirs.hears("data: incoming") {
		t.Error("a step is not told to both sides")
	}
	if late := user.listen(draft); !late.hears("data: " + name) {
		t.Error("a page that shows the state before is not told when it comes again")
	}
	if now := user.listen(livePartOf(t, user.page(request), "request:")); now.status != http.StatusOK {
		t.Errorf("a page that is up to date: %d", now.status)
	}
	if p := other.listen(draft); p.status != http.StatusNotFound {
		t.Errorf("another member's request: %d", p.status)
	}
	if p := user.listen("nothing@0"); p.status != http.StatusNotFound {
		t.Errorf("no such part: %d", p.status)
	}
	if p := w.visitor("en").listen("inbox@0"); p.status == http.StatusOK {
		t.Error("nobody's inbox is watched")
	}
}

// A stream ends with its session, and one session has only so many.
func TestAStreamEndsWithItsSession(t *testing.T) {
	w := newWorld(t)
	steward := w.signedIn("li@civil", "en")
	inbox := livePartOf(t, steward.page("/machines"), "inbox")
	var open []*listening
	for range 4 {
		open = append(open, steward.listen(inbox))
	}
	if l := steward.listen(inbox); l.status != http.StatusTooManyRequests {
		t.Errorf("a fifth stream: %d", l.status)
	}
	steward.must(steward.post("/machines", "/sign-out", nil))
	for i, l := range open {
		if !l.hears("event: over") {
			t.Errorf("stream %d outlives its session", i)
		}
	}
}

// With the last stream everything that served it is gone.
func TestNothingRunsWhenNobodyListens(t *testing.T) {
	w := newWorld(t)
	steward := w.signedIn("li@civil", "en")
	inbox := livePartOf(t, steward.page("/machines"), "inbox")
	steward.http.CloseIdleConnections()
	before := goleak.IgnoreCurrent()
	l := steward.listen(inbox)
	if !l.hears(": here") {
		t.Fatal("the stream did not open")
	}
	l.stop()
	for range l.lines {
	}
	steward.http.CloseIdleConnections()
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("net/http.(*conn).serve"), goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}
