package right

import (
	"net/http"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/quality"
	"fontis/internal/edge/api/law"
	"fontis/internal/vocab"
)

// Contest holds the verbs about values in dispute.
type Contest struct {
	Raise    contestRaiseCmd    `cmd:"" help:"Contest a value: your case's, a person's at your counter, a court's."`
	List     contestListCmd     `cmd:"" help:"List the contests that concern you."`
	Show     contestShowCmd     `cmd:"" help:"Show a contest, its clocks, its steps and who was told."`
	Open     contestOpenCmd     `cmd:"" help:"Open what the raiser says and whose value it is; that is an entry of its own."`
	Accept   contestAcceptCmd   `cmd:"" help:"As the authority, take it up: the value says disputed from now on."`
	Decline  contestDeclineCmd  `cmd:"" help:"As the authority, do not take it up."`
	Withdraw contestWithdrawCmd `cmd:"" help:"Take your contest back."`
	Route    contestRouteCmd    `cmd:"" help:"As the authority, send it to the golden source."`
	NotMine  contestNotMineCmd  `cmd:"" help:"As the source, say that the value is another's."`
	Assign   contestAssignCmd   `cmd:"" help:"As the authority, say who checks it."`
	Take     contestTakeCmd     `cmd:"" help:"As the source, say that the value is yours."`
	Extend   contestExtendCmd   `cmd:"" help:"As the source, extend the term of a complex case, once."`
	Find     contestFindCmd     `cmd:"" help:"As the source, give the finding; a correction is read again at the source."`
	Review   contestReviewCmd   `cmd:"" help:"Ask for a review of the outcome."`
	Decide   contestDecideCmd   `cmd:"" help:"As the authority, end a review."`
	Told     contestToldCmd     `cmd:"" help:"List wrong values that your member received."`
	Answer   contestAnswerCmd   `cmd:"" help:"Say what you did about a wrong value."`
	Compare  contestCompareCmd  `cmd:"" help:"Compare an item's source with the others that the authority named."`
	Sources  contestSourcesCmd  `cmd:"" help:"As the authority, name the independent sources of an item."`
}

// said are the words of a step.
type said struct {
	Contest  string `arg:"" help:"Id of the contest."`
	Reason   string `help:"Why." placeholder:"TEXT"`
	Citation string `help:"Law or rule, and article." placeholder:"TEXT"`
}

func (s said) step(c *console.Console, name string, in any) error {
	return post(c, "/v1/contests/"+console.Segment(s.Contest)+"/"+name, in, func(out quality.Contest) {
		c.Say("%s  %s  %s", out.ID, out.State, due(out.DueAt))
	})
}

func (s said) word() quality.Word { return quality.Word{Reason: s.Reason, Citation: s.Citation} }

func due(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return "due " + at.Add(-time.Second).Local().Format(time.DateOnly)
}

type contestRaiseCmd struct {
	Item      string   `arg:"" help:"Item, as DATASET/ITEM."`
	Subject   string   `arg:"" help:"Number of the subject."`
	Kind      string   `help:"Kind of the number: ${enum}." enum:"citizen,permit,passport,credit_code,register" default:"citizen"`
	Fault     string   `help:"What is wrong: ${enum}." enum:"missing,wrong,outdated,conflict,duplicate,out_of_domain,wrong_person" default:"wrong"`
	Claimed   string   `help:"What the value should be; kept sealed." placeholder:"VALUE"`
	Statement string   `help:"Why; kept sealed." placeholder:"TEXT"`
	Evidence  []string `help:"Numbers of documents." placeholder:"ID,..."`
	Case      string   `help:"Your case number." placeholder:"CASE"`
	Judgment  string   `help:"A court's judgment." placeholder:"ID"`
	Counter   bool     `help:"For the person who stands at your counter, whose document you have seen."`
	StatusAct string   `help:"The act that changed a status, when that is contested." placeholder:"ID"`
}

// Help shows an example.
func (contestRaiseCmd) Help() string {
	return "Example:\n  fontis contest raise d-4k1m/birth_date 990000195004220038 --case P-7 --claimed 1950-04-23"
}

// Run raises.
func (n *contestRaiseCmd) Run(c *console.Console) error {
	in := quality.Raise{
		Item: vocab.ItemID(n.Item), Subject: vocab.SubjectKey{Kind: vocab.SubjectKeyKind(n.Kind), Value: n.Subject}, Fault: quality.Fault(n.Fault),
		Claimed: n.Claimed, Statement: n.Statement, Evidence: n.Evidence, Case: n.Case, Judgment: n.Judgment, AtCounter: n.Counter, StatusAct: n.StatusAct,
	}
	return post(c, "/v1/contests", in, func(out quality.Contest) {
		c.Say("%s  %s  %s", out.ID, out.State, due(out.DueAt))
		c.Next("the authority: fontis contest accept %s", out.ID)
	})
}

