package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unicode/utf8"

	"fontis/cmd/fontis/console"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
	"fontis/web"
)

// checkCmd judges a promise or receipt off line, or audits a whole log.
type checkCmd struct {
	File     string        `arg:"" optional:"" help:"Promise or receipt." type:"existingfile"`
	Log      string        `help:"Address or folder of a log to audit instead." placeholder:"URL|FOLDER"`
	Since    []string      `help:"Older checkpoint, promise or receipt that the log must continue." type:"existingfile" placeholder:"FILE"`
	Policy   string        `help:"Whom to believe (C2SP tlog-policy); without it what was pinned at first use." type:"existingfile" placeholder:"FILE"`
	Evidence string        `help:"Folder for evidence files." default:"." placeholder:"FOLDER"`
	Timeout  time.Duration `help:"Time limit of an audit." default:"1h"`
	Forget   bool          `help:"Neither read nor write what was pinned."`
	Page     string        `help:"Write the check for a browser, one file that works off line; a file that stands there is compared with it." placeholder:"FILE"`
}

// Help shows an example, and the hash of the check for a browser.
func (checkCmd) Help() string {
	_, sum, _ := web.CheckPage() // a test reads it
	return `Believes no node: a file is judged off line, a log from its static files alone.
Exit code 0: nothing false was found; 1: something is false, lost or withheld, and an evidence file
says what; 2: it could not be judged.

Example:
  fontis check receipt.txt --policy witnesses.policy
  fontis check --log https://data.example.gov/log/1 --since old.checkpoint --policy witnesses.policy
  fontis check --page check.html

The check for a browser that this program carries has the SHA-256
  ` + sum
}

// Run checks.
func (k *checkCmd) Run(c *console.Console) error {
	if k.Page != "" && k.File == "" && k.Log == "" {
		return k.page(c)
	}
	if k.Page != "" || (k.File == "") == (k.Log == "") {
		return console.Misuse("give FILE, or --log URL, or --page FILE")
	}
	o, err := k.options()
	if err != nil {
		return err
	}
	v, err := k.judge(c, o)
	if err != nil {
		return err
	}
	if err := c.Result(v, func() { verdict(c, v) }); err != nil {
		return err
	}
	switch {
	case v.Word != checker.Unjudged:
	case k.File != "":
		c.Next("give the file that fontis receipts wrote, or the promise of an answer: fontis check FILE --policy FILE, the policy where the keys are not known here")
	default:
		c.Next("look at the address, which fontis serve prints on the node's machine; --ca FILE trusts a certificate that the node made itself")
	}
	if v.ExitCode != checker.ExitGood {
		return console.Exit(v.ExitCode)
	}
	return nil
}

// copied is what was found out about a copy of the check for a browser.
type copied struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	State  string `json:"state"` // written, same, other
}

// page writes the check for a browser, or compares what stands there with it.
func (k *checkCmd) page(c *console.Console) error {
	own, sum, err := web.CheckPage()
	if err != nil {
		return err
	}
	out := copied{File: k.Page, SHA256: sum, State: "written"}
	f, err := os.OpenFile(k.Page, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		there, err := os.ReadFile(k.Page)
		if err != nil {
			return vocab.FileUnreadable.Wrap(err, "the copy")
		}
		if out.State = "same"; !bytes.Equal(there, own) {
			out.State = "other"
		}
	case err != nil:
		return vocab.FileUnreadable.Wrap(err, "writing the check")
	default:
		_, err := f.Write(own)
		if err := errors.Join(err, f.Close()); err != nil {
			return vocab.FileUnreadable.Wrap(err, "writing the check")
		}
	}
	err = c.Result(out, func() {
		c.Say("file      %s: %s", out.File, map[string]string{"written": "written", "same": "the same as in this program", "other": "NOT the same as in this program"}[out.State])
		c.Say("sha256    %s", out.SHA256)
	})
	if err == nil && out.State == "other" {
		return console.Exit(checker.ExitBad)
	}
	return err
}

func (k *checkCmd) options() (checker.Options, error) {
	o := checker.Options{Evidence: k.Evidence}
	if k.Policy != "" {
		b, err := os.ReadFile(k.Policy)
		if err != nil {
			return o, vocab.FileUnreadable.Wrap(err, "the policy")
		}
		if o.Policy, err = proof.ParsePolicy(b); err != nil {
			return o, err
		}
	}
	if k.Forget {
		return o, nil
	}
	dir, err := console.Home()
	if err != nil {
		return o, err
	}
	o.Pins = filepath.Join(dir, "pins")
	return o, nil
}

// eachFile is how long one file of a log may take.
const eachFile = 30 * time.Second

func (k *checkCmd) judge(c *console.Console, o checker.Options) (*checker.Verdict, error) {
	if k.File != "" {
		return checker.File(k.File, o)
	}
	reader, err := c.Reader(eachFile)
	if err != nil {
		return nil, err
	}
	defer reader.CloseIdleConnections()
	b := c.Progress("entries", -1)
	defer b.End()
	a := checker.Audit{
		Options: o, Address: console.LogAddress(c.Ctx, reader, k.Log), Client: reader, Timeout: k.Timeout,
		Progress: func(done, total uint64) { b.Set(int64(done), int64(total)) },
	}
	for _, file := range k.Since {
		held, err := os.ReadFile(file)
		if err != nil {
			return nil, vocab.FileUnreadable.Wrap(err, "%s", file)
		}
		a.Held = append(a.Held, held)
	}
	v, err := checker.Log(c.Ctx, a)
	return v, errors.Join(err, c.Ctx.Err())
}

// readable is a field's value for a terminal; what is not text shows as numbers.
func readable(f proof.Field) string {
	if f.Name == proof.RowsName {
		if root, count, err := proof.ParseRows(f.Value); err == nil {
			return fmt.Sprintf("%d, root %x", count, root[:8])
		}
	}
	if !utf8.Valid(f.Value) {
		return fmt.Sprintf("%x", f.Value)
	}
	return string(f.Value)
}

func verdict(c *console.Console, v *checker.Verdict) {
	c.Say("verdict   %s", v.Word)
	if v.Origin != "" {
		c.Say("log       %s, %d entries", v.Origin, v.Size)
	}
	if !v.At.IsZero() {
		c.Say("checked   %s", v.At.UTC().Format(time.RFC3339))
	}
	for _, p := range v.Proven {
		c.Say("proven    %s", p)
	}
	if v.Opening != nil {
		fields := v.Opening.Fields
		if v.Opening.Row != nil {
			fields = slices.Concat(fields, v.Opening.Row.Fields)
		}
		for _, f := range fields {
			c.Say("opened    %s: %s", f.Name, readable(f))
		}
	}
	for _, f := range v.Findings {
		c.Say("finding   %s: %s", f.Word, f.Text)
	}
	for _, n := range v.Notes {
		c.Say("note      %s", n)
	}
	if v.Evidence != "" {
		c.Say("evidence  %s", v.Evidence)
	}
}
