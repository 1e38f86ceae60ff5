package main

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// globals are the flags of every command.
type globals struct {
	Node    string `help:"Folder of the node, or its address." env:"FONTIS_NODE" default:"./fontis-node" placeholder:"FOLDER|URL"`
	As      string `help:"Officer to act as; without it the one who signed in last." placeholder:"OFFICER"`
	JSON    bool   `name:"json" help:"Print the result as JSON."`
	CA      string `name:"ca" help:"Certificate to trust at an https address, beside the system's." env:"FONTIS_CA" placeholder:"FILE"`
	Verbose bool   `short:"v" help:"Write more into the diary on stderr."`
}

// commands is the tree of verbs, in the order of the help.
type commands struct {
	globals

	Init   initCmd   `cmd:"" group:"node" help:"Make a node: its folder, keys and first officer."`
	Serve  serveCmd  `cmd:"" group:"node" help:"Run the node."`
	Doctor doctorCmd `cmd:"" group:"node" help:"Look a node over and name the command that mends it."`

	Bench   benchCmd   `cmd:"" group:"more" help:"Measure this machine."`
	Version versionCmd `cmd:"" group:"more" help:"Say which build this is."`
}

// groups are the headings of the help.
var groups = []kong.Group{
	{Key: "node", Title: "The node"},
	{Key: "self", Title: "You and your inbox"},
	{Key: "data", Title: "What your department holds"},
	{Key: "share", Title: "Asking for data, and deciding"},
	{Key: "use", Title: "Using what was granted"},
	{Key: "proof", Title: "Proofs"},
	{Key: "admin", Title: "Members, officers, machines, keys"},
	{Key: "more", Title: "More"},
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// quit carries an exit code out of the parser.
type quit int

// run does one command and gives its exit code.
func run(ctx context.Context, args []string, s streams) (code int) {
	var all commands
	c := &console{ctx: ctx, streams: s, globals: &all.globals}
	parser, err := newParser(&all, c)
	if err != nil {
		fmt.Fprintln(s.err, "fontis:", err)
		return exitMisuse
	}
	defer func() {
		if q, ok := recover().(quit); ok {
			code = int(q)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if err != nil {
		return c.misused(err)
	}
	return c.ended(k.Run(c))
}

func newParser(all *commands, c *console) (*kong.Kong, error) {
	return kong.New(all,
		kong.Name("fontis"),
		kong.Description("One source for every public fact: list what your department holds, decide who may compare with it, prove every use."),
		kong.Writers(c.out, c.err),
		kong.Exit(func(code int) { panic(quit(code)) }),
		kong.ExplicitGroups(groups),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.Bind(c),
	)
}