type contestListCmd struct {
	State string `help:"Only in this state." placeholder:"STATE"`
}

// Help shows an example.
func (contestListCmd) Help() string { return "Example:\n  fontis contest list --state verifying" }

// Run lists.
func (l *contestListCmd) Run(c *console.Console) error {
	head := []string{"CONTEST", "STATE", "ITEM", "FAULT", "RAISED BY", "SOURCE", "DUE"}
	return table(c, inState("/v1/contests", l.State), head, func(x quality.Contest) [][]string {
		return [][]string{{string(x.ID), string(x.State), string(x.Item), string(x.Fault), string(x.By), string(x.Source), due(x.DueAt)}}
	})
}

type contestShowCmd struct {
	Contest string `arg:"" help:"Id of the contest."`
}

// Help shows an example.
func (contestShowCmd) Help() string { return "Example:\n  fontis contest show q-4k1m" }

// Run shows.
func (s *contestShowCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		path := "/v1/contests/" + console.Segment(s.Contest)
		var out law.ContestView
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &out); err != nil {
			return err
		}
		var steps law.ContestHistory
		if err := r.Do(c.Ctx, http.MethodGet, path+"/history", nil, &steps); err != nil {
			return err
		}
		told, err := console.ListAll[quality.Task](c.Ctx, r.Client, path+"/corrections")
		if err != nil {
			return err
		}
		return c.Result(out, func() { showContest(c, out, steps.Items, told) })
	})
}

func showContest(c *console.Console, out law.ContestView, steps []quality.Change, told []quality.Task) {
	c.Say("%s  %s  %s", out.ID, out.State, due(out.DueAt))
	c.Say("item      %s: %s", out.Item, out.Fault)
	c.Say("raised    by %s", strings.TrimSpace(string(out.By)+" "+string(out.Member)))
	c.Say("source    %s", out.Source)
	for _, k := range out.Clocks {
		mark := "unverified"
		if k.Rule.Verified {
			mark = "verified"
		}
		c.Say("clock     %s until %s: %s (%s)", k.Rule.Name, k.DueDay, k.Rule.Citation, mark)
	}
	var rows [][]string
	for _, h := range steps {
		rows = append(rows, []string{h.At.Local().Format(time.DateTime), h.Act, string(h.To), string(h.Side), string(h.Member), h.Reason})
	}
	c.Table([]string{"AT", "STEP", "STATE", "SIDE", "MEMBER", "REASON"}, rows)
	rows = nil
	for _, t := range told {
		rows = append(rows, []string{t.ID, string(t.Member), string(t.Grant), string(t.State), t.Reason})
	}
	if len(rows) > 0 {
		c.Table([]string{"TOLD", "MEMBER", "GRANT", "ANSWER", "BECAUSE"}, rows)
	}
}

type contestOpenCmd struct {
	Contest string `arg:"" help:"Id of the contest."`
}

// Help shows an example.
func (contestOpenCmd) Help() string { return "Example:\n  fontis contest open q-4k1m" }

// Run opens.
func (o *contestOpenCmd) Run(c *console.Console) error {
	return post(c, "/v1/contests/"+console.Segment(o.Contest)+"/open", nil, func(out quality.Said) {
		c.Say("subject   %s %s", out.Subject.Kind, out.Subject.Value)
		c.Say("claimed   %s", out.Claimed)
		c.Say("statement %s", out.Statement)
	})
}

type contestFindCmd struct {
	said
	As       string `arg:"" name:"finding" help:"What was found: ${enum}." enum:"corrected,corrected_in_part,upheld,act_disputed"`
	Remedy   string `help:"Of an act in dispute: administrative_review or court." placeholder:"REMEDY"`
	Evidence string `help:"Number of the document that you went by, where this node does not read the value." placeholder:"ID"`
}

// Help shows an example.
func (contestFindCmd) Help() string {
	return `Correct the value in your own system first: it is read again here, and only a
value that changed is a correction.

Example:
  fontis contest find q-4k1m corrected
  fontis contest find q-4k1m upheld --reason 'the birth record agrees' --citation '户口登记条例 第七条'`
}

// Run gives the finding.
func (f *contestFindCmd) Run(c *console.Console) error {
	w := f.word()
	w.Remedy, w.Evidence = quality.Remedy(f.Remedy), f.Evidence
	return f.step(c, "find", quality.Finding{As: quality.State(f.As), Word: w})
}

