package ckan

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/api"
	"fontis/internal/edge/api/open"
	"fontis/internal/edge/call"
	"fontis/internal/edge/text"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Rows reads pages of open sets.
type Rows interface {
	Rows(ctx context.Context, c access.OpenCall) (access.OpenRows, error)
}

// Parts are what the face stands on; all are needed.
type Parts struct {
	*open.Reader
	Rows    Rows
	URL     string // how others reach the node
	Version string
}

// face serves the actions.
type face struct {
	Parts
	marks *marks // where pages of entries ended
	ends  *marks // where pages of rows ended
}

// asked is one call of an action.
type asked struct {
	ctx   context.Context
	actor identity.Actor
	lang  text.Lang
	give  given
}

// action answers one call; the result becomes JSON.
type action func(*face, *asked) (any, error)

// actions are what is served, by CKAN's own names.
func actions() map[string]action {
	return map[string]action{
		"site_read": (*face).siteRead, "status_show": (*face).status, "help_show": (*face).help,
		"package_list": (*face).packageList, "package_show": (*face).packageShow, "package_search": (*face).packageSearch,
		"current_package_list_with_resources": (*face).currentPackages,
		"resource_show":                       (*face).resourceShow, "resource_search": (*face).resourceSearch,
		"organization_list": (*face).organizationList, "organization_show": (*face).organizationShow,
		"group_list": (*face).groupList, "group_show": (*face).groupShow, "group_package_show": (*face).groupPackages,
		"tag_list": (*face).tagList, "license_list": (*face).licenseList,
		"datastore_search": (*face).datastoreSearch, "datastore_info": (*face).datastoreInfo,
	}
}

// Mount adds the face to the interface.
func Mount(a *api.API, p Parts) {
	f := &face{Parts: p, marks: newMarks(), ends: newMarks()}
	f.URL = strings.TrimSuffix(f.URL, "/")
	served := actions()
	for _, base := range []string{"/api/3/action/", "/api/action/"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			o := huma.Operation{
				Method: method, Path: base + "{action}", Summary: "An action of the CKAN API, version 3", Tags: []string{"open data"},
				Description: "Served are the reading actions of CKAN 2.11 that its clients call; another name answers 400.",
			}
			api.Raw(a, o, func(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
				f.serve(w, r, by, served)
				return nil
			})
		}
	}
	for _, at := range []string{"/catalog.jsonl", "/catalog.jsonl.gz", "/v1/catalog.jsonl", "/v1/catalog.jsonl.gz"} {
		api.Raw(a, huma.Operation{
			Method: http.MethodGet, Path: at, Summary: "The whole catalog, an entry a line", Tags: []string{"open data"},
			Description: "Each line is what package_show answers, with the items; in the order of ids. Below /v1 it holds what the caller may see. after=ID goes on behind a line, organization=ID, modified_since=TIME and state=STATE or all choose lines.",
		}, f.dump)
	}
	api.Raw(a, huma.Operation{Method: http.MethodGet, Path: "/api/util/status", Summary: "What this site is, as CKAN tells it", Tags: []string{"open data"}},
		func(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
			out, err := f.status(&asked{ctx: r.Context(), actor: by, lang: call.Of(r.Context()).Lang})
			if err == nil {
				write(w, http.StatusOK, out)
			}
			return err
		})
}

// envelope is how CKAN answers.
type envelope struct {
	Help    string `json:"help"`
	Success bool   `json:"success"`
	Result  any    `json:"result,omitempty"`
	Error   *fault `json:"error,omitempty"`
}

func (f *face) serve(w http.ResponseWriter, r *http.Request, by identity.Actor, served map[string]action) {
	name := r.PathValue("action")
	do, ok := served[name]
	if !ok {
		write(w, http.StatusBadRequest, "Bad request - Action name not known: "+clip(name))
		return
	}
	out := envelope{Help: f.URL + "/api/3/action/help_show?name=" + url.QueryEscape(name)}
	give, err := read(r)
	if err == nil {
		c := call.Of(r.Context())
		out.Result, err = do(f, &asked{ctx: r.Context(), actor: by, lang: c.Lang, give: give})
	}
	if err != nil {
		status, failed := faultOf(err)
		out.Result, out.Error = nil, failed
		call.Of(r.Context()).Code = vocab.CodeOf(err)
		write(w, status, out)
		return
	}
	out.Success = true
	write(w, http.StatusOK, out)
}

func write(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // every answer is made of texts, numbers and lists
		status, b = http.StatusInternalServerError, []byte(`{"success":false,"error":{"__type":"Internal Error","message":"the answer cannot be written"}}`)
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// fault is an error as CKAN's clients read it.
type fault struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

// faultOf gives the failure one of CKAN's types; clients tell by them what to do.
func faultOf(err error) (int, *fault) {
	message := ""
	if f := (*vocab.Failure)(nil); errors.As(err, &f) {
		message = f.Cause
	}
	switch vocab.CodeOf(err) {
	case vocab.NoSuchThing:
		return http.StatusNotFound, &fault{Type: "Not Found Error", Message: "Not found"}
	case badQuery:
		return http.StatusBadRequest, &fault{Type: "Search Query Error", Message: message, Fix: "ask with field:value, AND, OR, NOT, ranges and words; docs/protocol/ckan.md lists the fields"}
	case vocab.BadInput, vocab.ColumnUnknown:
		return http.StatusConflict, &fault{Type: "Validation Error", Message: message}
	case vocab.RefusedByDesign, vocab.SignInNeeded, vocab.ItemUnbound:
		return http.StatusForbidden, &fault{Type: "Authorization Error", Message: message}
	case vocab.TooManyCalls:
		return http.StatusTooManyRequests, &fault{Type: "Internal Error", Message: message}
	case vocab.InternalError, "":
		return http.StatusInternalServerError, &fault{Type: "Internal Error", Message: "the node could not answer"}
	}
	return http.StatusServiceUnavailable, &fault{Type: "Internal Error", Message: message}
}

func clip(s string) string {
	if len(s) > 100 {
		return s[:100]
	}
	return s
}
