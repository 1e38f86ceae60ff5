package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"fontis/cmd/fontis/console"
	"fontis/cmd/fontis/finding"
	"fontis/cmd/fontis/node"
	"fontis/cmd/fontis/records"
	"fontis/cmd/fontis/right"
	"fontis/cmd/fontis/standard"
	"fontis/cmd/fontis/terms"
)

// commands is the tree of verbs, in the order of the help.
type commands struct {
	console.Globals

	Init    node.Init    `cmd:"" group:"node" help:"Make a node: its folder, keys and first officer."`
	Serve   node.Serve   `cmd:"" group:"node" help:"Run the node."`
	Demo    demoCmd      `cmd:"" group:"node" help:"Run a node full of invented people, or write the catalog of a nation."`
	Doctor  node.Doctor  `cmd:"" group:"node" help:"Look a node over and name the command that mends it."`
	Backup  node.Backup  `cmd:"" group:"node" help:"Write the node into one sealed file, also while it serves."`
	Restore node.Restore `cmd:"" group:"node" help:"Bring a backup back; a loss is declared."`

	Upgrade node.Upgrade `cmd:"" group:"node" help:"Try this version on a copy of a node of an earlier one."`

	Login    loginCmd     `cmd:"" group:"self" help:"Sign in, or set a password with an invitation's code."`
	Logout   logoutCmd    `cmd:"" group:"self" help:"End the session."`
	Password passwordCmd  `cmd:"" group:"self" help:"Change your password."`
	Notices  noticesCmd   `cmd:"" group:"self" help:"Show your inbox."`
	Notice   right.Notice `cmd:"" group:"self" help:"Where your notices go: e-mail, webhook."`

	Import  importCmd       `cmd:"" group:"data" help:"Bring your own catalog list in, from Excel, CSV, JSON, DCAT or a dump of CKAN."`
	Harvest finding.Harvest `cmd:"" group:"data" help:"Read catalogs of others again and again: CKAN, DCAT, data.json."`
	Todo    todoCmd         `cmd:"" group:"data" help:"What is missing before entries can be published."`
	Source  sourceCmd       `cmd:"" group:"data" help:"Connected databases and loaded registers."`
	Bind    bindCmd         `cmd:"" group:"data" help:"Say where an item is found and how it is compared."`
	Dataset datasetCmd      `cmd:"" group:"data" help:"One entry of the catalog, or all of them in a file."`
	Publish publishCmd      `cmd:"" group:"data" help:"Make complete entries findable by everyone."`

	Search  searchCmd        `cmd:"" group:"share" help:"Find data in the catalog."`
	Fields  finding.Fields   `cmd:"" group:"share" help:"Names of items, and in how many entries each stands."`
	Lists   finding.Lists    `cmd:"" group:"share" help:"Which department answers for how much, and what is not shared and why."`
	Saved   finding.Saved    `cmd:"" group:"share" help:"Searches that you saved, to be told of what is new."`
	Synonym finding.Synonym  `cmd:"" group:"data" help:"Words that mean the same in every search."`
	Element standard.Element `cmd:"" group:"data" help:"Data elements: what columns mean, and which items carry them."`
	Codes   standard.Codes   `cmd:"" group:"data" help:"Code lists, with their history."`
	Request requestCmd       `cmd:"" group:"share" help:"Ask another department for data."`
	Demand  terms.Demand     `cmd:"" group:"share" help:"Demand what no catalog lists, and answer such demands."`
	Decide  decideCmd        `cmd:"" group:"share" help:"Agree to a request, in whole or in part, or refuse it."`
	Dispute terms.Dispute    `cmd:"" group:"share" help:"Dispute a refusal, and rule on disputes."`

	Authorise terms.Authorise `cmd:"" group:"share" help:"What persons authorise firms and public-service bodies to ask about them."`

	Grant grantCmd `cmd:"" group:"share" help:"What was granted."`

	Compare   compareCmd   `cmd:"" group:"use" help:"Compare what you hold with the source."`
	Status    statusCmd    `cmd:"" group:"use" help:"Ask whether a declared status holds as of a day."`
	Read      readCmd      `cmd:"" group:"use" help:"Read granted items of one subject."`
	Batch     batchCmd     `cmd:"" group:"use" help:"Ask about many subjects."`
	Rows      rowsCmd      `cmd:"" group:"use" help:"Read a data set that is open to everybody."`
	Emergency emergencyCmd `cmd:"" group:"use" help:"Ask before anybody has decided, and be reviewed."`

	Contest   right.Contest   `cmd:"" group:"right" help:"Values in dispute: contest, check, correct, tell who had them."`
	StatusAct right.StatusAct `cmd:"" group:"right" help:"Change a person's status: two officers, evidence, notice, contest."`

	MyData  records.MyData  `cmd:"" name:"mydata" group:"right" help:"Who used a person's data: their own view, or at a counter."`
	Mandate records.Mandate `cmd:"" group:"right" help:"Act for another, within named acts."`
	Defer   records.Defer   `cmd:"" group:"right" help:"Orders that keep a use of data from the person for a while."`

	Audit     records.Audit     `cmd:"" group:"proof" help:"The auditor's desk: lists, samples, findings, reports."`
	Retention records.Retention `cmd:"" group:"proof" help:"How long records are kept, and certificates of destruction."`
	Hold      records.Hold      `cmd:"" group:"proof" help:"Legal holds."`

	Receipts receiptsCmd  `cmd:"" group:"proof" help:"Fetch the receipts of an access, or list accesses."`
	Check    checkCmd     `cmd:"" group:"proof" help:"Judge a receipt off line, or audit a whole log."`
	Why      whyCmd       `cmd:"" group:"proof" help:"Explain a decision, rule by rule."`
	Witness  node.Witness `cmd:"" group:"proof" help:"Run a witness on an auditor's own machine."`

	Calendar terms.Calendar `cmd:"" group:"admin" help:"Holidays, terms of law, and what is due."`

	Member  memberCmd  `cmd:"" group:"admin" help:"Bodies that take part."`
	Officer officerCmd `cmd:"" group:"admin" help:"People who act for a member."`
	Machine machineCmd `cmd:"" group:"admin" help:"Systems that act for a member."`
	Keys    node.Keys  `cmd:"" group:"admin" help:"The node's keys."`
	Erase   eraseCmd   `cmd:"" group:"admin" help:"Destroy what entries say, for good; the leaves stay."`

	Bench          benchCmd          `cmd:"" group:"more" help:"Measure this machine."`
	Version        versionCmd        `cmd:"" group:"more" help:"Say which build this is."`
	DemoNode       node.DemoNode     `cmd:"" hidden:"" help:"The node of a demo."`
	SampleWorkbook sampleWorkbookCmd `cmd:"" hidden:"" help:"Write a catalog list to try an import with."`
}

