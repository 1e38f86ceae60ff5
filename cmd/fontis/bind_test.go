package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
)

func TestABindingMayDeclareSeveralStatuses(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		where string
		want  []api.BindStatus
		wrong string
	}{
		"none":            {},
		"one, as before":  {flags: []string{"insured"}, where: "state in ('paying')", want: []api.BindStatus{{Name: "insured", Where: "state in ('paying')", From: "since"}}},
		"one, in itself":  {flags: []string{"insured=state in ('a', 'b')"}, want: []api.BindStatus{{Name: "insured", Where: "state in ('a', 'b')", From: "since"}}},
		"several":         {flags: []string{"on=state = 'a'", "off = state = 'b'"}, want: []api.BindStatus{{Name: "on", Where: "state = 'a'", From: "since"}, {Name: "off", Where: "state = 'b'", From: "since"}}},
		"several, bare":   {flags: []string{"on", "off"}, wrong: "each says its conditions"},
		"conditions, two": {flags: []string{"on=state = 'a'"}, where: "state = 'b'", wrong: "one too many"},
	} {
		b := bindCmd{Status: c.flags, Where: c.where}
		if len(c.flags) > 0 {
			b.From = "since"
		}
		got, err := b.statuses()
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			t.Errorf("%s: %v %s", name, err, d)
		}
	}
}

func TestHelpIsACommandTooAndNamesTheExitCodes(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"help", "grant", "list"}, {"--help"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, console.Streams{Out: &out, Err: &errs}); code != console.ExitDone || errs.Len() > 0 {
			t.Errorf("fontis %v ends with %d: %s", args, code, errs.String())
		}
		want := "Exit codes: 0 done"
		if len(args) > 1 {
			want = "fontis grant list --given"
		}
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("fontis %v says no %q:\n%s", args, want, out.String())
		}
	}
}
