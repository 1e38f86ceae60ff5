package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/app"
	"fontis/internal/edge/api"
	"fontis/internal/edge/client"
	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/access/holding"
	"fontis/internal/vocab"
)

// Doctor looks a node over.
type Doctor struct {
	All bool `help:"Hold every record against every leaf, from the first on. Without it: what came after the last start, and what the node found by itself."`
}

// Help shows an example.
func (Doctor) Help() string {
	return `Each line says ok, warn or bad, and the command that mends it. Exit code 1 when one is bad.
Sources are looked at when an officer who sees them is signed in.
A running node holds every record against every leaf by itself, slowly, and
doctor tells how far it is. --all does it now; it takes about a minute for each
five million records.

Example:
  fontis doctor --node /srv/fontis
  fontis doctor --all --as OPERATOR`
}

// The states of a finding.
const (
	fine = "ok"
	warn = "warn"
	bad  = "bad"
)

// finding is one line of the doctor's word.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"`
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"`
}

// patient is the node while it is looked over.
type patient struct {
	c        *console.Console
	cfg      app.Config
	all      bool
	operator string // whom hints name
	steward  string

	whoOperator, whoSteward string // who that is, while nobody is known
	bar                     *console.Bar
	barOf                   string
	findings                []finding
}

func (p *patient) add(check, state, fix, format string, args ...any) {
	if state == fine {
		fix = ""
	}
	p.findings = append(p.findings, finding{check, state, fmt.Sprintf(format, args...), fix})
}

// failed adds an error with its own remedy.
func (p *patient) failed(check string, err error) {
	t := p.c.Trouble(err)
	p.add(check, bad, t.Fix, "%s", t.Cause)
}

// Run looks and prints.
func (d *Doctor) Run(c *console.Console) error {
	if console.IsURL(c.Node) {
		return console.Misuse("--node must be a folder: a node is looked over on its own machine")
	}
	cfg, err := app.ReadConfig(c.Node)
	if err != nil {
		return err
	}
	p := &patient{c: c, cfg: cfg, all: d.All}
	p.folders()
	p.keys()
	p.disk()
	p.certificate()
	p.clock()
	p.backups()
	p.node()
	p.endBar()
	p.add("version", fine, "", "%s", console.Build)
	return p.report()
}

func (p *patient) report() error {
	code := error(nil)
	var rows [][]string
	for _, f := range p.findings {
		rows = append(rows, []string{f.State, f.Check, f.Text})
		if f.Fix != "" {
			rows = append(rows, []string{"", "", "fix: " + f.Fix})
		}
		if f.State == bad {
			code = console.Exit(console.ExitRefused)
		}
	}
	err := p.c.Result(p.findings, func() { p.c.Table([]string{"STATE", "CHECK", "FINDING"}, rows) })
	return errors.Join(err, code)
}

// folders must be their owner's alone.
func (p *patient) folders() {
	for _, dir := range []string{p.cfg.Dir, filepath.Join(p.cfg.Dir, "data"), p.keyDir()} {
		info, err := os.Stat(dir)
		if err != nil {
			p.add("folder", bad, p.goneFolder(dir), "%s: %v", dir, err)
			continue
		}
		if info.Mode().Perm()&0o077 != 0 {
			p.add("folder", bad, "chmod 700 "+dir, "%s has mode %04o: others may read it", dir, info.Mode().Perm())
			continue
		}
		if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() {
			p.add("folder", warn, "run fontis as the owner of the folder", "%s belongs to uid %d, this process has %d", dir, s.Uid, os.Geteuid())
			continue
		}
		if err := writable(dir); dir != p.keyDir() && err != nil {
			p.add("folder", bad, "chmod 700 "+dir+", and look that its disk is mounted for writing", "nothing can be written in %s: %v", dir, err)
			continue
		}
		p.add("folder", fine, "", "%s", dir)
	}
}

// goneFolder is the remedy for a folder that is not there; no backup holds keys.
func (p *patient) goneFolder(dir string) string {
	if dir == p.keyDir() {
		return "put the folder of keys back from its own copy: no backup holds one"
	}
	return "put the folder back from a copy, or " + p.restore()
}

// writable puts a file into a folder and takes it away again.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, "doctor-*.tmp")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func (p *patient) keyDir() string {
	if p.cfg.Keys != "" {
		return p.cfg.Keys
	}
	return filepath.Join(p.cfg.Dir, "keys")
}

func (p *patient) keys() {
	store, err := keys.Open(p.keyDir(), keys.Options{
		DataDir: filepath.Join(p.cfg.Dir, "data"), Known: filepath.Join(p.cfg.Dir, "data", "keys.known"),
		PassphraseFile: p.cfg.KeyPassphraseFile, Credential: p.cfg.KeyCredential,
	})
	if err != nil {
		p.failed("keys", err)
		return
	}
	list := store.List()
	for _, use := range []keys.Use{keys.Log, keys.Session, keys.TokenPepper, keys.IdentityRoot, keys.Audit, keys.Keyed, keys.Backup, keys.Source} {
		if !store.Has(use) {
			p.add("keys", bad, "put the folder of keys back from its own copy", "the key for %s is missing", use)
			return
		}
	}
	if len(list) > 0 && !list[0].Sealed {
		p.add("keys", fine, "", "%d versions, in clear in a folder of their owner's", len(list))
		return
	}
	p.add("keys", fine, "", "%d versions, sealed", len(list))
}

