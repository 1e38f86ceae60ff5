package share_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/snippet"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// sample is the JSON that the printed code sends.
type sample struct {
	Grant   vocab.GrantID           `json:"grant"`
	Subject vocab.SubjectKey        `json:"subject"`
	Values  map[vocab.ItemID]string `json:"values"`
	Status  string                  `json:"status"`
	Items   []vocab.ItemID          `json:"items"`
	Purpose string                  `json:"purpose"`
	Case    string                  `json:"case"`
}

func (s sample) call(q vocab.Question) access.Call {
	return access.Call{
		Grant: s.Grant, Question: q, Subject: s.Subject, Values: s.Values, Status: s.Status, Items: s.Items, Purpose: s.Purpose, Case: s.Case,
	}
}

func read(t testing.TB, s snippet.Snippets) sample {
	t.Helper()
	var out sample
	if err := json.Unmarshal([]byte(s.Body), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheSampleOfATwinIsAnswered(t *testing.T) {
	w := newWorld(t)
	status := w.asks()
	status.Question, status.Statuses = vocab.Status, []string{"valid"}
	single := w.asks()
	single.Question = vocab.Read
	for _, f := range []share.Fields{w.asks(), status, single, w.batchRead()} {
		r := w.submit(f)
		got, err := w.TwinSample(t.Context(), clerk, r.ID)
		w.must(err)
		s := read(t, got)
		answer, err := w.node.Door.Ask(t.Context(), clerk, s.call(f.Question))
		w.must(err)
		want := map[vocab.Question]vocab.Answer{vocab.Compare: vocab.Match, vocab.Status: vocab.Yes, vocab.Read: vocab.Given}[f.Question]
		for item, a := range answer.Answers {
			if a.Answer != want || !answer.Twin {
				t.Errorf("%s of %s: %s, twin %v", f.Question, item, a.Answer, answer.Twin)
			}
		}
		if got.Path != "/v1/"+string(f.Question) || len(got.Rows) != access.TwinSubjects || len(answer.Answers) == 0 {
			t.Errorf("%s: %+v", f.Question, got)
		}
		if _, err := w.TwinSample(t.Context(), steward, r.ID); err != nil {
			t.Errorf("the provider has no sample: %v", err)
		}
	}
	_, err := w.TwinSample(t.Context(), clerk, w.draft(w.asks()).ID)
	wants(t, err, vocab.StateWrong)
}

// A developer tries before the steward has connected anything, and goes on after.
func TestATwinComparesByTypeAndThenAsTheItemIsBound(t *testing.T) {
	w := newWorld(t)
	set := people()
	set.Name = entry.Text{ZH: "户籍"}
	set.Items = []entry.Item{{Code: "born", Name: entry.Text{ZH: "出生日期"}, Type: entry.TypeDate}}
	d := w.publish(set)
	asks := w.asks()
	asks.Dataset, asks.Items = d.ID, []vocab.ItemID{d.ItemID("born")}
	r := w.submit(asks)
	try := func() (value, compared string) {
		t.Helper()
		got, err := w.TwinSample(t.Context(), clerk, r.ID)
		w.must(err)
		s := read(t, got)
		answer, err := w.node.Door.Ask(t.Context(), clerk, s.call(vocab.Compare))
		w.must(err)
		if a := answer.Answers[d.ItemID("born")]; a.Answer != vocab.Match {
			t.Errorf("the sample is answered %s", a.Answer)
		}
		return s.Values[d.ItemID("born")], answer.Answers[d.ItemID("born")].Comparator
	}
	if value, compared := try(); compared != "date" || !regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`).MatchString(value) {
		t.Errorf("an item of type date: %q compared as %q", value, compared)
	}
	_, err := w.node.Door.Bind(t.Context(), steward, access.Binding{
		Item: d.ItemID("born"), Owner: "civil", Source: "residents", Table: "resident", Column: "name", Subject: "number",
		KeyKind: vocab.CitizenNumber, Compare: "name", About: vocab.NaturalPerson,
	})
	w.must(err)
	if value, compared := try(); compared != "name" {
		t.Errorf("bound as a name: %q compared as %q", value, compared)
	}
}

func TestATwinRefusesAsTheGrantDoes(t *testing.T) {
	w := newWorld(t)
	f := w.asks()
	f.Items, f.Networks = []vocab.ItemID{"born"}, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	r := w.submit(f)
	asked, err := w.TwinSample(t.Context(), clerk, r.ID)
	w.must(err)
	r, err = w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true})
	w.must(err)
	granted, err := w.TwinSample(t.Context(), clerk, r.ID)
	w.must(err)
	number, born := apptest.Citizen(3)
	real := access.Call{
		Grant: r.Grant, Question: vocab.Compare, Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number},
		Values: map[vocab.ItemID]string{w.people.ItemID("born"): born}, Purpose: "pension", Case: "P-1",
	}
	for name, change := range map[string]func(*access.Call){
		"nothing":            func(*access.Call) {},
		"another question":   func(c *access.Call) { c.Question = vocab.Read },
		"another purpose":    func(c *access.Call) { c.Purpose = "marketing" },
		"no case":            func(c *access.Call) { c.Case = " " },
		"another case":       func(c *access.Call) { c.Case = "X-1" },
		"an item outside":    func(c *access.Call) { c.Values = map[vocab.ItemID]string{w.people.ItemID("name"): "x"} },
		"no item":            func(c *access.Call) { c.Values = nil },
		"another network":    func(c *access.Call) { c.Network = netip.MustParseAddr("192.168.0.1") },
		"no subject":         func(c *access.Call) { c.Subject.Value = "" },
		"a wrong subject":    func(c *access.Call) { c.Subject.Value = "99000019500101000X" },
		"an impossible date": func(c *access.Call) { c.Values = map[vocab.ItemID]string{w.people.ItemID("born"): "2001-02-30"} },
	} {
		var codes []vocab.Code
		for _, c := range []access.Call{real, read(t, asked).call(vocab.Compare), read(t, granted).call(vocab.Compare)} {
			c.Network = netip.MustParseAddr("10.1.2.3")
			change(&c)
			answer, err := w.node.Door.Ask(t.Context(), clerk, c)
			code := vocab.Code(answer.Answers[w.people.ItemID("born")].Answer)
			if err != nil {
				code = vocab.CodeOf(err)
			}
			codes = append(codes, code)
		}
		if codes[0] != codes[1] || codes[0] != codes[2] || (codes[0] == vocab.Code(vocab.Match)) != (name == "nothing") {
			t.Errorf("%s: grant, its twin, the request's twin say %v", name, codes)
		}
	}
}

func TestATwinMeetsVolumeAndGuessGuardAsTheGrantDoes(t *testing.T) {
	w := newWorld(t)
	f := w.asks()
	f.Items, f.PerDay = []vocab.ItemID{"born"}, 4
	r := w.agree(f)
	granted, err := w.TwinSample(t.Context(), clerk, r.ID)
	w.must(err)
	number, _ := apptest.Citizen(3)
	real := read(t, granted).call(vocab.Compare)
	real.Grant, real.Subject.Value = r.Grant, number
	lower := w.submit(w.asks())
	lower, err = w.Decide(t.Context(), steward, lower.ID, share.Decision{Agree: true, Limits: share.Limits{Guesses: 2}})
	w.must(err)
	second, err := w.TwinSample(t.Context(), clerk, lower.ID)
	w.must(err)
	realLower := read(t, second).call(vocab.Compare)
	number, _ = apptest.Citizen(4)
	realLower.Grant, realLower.Subject.Value = lower.Grant, number
	f.PerDay, f.CasesPerDay = 1000, 3
	byCase := w.agree(f)
	third, err := w.TwinSample(t.Context(), clerk, byCase.ID)
	w.must(err)
	realCase := read(t, third).call(vocab.Compare)
	realCase.Grant, realCase.Subject = byCase.Grant, real.Subject
	for name, c := range map[string]struct {
		calls [2]access.Call
		days  []int
		want  vocab.Code
	}{
		"volume":      {[2]access.Call{real, read(t, granted).call(vocab.Compare)}, []int{1, 1, 1, 1, 1}, vocab.QuotaSpent},
		"one case":    {[2]access.Call{realCase, read(t, third).call(vocab.Compare)}, []int{1, 1, 1, 1}, vocab.QuotaSpent},
		"guess guard": {[2]access.Call{realLower, read(t, second).call(vocab.Compare)}, []int{1, 2, 1, 2, 3}, vocab.GuessGuard},
	} {
		for i, call := range c.calls {
			for n, day := range c.days {
				call.Values = map[vocab.ItemID]string{w.people.ItemID("born"): time.Date(1901, 1, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)}
				_, err := w.node.Door.Ask(t.Context(), clerk, call)
				if last := n == len(c.days)-1; last != (vocab.CodeOf(err) == c.want) || !last && err != nil {
					t.Errorf("%s, call %d of %s: %v", name, n+1, []string{"the grant", "its twin"}[i], err)
				}
			}
		}
	}
}

func TestARestartKeepsTwins(t *testing.T) {
	cfg := apptest.Config(t)
	w := fill(t, apptest.Open(t, cfg, app.Options{}))
	submitted, granted := w.submit(w.asks()), w.agree(w.asks())
	w.must(w.node.Close())
	w.node = apptest.Open(t, cfg, app.Options{})
	w.serve()
	for _, id := range []vocab.RequestID{submitted.ID, granted.ID} {
		s, err := w.node.Share.TwinSample(t.Context(), clerk, id)
		w.must(err)
		a, err := w.node.Door.Ask(t.Context(), clerk, read(t, s).call(vocab.Compare))
		w.must(err)
		if !a.Twin || a.Answers[w.people.ItemID("born")].Answer != vocab.Match {
			t.Errorf("twin of %s: %+v", id, a)
		}
	}
	if _, err := w.node.Door.Twin(clerk, string(granted.Grant)); err != nil {
		t.Errorf("the grant's twin is gone: %v", err)
	}
}

// TestThePrintedCodeRuns runs curl, Python and Java as a developer would, with
// names that try to break out of their quotes.
func TestThePrintedCodeRuns(t *testing.T) {
	type seen struct{ path, token, kind, body string }
	calls := make(chan seen, 1)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		calls <- seen{r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(b)}
		rw.Write([]byte("{}"))
	}))
	defer server.Close()
	w := newWorld(t)
	s, err := share.New(share.Parts{
		DB: w.node.DB, Clock: w.node.Clock, Ledger: w.counted, Notices: w.counted, Door: w.node.Door, Catalog: w.node.Catalog,
		Clocks: w.node.Calendar, Demands: w.node.Demand, Node: app.Place{App: w.node}, URL: server.URL + "/",
	})
	w.must(err)
	f := w.asks()
	f.Purpose = `it's "养老" \u0022 <&> $(id) %s 😀`
	got, err := s.TwinSample(t.Context(), clerk, w.submit(f).ID)
	w.must(err)
	if read(t, got).Purpose != f.Purpose {
		t.Fatalf("the body says %q", read(t, got).Purpose)
	}
	dir := t.TempDir()
	for _, c := range []struct {
		name, file, code string
		run              []string
	}{
		{"curl", "ask.sh", got.Curl, []string{"sh", "ask.sh"}},
		{"python3", "ask.py", got.Python, []string{"python3", "ask.py"}},
		{"java", "Ask.java", got.Java, []string{"java", "-Dfile.encoding=UTF-8", "Ask.java"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := exec.LookPath(c.name); err != nil {
				t.Skip(err)
			}
			if c.name == "java" && exec.Command("javac", "-version").Run() != nil {
				t.Skip("no compiler of Java here")
			}
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.code), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			cmd := exec.CommandContext(ctx, c.run[0], c.run[1:]...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "TOKEN=secret", "LC_ALL=C.UTF-8")
			if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("{}")) {
				t.Fatalf("%v: %s\n%s", err, out, c.code)
			}
			want := seen{got.Path, "Bearer secret", "application/json", got.Body}
			if call := <-calls; call != want {
				t.Errorf("sent %+v\nwant %+v", call, want)
			}
		})
	}
}

func TestTheExampleOfACaseNumberFitsItsPattern(t *testing.T) {
	w := newWorld(t)
	for _, pattern := range []string{
		`P-\d+`, `\d{4}-[A-Z]{2}\d{6}`, `(沪|京)民[0-9]{3}号`, `[^0]+`, `a?b*c+`, `(?i)case-\w+`, `x|y`, `\S.*`, `(\d{3}){2,3}`, `[一-龥]+\[2026\]\d+`,
	} {
		f := w.asks()
		f.CasePattern = pattern
		s, err := w.TwinSample(t.Context(), clerk, w.submit(f).ID)
		w.must(err)
		if number := read(t, s).Case; !regexp.MustCompile(`\A(?:` + pattern + `)\z`).MatchString(number) {
			t.Errorf("%q is no case number of the form %s", number, pattern)
		}
	}
}
