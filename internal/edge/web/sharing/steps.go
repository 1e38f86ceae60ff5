package sharing

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"sync"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// steps are the pages of a request, in their order: one matter a page. The last
// shows everything and sends it.
func steps() []string {
	return []string{"why", "items", "question", "volume", "protection", stepCheck}
}

const stepCheck = "check"

// asks are the fields of a step; of no step, all of them.
func asks(step string) []string {
	of := map[string][]string{
		"why":        {"purpose", "scenario", "law", "article"},
		"items":      {"items", "row_scope"},
		"question":   {"question", "statuses", "carriages", "existence"},
		"volume":     {"from", "until", "per_day", "case_pattern", "cases_per_day", "hour_from", "hour_until", "networks"},
		"protection": {"security_measures", "impact_ref", "statute"},
	}
	if step != "" {
		return of[step]
	}
	var all []string
	for _, name := range steps() {
		all = append(all, of[name]...)
	}
	return all
}

func stepAt(id vocab.RequestID, step string) string {
	return "/requests/" + url.PathEscape(string(id)) + "/ask/" + step
}

// stepPage is one matter of a request that is still a draft.
type stepPage struct {
	ID      vocab.RequestID
	Dataset vocab.DatasetID
	Name    page.Tongued
	Step    string
	Number  int
	Of      int
	Trail   []trailLine
	Persons bool
	Sent    bool // no draft any more
	Saved   string
	Unsaved string // why the last quiet saving kept nothing
	Before  string // the step before
	Form    *page.Form
	Other   []page.Line // what another page saved meanwhile
	Parts   []partLine  // of the last step
	Lacks   []lackLine
	Send    *page.Form
}

// trailLine is one step in the row of all.
type trailLine struct {
	Step, Path string
	Here       bool
	Lacks      int
}

// partLine is one step with what was answered there.
type partLine struct {
	Step, Path string
	Lines      []page.Line
}

// lackLine is a field that must still be filled.
type lackLine struct{ Field, Path string }

// Headline is the step, for the title of the page.
func (p stepPage) Headline() string { return p.Name.Text }

// draft is the request whose step is asked for.
func (s *Section) draft(v *page.Visit) (*share.Request, error) {
	r, err := s.Share.Get(v.Ctx(), v.Actor, vocab.RequestID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	if !v.Actor.In(r.Requester) || r.Dataset == "" || !slices.Contains(steps(), v.ID("step")) {
		return nil, identity.NotYours()
	}
	return r, v.Actor.Must(vocab.DataUser)
}

func (s *Section) stepPage(v *page.Visit) (any, error) {
	r, err := s.draft(v)
	if err != nil {
		return nil, err
	}
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, r.Dataset)
	if err != nil {
		return nil, err
	}
	step := v.ID("step")
	p := stepPage{
		ID: r.ID, Dataset: d.ID, Name: v.Look().Either(d.Name), Step: step, Number: 1 + slices.Index(steps(), step), Of: len(steps()),
		Persons: d.Subject.OfPersons(), Sent: r.State != share.StateDraft, Saved: v.Look().Clock(r.ChangedAt),
	}
	if kept := v.Said("kept"); v.Look().Has("page.ask.kept_" + kept) {
		p.Unsaved = kept
	}
	if p.Sent {
		return p, nil
	}
	if p.Number > 1 {
		p.Before = stepAt(r.ID, steps()[p.Number-2])
	}
	lacks, err := s.lacks(v, r)
	if err != nil {
		return nil, err
	}
	p.Trail = trail(r.ID, step, lacks)
	if step == stepCheck {
		fillCheck(v, &p, r, lacks)
		return p, nil
	}
	fillForm(v, &p, d, r)
	return p, nil
}

