package node

import (
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/edge/client"
	"fontis/internal/trust/ledger/tally"
)

// most is how many findings of one kind doctor prints; --json and the page have all.
const most = 20

// tally tells what holding every record against every leaf has found.
func (p *patient) tally(s api.NodeState) {
	r := s.Tally
	mend := "keep the folder as evidence (cp -a " + p.cfg.Dir + " " + p.cfg.Dir + ".evidence), then bring the records back: " + p.restore()
	if s.Gone > 0 {
		p.add("records", bad, mend, "the newest records are not there: %d numbers that stood at an earlier start are gone", s.Gone)
	}
	told := map[tally.Kind]int{}
	for _, f := range r.Findings {
		if told[f.Kind]++; told[f.Kind] <= most {
			p.add("records", bad, p.mend(f, mend), "%s", f)
		}
	}
	for kind, n := range told {
		if n > most {
			p.add("records", bad, mend, "%s: %d more; fontis doctor --json lists them", kind, n-most)
		}
	}
	if r.Count > len(r.Findings) {
		p.add("records", bad, mend, "%d places disagree in all", r.Count)
	}
	switch {
	case r.Ended.IsZero():
		p.add("records", warn, "fontis doctor --all --node "+p.c.Node, "not yet held against every leaf: %s", place(r))
	case r.Count == 0 && s.Gone == 0:
		p.add("records", fine, "", "every record stood as it was committed to at %s; %s", r.Ended.UTC().Format(time.RFC3339), place(r))
	}
}

func place(r tally.Report) string {
	if r.Phase == "resting" || r.Phase == "" {
		return "no round is under way"
	}
	return fmt.Sprintf("round %d, %s, %d %% of them", r.Round, r.Phase, 100*r.Done/max(r.Total, 1))
}

// mend is the command for one finding.
func (p *patient) mend(f tally.Finding, restore string) string {
	if f.Kind == tally.LogDamaged {
		return "let the auditor look first: fontis check --log " + p.cfg.URL + "/log; then " + p.restore()
	}
	if f.Trace != "" && f.Kind != tally.LeafAlone {
		return "look at it: fontis why " + string(f.Trace) + "; " + restore
	}
	return restore
}

// restore is the command that brings records back, with the newest backup that
// this machine has made.
func (p *patient) restore() string {
	if b, ok := lastBackup(p.cfg.Dir); ok {
		return "fontis restore " + b.File + " --node " + p.cfg.Dir
	}
	return "fontis restore FILE --node " + p.cfg.Dir + " (FILE is the newest backup; none was made from this folder)"
}

// backups looks when the last backup was made here.
func (p *patient) backups() {
	b, ok := lastBackup(p.cfg.Dir)
	switch file := filepath.Join(filepath.Dir(p.cfg.Dir), filepath.Base(p.cfg.Dir)+"-"+time.Now().UTC().Format("20060102")+".fontis"); {
	case !ok:
		p.add("backup", warn, "fontis backup "+file+" --node "+p.cfg.Dir, "none was made from this folder")
	case time.Since(b.Made) > 7*24*time.Hour:
		p.add("backup", warn, "fontis backup "+file+" --node "+p.cfg.Dir, "the last one, %s, was made on %s", b.File, b.Made.UTC().Format(time.DateOnly))
	default:
		p.add("backup", fine, "", "%s, made at %s", b.File, b.Made.UTC().Format(time.RFC3339))
	}
}

// progress shows how far a whole round has come.
func (p *patient) progress(r tally.Report) {
	if p.bar == nil || p.barOf != r.Phase {
		p.endBar()
		p.bar, p.barOf = p.c.Progress(r.Phase, r.Total), r.Phase
	}
	p.bar.Set(r.Done, r.Total)
}

func (p *patient) endBar() {
	if p.bar != nil {
		p.bar.End()
	}
}

// holdAll asks a running node for a whole round and waits for its end.
func (p *patient) holdAll(to *client.Client) (api.NodeState, error) {
	var s api.NodeState
	var begun api.TallyBegun
	if err := to.Do(p.c.Ctx, http.MethodPost, "/v1/node/tally", nil, &begun); err != nil {
		return s, err
	}
	defer p.endBar()
	tick := time.NewTicker(console.LookEvery)
	defer tick.Stop()
	for {
		if err := to.Do(p.c.Ctx, http.MethodGet, "/v1/node/state", nil, &s); err != nil {
			return s, err
		}
		if s.Tally.Round > begun.Round || s.Tally.Round == begun.Round && s.Tally.Phase == "resting" {
			return s, nil
		}
		p.progress(s.Tally)
		select {
		case <-tick.C:
		case <-p.c.Ctx.Done():
			return s, p.c.Ctx.Err()
		}
	}
}
