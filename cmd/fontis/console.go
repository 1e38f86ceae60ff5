package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
	"golang.org/x/text/width"

	"fontis/internal/vocab"
)

// console is what every command works with.
type console struct {
	streams
	*globals
	ctx   context.Context
	lines *bufio.Reader // of in, once something was asked
}

// diary writes to stderr: warnings, and with --verbose everything.
func (c *console) diary() *slog.Logger {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level}))
}

// result prints v as JSON when that was asked, and calls say otherwise.
func (c *console) result(v any, say func()) error {
	if !c.JSON {
		say()
		return nil
	}
	out := json.NewEncoder(c.out)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// say prints one line of the result.
func (c *console) say(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }

// next names the command that comes after this one, on stderr: it is no result.
func (c *console) next(format string, args ...any) {
	if !c.JSON {
		fmt.Fprintf(c.err, "next: "+format+"\n", args...)
	}
}

// note tells something beside the result, on stderr.
func (c *console) note(format string, args ...any) { fmt.Fprintf(c.err, format+"\n", args...) }

// table prints rows under a head, aligned also where signs are two columns wide.
func (c *console) table(head []string, rows [][]string) {
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
		fmt.Fprintln(c.out, strings.TrimRight(line.String(), " "))
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

// ask asks for a line; without a terminal the flag must have been given.
func (c *console) ask(flag, question, usual string) (string, error) {
	if _, ok := terminal(c.in); !ok {
		if usual != "" {
			return usual, nil
		}
		return "", misuse("missing flag --%s: %s", flag, strings.ToLower(question))
	}
	if usual != "" {
		question += " [" + usual + "]"
	}
	fmt.Fprint(c.err, question, ": ")
	if c.lines == nil {
		c.lines = bufio.NewReader(c.in)
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

// secret reads a password from the first line of a file, or from a terminal
// without showing it. Any other stream is refused: it may be kept in a history.
func (c *console) secret(file, question string) (string, error) {
	if file != "" {
		return firstLineOf(file)
	}
	fd, ok := terminal(c.in)
	if !ok {
		return "", misuse("no terminal to ask for the %s; give --password-file", question)
	}
	fmt.Fprint(c.err, question, ": ")
	b, err := term.ReadPassword(fd)
	fmt.Fprintln(c.err)
	if err != nil {
		return "", fmt.Errorf("read the %s: %w", question, err)
	}
	return string(b), nil
}

func firstLineOf(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", vocab.FileUnreadable.Wrap(err, "the file with the password")
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// bar shows how far long work has come, when stderr is a terminal.
type bar struct{ shown *progressbar.ProgressBar }

// progress begins a bar; total -1 means that nobody knows.
func (c *console) progress(what string, total int64) *bar {
	if _, ok := terminal(c.err); !ok || c.JSON {
		return &bar{}
	}
	return &bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(c.err), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(),
	)}
}

// set moves the bar.
func (b *bar) set(done, total int64) {
	if b.shown == nil {
		return
	}
	if total > 0 && total != b.shown.GetMax64() {
		b.shown.ChangeMax64(total)
	}
	// A bar that cannot be drawn is no reason to stop the work.
	_ = b.shown.Set64(done)
}

// end takes the bar away.
func (b *bar) end() {
	if b.shown != nil {
		_ = b.shown.Finish()
	}
}

// over counts what is read through it, in bytes.
func (b *bar) over(r io.Reader) io.Reader {
	if b.shown == nil {
		return r
	}
	return io.TeeReader(r, b.shown)
}