// warnSpace is the share of free disk below which doctor speaks; the node itself
// opens no source below 5 %.
const warnSpace = 0.15

func (p *patient) disk() {
	free, total, err := db.Free(p.cfg.Dir)
	if err != nil {
		p.failed("disk", err)
		return
	}
	p.space(free, total)
}

func (p *patient) space(free, total uint64) {
	share, state := float64(free)/float64(max(total, 1)), fine
	switch {
	case share < 0.05:
		state = bad
	case share < warnSpace:
		state = warn
	}
	p.add("disk", state, "free some space on the disk of "+p.cfg.Dir+"; below 5 % no source is opened", "%d MB of %d MB free (%.0f %%)", free>>20, total>>20, 100*share)
}

func (p *patient) certificate() {
	if p.cfg.TLSCert == "" {
		if err := exposed(p.cfg); err != nil {
			p.failed("tls", err)
			return
		}
		p.add("tls", fine, "", "none: %s is loopback or behind a proxy", p.cfg.Listen)
		return
	}
	cert, err := console.ReadCert(p.cfg.TLSCert)
	if err != nil {
		p.failed("tls", err)
		return
	}
	left, state := time.Until(cert.NotAfter), fine
	switch {
	case left < 0:
		state = bad
	case left < 30*24*time.Hour:
		state = warn
	}
	p.add("tls", state, "put a new certificate at "+p.cfg.TLSCert+" and restart: fontis serve", "%s ends on %s", p.cfg.TLSCert, cert.NotAfter.Format(time.DateOnly))
}

// clock holds the machine's time against the newest file of the node: time that
// stands before what was already written is wrong.
func (p *patient) clock() {
	var newest time.Time
	err := filepath.WalkDir(filepath.Join(p.cfg.Dir, "data"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what vanishes meanwhile has no time
		}
		if info, err := d.Info(); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return nil
	})
	now := time.Now()
	if err == nil && newest.After(now.Add(2*time.Second)) {
		p.add("clock", bad, "set the clock: timedatectl set-ntp true", "it shows %s, and data were written at %s", now.UTC().Format(time.RFC3339), newest.UTC().Format(time.RFC3339))
		return
	}
	p.add("clock", fine, "", "%s", now.UTC().Format(time.RFC3339))
}

// node looks at what runs, or opens what does not.
func (p *patient) node() {
	if s, ok := console.ServedBy(p.cfg); ok {
		p.running(s)
		return
	}
	if console.LeaseHeld(p.cfg) {
		p.add("lease", warn, "wait for the other command to end", "another process holds the folder and serves nothing")
		return
	}
	p.add("lease", fine, "", "free: the node does not run")
	a, err := app.Open(p.c.Ctx, p.cfg, app.Options{Diary: p.c.Diary()})
	if err != nil {
		p.failed("database and log", err)
		return
	}
	defer a.Close()
	p.add("database", fine, "", "opens; tables are up to date")
	p.whom(a.OfficerWith(p.c.Ctx, vocab.Operator), a.OfficerWith(p.c.Ctx, vocab.Steward))
	p.log(a)
	if h, err := console.Face(a); err != nil {
		p.failed("interface", err)
	} else {
		p.sources(client.Over(h, ""))
	}
}

// whom keeps the officers that hints name; before there is one, how to make one.
func (p *patient) whom(operator, steward vocab.OfficerID) {
	p.operator, p.steward = string(operator), string(steward)
	if p.operator == "" {
		p.operator, p.whoOperator = "OFFICER", " (an officer with the role operator)"
	}
	if p.steward == "" {
		p.steward, p.whoSteward = "OFFICER", " (an officer with the role steward)"
	}
}

// log tells how the log of an opened node stands.
func (p *patient) log(a *app.App) {
	size, err := a.Log.Size(p.c.Ctx)
	if err != nil {
		p.failed("log", err)
		return
	}
	ctx, cancel := context.WithTimeout(p.c.Ctx, 5*time.Second)
	defer cancel()
	// Whether the wait ended well stands in the state.
	_ = a.Log.Await(ctx, size)
	s, err := a.State(p.c.Ctx)
	if err != nil {
		p.failed("log", err)
		return
	}
	if p.all {
		if s.Tally, err = a.Tally.All(p.c.Ctx, p.progress); err != nil {
			p.failed("records", err)
			return
		}
	}
	p.logState(s)
	p.tally(s)
}

