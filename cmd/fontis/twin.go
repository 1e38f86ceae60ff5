package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/share/snippet"
	"fontis/internal/trust/access/twin"
	"fontis/internal/vocab"
)

type requestTwinCmd struct {
	Request string `arg:"" help:"Id of the request."`
	As      string `name:"in" help:"One of ${enum}." enum:"token,curl,java,python" default:"curl"`
}

// Help shows an example.
func (requestTwinCmd) Help() string {
	return "Its calls take a token from the variable TOKEN; --in token prints how to get one.\n\nExample:\n  fontis request twin r-4k1m --in python"
}

// Run shows the twin.
func (q *requestTwinCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out snippet.Snippets
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/requests/"+console.Segment(q.Request)+"/twin", nil, &out); err != nil {
			return err
		}
		var call snippet.Call
		if err := json.Unmarshal([]byte(out.Body), &call); err != nil {
			return err
		}
		err := c.Result(out, func() {
			c.Say("%s", map[string]string{"token": out.Token, "curl": out.Curl, "java": out.Java, "python": out.Python}[q.As])
		})
		c.Next("%s", typed(path.Base(out.Path), call))
		return err
	})
}

// typed is a call as a command line, with the items by their code alone.
func typed(question string, call snippet.Call) string {
	words := []string{"fontis", question, string(call.Grant), call.Subject.Value}
	for _, id := range slices.Sorted(maps.Keys(call.Values)) {
		words = append(words, console.Quoted(id.Name()+"="+call.Values[id]))
	}
	for _, id := range call.Items {
		words = append(words, console.Quoted(id.Name()))
	}
	if call.Status != "" {
		words = append(words, console.Quoted(call.Status))
	}
	if call.Subject.Kind != vocab.CitizenNumber {
		words = append(words, "--kind", string(call.Subject.Kind))
	}
	words = append(words, "--purpose", console.Quoted(call.Purpose), "--case", console.Quoted(call.Case))
	return strings.Join(words, " ")
}

// askedOf is where the data set of a grant is told, or that of a test twin: the twin
// of a request before anybody has decided, of its grant after.
func askedOf(grant string) string {
	of, isTwin := strings.CutPrefix(grant, string(twin.Of("")))
	if isTwin && strings.HasPrefix(of, "r-") {
		return "/v1/requests/" + console.Segment(of)
	}
	return "/v1/grants/" + console.Segment(of)
}
