package client_test

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"fontis/internal/edge/client"
	"fontis/internal/vocab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func node() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", r.Header.Get("Authorization")+r.Header.Get("Fontis-Case"))
		io.Copy(w, r.Body)
	})
	mux.HandleFunc("/refused", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(403)
		io.WriteString(w, `{"code":"grant-ended","detail":"it ended on 2026-06-30","fix":"ask again","trace":"0123456789abcdef0123456789abcdef","title":"Over","status":403,"errors":[{"where":"body.x","what":"is wrong"}]}`)
	})
	mux.HandleFunc("/alien", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(502)
		io.WriteString(w, "<html>")
	})
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("no") })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := io.WriteString(w, "row\n"); err != nil {
				return
			}
		}
	})
	return mux
}

// both runs the test over the network and inside the process.
func both(t *testing.T, f func(*testing.T, *client.Client)) {
	t.Run("inside", func(t *testing.T) { f(t, client.Over(node(), "tok")) })
	t.Run("network", func(t *testing.T) {
		srv := httptest.NewServer(node())
		tr := &http.Transport{}
		defer srv.Close()
		defer tr.CloseIdleConnections()
		c, err := client.Dial(srv.URL+"/", "tok", tr)
		if err != nil {
			t.Fatal(err)
		}
		f(t, c)
	})
}

func TestProblemsComeBackAsTheFailureThatWasMeant(t *testing.T) {
	both(t, func(t *testing.T, c *client.Client) {
		err := c.Do(t.Context(), "GET", "/refused", nil, nil)
		var f *vocab.Failure
		if !errors.As(err, &f) || !errors.Is(err, vocab.GrantEnded) || f.Kind != vocab.Denied || f.Fix != "ask again" {
			t.Fatalf("got %#v", err)
		}
		if !strings.Contains(f.Cause, "2026-06-30") || !strings.Contains(f.Cause, "body.x: is wrong") {
			t.Errorf("cause %q", f.Cause)
		}
		if client.TraceOf(err) != "0123456789abcdef0123456789abcdef" {
			t.Errorf("trace %q", client.TraceOf(err))
		}
		for _, path := range []string{"/alien", "/panic"} {
			if err := c.Do(t.Context(), "GET", path, nil, nil); err == nil || path == "/alien" && vocab.CodeOf(err) != vocab.BadInput || errors.As(err, &f) && f.Code == "" {
				t.Errorf("%s gave %v", path, err)
			}
		}
	})
}

func TestCallsCarryTokenHeadersAndBody(t *testing.T) {
	both(t, func(t *testing.T, c *client.Client) {
		var out map[string]string
		if err := c.Do(t.Context(), "POST", "/echo", map[string]string{"a": "b"}, &out); err != nil || out["a"] != "b" {
			t.Fatalf("%v %v", out, err)
		}
		resp, err := c.With("Fontis-Case", "P-1").Stream(t.Context(), client.Request{Method: "POST", Path: "/echo", Body: strings.NewReader("x")})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if got := resp.Header.Get("X-Seen"); got != "Bearer tokP-1" {
			t.Errorf("seen %q", got)
		}
	})
}

func TestLongAnswersStreamAndEndWithTheirReader(t *testing.T) {
	both(t, func(t *testing.T, c *client.Client) {
		resp, err := c.Stream(t.Context(), client.Request{Method: "GET", Path: "/endless"})
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4)
		if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != "row\n" {
			t.Errorf("%q %v", b, err)
		}
		resp.Body.Close()
	})
}

func TestANodeThatGoesAwayIsNotToldAsOneThatIsNotThere(t *testing.T) {
	srv := httptest.NewServer(node())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	c, err := client.Dial(srv.URL+"/", "", tr)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), "POST", "/panic", nil, nil); !errors.Is(err, vocab.NodeAway) || !strings.Contains(err.Error(), "went away before it answered") {
		t.Errorf("gone in mid call: %v", err)
	}
	srv.Close()
	if err := c.Do(t.Context(), "POST", "/echo", nil, nil); !errors.Is(err, vocab.NodeAway) || !strings.Contains(err.Error(), "no node answers") {
		t.Errorf("not there: %v", err)
	}
}

func TestAddressMustBeOne(t *testing.T) {
	for _, a := range []string{"", "node.example:80", "ftp://x", "http://"} {
		if _, err := client.Dial(a, "", nil); err == nil {
			t.Errorf("%q was taken", a)
		}
	}
}
