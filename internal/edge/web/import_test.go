package web_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/taking"
	"fontis/internal/vocab"
)

// held is a list that is read to its middle and waits there.
type held struct {
	text string
	on   chan struct{}
	pass atomic.Int32
}

// ReadAt waits in the middle of the second reading: the first is for the name of
// the import.
func (h *held) ReadAt(p []byte, off int64) (int, error) {
	if half := int64(len(h.text) / 2); off <= half && off+int64(len(p)) > half && h.pass.Add(1) == 2 {
		<-h.on
	}
	return strings.NewReader(h.text).ReadAt(p, off)
}

// longList has a wrong line at its beginning.
func longList(lines int) string {
	var b strings.Builder
	b.WriteString("信息资源名称,信息资源提供方,共享类型\n错行,民政局,随便\n")
	for i := range lines {
		fmt.Fprintf(&b, "清单%d,民政局,有条件共享\n", i)
	}
	return b.String()
}

func (w *world) order(text string, at *held) taking.Order {
	w.t.Helper()
	f := taking.File{ReaderAt: strings.NewReader(text), Name: "list.csv", Size: int64(len(text))}
	p, err := taking.Propose(f, input.UTF8, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if at != nil {
		f.ReaderAt = at
	}
	return taking.Order{Actor: apptest.Officer(apptest.Civil, vocab.Steward), File: f, Mapping: p.Mapping}
}

// A line of a list of officers that cannot be invited is told in the reader's
// language, with its cause and what helps.
func TestARejectedOfficerIsToldInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	chief := w.signedIn("chief@bureau", "zh-CN")
	to := chief.must(chief.send("/officers?member=civil", "/officers/list?member=civil", "officers.csv", []byte("login,name,roles\nli,李,steward\nwang,王,steward\n"), url.Values{"member": {"civil"}}))
	page := chief.page(to)
	checkPage(t, "zh-CN", "/officers", page)
	_, said, _ := strings.Cut(page, `<section class="note"`)
	said, _, _ = strings.Cut(said, "</section>")
	cause := regexp.MustCompile(`<p>[^<]*2[^<]*<bdi>([^<]*)</bdi>`).FindStringSubmatch(said)
	if cause == nil || !regexp.MustCompile(`^\p{Han}`).MatchString(cause[1]) || !strings.Contains(said, "本单位已有这个用户名") || strings.Contains(said, `lang="en"`) {
		t.Errorf("the line of an officer who stands already: %s", said)
	}
}

