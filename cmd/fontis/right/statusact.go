package right

import (
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/quality"
	"fontis/internal/edge/api/law"
	"fontis/internal/vocab"
)

// StatusAct holds the verbs about changes of a person's status.
type StatusAct struct {
	Propose statusProposeCmd `cmd:"" help:"Propose to change a person's status; nothing changes yet."`
	Confirm statusConfirmCmd `cmd:"" help:"As second officer, confirm it: it takes effect, and the person is told."`
	Refuse  statusRefuseCmd  `cmd:"" help:"Refuse it, or take your own proposal back."`
	List    statusListCmd    `cmd:"" help:"List changes of persons' statuses."`
	Show    statusShowCmd    `cmd:"" help:"Show one change."`
}

type statusProposeCmd struct {
	Item     string `arg:"" help:"Item that holds the status, as DATASET/ITEM."`
	Subject  string `arg:"" help:"Number of the person."`
	Value    string `arg:"" optional:"" help:"What the status becomes; kept sealed."`
	Off      bool   `help:"Take the person off the register instead."`
	Kind     string `help:"Kind of the number: ${enum}." enum:"citizen,permit,passport" default:"citizen"`
	Evidence string `help:"Number of the document that it rests on." required:"" placeholder:"ID"`
	Law      string `help:"Law." required:"" placeholder:"LAW"`
	Article  string `help:"Article." required:"" placeholder:"ARTICLE"`
	Reason   string `help:"Why." required:"" placeholder:"TEXT"`
}

// Help shows an example.
func (statusProposeCmd) Help() string {
	return "Example:\n  fontis status-act propose d-4k1m/permit_state 990000195004220038 suspended --evidence 2026-17 --law 道路交通安全法 --article 110 --reason 'an accident is investigated'"
}

// Run proposes.
func (p *statusProposeCmd) Run(c *console.Console) error {
	in := quality.NewStatusAct{
		Item: vocab.ItemID(p.Item), Subject: vocab.SubjectKey{Kind: vocab.SubjectKeyKind(p.Kind), Value: p.Subject}, Value: p.Value, Off: p.Off,
		Evidence: p.Evidence, Law: p.Law, Article: p.Article, Reason: p.Reason,
	}
	return post(c, "/v1/status-acts", in, func(out quality.StatusAct) {
		c.Say("%s  %s", out.ID, out.State)
		c.Next("another steward: fontis status-act confirm %s", out.ID)
	})
}

type statusConfirmCmd struct {
	Act string `arg:"" help:"Id of the status act."`
}

// Help shows an example.
func (statusConfirmCmd) Help() string { return "Example:\n  fontis status-act confirm s-4k1m" }

// Run confirms.
func (s *statusConfirmCmd) Run(c *console.Console) error {
	return turnStatus(c, s.Act, "confirm", nil)
}

type statusRefuseCmd struct {
	Act    string `arg:"" help:"Id of the status act."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
}

// Help shows an example.
func (statusRefuseCmd) Help() string {
	return "Example:\n  fontis status-act refuse s-4k1m --reason 'the document names another person'"
}

// Run refuses.
func (s *statusRefuseCmd) Run(c *console.Console) error {
	return turnStatus(c, s.Act, "refuse", law.Why{Reason: s.Reason})
}

func turnStatus(c *console.Console, id, verb string, in any) error {
	return post(c, "/v1/status-acts/"+console.Segment(id)+"/"+verb, in, func(out quality.StatusAct) {
		c.Say("%s  %s  %s", out.ID, out.State, effects[out.Effect])
	})
}

// effects say where a change takes effect.
var effects = map[quality.Effect]string{
	quality.InRegister: "in force: the next answer says it",
	quality.AtSource:   "on record: change it in your own system, whose word the answers are",
	quality.Unbound:    "on record: the item is connected to no source",
}

type statusListCmd struct {
	State string `help:"Only those: proposed, done, refused, withdrawn." placeholder:"STATE"`
}

// Help shows an example.
func (statusListCmd) Help() string { return "Example:\n  fontis status-act list --state proposed" }

// Run lists.
func (l *statusListCmd) Run(c *console.Console) error {
	head := []string{"ACT", "STATE", "ITEM", "EVIDENCE", "GROUND", "CHANGED"}
	return table(c, inState("/v1/status-acts", l.State), head, func(x quality.StatusAct) [][]string {
		return [][]string{{x.ID, string(x.State), string(x.Item), x.Evidence, x.Law + " " + x.Article, x.ChangedAt.Local().Format(time.DateTime)}}
	})
}

type statusShowCmd struct {
	Act string `arg:"" help:"Id of the status act."`
}

// Help shows an example.
func (statusShowCmd) Help() string { return "Example:\n  fontis status-act show s-4k1m" }

// Run shows.
func (s *statusShowCmd) Run(c *console.Console) error {
	return get(c, "/v1/status-acts/"+console.Segment(s.Act), func(out quality.StatusAct) {
		c.Say("%s  %s  %s", out.ID, out.State, effects[out.Effect])
		c.Say("item      %s of %s", out.Item, out.Owner)
		if out.Subject != nil { // to the stewards of the owner, while it waits
			c.Say("person    %s %s", out.Subject.Kind, out.Subject.Value)
		}
		switch {
		case out.Off:
			c.Say("becomes   off the register")
		case out.Value != "":
			c.Say("becomes   %s", out.Value)
		}
		c.Say("evidence  %s", out.Evidence)
		c.Say("ground    %s %s: %s", out.Law, out.Article, out.Reason)
		if out.Proposer != "" { // inside the member only
			c.Say("officers  %s", strings.TrimSuffix(string(out.Proposer)+", "+string(out.Second), ", "))
		}
		c.Say("contest   %s", out.Contest)
	})
}
