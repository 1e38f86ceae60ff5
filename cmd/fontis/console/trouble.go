package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"fontis/internal/edge/client"
	"fontis/internal/edge/text"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
	"fontis/web"
)

// The exit codes.
const (
	ExitDone    = 0
	ExitRefused = 1 // refused, or not true
	ExitMisuse  = 2
	ExitLoss    = 3 // a restore that is a declared loss
)

// misused is a command line that cannot mean anything.
type misused struct{ cause string }

// Error gives the cause.
func (m *misused) Error() string { return m.cause }

// Misuse is the error of a command line that cannot mean anything.
func Misuse(format string, args ...any) error { return &misused{fmt.Sprintf(format, args...)} }

// Exit is an end whose result is already printed.
type Exit int

// Error names the code.
func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Misused prints what the parser did not understand.
func (c *Console) Misused(err error) int {
	var p *kong.ParseError
	command := "fontis"
	if errors.As(err, &p) && p.Context != nil && p.Context.Selected() != nil {
		command = p.Context.Selected().FullPath()
	}
	return c.misused(err, command)
}

func (c *Console) misused(err error, command string) int {
	t := Told{Code: vocab.BadInput, Cause: err.Error(), Fix: command + " --help"}
	var path *fs.PathError
	if errors.As(err, &path) {
		t.Cause = fmt.Sprintf("%s cannot be read: %v", path.Path, path.Err)
		t.Fix = "write the path of a file that is there, from the folder in which you are; or see " + t.Fix
	}
	c.tell(t)
	return ExitMisuse
}

// tell prints an error as it was asked for.
func (c *Console) tell(t Told) {
	if c.JSON {
		// The error is being told already; nobody is left to tell of another.
		_ = json.NewEncoder(c.Err).Encode(t)
		return
	}
	fmt.Fprintf(c.Err, "fontis: %s\n", t.Cause)
	if t.Fix != "" {
		fmt.Fprintf(c.Err, "  fix: %s\n", t.Fix)
	}
	if t.Trace != "" {
		fmt.Fprintf(c.Err, "  trace: %s\n", t.Trace)
	}
}

// Told is an error as --json prints it.
type Told struct {
	Code  vocab.Code    `json:"code"`
	Cause string        `json:"cause"`
	Fix   string        `json:"fix,omitempty"`
	Trace vocab.TraceID `json:"trace,omitempty"`
}

// Ended prints the error of a command and gives the exit code.
func (c *Console) Ended(err error) int {
	var code Exit
	var m *misused
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &m):
		return c.misused(err, strings.TrimSpace("fontis "+c.Command))
	case errors.Is(err, context.Canceled) && c.Ctx.Err() != nil:
		fmt.Fprintln(c.Err, "fontis: stopped")
		return ExitRefused
	}
	c.tell(c.Trouble(err))
	return ExitRefused
}

// Trouble gives cause, remedy and trace of an error.
func (c *Console) Trouble(err error) Told {
	t := Told{Code: vocab.CodeOf(err), Cause: err.Error(), Trace: client.TraceOf(err)}
	var refusal *access.Refusal
	if errors.As(err, &refusal) {
		t.Trace = refusal.Trace
	}
	var f *vocab.Failure
	if !errors.As(err, &f) {
		t.Fix = placeRemedy(err)
		return t
	}
	t.Fix = f.Fix
	t.missing(err)
	c.signedOut(&t)
	if t.Fix != "" {
		return t
	}
	t.Fix = remedy(f.Code)
	return t
}

// placeRemedy is for a file or folder of this machine that cannot be used; empty
// for any other error.
func placeRemedy(err error) string {
	var at *fs.PathError
	switch {
	case !errors.As(err, &at):
		return ""
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("run this as an account that may write there, or name another place: ls -ld %s", filepath.Dir(at.Path))
	case errors.Is(err, syscall.ENOTDIR):
		return "name a place whose folders are folders: one of them is a file"
	case errors.Is(err, fs.ErrNotExist):
		return "make the folder first, or name one that is there: mkdir -p " + filepath.Dir(at.Path)
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOSPC):
		return "name a place on a disk with room that may be written: df -h " + filepath.Dir(at.Path)
	}
	return ""
}

// remedy is the one that the code alone gives.
func remedy(code vocab.Code) string {
	sentences, err := text.Load(web.Text, "text")
	if err != nil {
		return ""
	}
	fix, _ := sentences.Get(text.English, "error."+string(code)+".fix")
	return fix
}

// signedOut names the command that begins a new session where the old one has ended.
func (c *Console) signedOut(t *Told) {
	switch {
	case t.Code != vocab.SignInNeeded || t.Trace == "":
	case c.As != "":
		t.Fix = "fontis login " + c.As
	case c.Session != "":
		t.Fix = "The session in the file has ended: ask at a counter for a new one."
	default:
		t.Fix = "fontis login LOGIN"
	}
}