// An import is long work: its page shows how far it is with the first rejected
// lines, to whoever comes again too, says so as it changes, and at last what came
// of it. Another member's is as if it did not exist.
func TestAnImportTellsHowFarItIs(t *testing.T) {
	w := newWorld(t)
	steward, other := w.signedIn("li@civil", "zh-CN"), w.signedIn("li@other", "en")
	text := longList(6000)
	mapping := steward.must(steward.send("/import", "/import", "list.csv", []byte(text), nil))
	result, id := mapping+"/result", strings.TrimPrefix(mapping, "/import/")
	if p := steward.get(result); p.status != http.StatusNotFound {
		t.Errorf("the result before the import: %d", p.status)
	}
	sum := sha256.Sum256([]byte("civil/" + id))
	h := &held{text: text, on: make(chan struct{})}
	over, err := w.imports.Start("pages/import/"+hex.EncodeToString(sum[:16])+"/", w.order(text, h), func(context.Context, taking.Done, error) {})
	if err != nil {
		t.Fatal(err)
	}
	page := ""
	for range 500 {
		if page = steward.page(result); strings.Contains(page, "错行") || strings.Contains(page, "退回的行") {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	checkPage(t, "zh-CN", result, page)
	for _, want := range []string{"<progress", "退回 1 行", "退回的行", "共享类型“随便”：", `href="` + result + `"`, "可以离开本页"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of an import that runs lacks %q: %s", want, page)
		}
	}
	part := livePartOf(t, page, "import:")
	name, _, _ := strings.Cut(part, "@")
	l := steward.listen(part)
	if desk := steward.page("/desk"); !strings.Contains(desk, "正在导入") || livePartOf(t, desk, "imports@") == "" {
		t.Error("the desk does not show that a list is taken in")
	}
	if a, b := other.get(result), other.get("/import/none/result"); a.status != http.StatusNotFound || same(a.body, result) != same(b.body, "/import/none/result") {
		t.Errorf("another member's import: %d, %d", a.status, b.status)
	}
	if p := other.listen(part); p.status != http.StatusNotFound {
		t.Errorf("another member listens: %d", p.status)
	}
	if p := steward.post(mapping, mapping, asProposed(steward.page(mapping))); p.status != http.StatusConflict {
		t.Errorf("the same list is begun twice: %d", p.status)
	}
	close(h.on)
	<-over
	if !l.hears("data: " + name) {
		t.Error("the page is not told")
	}
	to := steward.must(steward.post(mapping, mapping, asProposed(steward.page(mapping))))
	for range 1000 {
		if page = steward.page(to); !strings.Contains(page, "<progress") {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	checkPage(t, "zh-CN", to, page)
	if !strings.Contains(page, "6,001") || !strings.Contains(page, mapping+"/rejected.xlsx") || strings.Contains(page, "data-live=\"import") {
		t.Errorf("the result: %s", page)
	}
}

// What stops an import is told on its page with cause, remedy and trace; the
// columns stay as they were chosen, and nothing was taken in.
func TestAnImportThatEndsBadlySaysWhy(t *testing.T) {
	w := newWorld(t)
	steward := w.signedIn("li@civil", "en")
	mapping := steward.must(steward.send("/import", "/import", "list.csv", []byte(longList(3)), nil))
	form := asProposed(steward.page(mapping))
	form.Set("all_or_none", "yes")
	form.Set("constant update_cycle", "daily")
	page := steward.page(steward.must(steward.post(mapping, mapping, form)))
	checkPage(t, "en", mapping+"/result", page)
	for _, want := range []string{"Nothing of this list was taken in", "1 of 4 lines were rejected", "What helps", "rejected.xlsx", `href="` + mapping + `"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
	if page = steward.page(mapping); !strings.Contains(page, `value="daily" selected`) {
		t.Error("what was chosen is gone")
	}
	if page = steward.page("/desk"); !strings.Contains(page, "nothing taken in") {
		t.Error("the desk does not say that nothing was taken in")
	}
	form.Del("all_or_none")
	if page = steward.page(steward.must(steward.post(mapping, mapping, form))); !strings.Contains(page, "New drafts") || strings.Contains(page, "Nothing of this list") {
		t.Errorf("begun again: %s", page)
	}
	bad := url.Values{}
	for name := range form {
		bad.Set(name, "-")
	}
	bad.Set("item_mode", "")
	if p := steward.post(mapping, mapping, bad); p.status == http.StatusSeeOther || p.status >= 500 {
		t.Errorf("a list without any column: %d to %s", p.status, p.to)
	}
}

// A list that was under way when its node stopped is not lost without a word.
func TestAnImportThatTheNodeCutShortIsToldSo(t *testing.T) {
	w := newWorld(t)
	steward := w.signedIn("li@civil", "en")
	text := longList(2000)
	mapping := steward.must(steward.send("/import", "/import", "list.csv", []byte(text), nil))
	form := asProposed(steward.page(mapping))
	on := make(chan struct{})
	for i := range 2 { // both places are taken, so the list of the page waits
		if _, err := w.imports.Start(fmt.Sprint("before", i), w.order(text, &held{text: text, on: on}), func(context.Context, taking.Done, error) {}); err != nil {
			t.Fatal(err)
		}
	}
	page := steward.page(steward.must(steward.post(mapping, mapping, form)))
	if !strings.Contains(page, "Other lists are being taken in first") {
		t.Errorf("a list that waits: %s", page)
	}
	go func() { <-time.After(50 * time.Millisecond); close(on) }()
	if err := w.imports.Close(); err != nil {
		t.Fatal(err)
	}
	page = steward.page(mapping + "/result")
	checkPage(t, "en", mapping+"/result", page)
	if !strings.Contains(page, "restarted before this list was read") || !strings.Contains(page, `href="`+mapping+`"`) {
		t.Errorf("a list that was cut short: %s", page)
	}
	if p := steward.post(mapping, mapping, form); p.status == http.StatusSeeOther {
		t.Error("a node that stops begins an import")
	}
}
