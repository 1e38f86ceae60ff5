package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/call"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// The three questions are asked thousands of times a second, so they do not go
// through huma's reflection: one handler reads, asks and writes. The document
// shows them like every other route, with the same types.

// CompareIn asks whether values are what the source holds.
type CompareIn struct {
	Grant   vocab.GrantID           `json:"grant"`
	Subject vocab.SubjectKey        `json:"subject"`
	Values  map[vocab.ItemID]string `json:"values" doc:"What the caller holds, by item"`
	Purpose string                  `json:"purpose"`
	Case    string                  `json:"case,omitempty" doc:"Or the header Fontis-Case"`
}

// StatusIn asks whether a declared status holds as of a day.
type StatusIn struct {
	Grant   vocab.GrantID    `json:"grant"`
	Subject vocab.SubjectKey `json:"subject"`
	Status  string           `json:"status"`
	AsOf    string           `json:"as_of,omitempty" format:"date" doc:"Today when empty"`
	Purpose string           `json:"purpose"`
	Case    string           `json:"case,omitempty" doc:"Or the header Fontis-Case"`
}

// ReadIn asks for the values of granted items.
type ReadIn struct {
	Grant   vocab.GrantID    `json:"grant"`
	Subject vocab.SubjectKey `json:"subject"`
	Items   []vocab.ItemID   `json:"items"`
	Purpose string           `json:"purpose"`
	Case    string           `json:"case,omitempty" doc:"Or the header Fontis-Case"`
}

// asked is any of the three, as it is read.
type asked struct {
	Grant   vocab.GrantID           `json:"grant"`
	Subject vocab.SubjectKey        `json:"subject"`
	Values  map[vocab.ItemID]string `json:"values"`
	Items   []vocab.ItemID          `json:"items"`
	Status  string                  `json:"status"`
	AsOf    string                  `json:"as_of"`
	Purpose string                  `json:"purpose"`
	Case    string                  `json:"case"`
}

// maxQuestion is the largest body of a single question.
const maxQuestion = 64 << 10

var questions = map[string]vocab.Question{"/v1/compare": vocab.Compare, "/v1/status": vocab.Status, "/v1/read": vocab.Read}

func fastVerb(r *http.Request) vocab.Question {
	if r.Method != http.MethodPost {
		return ""
	}
	return questions[r.URL.Path]
}

func (s *server) serveFast(w http.ResponseWriter, r *http.Request, c *call.Call, q vocab.Question) {
	c.Pattern = "POST /v1/" + string(q)
	if r.Header.Get(HeaderIdempotency) != "" {
		s.enter(s.api.mux, w, r)
		return
	}
	w.Header()["Cache-Control"] = noStore
	known, err := s.identify(r, c)
	if err == nil && known.err != nil {
		s.Totals.Count("unauthenticated")
		err = known.err
	}
	if err == nil {
		err = s.question(w, r, known.actor, q)
	}
	if err != nil {
		s.problems.Write(w, c, err)
	}
}

// question reads, asks and writes.
func (s *server) question(w http.ResponseWriter, r *http.Request, a identity.Actor, q vocab.Question) error {
	c := call.Of(r.Context())
	in, err := readAsked(w, r, q)
	if err != nil {
		return err
	}
	ac := access.Call{
		Trace: c.Trace, Grant: in.Grant, Question: q, Subject: in.Subject, Values: in.Values, Items: in.Items, Status: in.Status,
		Purpose: in.Purpose, Case: in.Case, Network: c.From,
	}
	if ac.AsOf, err = day(in.AsOf); err != nil {
		return err
	}
	if ac.Case == "" {
		ac.Case = r.Header.Get(HeaderCase)
	}
	if err := named(a); err != nil {
		return err
	}
	out, err := s.ask(r.Context(), a, ac)
	if err != nil {
		return err
	}
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	h := w.Header()
	h["Content-Type"] = typeJSON
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	_, _ = w.Write(b)
	return nil
}

var typeJSON = []string{"application/json"}

