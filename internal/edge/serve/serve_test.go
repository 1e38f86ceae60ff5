package serve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"fontis/internal/edge/call"
	"fontis/internal/edge/serve"
	"fontis/internal/vocab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNothingIsExposedWithoutProtection(t *testing.T) {
	for _, c := range []struct {
		name string
		o    serve.Options
		want vocab.Code
	}{
		{"loopback", serve.Options{Address: "127.0.0.1:0"}, ""},
		{"loopback v6", serve.Options{Address: "[::1]:0"}, ""},
		{"localhost", serve.Options{Address: "localhost:0"}, ""},
		{"demo on loopback", serve.Options{Address: "127.0.0.1:0", Demo: true}, ""},
		{"all addresses", serve.Options{Address: ":8080"}, vocab.UnsafeExposure},
		{"all addresses v4", serve.Options{Address: "0.0.0.0:8080"}, vocab.UnsafeExposure},
		{"another machine's view", serve.Options{Address: "10.1.2.3:8080"}, vocab.UnsafeExposure},
		{"mapped", serve.Options{Address: "[::ffff:10.1.2.3]:8080"}, vocab.UnsafeExposure},
		{"mapped loopback", serve.Options{Address: "[::ffff:127.0.0.1]:8080"}, ""},
		{"a name", serve.Options{Address: "node.example:8080"}, vocab.UnsafeExposure},
		{"behind a proxy", serve.Options{Address: "10.1.2.3:8080", BehindProxy: true}, ""},
		{"with TLS", serve.Options{Address: "0.0.0.0:8080", CertFile: "c"}, ""},
		{"demo behind a proxy", serve.Options{Address: "0.0.0.0:8080", BehindProxy: true, Demo: true}, vocab.UnsafeExposure},
		{"demo with TLS", serve.Options{Address: "0.0.0.0:8080", CertFile: "c", Demo: true}, vocab.UnsafeExposure},
		{"no port", serve.Options{Address: "127.0.0.1"}, vocab.BadInput},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := serve.Exposure(c.o)
			if c.want == "" && err != nil || c.want != "" && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if c.want == vocab.UnsafeExposure {
				if s, err := serve.Listen(t.Context(), c.o); err == nil {
					s.Close()
					t.Error("it was bound all the same")
				}
			}
		})
	}
}

// start serves h on loopback and gives its address and the log.
func start(t *testing.T, o serve.Options, h http.Handler) (url string, log *bytes.Buffer, stop func() error) {
	t.Helper()
	log = &bytes.Buffer{}
	o.Address, o.Diary = "127.0.0.1:0", slog.New(slog.NewTextHandler(log, nil))
	s, err := serve.Listen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, h) }()
	return s.URL(), log, sync.OnceValue(func() error {
		cancel()
		http.DefaultClient.CloseIdleConnections()
		return <-ended
	})
}

func TestLogHoldsTheRouteAndNoValue(t *testing.T) {
	url, log, stop := start(t, serve.Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := call.Of(r.Context())
		c.Pattern, c.Code = "POST /v1/members/{id}", vocab.NoSuchThing
		io.Copy(io.Discard, r.Body)
		w.Header().Set(call.HeaderTrace, string(c.Trace))
		w.WriteHeader(http.StatusNotFound)
	}))
	number := "990000195001011234"
	resp, err := http.Post(url+"/v1/members/"+number+"?q="+number, "text/plain", strings.NewReader(number))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	line := log.String()
	for _, want := range []string{resp.Header.Get(call.HeaderTrace), "status=404", `route="POST /v1/members/{id}"`, "code=no-such-thing"} {
		if want == "" || !strings.Contains(line, want) {
			t.Errorf("the log lacks %q: %s", want, line)
		}
	}
	for _, never := range []string{number, "127.0.0.1"} {
		if strings.Contains(line, never) {
			t.Errorf("the log holds %q: %s", never, line)
		}
	}
}

func TestCallsUnderWayAreFinishedWhenItStops(t *testing.T) {
	began, let := make(chan struct{}), make(chan struct{})
	url, _, stop := start(t, serve.Options{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-let
		fmt.Fprint(w, "done")
	}))
	answered := make(chan string, 1)
	go func() {
		resp, err := http.Get(url)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		answered <- string(b)
	}()
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	close(let)
	if got := <-answered; got != "done" {
		t.Errorf("answered %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestCallerIsNamedByTheDeclaredProxyOnly(t *testing.T) {
	for _, c := range []struct {
		proxy  bool
		header []string
		want   string
	}{
		{true, []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{true, []string{"203.0.113.9", "198.51.100.8"}, "198.51.100.8"},
		{true, []string{"nonsense"}, "192.0.2.1"},
		{true, nil, "192.0.2.1"},
		{false, []string{"198.51.100.7"}, "192.0.2.1"},
	} {
		s, err := serve.Listen(t.Context(), serve.Options{Address: "127.0.0.1:0", BehindProxy: c.proxy})
		if err != nil {
			t.Fatal(err)
		}
		var got string
		r := httptest.NewRequest("GET", "/", nil) // comes from 192.0.2.1
		r.Header["X-Forwarded-For"] = c.header
		s.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = call.Of(r.Context()).From.String() })).ServeHTTP(httptest.NewRecorder(), r)
		s.Close()
		if got != c.want {
			t.Errorf("proxy %v, header %q: from %s, want %s", c.proxy, c.header, got, c.want)
		}
	}
}

func TestManyClientsKeepTheirConnections(t *testing.T) {
	var conns sync.Map
	url, _, stop := start(t, serve.Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conns.Store(r.RemoteAddr, true)
		fmt.Fprint(w, "ok")
	}))
	const clients, calls = 512, 3
	var all sync.WaitGroup
	failed := make(chan error, clients)
	for range clients {
		all.Go(func() {
			conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				failed <- err
				return
			}
			defer conn.Close()
			tr := &http.Transport{MaxConnsPerHost: 1, DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
			defer tr.CloseIdleConnections()
			for range calls {
				resp, err := (&http.Client{Transport: tr}).Get(url)
				if err != nil {
					failed <- err
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	n := 0
	conns.Range(func(any, any) bool { n++; return true })
	if n != clients {
		t.Errorf("%d connections for %d clients", n, clients)
	}
}

// TestOfEveryAddressTheLoopbackOneIsNamed: commands on the node's own machine find it
// there, also where it listens for all.
func TestOfEveryAddressTheLoopbackOneIsNamed(t *testing.T) {
	s, err := serve.Listen(t.Context(), serve.Options{Address: "0.0.0.0:0", BehindProxy: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !strings.HasPrefix(s.URL(), "http://127.0.0.1:") {
		t.Error(s.URL())
	}
}