// groups are the headings of the help.
var groups = []kong.Group{
	{Key: "node", Title: "The node"},
	{Key: "self", Title: "You and your inbox"},
	{Key: "data", Title: "What your department holds"},
	{Key: "share", Title: "Asking for data, and deciding"},
	{Key: "use", Title: "Using what was granted"},
	{Key: "right", Title: "Setting right what is wrong"},
	{Key: "proof", Title: "Proofs"},
	{Key: "admin", Title: "Members, officers, machines, keys"},
	{Key: "more", Title: "More"},
}

// quit carries an exit code out of the parser.
type quit int

// run does one command and gives its exit code.
func run(ctx context.Context, args []string, s console.Streams) int {
	return runWith(args, &console.Console{Ctx: ctx, Streams: s})
}

// runWith does one command with a console.
func runWith(args []string, c *console.Console) (code int) {
	var all commands
	c.Globals = &all.Globals
	parser, err := newParser(&all, c)
	if err != nil {
		fmt.Fprintln(c.Err, "fontis:", err)
		return console.ExitMisuse
	}
	defer func() {
		if q, ok := recover().(quit); ok {
			code = int(q)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if args[0] == "help" { // as many type it
		args = append(args[1:len(args):len(args)], "--help")
	}
	k, err := parser.Parse(args)
	if err != nil {
		return c.Misused(err)
	}
	if n := k.Selected(); n != nil {
		c.Command = strings.TrimPrefix(n.FullPath(), "fontis ")
	}
	return c.Ended(k.Run(c))
}

func newParser(all *commands, c *console.Console) (*kong.Kong, error) {
	return kong.New(all,
		kong.Name("fontis"),
		kong.Description("One source for every public fact: list what your department holds, decide who may compare with it, prove every use.\n\nExit codes: 0 done; 1 refused, or not true; 2 the command line cannot mean anything, or nothing could be judged; 3 a restore that is a declared loss."),
		kong.Writers(c.Out, c.Err),
		kong.Exit(func(code int) { panic(quit(code)) }),
		kong.ExplicitGroups(groups),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.Bind(c),
	)
}
