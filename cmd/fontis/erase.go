package main

import (
	"net/http"
	"os"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

// eraseCmd destroys what entries of the ledger say.
type eraseCmd struct {
	Traces []string `arg:"" optional:"" help:"Traces of entries."`
	List   string   `help:"File with one trace a line." type:"existingfile" placeholder:"FILE"`
	Reason string   `required:"" help:"Why." placeholder:"TEXT"`
	Basis  string   `required:"" help:"Law and article that it rests on." placeholder:"TEXT"`
	Yes    bool     `help:"It cannot be undone: without this nothing happens."`
}

// Help shows an example.
func (eraseCmd) Help() string {
	return "Openings and kept answers are destroyed for good; the leaves stay, and the log still verifies.\nExample:\n  fontis erase --list due.txt --reason 'term of ten years ended' --basis 'Archives Law art. 15' --yes"
}

// Run erases.
func (q *eraseCmd) Run(c *console.Console) error {
	traces, err := q.traces()
	if err != nil {
		return err
	}
	if !q.Yes {
		return vocab.BadInput.Because("%d entries would be destroyed for good", len(traces)).WithFix("read the list again, then add --yes")
	}
	return c.With(func(r *console.Reached) error {
		var out api.Erased
		in := api.NewErasure{Traces: traces, Reason: q.Reason, Basis: q.Basis}
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/erasures", in, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			c.Say("%d entries destroyed; the act is entry %d, trace %s", len(traces), out.Index, out.Trace)
		})
	})
}

func (q *eraseCmd) traces() ([]vocab.TraceID, error) {
	words := q.Traces
	if q.List != "" {
		b, err := os.ReadFile(q.List)
		if err != nil {
			return nil, vocab.FileUnreadable.Wrap(err, "%s", q.List)
		}
		words = append(words, strings.Fields(string(b))...)
	}
	out := make([]vocab.TraceID, 0, len(words))
	for i, w := range words {
		if !vocab.ValidTrace(w) {
			return nil, vocab.BadInput.Because("trace %d of the list has not the form of one", i+1)
		}
		out = append(out, vocab.TraceID(w))
	}
	return out, nil
}