// fillForm asks the step's questions. What stands now is carried along, so that
// one page never writes over what another has saved.
func fillForm(v *page.Visit, p *stepPage, d *entry.Dataset, r *share.Request) {
	fields := slices.DeleteFunc(allFields(v, d, r.Fields), func(f page.Field) bool { return !slices.Contains(asks(p.Step), f.Name) })
	if back := v.Said("back"); back == stepCheck {
		fields = append(fields, page.Field{Name: "back", Kind: "hidden", Value: back})
	}
	p.Form = v.Form(page.Form{Action: stepAt(r.ID, p.Step), Name: "next_step", Fields: fields})
	tab := v.Said("tab")
	if tab == "" {
		tab = p.Form.Key
	}
	p.Form.Fields = append(p.Form.Fields, page.Field{Name: "was", Kind: "hidden", Value: sumOf(r.Fields, p.Step)}, page.Field{Name: "tab", Kind: "hidden", Value: tab})
	if v.Stale() {
		p.Other = linesOf(requestText(v, r), p.Step)
	}
}

func fillCheck(v *page.Visit, p *stepPage, r *share.Request, lacks map[string][]string) {
	text := requestText(v, r)
	for _, step := range steps()[:len(steps())-1] {
		p.Parts = append(p.Parts, partLine{Step: step, Path: stepAt(r.ID, step) + "?back=" + stepCheck, Lines: linesOf(text, step)})
	}
	p.Lacks = inOrder(r.ID, lacks, "?back="+stepCheck)
	if len(p.Lacks) == 0 {
		p.Send = v.Form(page.Form{Action: "/requests/" + url.PathEscape(string(r.ID)) + "/submit", Name: "submit"})
	}
}

// lackLines are the fields that a draft lacks, in the order of the steps.
func (s *Section) lackLines(v *page.Visit, r *share.Request, query string) ([]lackLine, error) {
	lacks, err := s.lacks(v, r)
	return inOrder(r.ID, lacks, query), err
}

func inOrder(id vocab.RequestID, lacks map[string][]string, query string) []lackLine {
	var out []lackLine
	for _, step := range steps() {
		for _, field := range lacks[step] {
			out = append(out, lackLine{Field: field, Path: stepAt(id, step) + query})
		}
	}
	return out
}

// unfilled are the faults of fields that must still be filled.
func unfilled(v *page.Visit, lacks []lackLine) []problem.Fault {
	out := make([]problem.Fault, len(lacks))
	for i, l := range lacks {
		out[i] = problem.Fault{Where: l.Field, What: v.Look().Must("page.ask.fill", v.Look().Must("page.label."+l.Field))}
	}
	return out
}

// goOn leads to the first step of a draft that lacks something, and to the last when
// nothing is lacking.
func (s *Section) goOn(v *page.Visit) error {
	r, err := s.Share.Get(v.Ctx(), v.Actor, vocab.RequestID(v.ID("id")))
	if err != nil {
		return err
	}
	to := "/requests/" + url.PathEscape(string(r.ID))
	if r.State == share.StateDraft && v.Actor.In(r.Requester) {
		lacks, err := s.lackLines(v, r, "")
		if err != nil {
			return err
		}
		if to = stepAt(r.ID, stepCheck); len(lacks) > 0 {
			to = lacks[0].Path
		}
	}
	http.Redirect(v.W, v.R, to, http.StatusSeeOther)
	return nil
}

func linesOf(all []page.Line, step string) []page.Line {
	var out []page.Line
	for _, l := range all {
		if slices.Contains(asks(step), l.Field) || l.Field == "law" && step == "why" {
			out = append(out, l)
		}
	}
	return out
}

// lacks are the fields that a submission would lack, by the step that asks them.
func (s *Section) lacks(v *page.Visit, r *share.Request) (map[string][]string, error) {
	missing, err := s.Share.Missing(v.Ctx(), v.Actor, r.ID)
	out := map[string][]string{}
	for _, field := range missing {
		switch field {
		case "basis.law":
			field = "law"
		case "basis.article":
			field = "article"
		}
		for _, step := range steps() {
			if slices.Contains(asks(step), field) && step != "" {
				out[step] = append(out[step], field)
			}
		}
	}
	return out, err
}