// named refuses a system that does not say which officer asks: its member
// answers for the name.
func named(a identity.Actor) error {
	if a.IsMachine() && a.Officer == "" {
		return vocab.FieldMissing.Because("a system names the officer who asks in the header %s", HeaderOfficer).
			WithFix("send the header %s with the login of the officer, and %s with the case", HeaderOfficer, HeaderCase)
	}
	return nil
}

// buffers hold bodies while they are read; what they held is cleared by use.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func readAsked(w http.ResponseWriter, r *http.Request, q vocab.Question) (asked, error) {
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		clear(buf.Bytes()) // a subject's number must not wait here for the next call
		buf.Reset()
		buffers.Put(buf)
	}()
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, maxQuestion)); err != nil {
		return asked{}, unreadable(err, maxQuestion)
	}
	var in asked
	d := json.NewDecoder(bytes.NewReader(buf.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return asked{}, malformed(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return asked{}, vocab.BadInput.Because("there is more in the body than one JSON object")
	}
	return in, in.check(q)
}

// check refuses the fields of another question, as the document says.
func (in asked) check(q vocab.Question) error {
	switch {
	case in.Grant == "":
		return vocab.FieldMissing.Because("grant is missing")
	case q != vocab.Compare && in.Values != nil:
		return vocab.BadInput.Because("values belong to compare, not to %s", q)
	case q != vocab.Read && in.Items != nil:
		return vocab.BadInput.Because("items belong to read, not to %s", q)
	case q != vocab.Status && (in.Status != "" || in.AsOf != ""):
		return vocab.BadInput.Because("status and as_of belong to status, not to %s", q)
	}
	return nil
}

// unreadable is the failure of a body that could not be read.
func unreadable(err error, most int64) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return vocab.FileTooLarge.Because("the body has more than %d bytes", most)
	}
	return vocab.BadInput.Because("the body could not be read to its end")
}

// malformed says where a JSON body is wrong, and never what stands there.
func malformed(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	f := vocab.BadInput.Because("the body is not the JSON object that this route takes: it ends early, or has a field that the route does not know")
	switch {
	case errors.As(err, &syntax):
		f = vocab.BadInput.Because("the body is no JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind) && kind.Field != "":
		f = otherKind(kind)
	case errors.Is(err, io.EOF):
		f = vocab.BadInput.Because("the body is empty")
	}
	return f.WithFix("send the JSON that the route takes: /openapi.json has the form of each")
}

// otherKind says in words of JSON what a field takes; what it is in this program is
// no caller's business.
func otherKind(e *json.UnmarshalTypeError) *vocab.Failure {
	switch e.Type.Kind() {
	case reflect.String:
		return vocab.BadInput.Because("field %s takes a text in quotation marks", e.Field)
	case reflect.Bool:
		return vocab.BadInput.Because("field %s takes true or false", e.Field)
	case reflect.Slice, reflect.Array:
		return vocab.BadInput.Because("field %s takes a list in square brackets", e.Field)
	case reflect.Struct, reflect.Map:
		return vocab.BadInput.Because("field %s takes an object in braces", e.Field)
	}
	return vocab.BadInput.Because("field %s takes a number", e.Field)
}

func day(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, vocab.BadInput.Because("as_of is not a day such as 2026-03-01")
	}
	return t, nil
}

func (s *server) addQuestions() {
	add := func(q vocab.Question, in any, summary string) {
		o := huma.Operation{Method: "POST", Path: "/v1/" + string(q), Summary: summary, Tags: tags("questions")}
		o.RequestBody = s.jsonBody(in)
		o.Responses = s.jsonAnswer(access.Answered{})
		s.raw(o, false, func(w http.ResponseWriter, r *http.Request) error {
			return s.question(w, r, whoOf(r.Context()).actor, q)
		})
	}
	add(vocab.Compare, CompareIn{}, "Compare submitted values with the source")
	add(vocab.Status, StatusIn{}, "Ask whether a declared status holds as of a day")
	add(vocab.Read, ReadIn{}, "Read granted items of one subject")
}
