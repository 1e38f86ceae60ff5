package main

import (
	"bytes"
	"strings"
	"testing"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

func TestAnImportSaysWhyLinesWereRejected(t *testing.T) {
	rep := intake.Report{Lines: 5, LinesGood: 2, Rejected: 3}
	rep.Causes = []intake.Cause{{First: input.Trouble{Problem: input.SameAgain, Line: 3, Args: []string{"2"}, Rejects: true}, Count: 3}}
	for range causesShown {
		rep.Causes = append(rep.Causes, intake.Cause{First: input.Trouble{Problem: input.DateUnreadable, Line: 9, Column: "发布"}, Count: 1})
	}
	var out bytes.Buffer
	importReport(&console.Console{Streams: console.Streams{Out: &out}, Globals: &console.Globals{}}, rep, importAnswer{})
	for _, want := range []string{"3 times, first in line 3: the same data set stands already in line 2; fix: ", `items = "lines"`, "\n  line 9, column 发布: ", "and 1 cause more"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "1 times") {
		t.Errorf("what happened once is counted:\n%s", out.String())
	}
}

func TestMendedLinesBelongToTheListTheyCameFrom(t *testing.T) {
	for _, file := range []string{"a/catalog.xlsx", "a/catalog.rejected.xlsx", "a/catalog.rejected.rejected.csv"} {
		i := importCmd{File: file}
		if got := i.beside(".rejected.xlsx"); got != "a/catalog.rejected.xlsx" {
			t.Errorf("%s gives %s", file, got)
		}
	}
}

func TestAnEntryShowsItemsWithNamesAndNothingUnsaid(t *testing.T) {
	show := func(d entry.Dataset) string {
		var out bytes.Buffer
		shown(&console.Console{Streams: console.Streams{Out: &out}, Globals: &console.Globals{}}, &d)
		return out.String()
	}
	d := entry.Dataset{ID: "d-1", Items: []entry.Item{{Code: "iah4zbju6", Name: entry.Text{ZH: "出生日期"}, Type: entry.TypeDate}}}
	bare := show(d)
	if !strings.Contains(bare, "iah4zbju6") || !strings.Contains(bare, "出生日期") || strings.Contains(bare, "about") || strings.Contains(bare, "level") {
		t.Errorf("shown:\n%s", bare)
	}
	d.Subject, d.Level = vocab.NaturalPerson, 3
	if said := show(d); !strings.Contains(said, "about     natural_person") || !strings.Contains(said, "level     3") {
		t.Errorf("shown:\n%s", said)
	}
}
