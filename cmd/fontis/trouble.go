package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/alecthomas/kong"

	"fontis/internal/edge/client"
	"fontis/internal/edge/text"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
	"fontis/web"
)

// The exit codes.
const (
	exitDone    = 0
	exitRefused = 1 // refused, or not true
	exitMisuse  = 2
	exitLoss    = 3 // a restore that is a declared loss
)

// misused is a command line that cannot mean anything.
type misused struct{ cause string }

// Error gives the cause.
func (m *misused) Error() string { return m.cause }

func misuse(format string, args ...any) error { return &misused{fmt.Sprintf(format, args...)} }

// exit is an end whose result is already printed.
type exit int

// Error names the code.
func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// misused prints what the parser did not understand.
func (c *console) misused(err error) int {
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil && p.Context.Selected() != nil {
		fmt.Fprintf(c.err, "fontis: %v\n  fix: fontis %s --help\n", err, p.Context.Command())
	} else {
		fmt.Fprintf(c.err, "fontis: %v\n  fix: fontis --help\n", err)
	}
	return exitMisuse
}

// trouble is an error as --json prints it.
type trouble struct {
	Code  vocab.Code    `json:"code"`
	Cause string        `json:"cause"`
	Fix   string        `json:"fix,omitempty"`
	Trace vocab.TraceID `json:"trace,omitempty"`
}

// ended prints the error of a command and gives the exit code.
func (c *console) ended(err error) int {
	var code exit
	var m *misused
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &m):
		fmt.Fprintf(c.err, "fontis: %v\n  fix: fontis --help\n", err)
		return exitMisuse
	case errors.Is(err, context.Canceled) && c.ctx.Err() != nil:
		fmt.Fprintln(c.err, "fontis: stopped")
		return exitRefused
	}
	t := c.trouble(err)
	if c.JSON {
		// The error is being told already; nobody is left to tell of another.
		_ = json.NewEncoder(c.err).Encode(t)
		return exitRefused
	}
	fmt.Fprintf(c.err, "fontis: %s\n", t.Cause)
	if t.Fix != "" {
		fmt.Fprintf(c.err, "  fix: %s\n", t.Fix)
	}
	if t.Trace != "" {
		fmt.Fprintf(c.err, "  trace: %s\n", t.Trace)
	}
	return exitRefused
}

func (c *console) trouble(err error) trouble {
	t := trouble{Code: vocab.CodeOf(err), Cause: err.Error(), Trace: client.TraceOf(err)}
	var refusal *access.Refusal
	if errors.As(err, &refusal) {
		t.Trace = refusal.Trace
	}
	var f *vocab.Failure
	if !errors.As(err, &f) {
		return t
	}
	t.Fix = f.Fix
	if t.Fix != "" {
		return t
	}
	if sentences, err := text.Load(web.Text, "text"); err == nil {
		t.Fix, _ = sentences.Get(text.English, "error."+string(f.Code)+".fix")
	}
	return t
}
