package main

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/edge/client"
	"fontis/internal/trust/access/batch"
	"fontis/internal/vocab"
)

// batchCmd asks about many subjects.
type batchCmd struct {
	Run     batchRunCmd     `cmd:"" default:"withargs" help:"Send a file with one subject a row."`
	Answers batchAnswersCmd `cmd:"" help:"Save the answers of a batch."`
	List    batchListCmd    `cmd:"" help:"List your member's batches."`
	Show    batchShowCmd    `cmd:"" help:"Show how far a batch has come."`
}

type batchRunCmd struct {
	File     string   `arg:"" help:"CSV with the columns subject, perhaps kind and case, and one an item; or NDJSON." type:"existingfile"`
	Grant    string   `required:"" help:"Id of the grant." placeholder:"GRANT"`
	Purpose  string   `required:"" help:"What for; as the grant says." placeholder:"TEXT"`
	Case     []string `help:"Approved cases; rows without a case of their own carry the first." placeholder:"CASE,..."`
	Question string   `help:"One of ${enum}." enum:"compare,status,read" default:"compare"`
	Status   string   `help:"For status: which one." placeholder:"NAME"`
	AsOf     string   `help:"For status: the day." placeholder:"DAY"`
	Items    []string `help:"For read: which items, as DATASET/ITEM." placeholder:"ITEM,..."`
	Kind     string   `help:"Kind of the numbers: ${enum}." enum:"citizen,permit,passport,credit_code,register" default:"citizen"`
	Encoding string   `help:"Encoding of the file, such as gb18030; told from its bytes when empty." placeholder:"NAME"`
	Spare    bool     `help:"Pass over columns that are no item of the grant."`
	Start    bool     `help:"Only start it; do not wait."`
}

// Help shows an example.
func (batchRunCmd) Help() string {
	return `Every line is checked before anything is opened. The work goes on when this command is interrupted.

Example:
  fontis batch pensioners.csv --grant g-4k1m --purpose pension --case P-17`
}

// Run sends the file and waits.
func (b *batchRunCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		started, err := b.send(c, r)
		if err != nil {
			return err
		}
		status := *started.Batch
		if !b.Start {
			if status, err = follow(c, r, status); err != nil {
				return err
			}
		}
		err = c.Result(status, func() { batchLine(c, status) })
		if status.State == batch.Failed || status.State == batch.Refused {
			return console.Exit(console.ExitRefused)
		}
		c.Next("fontis batch answers %s answers.csv", status.ID)
		return err
	})
}

func (b *batchRunCmd) send(c *console.Console, r *console.Reached) (api.Started, error) {
	f, err := os.Open(b.File)
	if err != nil {
		return api.Started{}, vocab.FileUnreadable.Wrap(err, "%s", b.File)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return api.Started{}, err
	}
	q := url.Values{"grant": {b.Grant}, "question": {b.Question}, "purpose": {b.Purpose}, "kind": {b.Kind}, "file": {filepath.Base(b.File)}}
	for k, v := range map[string]string{"status": b.Status, "as_of": b.AsOf} {
		if v != "" {
			q.Set(k, v)
		}
	}
	q["case"], q["items"] = b.Case, b.Items
	if b.Spare {
		q.Set("spare", "pass")
	}
	kind := "text/csv"
	if b.Encoding != "" {
		kind = mime.FormatMediaType(kind, map[string]string{"charset": b.Encoding})
	}
	if ext := strings.ToLower(filepath.Ext(b.File)); ext == ".ndjson" || ext == ".jsonl" {
		kind = "application/x-ndjson"
	}
	bar := c.Progress("send "+filepath.Base(b.File), info.Size())
	defer bar.End()
	resp, err := r.Stream(c.Ctx, client.Request{Method: http.MethodPost, Path: "/v1/batches?" + q.Encode(), Type: kind, Body: bar.Over(f)})
	if err != nil {
		return api.Started{}, err
	}
	defer resp.Body.Close()
	var out api.Started
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("read the answer: %w", err)
	}
	return out, nil
}

// follow waits until the batch is done, refused or failed.
func follow(c *console.Console, r *console.Reached, s batch.Status) (batch.Status, error) {
	bar := c.Progress("rows", s.Rows)
	defer bar.End()
	tick := time.NewTicker(console.LookEvery)
	defer tick.Stop()
	for {
		switch s.State {
		case batch.Done, batch.Refused, batch.Failed:
			return s, nil
		}
		bar.Set(s.Done, s.Rows)
		select {
		case <-tick.C:
		case <-c.Ctx.Done():
			c.Note("the batch %s goes on: fontis batch show %s", s.ID, s.ID)
			return s, context.Cause(c.Ctx)
		}
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/batches/"+console.Segment(s.ID), nil, &s); err != nil {
			return s, err
		}
	}
}

func batchLine(c *console.Console, s batch.Status) {
	c.Say("%s  %s  %d of %d rows  trace %s", s.ID, s.State, s.Done, s.Rows, s.Trace)
	if s.File != "" {
		c.Say("  file   %s", s.File)
	}
	if s.Error != "" {
		c.Say("  %s", s.Error)
	}
	if s.Tries > 0 {
		c.Say("  taken up again by %d starts without coming further", s.Tries)
	}
}

type batchAnswersCmd struct {
	Batch string `arg:"" help:"Id of the batch."`
	File  string `arg:"" help:"File to write: CSV, or NDJSON when it ends in .ndjson."`
}

// Help shows an example.
func (batchAnswersCmd) Help() string { return "Example:\n  fontis batch answers b-4k1m answers.csv" }

// Run saves the answers.
func (b *batchAnswersCmd) Run(c *console.Console) error {
	accept := "text/csv"
	if strings.HasSuffix(b.File, ".ndjson") {
		accept = "application/x-ndjson"
	}
	return c.With(func(r *console.Reached) error {
		err := c.SaveTo(b.File, r.Client, client.Request{Method: http.MethodGet, Path: "/v1/batches/" + console.Segment(b.Batch) + "/answers", Accept: accept})
		if err != nil {
			return err
		}
		return c.Result(map[string]string{"file": b.File}, func() { c.Say("%s", b.File) })
	})
}

type batchListCmd struct {
	Most int `default:"100" help:"At most so many."`
}

// Help shows an example.
func (batchListCmd) Help() string { return "Example:\n  fontis batch list" }

// Run lists.
func (b batchListCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListSome[batch.Status](c.Ctx, r.Client, "/v1/batches", b.Most)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, s := range list {
				rows = append(rows, []string{string(s.ID), string(s.State), strconv.FormatInt(s.Done, 10), strconv.FormatInt(s.Rows, 10), string(s.Grant), s.Made.Local().Format(time.DateTime), s.File})
			}
			c.Table([]string{"BATCH", "STATE", "DONE", "ROWS", "GRANT", "MADE", "FILE"}, rows)
		})
	})
}

type batchShowCmd struct {
	Batch string `arg:"" help:"Id of the batch."`
	Wait  bool   `help:"Wait until it is done."`
}

// Help shows an example.
func (batchShowCmd) Help() string { return "Example:\n  fontis batch show b-4k1m --wait" }

// Run shows.
func (b *batchShowCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var s batch.Status
		err := r.Do(c.Ctx, http.MethodGet, "/v1/batches/"+console.Segment(b.Batch), nil, &s)
		if err == nil && b.Wait {
			s, err = follow(c, r, s)
		}
		if err != nil {
			return err
		}
		return c.Result(s, func() { batchLine(c, s) })
	})
}
