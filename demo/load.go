package demo

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"fontis/internal/app"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// Usual is how many residents the demo world has when nothing is said.
const Usual = 200_000

// Options choose the world.
type Options struct {
	Seed      uint64
	Residents int // Usual when 0
	// Progress hears how far a step is; it is called from one goroutine.
	Progress func(step string, done, total int64)
	// Ready hears the summary, still without counts, as soon as the world can be
	// asked: after seconds, while rows are still being written.
	Ready func(Summary)
}

// Account is an officer who may sign in.
type Account struct {
	Officer  vocab.OfficerID `json:"officer"`
	Name     string          `json:"name"`
	Member   identity.Name   `json:"member"`
	Roles    []vocab.Role    `json:"roles"`
	Password string          `json:"password"`
}

// Own is an invented resident who may look at their own accesses. Token is set by
// the load that made the world and by Permits; it lasts minutes.
type Own struct {
	Name   string              `json:"name"`
	Number string              `json:"number"`
	Permit identity.SelfPermit `json:"-"`
	Token  token.Token         `json:"-"`
}

// Count is how many rows a register holds.
type Count struct {
	What string `json:"what"`
	Rows int64  `json:"rows"`
}

// Summary is what a visitor needs to begin. Everything in it is invented but the
// divisions.
type Summary struct {
	Accounts  []Account `json:"accounts"`
	Residents []Own     `json:"residents"`
	// Next are three commands, without --node: who prints them knows the folder.
	Next   []string `json:"next"`
	Counts []Count  `json:"counts"`
}

// loader is one load.
type loader struct {
	app    *app.App
	opt    Options
	world  *World
	books  []book
	folder string
	region string
	mark   *mark

	signedIn map[vocab.OfficerID]identity.Actor
}

// Load makes the demo world in an open node, or goes on where a killed load
// stood; a finished world is left as it is. The node serves meanwhile.
func Load(ctx context.Context, a *app.App, o Options) (Summary, error) {
	if !a.Config.Demo {
		return Summary{}, vocab.NotOffered.Because("node %s is no demo node: invented people belong in no other", a.Config.Name).
			WithFix("make a demo node: fontis demo --dir FOLDER")
	}
	l, err := open(a, o)
	if err != nil {
		return Summary{}, fmt.Errorf("load the demo world: %w", err)
	}
	if l.mark.Summary != nil {
		o.ready(*l.mark.Summary)
		return *l.mark.Summary, nil
	}
	for _, s := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"node", l.makeNode},
		{"people", l.admit},
		{"begin", l.begin},
		{"sources", l.connect},
		{"standards", l.define},
		{"catalog", l.describe},
		{"bindings", l.bind},
		{"agreements", l.agree},
		{"authorisations", l.authorise},
		{"history", l.live},
		{"fill", l.fill},
		{"check", l.look},
	} {
		if err := l.once(ctx, s.name, s.do); err != nil {
			return Summary{}, fmt.Errorf("load the demo world: %s: %w", s.name, err)
		}
		if s.name == "history" {
			o.ready(l.summary())
		}
	}
	sum, err := l.finish(ctx)
	if err != nil {
		return Summary{}, fmt.Errorf("load the demo world: %w", err)
	}
	sum.Residents, err = permits(ctx, a, sum.Residents)
	return sum, err
}

func (o Options) ready(s Summary) {
	if o.Ready != nil {
		o.Ready(s)
	}
}

