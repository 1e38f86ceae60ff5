package ckan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"fontis/internal/vocab"
)

// maxBody bounds the parameters of one call.
const maxBody = 1 << 20

// given are the parameters of one call, as JSON has them; those of a query are
// texts, or lists of texts.
type given map[string]any

// read takes the parameters of the query, and of a JSON or form body.
func read(r *http.Request) (given, error) {
	out := given{}
	if err := r.ParseForm(); err != nil && r.Method == http.MethodGet {
		return nil, vocab.BadInput.Because("the query of the address cannot be read")
	}
	for k, v := range r.Form {
		if len(v) == 1 {
			out[k] = v[0]
			continue
		}
		all := make([]any, len(v))
		for i := range v {
			all[i] = v[i]
		}
		out[k] = all
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method == http.MethodGet || kind == "application/x-www-form-urlencoded" && len(r.PostForm) > 0 {
		return out, nil
	}
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	d.UseNumber()
	var body given
	switch err := d.Decode(&body); {
	case errors.Is(err, io.EOF): // nothing was sent
	case err != nil:
		return nil, vocab.BadInput.Because("the body is not one JSON object of at most %d bytes", maxBody)
	}
	for k, v := range body {
		out[k] = v
	}
	return out, nil
}

// text is the parameter as text; "" when it was not given.
func (g given) text(key string) string {
	switch v := g[key].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// need is the parameter, which must be there.
func (g given) need(key string) (string, error) {
	if s := g.text(key); s != "" {
		return s, nil
	}
	return "", vocab.BadInput.Because("%s: Missing value", key)
}

// number is the parameter as a whole number from 0 to most.
func (g given) number(key string, usual, most int) (int, error) {
	s := g.text(key)
	if s == "" {
		return min(usual, most), nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, vocab.BadInput.Because("%s: Must be a natural number", key)
	}
	return min(n, most), nil
}

// yes is the parameter as a truth, as CKAN reads one.
func (g given) yes(key string) bool {
	switch strings.ToLower(g.text(key)) {
	case "true", "yes", "t", "y", "1", "on":
		return true
	}
	return false
}

// list is the parameter as a list: one of JSON, a text that holds one, or words
// between commas.
func (g given) list(key string) ([]string, error) {
	v, ok := g[key]
	if s, text := v.(string); text {
		if !strings.HasPrefix(strings.TrimSpace(s), "[") {
			return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }), nil
		}
		var all []any
		if err := json.Unmarshal([]byte(s), &all); err != nil {
			return nil, vocab.BadInput.Because("%s: is not a list of JSON", key)
		}
		v = all
	}
	if !ok {
		return nil, nil
	}
	all, isList := v.([]any)
	if !isList {
		return nil, vocab.BadInput.Because("%s: is not a list", key)
	}
	out := make([]string, 0, len(all))
	for _, x := range all {
		out = append(out, fmt.Sprint(x))
	}
	return out, nil
}
