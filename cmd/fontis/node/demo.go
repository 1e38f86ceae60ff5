package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/demo"
	"fontis/internal/app"
	"fontis/internal/edge/web"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Demo runs a node full of invented people, with a witness beside it.
type Demo struct {
	Dir     string `help:"Folder of both; the node's and the witness's folders lie in it." default:"./fontis-demo" placeholder:"FOLDER"`
	Listen  string `help:"Address of the node, on loopback." default:"127.0.0.1:8443" placeholder:"HOST:PORT"`
	Witness string `help:"Address of the witness, on loopback." default:"127.0.0.1:0" placeholder:"HOST:PORT"`
	Scale   int    `help:"Invented residents." default:"200000" placeholder:"N"`
	Seed    uint64 `help:"The same seed invents the same world." default:"1"`
}

// Help shows an example.
func (Demo) Help() string {
	return `Two processes with two folders and two sets of keys, neither of which can open the other's. Everybody
in it is invented (area 990000), so it listens on loopback only. Ctrl-C ends both.

Example:
  fontis demo --scale 20000`
}

// Run starts both and waits for either to end.
func (d *Demo) Run(c *console.Console) error {
	dir, err := filepath.Abs(d.Dir)
	if err != nil {
		return err
	}
	nodeDir, witnessDir := filepath.Join(dir, "node"), filepath.Join(dir, "witness")
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return err
	}
	for _, own := range []string{nodeDir, witnessDir, filepath.Join(nodeDir, "tmp")} {
		if err := os.MkdirAll(own, 0o700); err != nil {
			return err
		}
	}
	cfg := d.config(nodeDir)
	if err := exposed(cfg); err != nil {
		return err
	}
	witness, told, err := d.startWitness(c, nodeDir, witnessDir)
	if err != nil {
		return err
	}
	defer witness.stop()
	if err := d.prepare(cfg, told); err != nil {
		return err
	}
	node, err := d.startNode(c, nodeDir, witnessDir)
	if err != nil {
		return err
	}
	defer node.stop()
	d.tell(c, witness, node)
	select {
	case err = <-node.ended:
		node.ended <- err
	case err = <-witness.ended:
		witness.ended <- err
	case <-c.Ctx.Done():
		return nil
	}
	if c.Ctx.Err() != nil {
		return nil
	}
	return vocab.InternalError.Wrap(err, "one of the two processes ended").WithFix("read what it said above")
}

func (d *Demo) config(nodeDir string) app.Config {
	return app.Config{
		Dir: nodeDir, Name: "demo.fontis.invalid", Jurisdiction: "990000", Listen: d.Listen, URL: "http://" + d.Listen, Demo: true,
	}
}

// prepare writes the node's configuration and the policy with the witness. A
// demo that was there before keeps its own.
func (d *Demo) prepare(cfg app.Config, told witnessAnswer) error {
	if err := app.WriteConfig(cfg); err != nil && vocab.CodeOf(err) != vocab.AlreadyExists {
		return err
	}
	text := told.Line + "\nquorum w1\n"
	if _, err := proof.ParsePolicy([]byte(text)); err != nil {
		return fmt.Errorf("the policy of the demo: %w", err)
	}
	return os.WriteFile(filepath.Join(cfg.Dir, "witnesses.policy"), []byte(text), 0o600)
}

// self is this very program, also for a child that could not find its path.
const self = "/proc/self/exe"

func (d *Demo) startWitness(c *console.Console, nodeDir, witnessDir string) (*apart, witnessAnswer, error) {
	cmd := exec.Command(self, "witness", "--json", "--log", "http://"+d.Listen, "--listen", d.Witness, "--dir", witnessDir, "--name", "witness.demo.fontis.invalid")
	cmd.Dir = witnessDir
	own, err := asNobody(cmd, witnessDir)
	if err != nil {
		return nil, witnessAnswer{}, err
	}
	diary, err := os.Create(filepath.Join(filepath.Dir(witnessDir), "witness.diary"))
	if err != nil {
		return nil, witnessAnswer{}, err
	}
	defer diary.Close()
	cmd.Stderr = diary
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, witnessAnswer{}, err
	}
	p, err := startApart(cmd, nodeDir)
	if err != nil {
		return nil, witnessAnswer{}, fmt.Errorf("start the witness: %w", err)
	}
	if own && p.how == "Landlock" {
		p.how = fmt.Sprintf("uid %d and Landlock", nobody)
	}
	var told witnessAnswer
	if err := json.NewDecoder(out).Decode(&told); err != nil {
		p.stop()
		said, _ := os.ReadFile(diary.Name())
		return nil, told, vocab.InternalError.Because("the witness did not start: %s", said)
	}
	return p, told, nil
}

func (d *Demo) startNode(c *console.Console, nodeDir, witnessDir string) (*apart, error) {
	cmd := exec.Command(self, "demo-node", "--node", nodeDir, "--scale", fmt.Sprint(d.Scale), "--seed", fmt.Sprint(d.Seed), "--listen", d.Listen)
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(nodeDir, "tmp"))
	cmd.Stdout, cmd.Stderr = c.Out, c.Err
	p, err := startApart(cmd, witnessDir)
	if err != nil {
		return nil, fmt.Errorf("start the node: %w", err)
	}
	return p, nil
}