type contestToldCmd struct {
	State string `help:"Only those: open, redone, no_effect, excused." placeholder:"STATE"`
}

// Help shows an example.
func (contestToldCmd) Help() string { return "Example:\n  fontis contest told --state open" }

// Run lists.
func (l *contestToldCmd) Run(c *console.Console) error {
	head := []string{"CORRECTION", "STATE", "ITEM", "GRANT", "CASE", "GIVEN", "TRACE"}
	return table(c, inState("/v1/corrections", l.State), head, func(t quality.Task) (rows [][]string) {
		for _, u := range t.Uses {
			given := u.At.Local().Format(time.DateTime)
			if u.Unsure {
				given = "perhaps " + given
			}
			rows = append(rows, []string{t.ID, string(t.State), string(t.Item), string(t.Grant), u.Case, given, string(u.Trace)})
		}
		return rows
	})
}

type contestAnswerCmd struct {
	Correction string `arg:"" help:"Id of the correction."`
	Redone     bool   `xor:"word" help:"The work was done again."`
	NoEffect   string `xor:"word" help:"The wrong value changed nothing, because ..." placeholder:"BECAUSE"`
	Excuse     string `xor:"word" help:"As the authority: the holder can no longer answer, because ..." placeholder:"BECAUSE"`
}

// Help shows an example.
func (contestAnswerCmd) Help() string {
	return "Example:\n  fontis contest answer h-4k1m --redone\n  fontis contest answer h-4k1m --no-effect 'the case was refused for another reason'"
}

// Run answers.
func (a *contestAnswerCmd) Run(c *console.Console) error {
	in := quality.Answer{State: quality.TaskRedone}
	switch {
	case a.NoEffect != "":
		in = quality.Answer{State: quality.TaskNoEffect, Reason: a.NoEffect}
	case a.Excuse != "":
		in = quality.Answer{State: quality.TaskExcused, Reason: a.Excuse}
	case !a.Redone:
		return console.Misuse("give --redone or --no-effect BECAUSE")
	}
	return post(c, "/v1/corrections/"+console.Segment(a.Correction)+"/answer", in, func(out quality.Task) { c.Say("%s  %s", out.ID, out.State) })
}

type contestCompareCmd struct {
	Item     string   `arg:"" help:"Item, as DATASET/ITEM."`
	Subjects []string `arg:"" help:"Numbers of subjects."`
	Kind     string   `help:"Kind of the numbers: ${enum}." enum:"citizen,permit,passport,credit_code,register" default:"citizen"`
}

// Help shows an example.
func (contestCompareCmd) Help() string {
	return "A conflict changes nothing: it opens a contest, labels the value and asks the authority.\n\nExample:\n  fontis contest compare d-4k1m/name 371471 620201 --kind register"
}

// Run compares.
func (m *contestCompareCmd) Run(c *console.Console) error {
	in := law.ComparedSubjects{Item: vocab.ItemID(m.Item)}
	for _, s := range m.Subjects {
		in.Subjects = append(in.Subjects, vocab.SubjectKey{Kind: vocab.SubjectKeyKind(m.Kind), Value: s})
	}
	return post(c, "/v1/quality/runs", in, func(out quality.Run) {
		c.Say("%d compared, %d new conflicts, %d open already", out.Subjects, len(out.Conflicts), out.Standing)
		for _, id := range out.Conflicts {
			c.Say("%s", id)
		}
		for _, l := range out.Refused {
			c.Say("subject %d was passed over: %s", l.At+1, l.Code)
		}
		if out.Stopped != nil {
			c.Say("stopped at subject %d: %s", out.Stopped.At+1, out.Stopped.Code)
			c.Next("fontis contest compare %s, with the subjects from number %d on", m.Item, out.Stopped.At+1)
		}
	})
}

type contestSourcesCmd struct {
	Item   string   `arg:"" help:"Item, as DATASET/ITEM."`
	Others []string `arg:"" help:"Items of the other sources."`
}

// Help shows an example.
func (contestSourcesCmd) Help() string {
	return "Example:\n  fontis contest sources d-4k1m/name d-7h2p/name"
}

// Run names them.
func (s *contestSourcesCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		in := law.NamedSources{Item: vocab.ItemID(s.Item), Others: console.Words[vocab.ItemID](s.Others)}
		if err := r.Do(c.Ctx, http.MethodPut, "/v1/quality/sources", in, nil); err != nil {
			return err
		}
		return c.Result(in, func() { c.Say("%s is compared with %s", in.Item, console.Joined(in.Others)) })
	})
}
