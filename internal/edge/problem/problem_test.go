package problem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fontis/internal/edge/call"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/text"
	"fontis/internal/vocab"
	"fontis/web"
)

func writer(t *testing.T) (problem.Writer, *bytes.Buffer) {
	t.Helper()
	texts, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	diary := &bytes.Buffer{}
	return problem.Writer{Text: texts, Diary: slog.New(slog.NewTextHandler(diary, nil))}, diary
}

func newCall(lang text.Lang) *call.Call {
	return &call.Call{Trace: vocab.NewTrace(time.Now()), Lang: lang, Pattern: "GET /v1/x"}
}

// Promise 9: every error says the cause, the remedy and a trace.
func TestPromise9EveryErrorSaysCauseRemedyAndTrace(t *testing.T) {
	w, _ := writer(t)
	for code, kind := range vocab.Codes() {
		for _, lang := range text.Langs() {
			c := newCall(lang)
			rec := httptest.NewRecorder()
			w.Write(rec, c, fmt.Errorf("doing something: %w", code.Because("a is not b")))
			var p problem.Problem
			if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if p.Detail == "" || p.Fix == "" || p.Title == "" || p.Trace != c.Trace || p.Code != code || p.Type != "/problems/"+string(code) {
				t.Errorf("%s in %s lacks something: %+v", code, lang, p)
			}
			if p.Title == string(code) || p.Fix == string(code) {
				t.Errorf("%s has no sentence in %s", code, lang)
			}
			if lang == text.Chinese && p.Fix[0] < 0x80 && p.Title[0] < 0x80 {
				t.Errorf("%s is not in Chinese: %s", code, p.Fix)
			}
			if rec.Code != p.Status || rec.Header().Get("Content-Type") != problem.ContentType || rec.Header().Get(call.HeaderTrace) != string(c.Trace) {
				t.Errorf("%s: header %d %v", code, rec.Code, rec.Header())
			}
			wantRetry := kind == vocab.Exhausted || kind == vocab.Unavailable
			if got := rec.Header().Get("Retry-After") != ""; got != wantRetry {
				t.Errorf("%s: Retry-After %v, want %v", code, got, wantRetry)
			}
		}
	}
}

func TestKindsBecomeStatuses(t *testing.T) {
	for code, want := range map[vocab.Code]int{
		vocab.BadInput: 400, vocab.FieldMissing: 422, vocab.LineRejected: 422, vocab.NoSuchThing: 404, vocab.GrantMissing: 404,
		vocab.RoleMissing: 403, vocab.SignInNeeded: 401, vocab.StateWrong: 409, vocab.GuessGuard: 429, vocab.TooManyCalls: 429,
		vocab.DatabaseAway: 503, vocab.InternalError: 500, vocab.FileTooLarge: 413, vocab.Code("never-heard"): 500,
	} {
		if got := problem.Status(code); got != want {
			t.Errorf("%s is %d, want %d", code, got, want)
		}
	}
	for code := range vocab.Codes() {
		if s := problem.Status(code); s < 400 || http.StatusText(s) == "" {
			t.Errorf("%s has status %d", code, s)
		}
	}
}

func TestWhatBrokeInsideShowsOnlyAReference(t *testing.T) {
	w, diary := writer(t)
	for _, err := range []error{errors.New("table resident_7 is locked"), vocab.InternalError.Because("table resident_7 is locked")} {
		c := newCall(text.English)
		p := w.Of(c, err)
		b, _ := json.Marshal(p)
		if strings.Contains(string(b), "resident_7") || p.Status != 500 || !strings.Contains(p.Detail, string(c.Trace)) {
			t.Errorf("shown: %s", b)
		}
		if !strings.Contains(diary.String(), string(c.Trace)) || !strings.Contains(diary.String(), "resident_7") {
			t.Errorf("the log lacks trace or cause: %s", diary)
		}
	}
}

func TestBetterRemedyWins(t *testing.T) {
	w, _ := writer(t)
	err := vocab.LeaseHeld.Because("pid 7").WithFix("kill 7")
	if p := w.Of(newCall(text.English), err); p.Fix != "kill 7" {
		t.Errorf("fix %q", p.Fix)
	}
	if p := w.Of(newCall(text.Chinese), err); !strings.HasSuffix(p.Fix, "kill 7") || p.Fix == "kill 7" {
		t.Errorf("fix %q", p.Fix)
	}
}