// tell says plainly what keeps the two apart.
func (d *Demo) tell(c *console.Console, witness, node *apart) {
	for _, one := range []struct {
		who, whose string
		p          *apart
	}{{"the witness", "the node's", witness}, {"the node", "the witness's", node}} {
		if one.p.how == "" {
			c.Note("%s runs as the same user as the other, and this kernel has no Landlock: it COULD read %s folder", one.who, one.whose)
			continue
		}
		c.Note("%s cannot open %s folder: %s", one.who, one.whose, one.p.how)
	}
}

// stop ends the process and waits for it.
func (p *apart) stop() {
	// It may have ended already.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	select {
	case <-p.ended:
	case <-late.C:
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// DemoNode is the node of a demo: it serves at once and loads meanwhile.
type DemoNode struct {
	Listen string `required:"" help:"Address, on loopback."`
	Scale  int    `help:"Invented residents." default:"200000"`
	Seed   uint64 `help:"Seed of the world." default:"1"`
}

// Help shows an example.
func (DemoNode) Help() string { return "Started by fontis demo.\n\nExample:\n  fontis demo" }

// Run serves and loads.
func (d *DemoNode) Run(c *console.Console) error { return d.run(c, d.load) }

// run serves, and only then loads: whoever opens the page meanwhile reads how far it is.
func (d *DemoNode) run(c *console.Console, load func(*console.Console, *host, *steps)) error {
	cfg, err := app.ReadConfig(c.Node)
	if err != nil {
		return err
	}
	cfg.Listen, cfg.URL = d.Listen, "http://"+d.Listen
	h, err := open(c, cfg, app.Options{New: true, Diary: c.Diary()})
	if err != nil {
		return err
	}
	b := &steps{c: c, page: web.Demo{Total: 1}} // to be loaded, from the first answer on
	h.app.Demo = b.shown
	if err := errors.Join(namesItsLog(h.cfg, h.app.Policy), h.prepare(c.Ctx)); err != nil {
		return errors.Join(err, h.Close())
	}
	c.Say("fontis demo at %s", h.serving.URL)
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		load(c, h, b)
	}()
	err = h.serve(c.Ctx)
	<-loaded
	return errors.Join(err, h.Close())
}

// namesItsLog writes the node's policy with the log that it checks, as a witness
// hands it out: of a policy without one, fontis check judges nothing.
func namesItsLog(cfg app.Config, policy string) error {
	return os.WriteFile(filepath.Join(cfg.Dir, "witnesses.policy"), []byte(policy), 0o600)
}

func (d *DemoNode) load(c *console.Console, h *host, b *steps) {
	sum, err := demo.Load(c.Ctx, h.app, demo.Options{Seed: d.Seed, Residents: d.Scale, Progress: b.step})
	b.end()
	if err != nil {
		if c.Ctx.Err() == nil {
			c.Ended(err)
		}
		return
	}
	b.loaded(sum)
	c.Say("\naddress  %s", h.serving.URL)
	var rows [][]string
	for _, a := range sum.Accounts {
		rows = append(rows, []string{string(a.Officer), a.Password, console.Joined(a.Roles), a.Member.In("zh") + "  " + a.Member.In("en")})
	}
	c.Table([]string{"WHO MAY SIGN IN", "PASSWORD", "ROLES", "OF"}, rows)
	c.Say("\nnext:\n  export FONTIS_NODE=%s", h.cfg.Dir)
	for _, n := range sum.Next {
		c.Say("  %s", n)
	}
}

// steps shows one bar a step on a terminal, one line a step elsewhere, and how
// far it is on the first page.
type steps struct {
	c    *console.Console
	name string
	bar  *console.Bar

	mu   sync.Mutex // guards page, which the pages read meanwhile
	page web.Demo
}

func (s *steps) step(name string, done, total int64) {
	if name != s.name {
		s.end()
		s.name, s.bar = name, s.c.Progress(name, total)
		if !s.bar.Shown() {
			s.c.Note("loading: %s", name)
		}
	}
	s.bar.Set(done, total)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page.Doing, s.page.Done, s.page.Total = name, done, total
}

// loaded puts on the first page who may sign in.
func (s *steps) loaded(sum demo.Summary) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page = web.Demo{Done: s.page.Total, Total: s.page.Total}
	for _, a := range sum.Accounts {
		s.page.Accounts = append(s.page.Accounts, web.Account{Login: string(a.Officer), Password: a.Password, Member: a.Member, Roles: a.Roles})
	}
	for _, r := range sum.Residents {
		s.page.Residents = append(s.page.Residents, vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: r.Number})
	}
}

// shown is what the first page shows now.
func (s *steps) shown() web.Demo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.page
}

func (s *steps) end() {
	if s.bar != nil {
		s.bar.End()
	}
}
