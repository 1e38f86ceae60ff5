package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/edge/client"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// sourceCmd holds the verbs about connected databases and loaded registers.
type sourceCmd struct {
	Add   sourceAddCmd   `cmd:"" help:"Connect a database whose account cannot write."`
	List  sourceListCmd  `cmd:"" help:"List your member's sources."`
	Check sourceCheckCmd `cmd:"" help:"Probe a source again."`
	Show  sourceShowCmd  `cmd:"" help:"Show the tables and columns of a source."`
	Load  sourceLoadCmd  `cmd:"" help:"Replace a register by the rows of a CSV file."`
}

type sourceAddCmd struct {
	Address      string `arg:"" help:"postgres://USER@HOST/DATABASE or sqlite:///PATH."`
	ID           string `help:"Name of the source; the database's name when empty." placeholder:"ID"`
	PasswordFile string `help:"File whose first line is the password." placeholder:"FILE"`
}

// Help shows an example.
func (sourceAddCmd) Help() string {
	return `Proves that the database answers and that the account cannot write, then lists its tables.
The password is kept sealed and never shown again.

Example:
  fontis source add postgres://reader@db.example:5432/insurance --password-file reader.pw`
}

// Run connects.
func (s *sourceAddCmd) Run(c *console.Console) error {
	u, err := url.Parse(s.Address)
	if err != nil {
		return vocab.BadInput.Because("the address of the source is no URL")
	}
	if !slices.Contains([]string{"postgres", "postgresql", "sqlite"}, u.Scheme) {
		return vocab.BadInput.Because("no source is connected by the address %s", u.Redacted()).
			WithFix("write postgres://USER@HOST/DATABASE, or sqlite:///PATH for a file")
	}
	if _, in := u.User.Password(); in {
		return vocab.BadInput.Because("the address holds a password, which a shell keeps in its history").
			WithFix("leave it out of the address and give --password-file FILE")
	}
	if s.ID == "" {
		name := filepath.Base(u.Path)
		s.ID = strings.TrimSuffix(name, filepath.Ext(name))
	}
	in := api.NewSource{ID: vocab.SourceID(s.ID), Address: s.Address}
	if s.PasswordFile != "" || u.Scheme != "sqlite" {
		if in.Password, err = c.Secret(s.PasswordFile, "password of the source"); err != nil {
			return err
		}
	}
	return c.With(func(r *console.Reached) error {
		var out access.Connected
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/sources", in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { connected(c, out) })
		c.Next("fontis bind DATASET/ITEM TABLE.COLUMN --subject-key COLUMN --compare date --source %s", out.ID)
		return err
	})
}

func connected(c *console.Console, s access.Connected) {
	c.Say("%s  %s  %s", s.ID, s.Kind, s.Address)
	c.Say("state %s; account %s cannot write", s.State, s.Report.Account)
	for _, n := range s.Report.Notes {
		c.Say("note: %s", n)
	}
	var rows [][]string
	for _, t := range s.Report.Tables {
		for i, col := range t.Columns {
			name, about := "", ""
			if i == 0 {
				name = t.Name
			}
			if i == 0 && t.Rows >= 0 {
				about = "about " + strconv.FormatInt(t.Rows, 10)
			}
			kind := string(col.Kind)
			if tags := s.Tags[col.Name]; len(tags) > 0 {
				kind += " (tagged: " + console.Joined(tags) + ")"
			}
			rows = append(rows, []string{name, about, col.Name, kind})
		}
	}
	c.Table([]string{"TABLE", "ROWS", "COLUMN", "KIND"}, rows)
}

type sourceListCmd struct{}

// Help shows an example.
func (sourceListCmd) Help() string { return "Example:\n  fontis source list" }

// Run lists.
func (sourceListCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var list api.Sources
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/sources", nil, &list); err != nil {
			return err
		}
		return c.Result(list.Items, func() {
			var rows [][]string
			for _, s := range list.Items {
				rows = append(rows, []string{string(s.ID), string(s.Kind), s.State, s.Checked.Local().Format(time.DateTime), s.Address})
			}
			c.Table([]string{"SOURCE", "KIND", "STATE", "CHECKED", "ADDRESS"}, rows)
		})
	})
}

type sourceCheckCmd struct {
	Source string `arg:"" help:"Name of the source."`
}

// Help shows an example.
func (sourceCheckCmd) Help() string { return "Example:\n  fontis source check insurance" }

// Run probes.
func (s *sourceCheckCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out access.Connected
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/sources/"+console.Segment(s.Source)+"/check", nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s is %s; %d tables", out.ID, out.State, len(out.Report.Tables)) })
	})
}

type sourceShowCmd struct {
	Source string `arg:"" help:"Name of the source."`
	Bad    bool   `help:"The wrong subject numbers of a register, by line."`
}

// Help shows an example.
func (sourceShowCmd) Help() string { return "Example:\n  fontis source show insurance" }

// Run shows.
func (s *sourceShowCmd) Run(c *console.Console) error {
	path := "/v1/sources/" + console.Segment(s.Source)
	return c.With(func(r *console.Reached) error {
		if s.Bad {
			list, err := console.ListAll[access.BadLine](c.Ctx, r.Client, path+"/bad-subjects")
			if err != nil {
				return err
			}
			return c.Result(list, func() { badLines(c, list) })
		}
		var out access.Connected
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() { connected(c, out) })
	})
}

func badLines(c *console.Console, list []access.BadLine) {
	var rows [][]string
	for _, b := range list {
		rows = append(rows, []string{strconv.FormatInt(b.Line, 10), b.Cause})
	}
	c.Table([]string{"LINE", "CAUSE"}, rows)
}

type sourceLoadCmd struct {
	Source  string `arg:"" help:"Name of the register."`
	File    string `arg:"" help:"CSV file with a head." type:"existingfile"`
	Subject string `help:"Column with the subject's number; the first one when empty." placeholder:"COLUMN"`
	Kind    string `help:"Kind of that number: ${enum}." enum:"citizen,permit,passport,credit_code,register" default:"citizen"`
	Dated   string `help:"Day that the data are of; today when empty." placeholder:"DAY"`
}

// Help shows an example.
func (sourceLoadCmd) Help() string {
	return `The register is replaced whole. Wrong subject numbers are kept, marked and answered with unknown.

Example:
  fontis source load pupils pupils.csv --subject id_number --dated 2026-09-01`
}

// Run loads.
func (s *sourceLoadCmd) Run(c *console.Console) error {
	f, err := os.Open(s.File)
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "%s", s.File)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	q := url.Values{"key_kind": {s.Kind}}
	for k, v := range map[string]string{"subject": s.Subject, "dated": s.Dated} {
		if v != "" {
			q.Set(k, v)
		}
	}
	return c.With(func(r *console.Reached) error {
		b := c.Progress(filepath.Base(s.File), info.Size())
		defer b.End()
		resp, err := r.Stream(c.Ctx, client.Request{
			Method: http.MethodPost, Path: "/v1/sources/" + console.Segment(s.Source) + "/load?" + q.Encode(), Type: "text/csv", Body: b.Over(f),
		})
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var out access.Loaded
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		err = c.Result(out, func() { c.Say("%s", out.Summary()) })
		if len(out.Bad) > 0 {
			c.Next("fontis source show %s --bad", s.Source)
		} else {
			c.Next("fontis bind DATASET/ITEM TABLE.COLUMN --subject-key COLUMN --source %s", s.Source)
		}
		return err
	})
}
