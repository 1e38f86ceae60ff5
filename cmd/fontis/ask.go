package main

import (
	"bufio"
	"net/http"
	"slices"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// asked are the flags that the three questions share.
type asked struct {
	Grant   string `arg:"" help:"Id of the grant."`
	Subject string `arg:"" help:"The subject's number, or - to read it from stdin."`
	Purpose string `required:"" help:"What for; as the grant says." placeholder:"TEXT"`
	Case    string `help:"Number of the case." placeholder:"CASE"`
	Kind    string `help:"Kind of the number: ${enum}." enum:"citizen,permit,passport,credit_code,register" default:"citizen"`
	Promise string `help:"Keep the signed promise in this file." placeholder:"FILE"`
}

// subject is the number given, or the first line of stdin: a number on the
// command line stays in the history of a shell.
func (a *asked) subject(c *console.Console) (vocab.SubjectKey, error) {
	k := vocab.SubjectKey{Kind: vocab.SubjectKeyKind(a.Kind), Value: a.Subject}
	if a.Subject != "-" {
		return k, nil
	}
	line, err := bufio.NewReader(c.In).ReadString('\n')
	if k.Value = strings.TrimSpace(line); k.Value == "" {
		return k, vocab.SubjectNeeded.Wrap(err, "stdin gave no number")
	}
	return k, nil
}

// items names items by their code alone: the grant, or what a twin was made of, knows the
// data set.
func (a *asked) items(c *console.Console, r *console.Reached, codes []string) ([]vocab.ItemID, error) {
	out := console.Words[vocab.ItemID](codes)
	if !slices.ContainsFunc(out, func(i vocab.ItemID) bool { return !strings.Contains(string(i), "/") }) {
		return out, nil
	}
	var g struct {
		Dataset vocab.DatasetID `json:"dataset"`
	}
	if err := r.Do(c.Ctx, http.MethodGet, askedOf(a.Grant), nil, &g); err != nil {
		return nil, err
	}
	for i, it := range out {
		if !strings.Contains(string(it), "/") {
			out[i] = vocab.ItemID(string(g.Dataset) + "/" + string(it))
		}
	}
	return out, nil
}

func (a *asked) ask(c *console.Console, r *console.Reached, q vocab.Question, in any) error {
	var out access.Answered
	if err := r.Do(c.Ctx, http.MethodPost, "/v1/"+string(q), in, &out); err != nil {
		return err
	}
	if a.Promise != "" {
		if err := console.WritePrivate(a.Promise, []byte(out.Promise)); err != nil {
			return err
		}
	}
	err := c.Result(out, func() {
		var rows [][]string
		open := false
		for _, id := range sortedItems(out.Answers) {
			one := out.Answers[id]
			value := string(one.Reason)
			if one.Value != nil {
				value = *one.Value
			}
			label := ""
			if one.Disputed {
				label, open = "disputed", true
			}
			rows = append(rows, []string{string(id), string(one.Answer), label, one.Comparator, value})
		}
		c.Table([]string{"ITEM", "ANSWER", "LABEL", "COMPARATOR", ""}, rows)
		if open {
			c.Say("disputed: a contest of the stored value is open; decide nothing on it alone")
		}
		c.Say("source %s, as of %s\ntrace  %s", out.Source, out.AsOf.Local().Format(time.DateTime), out.Trace)
		if out.Twin {
			c.Say("invented: from the test twin")
		}
	})
	if !out.Twin {
		c.Next("fontis receipts %s; fontis why %s", out.Trace, out.Trace)
	}
	return err
}

func sortedItems(m map[vocab.ItemID]access.ItemAnswer) []vocab.ItemID {
	var out []vocab.ItemID
	for id := range m {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// compareCmd compares submitted values with the source.
type compareCmd struct {
	asked
	Values []string `arg:"" name:"item=value" help:"What you hold."`
}

// Help shows an example.
func (compareCmd) Help() string {
	return `Answers match, mismatch or unknown; the stored value never comes back. A mismatch is never by itself a
ground to refuse somebody something.

Example:
  fontis compare g-4k1m 990000199001011234 born=1990-01-01 --purpose pension --case P-17`
}

// Run compares.
func (q *compareCmd) Run(c *console.Console) error {
	codes, held := make([]string, len(q.Values)), make([]string, len(q.Values))
	for i, pair := range q.Values {
		code, value, ok := strings.Cut(pair, "=")
		if !ok {
			return console.Misuse("an argument is not ITEM=VALUE")
		}
		codes[i], held[i] = code, value
	}
	s, err := q.subject(c)
	if err != nil {
		return err
	}
	return c.With(func(r *console.Reached) error {
		items, err := q.items(c, r, codes)
		if err != nil {
			return err
		}
		if len(items) != len(held) {
			return console.Misuse("an argument names no item before its =")
		}
		in := api.CompareIn{Grant: vocab.GrantID(q.Grant), Subject: s, Values: map[vocab.ItemID]string{}, Purpose: q.Purpose, Case: q.Case}
		for i, id := range items {
			in.Values[id] = held[i]
		}
		return q.ask(c, r, vocab.Compare, in)
	})
}

// statusCmd asks whether a declared status holds.
type statusCmd struct {
	asked
	Status string `arg:"" help:"Name of the status."`
	AsOf   string `help:"Day; today when empty." placeholder:"DAY"`
}

// Help shows an example.
func (statusCmd) Help() string {
	return "Answers yes, no or unknown.\n\nExample:\n  fontis status g-4k1m 990000199001011234 licensed --as-of 2026-03-01 --purpose transport --case T-4"
}

// Run asks.
func (q *statusCmd) Run(c *console.Console) error {
	s, err := q.subject(c)
	if err != nil {
		return err
	}
	return c.With(func(r *console.Reached) error {
		return q.ask(c, r, vocab.Status, api.StatusIn{
			Grant: vocab.GrantID(q.Grant), Subject: s, Status: q.Status, AsOf: q.AsOf, Purpose: q.Purpose, Case: q.Case,
		})
	})
}

// readCmd reads granted items of one subject.
type readCmd struct {
	asked
	Items []string `arg:"" name:"item" help:"Codes of items."`
}

// Help shows an example.
func (readCmd) Help() string {
	return "Example:\n  fontis read g-4k1m 990000199001011234 address --purpose pension --case P-17"
}

// Run reads.
func (q *readCmd) Run(c *console.Console) error {
	s, err := q.subject(c)
	if err != nil {
		return err
	}
	return c.With(func(r *console.Reached) error {
		items, err := q.items(c, r, q.Items)
		if err != nil {
			return err
		}
		return q.ask(c, r, vocab.Read, api.ReadIn{Grant: vocab.GrantID(q.Grant), Subject: s, Items: items, Purpose: q.Purpose, Case: q.Case})
	})
}
