package terms

import (
	"net/http"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/vocab"
)

// Demand holds what concerns data that no catalog lists.
type Demand struct {
	Make   DemandMake   `cmd:"" default:"withargs" help:"Demand that a department lists what you need."`
	List   DemandList   `cmd:"" help:"List demands that your member made or got."`
	Answer DemandAnswer `cmd:"" help:"As the department: name the entry that was listed, whose it is, or say why not; as the authority: name the department."`
}

// DemandMake is the command: fontis demand make.
type DemandMake struct {
	Name     string   `arg:"" help:"Name of the data set that is missing."`
	Of       string   `required:"" help:"Member that should list it." placeholder:"MEMBER"`
	What     string   `required:"" help:"What must be in it." placeholder:"TEXT"`
	Items    []string `help:"Its items, as you call them." placeholder:"NAME,..."`
	Law      string   `required:"" help:"Law that allows your request." placeholder:"TEXT"`
	Article  string   `required:"" help:"Its article." placeholder:"TEXT"`
	Purpose  string   `required:"" help:"What for." placeholder:"TEXT"`
	Scenario string   `required:"" help:"In which work." placeholder:"TEXT"`
}

// Help shows an example.
func (DemandMake) Help() string {
	return "Example:\n  fontis demand 养老机构名录 --of civil --what '机构、床位、等级' --law 老年人权益保障法 --article 第四十条 --purpose 补贴 --scenario 床位补贴核定"
}

// Run demands.
func (q *DemandMake) Run(c *console.Console) error {
	in := share.Wish{Of: vocab.MemberID(q.Of), Name: q.Name, What: q.What, Wanted: q.Items, Fields: share.Fields{
		Basis: entry.Cite{Law: q.Law, Article: q.Article}, Purpose: q.Purpose, Scenario: q.Scenario,
	}}
	return c.With(func(r *console.Reached) error {
		var out share.Request
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/demands", in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() {
			c.Say("%s  %s  %s of %s", out.ID, out.State, out.Demanded.ID, out.Provider)
			due(c, out.Clocks)
		})
		c.Next("when it is listed, bring what the request lacks: fontis request supply %s", out.ID)
		return err
	})
}

// due prints the terms that run.
func due(c *console.Console, all []calendar.Running) {
	for _, k := range all {
		if k.Open() {
			c.Say("due    %s  %s  %s (%s)", k.DueDay, k.Rule.Name, k.Rule.Citation, verified(k.Rule.Verified))
		}
	}
}

// DemandList is the command: fontis demand list.
type DemandList struct {
	Most int `help:"At most so many." default:"50"`
}

// Help shows an example.
func (DemandList) Help() string { return "Example:\n  fontis demand list" }

// Run lists.
func (q *DemandList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListSome[demand.Demand](c.Ctx, r.Client, "/v1/demands?", q.Most)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, d := range list {
				day := ""
				for _, k := range d.Clocks {
					if k.Open() {
						day = k.DueDay.String()
					}
				}
				rows = append(rows, []string{d.ID, string(d.State), string(d.Requester), string(d.Provider), day, string(d.Request), d.Name})
			}
			c.Table([]string{"DEMAND", "STATE", "FROM", "TO", "DUE", "REQUEST", "NAME"}, rows)
		})
	})
}

// DemandAnswer is the command: fontis demand answer.
type DemandAnswer struct {
	Demand   string   `arg:"" help:"Id of the demand."`
	Dataset  string   `help:"Published entry that answers it." placeholder:"DATASET"`
	Items    []string `help:"Codes of its items that are meant; those of the names asked when empty." placeholder:"ITEM,..."`
	Of       string   `help:"Not ours: the member that should list it. The authority names it so too." placeholder:"MEMBER"`
	NotMine  bool     `help:"Not ours, and the authority is to say whose."`
	Reason   string   `help:"Why it is not listed, or not yours." placeholder:"TEXT"`
	Citation string   `help:"Law and article of that." placeholder:"TEXT"`
}

// Help shows an example.
func (DemandAnswer) Help() string {
	return "Example:\n  fontis demand answer dm-4k1m --dataset d-4k1m\n  fontis demand answer dm-4k1m --of health --reason 'they licence care homes'\n  fontis demand answer dm-4k1m --reason 'we do not collect it' --citation 'Order 809 art. 19'"
}

// Run answers.
func (q *DemandAnswer) Run(c *console.Console) error {
	in := demand.Answer{Of: vocab.MemberID(q.Of), NotMine: q.NotMine, Dataset: vocab.DatasetID(q.Dataset), Items: q.Items, Reason: q.Reason, Citation: q.Citation}
	return c.With(func(r *console.Reached) error {
		var out demand.Demand
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/demands/"+console.Segment(q.Demand)+"/answer", in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  %s  %s  %s", out.ID, out.State, out.Provider, out.Dataset) })
		c.Next("the request behind it: fontis request show %s", out.Request)
		return err
	})
}
