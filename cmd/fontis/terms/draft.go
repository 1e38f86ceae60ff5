package terms

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/share"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

// amended are fields of a request that are said anew. What is not named stays.
type amended struct {
	Items       []string `help:"Codes of items." placeholder:"ITEM,..."`
	Question    string   `help:"compare, status or read." placeholder:"WORD"`
	Statuses    []string `help:"For status: which ones." placeholder:"NAME,..."`
	Law         string   `help:"Law that allows it." placeholder:"TEXT"`
	Article     string   `help:"Its article." placeholder:"TEXT"`
	Purpose     string   `help:"What for." placeholder:"TEXT"`
	Scenario    string   `help:"In which work." placeholder:"TEXT"`
	Statute     string   `help:"Statute that names reading about persons in a batch." placeholder:"TEXT"`
	CasePattern string   `help:"Regular expression that every case number fulfils." placeholder:"RE"`
	PerDay      int64    `help:"Subjects a day." placeholder:"N"`
	Until       string   `help:"Last day." placeholder:"DAY"`
	Security    string   `help:"Security measures." placeholder:"TEXT"`
	Impact      string   `help:"Reference of the impact assessment." placeholder:"REF"`
}

// over puts what is said over the fields, and reports whether anything was said.
func (m *amended) over(f *share.Fields) (said bool, err error) {
	for _, one := range []struct {
		into *string
		text string
	}{
		{(*string)(&f.Question), m.Question},
		{&f.Basis.Law, m.Law},
		{&f.Basis.Article, m.Article},
		{&f.Purpose, m.Purpose},
		{&f.Scenario, m.Scenario},
		{&f.Statute, m.Statute},
		{&f.CasePattern, m.CasePattern},
		{&f.Security, m.Security},
		{&f.ImpactRef, m.Impact},
	} {
		if one.text != "" {
			*one.into, said = one.text, true
		}
	}
	if len(m.Items) > 0 {
		f.Items, said = console.Words[vocab.ItemID](m.Items), true
	}
	if len(m.Statuses) > 0 {
		f.Statuses, said = console.Words[string](m.Statuses), true
	}
	if m.PerDay > 0 {
		f.PerDay, said = m.PerDay, true
	}
	if m.Until != "" {
		day, err := time.Parse(time.DateOnly, m.Until)
		if err != nil {
			return false, console.Misuse("--until: %q is not a day such as 2027-03-01", m.Until)
		}
		f.Until, said = day.AddDate(0, 0, 1), true // the day itself belongs to the period
	}
	return said, nil
}

// flags are the fields of a request, as the interface names them, and how they are
// said to a command.
var flags = map[string]string{
	"items": "--items ITEM,...", "question": "--question WORD", "statuses": "--statuses NAME,...", "basis.law": "--law TEXT", "basis.article": "--article TEXT",
	"purpose": "--purpose TEXT", "scenario": "--scenario TEXT", "statute": "--statute TEXT", "case_pattern": "--case-pattern RE", "per_day": "--per-day N",
	"until": "--until DAY", "security_measures": "--security TEXT", "impact_ref": "--impact REF",
}

// Kept says how a draft that was not handed over is completed.
func Kept(c *console.Console, r *console.Reached, id vocab.RequestID) {
	command := "fontis request submit " + string(id)
	view := api.RequestView{Request: &share.Request{}}
	if r.Do(c.Ctx, http.MethodGet, "/v1/requests/"+console.Segment(id), nil, &view) == nil {
		lacks := slices.Clone(view.Missing)
		for i, field := range lacks {
			if said, ok := flags[field]; ok {
				lacks[i] = said
			}
		}
		command = strings.Join(append([]string{command}, lacks...), " ")
	}
	c.Note("the draft %s is kept; complete it and hand it over: %s", id, command)
}

// RequestSubmit is the command: fontis request submit.
type RequestSubmit struct {
	Request string `arg:"" help:"Id of the draft."`
	amended
}

// Help shows an example.
func (RequestSubmit) Help() string {
	return "What is named is put into the draft first; the rest stays as it was.\n\nExample:\n  fontis request submit r-4k1m --law 社会保险法 --article 58"
}

// Run completes the draft and hands it over.
func (q *RequestSubmit) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		path := "/v1/requests/" + console.Segment(q.Request)
		var out share.Request
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &out); err != nil {
			return err
		}
		said, err := q.over(&out.Fields)
		if err != nil {
			return err
		}
		if said {
			if err := r.Do(c.Ctx, http.MethodPatch, path, api.RequestEdit{Rev: out.Rev, Fields: out.Fields}, &out); err != nil {
				return err
			}
		}
		id := out.ID
		if err := r.Do(c.Ctx, http.MethodPost, path+"/submit", nil, &out); err != nil {
			if vocab.CodeOf(err) == vocab.FieldMissing {
				Kept(c, r, id)
			}
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s  to %s", out.ID, out.State, out.Provider) })
	})
}

// RequestDrop is the command: fontis request drop.
type RequestDrop struct {
	Request string `arg:"" help:"Id of the draft."`
}

// Help shows an example.
func (RequestDrop) Help() string { return "Example:\n  fontis request drop r-4k1m" }

// Run removes the draft.
func (q *RequestDrop) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		if err := r.Do(c.Ctx, http.MethodDelete, "/v1/requests/"+console.Segment(q.Request), nil, nil); err != nil {
			return err
		}
		return c.Result(map[string]string{"dropped": q.Request}, func() { c.Say("%s is removed", q.Request) })
	})
}

// RequestSupply is the command: fontis request supply.
type RequestSupply struct {
	Request string `arg:"" help:"Id of the request."`
	amended
}

// Help shows an example.
func (RequestSupply) Help() string {
	return "What is not named stays as it was; what was asked stands in fontis request show.\n\nExample:\n  fontis request supply r-4k1m --scenario '窗口核对，两人复核'"
}

// Run brings what was missing.
func (q *RequestSupply) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		path := "/v1/requests/" + console.Segment(q.Request)
		var out share.Request
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &out); err != nil {
			return err
		}
		f := out.Fields
		said, err := q.over(&f)
		if err != nil {
			return err
		}
		if !said {
			return console.Misuse("nothing is brought, and it is asked for only once: name what was missing, such as --scenario TEXT")
		}
		if err := r.Do(c.Ctx, http.MethodPost, path+"/supply", f, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s", out.ID, out.Stage) })
	})
}