func trail(id vocab.RequestID, here string, lacks map[string][]string) []trailLine {
	var out []trailLine
	for _, step := range steps() {
		out = append(out, trailLine{Step: step, Path: stepAt(id, step), Here: step == here, Lacks: len(lacks[step])})
	}
	return out
}

// saveStep keeps what the step was told and goes on. What is lacking is said, and
// what was typed is kept all the same.
func (s *Section) saveStep(v *page.Visit) (string, error) {
	r, err := s.draft(v)
	if err != nil {
		return "", err
	}
	step := v.ID("step")
	if r, err = s.keep(v, r, step); err != nil {
		return "", err
	}
	if v.Said("later") != "" {
		return "/requests/" + url.PathEscape(string(r.ID)) + "?done=saved", nil
	}
	lacks, err := s.lacks(v, r)
	if err != nil {
		return "", err
	}
	if len(lacks[step]) > 0 {
		return "", v.Faulty(unfilled(v, inOrder(r.ID, map[string][]string{step: lacks[step]}, ""))...)
	}
	if v.Said("back") == stepCheck {
		return stepAt(r.ID, stepCheck), nil
	}
	return stepAt(r.ID, steps()[min(len(steps())-1, 1+slices.Index(steps(), step))]), nil
}

// saveQuietly keeps what is typed while it is typed; what cannot be kept yet is
// no fault then.
func (s *Section) saveQuietly(v *page.Visit) (string, error) {
	r, err := s.draft(v)
	if err != nil {
		return "", err
	}
	to := stepAt(r.ID, v.ID("step"))
	_, err = s.keep(v, r, v.ID("step"))
	var fields *problem.Problem
	switch {
	case err == nil:
		return to, nil
	case vocab.CodeOf(err) == vocab.RevisionStale:
		return to + "?kept=other", nil
	case errors.As(err, &fields), vocab.KindOf(err) == vocab.Invalid, vocab.KindOf(err) == vocab.Denied:
		return to + "?kept=not", nil
	}
	return "", err
}

// keep writes the step's fields into the draft. Another page's saving in between
// is no matter unless it said something else about the same step.
func (s *Section) keep(v *page.Visit, r *share.Request, step string) (*share.Request, error) {
	if r.State != share.StateDraft {
		return nil, vocab.StateWrong.Because("the request %s was handed in already", r.ID)
	}
	f, faults := readStep(v, step, r.Fields)
	if len(faults) > 0 {
		return nil, v.Faulty(faults...)
	}
	if reflect.DeepEqual(f, r.Fields) {
		return r, nil
	}
	at := string(r.ID) + " " + step
	if v.Said("was") != sumOf(r.Fields, step) && !s.saved.by(at, v.Said("tab")) {
		return nil, vocab.RevisionStale.Because("this step was saved from another page, last at %s", r.ChangedAt.UTC().Format(time.RFC3339))
	}
	kept, err := s.Share.Edit(v.Ctx(), v.Actor, r.ID, r.Rev, f)
	if err == nil {
		s.saved.put(at, v.Said("tab"))
	}
	return kept, err
}

// sumOf tells whether what stands at a step is still what a page was made of.
func sumOf(f share.Fields, step string) string {
	sum := sha256.New()
	for _, name := range asks(step) {
		fmt.Fprintf(sum, "%s %q\n", name, saidOf(f, name))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// savers knows which open page saved a step last, so that a page is never told
// that it disagrees with itself. Its zero value knows nothing, and a page is then
// asked once more than it must be.
type savers struct {
	mu  sync.Mutex // guards all
	all map[string]string
}

// mostSavers bounds what is remembered.
const mostSavers = 4096

func (s *savers) by(at, tab string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return tab != "" && s.all[at] == tab
}

func (s *savers) put(at, tab string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= mostSavers {
		s.all = map[string]string{}
	}
	s.all[at] = tab
}