func (p *patient) logState(s api.NodeState) {
	for _, w := range s.Calendars {
		p.add("calendar", warn, "fontis calendar import FILE --as "+p.operator+p.whoOperator, "the calendar %s knows no day after %s: dates beyond it are provisional", w.Calendar, w.Last)
	}
	if n := s.DeadLetters; n > 0 {
		p.add("notices", warn, "fontis notice dead --as "+p.operator+p.whoOperator, "%d notices would not go by e-mail or webhook", n)
	}
	if n := len(s.Alarms); n > 0 {
		p.add("log", bad, "show the auditor: fontis check --log "+p.cfg.URL+"/log; every record at once: fontis doctor --all --node "+p.c.Node, "%d leaves of %s belong to no record, first at %d", n, s.Origin, s.Alarms[0])
	}
	switch {
	case s.RolledBack != "":
		p.add("log", bad, p.restore()+" declares the loss; never copy files back", "%s: the folder was copied back", s.RolledBack)
	case s.Witnesses == 0:
		p.add("log", warn, "on an auditor's machine: fontis witness --log "+p.cfg.URL, "%d entries and no witness: nobody else remembers this log", s.Size)
	case !s.Waiting.IsZero():
		p.add("log", warn, "bring a witness back; nothing else is needed", "%d of %d entries witnessed, waiting since %s: %s", s.Witnessed, s.Size, s.Waiting.UTC().Format(time.RFC3339), s.Trouble)
	default:
		p.add("log", fine, "", "%s has %d entries, all witnessed", s.Origin, s.Size)
	}
}

// running asks the process that serves the node.
func (p *patient) running(s console.Serving) {
	p.add("lease", fine, "", "held by process %d, which serves %s", s.PID, s.URL)
	p.whom(s.Operator, s.Steward)
	r, err := p.c.Own(s, p.cfg)
	if err != nil {
		p.failed("node", err)
		return
	}
	defer r.Close()
	var health map[string]any
	if err := r.Do(p.c.Ctx, http.MethodGet, "/healthz", nil, &health); err != nil {
		p.failed("node", err)
		return
	}
	p.add("node", fine, "", "answers at %s", s.URL)
	p.sources(r.Client)
	p.askState(r.Client)
}

// sources are looked at as the officer who is signed in.
func (p *patient) sources(to *client.Client) {
	w, err := console.WalletFor(p.cfg.Dir)
	if err != nil {
		p.failed("sources", err)
		return
	}
	cred, err := w.Find(p.c.As)
	if err != nil {
		p.add("sources", warn, "fontis login "+p.steward+p.whoSteward+", then fontis doctor", "not looked at: nobody is signed in")
		return
	}
	var list api.Sources
	err = to.WithToken(cred.Token).Do(p.c.Ctx, http.MethodGet, "/v1/sources", nil, &list)
	if err != nil {
		switch vocab.CodeOf(err) {
		case vocab.RoleMissing:
			p.add("sources", warn, "fontis doctor --as "+p.steward+p.whoSteward, "not looked at: %s is no steward", cred.Officer)
		case vocab.SignInNeeded:
			p.add("sources", warn, "fontis login "+string(cred.Officer)+", then fontis doctor", "not looked at: %s", p.c.Trouble(err).Cause)
		default:
			p.failed("sources", err)
		}
		return
	}
	for _, s := range list.Items {
		if s.State == "ready" {
			p.add("source "+string(s.ID), fine, "", "%s, looked at %s", s.Kind, s.Checked.UTC().Format(time.RFC3339))
			continue
		}
		mend := "fontis source check " + string(s.ID)
		if s.State == holding.Destroyed {
			mend = "fontis source load"
		}
		p.add("source "+string(s.ID), bad, mend, "%s is %s", s.Kind, s.State)
	}
}

// askState asks a running node how its log stands, as an operator of its keeper.
func (p *patient) askState(to *client.Client) {
	w, err := console.WalletFor(p.cfg.Dir)
	if err != nil {
		p.failed("log", err)
		return
	}
	var s api.NodeState
	cred, err := w.Find(p.c.As)
	if err == nil {
		s, err = p.settled(to.WithToken(cred.Token))
	}
	if err != nil {
		p.add("log", warn, "fontis login "+p.operator+p.whoOperator+", then fontis doctor --as "+p.operator, "not looked at: %s", p.c.Trouble(err).Cause)
		return
	}
	if p.all {
		if s, err = p.holdAll(to.WithToken(cred.Token)); err != nil {
			p.failed("records", err)
			return
		}
	}
	p.logState(s)
	p.tally(s)
}

// settling is how long the newest entry of a busy log may wait for its witness
// before that is worth a word.
const settling = 3 * time.Second

// settled asks until nothing waits, or something has waited too long.
func (p *patient) settled(to *client.Client) (api.NodeState, error) {
	late := time.NewTimer(settling)
	defer late.Stop()
	tick := time.NewTicker(console.LookEvery)
	defer tick.Stop()
	for {
		var s api.NodeState
		if err := to.Do(p.c.Ctx, http.MethodGet, "/v1/node/state", nil, &s); err != nil || s.Waiting.IsZero() {
			return s, err
		}
		select {
		case <-tick.C:
		case <-late.C:
			return s, nil
		case <-p.c.Ctx.Done():
			return s, p.c.Ctx.Err()
		}
	}
}
