package api_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/snippet"
	"fontis/internal/vocab"
)

// waiting is a request of tax's for an entry of civil's, before anyone has decided.
func (w *world) waiting() vocab.RequestID {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	ctx, now := w.t.Context(), w.Clock.Now().Truncate(time.Second)
	d, err := w.Catalog.Create(ctx, w.Steward, entry.Dataset{
		Name: entry.Text{EN: "Firms"}, Provider: "Civil", Share: vocab.Conditional, ShareCondition: "by request", Cycle: vocab.Daily,
		Subject: vocab.LegalEntity, Origin: vocab.Government, Items: []entry.Item{{Code: "name", Name: entry.Text{EN: "Name"}, Compare: vocab.CompareName}},
	})
	must(err)
	d, err = apptest.Publish(ctx, w.App, w.Steward, d.ID, d.Rev)
	must(err)
	clerk := apptest.Officer(apptest.Tax, vocab.DataUser)
	r, err := w.Share.Draft(ctx, clerk, share.Fields{
		Dataset: d.ID, Items: []vocab.ItemID{"name"}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single},
		Basis: entry.Cite{Law: "Company Law", Article: "art. 1"}, Purpose: "registration", Scenario: "at the counter",
		From: now.Add(-time.Hour), Until: now.AddDate(1, 0, 0), PerDay: 100, CasePattern: `R-\d+`, Security: "sealed terminals",
	})
	must(err)
	r, err = w.Share.Submit(ctx, clerk, r.ID)
	must(err)
	return r.ID
}

// TestTheTwinsCodeWorksAsPrinted goes the printed way from a login to an answer,
// against the interface itself: the token first, then each language.
func TestTheTwinsCodeWorksAsPrinted(t *testing.T) {
	for _, need := range []string{"sh", "curl", "sed"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skip(err)
		}
	}
	w := newWorld(t, vocab.Compare)
	server := httptest.NewServer(w.api)
	defer server.Close()
	var s snippet.Snippets
	if err := w.as("tax").Do(t.Context(), "GET", "/v1/requests/"+string(w.waiting())+"/twin", nil, &s); err != nil {
		t.Fatal(err)
	}
	node := strings.TrimSuffix(regexp.MustCompile(`'([^']*/v1/)compare'`).FindStringSubmatch(s.Curl)[1], "/v1/")
	here := func(code string) string { return strings.ReplaceAll(code, node+"/v1/", server.URL+"/v1/") }
	dir := t.TempDir()
	for name, code := range map[string]string{"token.sh": s.Token, "ask.sh": s.Curl, "ask.py": s.Python} {
		if !strings.Contains(code, node+"/v1/") {
			t.Fatalf("%s does not name the node at %s:\n%s", name, node, code)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(here(code)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, script := range map[string]string{"curl": ". ./token.sh\n. ./ask.sh\n", "python3": ". ./token.sh\npython3 ask.py\n"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Logf("%s is not here", name)
			continue
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		cmd := exec.CommandContext(ctx, "sh", "-c", script)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader("li@tax\n"+strong+"\n")
		out, err := cmd.CombinedOutput()
		stop()
		if err != nil || !bytes.Contains(out, []byte(`"match"`)) || !bytes.Contains(out, []byte(`"twin":true`)) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
