// Package console is what every command of fontis works with: where it reads and
// writes, as which officer, and how it reaches a node.
//
// The flow: a command reaches the node (over the network when it runs, inside
// this process when it does not), calls its HTTP interface, and prints one
// result; an error prints cause, remedy and trace.
//
// The promises: the result stands on stdout and nothing else does; a session is
// kept in a file that only its owner reads; no secret is taken from where a shell
// would remember it.
package console

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
	"golang.org/x/text/width"

	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// Globals are the flags of every command.
type Globals struct {
	Node    string `help:"Folder of the node, or its address." env:"FONTIS_NODE" default:"./fontis-node" placeholder:"FOLDER|URL"`
	As      string `help:"Officer to act as; without it the one who signed in last." placeholder:"OFFICER"`
	Session string `help:"File with the token of a person's session, from a counter or of a mandate: act as that person." type:"existingfile" env:"FONTIS_SESSION" placeholder:"FILE"`
	JSON    bool   `name:"json" help:"Print the result as JSON."`
	CA      string `name:"ca" help:"Certificate to trust at an https address, beside the system's." env:"FONTIS_CA" placeholder:"FILE"`
	Verbose bool   `short:"v" help:"Write more into the diary on stderr."`
}

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// LookEvery is how often the command line asks again for what is on its way.
const LookEvery = 200 * time.Millisecond

// Missing reports whether nothing is there under the name.
func Missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}

// Console is what every command works with.
type Console struct {
	Streams
	*Globals
	Ctx     context.Context
	Clock   clock.Clock   // of a node that is opened here; nil is the machine's, and only a test sets another
	Command string        // the one that runs, whose help a misuse names
	lines   *bufio.Reader // of in, once something was asked
}

// Diary writes to stderr: warnings, and with --verbose everything.
func (c *Console) Diary() *slog.Logger {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: level}))
}

// Result prints v as JSON when that was asked, and calls say otherwise.
func (c *Console) Result(v any, say func()) error {
	if !c.JSON {
		say()
		return nil
	}
	out := json.NewEncoder(c.Out)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// Say prints one line of the result.
func (c *Console) Say(format string, args ...any) { fmt.Fprintf(c.Out, format+"\n", args...) }

// Next names the command that comes after this one, on stderr: it is no result.
func (c *Console) Next(format string, args ...any) {
	if !c.JSON {
		fmt.Fprintf(c.Err, "next: "+format+"\n", args...)
	}
}

// Note tells something beside the result, on stderr.
func (c *Console) Note(format string, args ...any) { fmt.Fprintf(c.Err, format+"\n", args...) }

// Table prints rows under a head, aligned also where signs are two columns wide.
func (c *Console) Table(head []string, rows [][]string) {
	if len(rows) == 0 {
		defer c.empty()
	}
	rows = append([][]string{head}, rows...)
	wide := make([]int, len(head))
	for _, r := range rows {
		for i, cell := range r {
			wide[i] = max(wide[i], columns(cell))
		}
	}
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			line.WriteString(cell)
			if i < len(r)-1 {
				line.WriteString(strings.Repeat(" ", wide[i]-columns(cell)+2))
			}
		}
		fmt.Fprintln(c.Out, strings.TrimRight(line.String(), " "))
	}
}

// columns is how wide a terminal shows s.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// terminal gives the file descriptor when the stream is a terminal.
func terminal(stream any) (int, bool) {
	f, ok := stream.(*os.File)
	if !ok {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

// Ask asks for a line; without a terminal the flag must have been given.
func (c *Console) Ask(flag, question, usual string) (string, error) {
	if _, ok := terminal(c.In); !ok {
		if usual != "" {
			return usual, nil
		}
		return "", Misuse("missing flag --%s: %s", flag, strings.ToLower(question))
	}
	if usual != "" {
		question += " [" + usual + "]"
	}
	fmt.Fprint(c.Err, question, ": ")
	if c.lines == nil {
		c.lines = bufio.NewReader(c.In)
	}
	line, err := c.lines.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	if line = strings.TrimSpace(line); line == "" {
		return usual, nil
	}
	return line, nil
}

// Secret reads a password from the first line of a file, or from a terminal
// without showing it. Any other stream is refused: it may be kept in a history.
func (c *Console) Secret(file, question string) (string, error) {
	if file != "" {
		return firstLineOf(file)
	}
	fd, ok := terminal(c.In)
	if !ok {
		return "", Misuse("no terminal to ask for the %s; give --password-file", question)
	}
	fmt.Fprint(c.Err, question, ": ")
	b, err := term.ReadPassword(fd)
	fmt.Fprintln(c.Err)
	if err != nil {
		return "", fmt.Errorf("read the %s: %w", question, err)
	}
	return string(b), nil
}

func firstLineOf(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", vocab.FileUnreadable.Wrap(err, "the file with the password").WithFix("name a file that holds the password in its first line, mode 0600")
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// Bar shows how far long work has come, when stderr is a terminal.
type Bar struct{ shown *progressbar.ProgressBar }

// Progress begins a bar; total -1 means that nobody knows.
func (c *Console) Progress(what string, total int64) *Bar {
	if _, ok := terminal(c.Err); !ok || c.JSON {
		return &Bar{}
	}
	return &Bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(c.Err), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(),
	)}
}

// Shown reports whether anyone sees the bar.
func (b *Bar) Shown() bool { return b.shown != nil }

// Set moves the bar.
func (b *Bar) Set(done, total int64) {
	if b.shown == nil {
		return
	}
	if total > 0 && total != b.shown.GetMax64() {
		b.shown.ChangeMax64(total)
	}
	// A bar that cannot be drawn is no reason to stop the work.
	_ = b.shown.Set64(done)
}

// End takes the bar away.
func (b *Bar) End() {
	if b.shown != nil {
		_ = b.shown.Finish()
	}
}

// Over counts what is read through it, in bytes.
func (b *Bar) Over(r io.Reader) io.Reader {
	if b.shown == nil {
		return r
	}
	return io.TeeReader(r, b.shown)
}
