package main

import (
	"net/http"
	"slices"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// bindCmd says where an item is found and how it is compared.
type bindCmd struct {
	Item       string `arg:"" help:"DATASET/ITEM: the item's code, or its name where one item bears it."`
	At         string `arg:"" name:"table.column" help:"Where it is found: TABLE.COLUMN."`
	Where      string `arg:"" optional:"" help:"With one --status: conditions on columns."`
	SubjectKey string `required:"" help:"Column with the subject's number." placeholder:"COLUMN"`
	Kind       string `help:"Kind of that number: ${enum}." enum:"citizen,permit,passport,credit_code,register" default:"citizen"`
	Compare    string `help:"exact, text, name, date, number:TOLERANCE or code:LIST; as the catalog says when empty." placeholder:"HOW"`
	Source     string `help:"Source; the only one when empty." placeholder:"ID"`
	Read       bool   `help:"The item may also be read, where a grant says so."`
	ByAct      bool   `help:"A person's value changes by acts of two officers only: fontis status-act."`
	// Several statuses carry their conditions with them; one may have them in Where.
	Status []string `sep:"none" help:"Declare a status of this name: yes, no or unknown as of a day. Give it again for each." placeholder:"NAME=CONDITIONS"`
	From   string   `help:"Column with the first day of the status." placeholder:"COLUMN"`
	To     string   `help:"Column with the last day of the status." placeholder:"COLUMN"`
}

// Help shows an example.
func (bindCmd) Help() string {
	return `Shows five masked comparisons: a value with itself, and with another line's.

Example:
  fontis bind d-4k1m/born resident.birth_date --subject-key id_number --compare date
  fontis bind d-4k1m/licence licence.state "state in ('valid')" --subject-key id_number --status licensed --from issued --to expires
  fontis bind d-4k1m/licence licence.state --subject-key id_number --status "valid=state in ('valid')" --status "paused=state in ('paused')"`
}

// Run binds.
func (b *bindCmd) Run(c *console.Console) error {
	cut := strings.LastIndex(b.At, ".")
	if cut <= 0 || cut == len(b.At)-1 {
		return console.Misuse("%q is not TABLE.COLUMN", b.At)
	}
	statuses, err := b.statuses()
	if err != nil {
		return err
	}
	in := api.BindIn{
		Item: vocab.ItemID(b.Item), Source: vocab.SourceID(b.Source), Table: b.At[:cut], Column: b.At[cut+1:], Subject: b.SubjectKey,
		KeyKind: vocab.SubjectKeyKind(b.Kind), Compare: b.Compare, Read: b.Read, ByAct: b.ByAct, Statuses: statuses,
	}
	return c.With(func(r *console.Reached) error {
		if in.Source == "" {
			var err error
			if in.Source, err = onlySource(c, r); err != nil {
				return err
			}
		}
		var out api.Bound
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/bindings", in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() {
			c.Say("%s is bound to %s of %s; five lines, masked:", out.Item, b.At, in.Source)
			c.Table(sampled(out.Sample))
		})
		c.Next("fontis publish %s", out.Item.Dataset())
		return err
	})
}

// sampled is the sample as a table: the comparison where there is one, and each status.
func sampled(sample []access.Masked) (head []string, rows [][]string) {
	head = []string{"STORED"}
	compared := slices.ContainsFunc(sample, func(m access.Masked) bool { return m.Same != "" })
	if compared {
		head = append(head, "WITH ITSELF", "WITH ANOTHER")
	}
	for i, m := range sample {
		row := []string{m.Stored}
		if compared {
			row = append(row, string(m.Same), string(m.Other))
		}
		for _, s := range m.Statuses {
			if i == 0 {
				head = append(head, s.Name)
			}
			row = append(row, string(s.Answer))
		}
		rows = append(rows, row)
	}
	return head, rows
}

// statuses reads the flags --status: NAME=CONDITIONS each, or one NAME with its
// conditions behind the column.
func (b *bindCmd) statuses() ([]api.BindStatus, error) {
	if len(b.Status) == 0 && (b.Where != "" || b.From != "" || b.To != "") {
		return nil, console.Misuse("conditions, --from and --to belong to --status NAME")
	}
	var out []api.BindStatus
	for _, s := range b.Status {
		name, where, own := strings.Cut(s, "=")
		switch {
		case own && b.Where != "":
			return nil, console.Misuse("--status %s has its conditions; those behind the column are one too many", name)
		case !own && len(b.Status) > 1:
			return nil, console.Misuse("of several statuses each says its conditions: --status %q", name+"=COLUMN in ('...')")
		case !own:
			where = b.Where
		}
		out = append(out, api.BindStatus{Name: strings.TrimSpace(name), Where: strings.TrimSpace(where), From: b.From, To: b.To})
	}
	return out, nil
}

func onlySource(c *console.Console, r *console.Reached) (vocab.SourceID, error) {
	var list api.Sources
	if err := r.Do(c.Ctx, http.MethodGet, "/v1/sources", nil, &list); err != nil {
		return "", err
	}
	switch len(list.Items) {
	case 0:
		return "", vocab.NoSuchThing.Because("your member has connected no source").WithFix("fontis source add ADDRESS")
	case 1:
		return list.Items[0].ID, nil
	}
	return "", console.Misuse("your member has %d sources: give --source ID", len(list.Items))
}