func open(a *app.App, o Options) (*loader, error) {
	if o.Residents == 0 {
		o.Residents = Usual
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	folder, err := filepath.Abs(filepath.Join(a.Config.Dir, "demo-sources"))
	if err != nil {
		return nil, err
	}
	l := &loader{app: a, opt: o, folder: folder, signedIn: map[vocab.OfficerID]identity.Actor{}}
	if err := os.MkdirAll(l.folder, 0o700); err != nil {
		return nil, err
	}
	if l.mark, err = readMark(l.folder, o); err != nil || l.mark.Summary != nil {
		return l, err
	}
	var editions []*Edition
	for _, name := range Editions() {
		e, err := ReadEdition(name)
		if err != nil {
			return nil, err
		}
		editions = append(editions, e)
	}
	if l.world, err = Generate(o.Seed, o.Residents, editions[len(editions)-1]); err != nil {
		return nil, vocab.BadInput.Wrap(err, "generate the world")
	}
	l.books = l.world.books(editions)
	return l, nil
}

// once does a step that is not on record yet. The first one is done each time: it
// finds out what the others need.
func (l *loader) once(ctx context.Context, name string, do func(context.Context) error) error {
	if l.mark.done(name) && name != "node" {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := do(ctx); err != nil {
		return err
	}
	return l.mark.keep(l.folder, name)
}

func (l *loader) tell(step string, done, total int64) { l.opt.Progress(step, done, total) }

// begin writes the first part of every book: from then on it can be asked.
func (l *loader) begin(ctx context.Context) error {
	for i := range l.books {
		_, first := l.books[i].steps()
		if err := l.books[i].write(ctx, l.folder, first, func(step) {}); err != nil {
			return err
		}
		l.tell("databases", int64(i+1), int64(len(l.books)))
	}
	return nil
}

// fill writes the rest.
func (l *loader) fill(ctx context.Context) error {
	for i := range l.books {
		b := &l.books[i]
		all, _ := b.steps()
		err := b.write(ctx, l.folder, len(all), func(s step) {
			if s.table != nil {
				l.tell(s.table.step, int64(s.to), int64(s.table.places))
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// connect adds each department's database as its source.
func (l *loader) connect(ctx context.Context) error {
	for i := range l.books {
		b := &l.books[i]
		steward, err := l.as(ctx, holder(b.owner, vocab.Steward))
		if err != nil {
			return err
		}
		at := url.URL{Scheme: "sqlite", Path: b.path(l.folder)}
		if _, err := l.app.Door.AddSource(ctx, steward, sourceOf(b.owner), at.String(), ""); err != nil {
			return err
		}
		l.tell("sources", int64(i+1), int64(len(l.books)))
	}
	return nil
}

func sourceOf(m vocab.MemberID) vocab.SourceID { return vocab.SourceID(m + "-db") }

// look probes the filled sources, so that their stewards see how much they hold.
func (l *loader) look(ctx context.Context) error {
	for i := range l.books {
		steward, err := l.as(ctx, holder(l.books[i].owner, vocab.Steward))
		if err != nil {
			return err
		}
		if _, err := l.app.Door.CheckSource(ctx, steward, sourceOf(l.books[i].owner)); err != nil {
			return err
		}
	}
	return nil
}

// summary is what is known before the rows are counted.
func (l *loader) summary() Summary {
	s := Summary{Next: l.next()}
	for _, c := range clerks {
		s.Accounts = append(s.Accounts, Account{Officer: c.id(), Name: c.name, Member: officeOf(c.member).name, Roles: c.roles, Password: Password})
	}
	for _, p := range l.cast().visitors {
		s.Residents = append(s.Residents, Own{Name: p.Name, Number: p.Number})
	}
	return s
}

// finish counts and writes the summary down: the world is whole.
func (l *loader) finish(ctx context.Context) (Summary, error) {
	s := l.summary()
	for i := range l.books {
		counts, err := l.books[i].count(ctx, l.folder)
		if err != nil {
			return Summary{}, err
		}
		s.Counts = append(s.Counts, counts...)
	}
	l.mark.Summary = &s
	return s, l.mark.keep(l.folder, "")
}

// Permits gives the residents of a loaded world new permits to see their own
// accesses; each lasts minutes.
func Permits(ctx context.Context, a *app.App, s Summary) ([]Own, error) {
	return permits(ctx, a, s.Residents)
}

func permits(ctx context.Context, a *app.App, of []Own) ([]Own, error) {
	out := make([]Own, len(of))
	for i, o := range of {
		permit, token, err := a.Identity.IssueDemoSelf(ctx, vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: o.Number})
		if err != nil {
			return nil, fmt.Errorf("give a demo permit: %w", err)
		}
		out[i] = Own{Name: o.Name, Number: o.Number, Permit: permit, Token: token}
	}
	return out, nil
}
