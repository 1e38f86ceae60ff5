package node

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/cmd/fontis/console"
	"fontis/internal/app"
	"fontis/internal/trust/ledger/proof"
)

// TestTheFirstPageAnswersBeforeTheDemoWorldIsLoaded opens the page before the first
// step of the load, and between its steps: it answers each time, and says how far
// the load is.
func TestTheFirstPageAnswersBeforeTheDemoWorldIsLoaded(t *testing.T) {
	dir := t.TempDir()
	cfg := (&Demo{Listen: "127.0.0.1:0"}).config(dir)
	if err := app.WriteConfig(cfg); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out bytes.Buffer
	c := &console.Console{Streams: console.Streams{Out: &out, Err: &out}, Globals: &console.Globals{Node: dir}, Ctx: ctx}
	var said []string
	err := (&DemoNode{Listen: "127.0.0.1:0"}).run(c, func(_ *console.Console, h *host, b *steps) {
		defer stop()
		said = append(said, loading(t, h.serving.URL))
		for _, done := range []int64{1, 5, 9} {
			b.step("residents", done, 10)
			said = append(said, loading(t, h.serving.URL))
		}
		b.step("residents", 10, 10)
		b.end()
		said = append(said, loading(t, h.serving.URL))
		policy, err := os.ReadFile(filepath.Join(dir, "witnesses.policy"))
		if err != nil {
			t.Error(err)
		}
		if p, err := proof.ParsePolicy(policy); err != nil {
			t.Error(err)
		} else if _, err := p.LogVerifier(h.app.Ledger.Origin()); err != nil {
			t.Errorf("the policy in the node's folder does not name its log: %v", err)
		}
	})
	if err != nil {
		t.Fatal(err, out.String())
	}
	want := []string{"0 of 1", "1 of 10 residents", "5 of 10 residents", "9 of 10 residents", ""}
	if d := cmp.Diff(want, said); d != "" {
		t.Errorf("the page said otherwise how far the load was:\n%s", d)
	}
}

var (
	status = regexp.MustCompile(`(?s)<p role="status">(.*?)</p>`)
	far    = regexp.MustCompile(`([0-9]+)[^0-9<]+([0-9]+)`)
	doing  = regexp.MustCompile(`<bdi>([a-z]+)</bdi>`)
)

// loading is what the first page says of the load; nothing once it is over.
func loading(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "en")
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return "no answer"
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the page answers %d, %v", resp.StatusCode, err)
	}
	p := status.FindSubmatch(page)
	if p == nil {
		return ""
	}
	n := far.FindSubmatch(p[1])
	if n == nil {
		return string(p[1])
	}
	said := string(n[1]) + " of " + string(n[2])
	if what := doing.FindSubmatch(p[1]); what != nil {
		said += " " + string(what[1])
	}
	return said
}
