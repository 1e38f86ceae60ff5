package node

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/app"
	"fontis/internal/edge/serve"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// Serve runs a node. A flag overrides the key of the same name in node.toml.
type Serve struct {
	Listen      string `help:"Address to serve at." placeholder:"HOST:PORT"`
	TLSCert     string `name:"tls-cert" help:"Certificate file (PEM)." placeholder:"FILE"`
	TLSKey      string `name:"tls-key" help:"Key of the certificate (PEM)." placeholder:"FILE"`
	BehindProxy bool   `help:"Another server does TLS in front of this one."`
}

// Help shows an example.
func (Serve) Help() string {
	return "Ends on SIGTERM or Ctrl-C, after the calls that are under way.\n\nExample:\n  fontis serve --node /srv/fontis"
}

// Run serves until the process is told to stop.
func (s *Serve) Run(c *console.Console) error {
	if console.IsURL(c.Node) {
		return console.Misuse("--node must be a folder: a node is served from its own machine")
	}
	cfg, err := app.ReadConfig(c.Node)
	if err != nil {
		return err
	}
	s.override(&cfg)
	if err := exposed(cfg); err != nil {
		return err
	}
	c.Verbose = true
	h, err := open(c, cfg, app.Options{Clock: c.Clock, Diary: c.Diary()})
	if err != nil {
		return err
	}
	err = h.prepare(c.Ctx)
	if err == nil {
		err = c.Result(h.serving, func() { c.Say("fontis serves %s at %s", cfg.Name, h.serving.URL) })
	}
	if err == nil {
		err = h.serve(c.Ctx)
	}
	return errors.Join(err, h.Close())
}

func (s *Serve) override(cfg *app.Config) {
	if s.TLSCert != "" {
		cfg.TLSCert, cfg.TLSKey = s.TLSCert, s.TLSKey
	}
	if s.Listen != "" {
		cfg.Listen, cfg.URL = s.Listen, schemeOf(*cfg)+"://"+s.Listen
	}
	cfg.BehindProxy = cfg.BehindProxy || s.BehindProxy
}

// host is a node that serves.
type host struct {
	cfg     app.Config
	app     *app.App
	server  *serve.Server
	handler http.Handler
	serving console.Serving
	noted   console.Serving // what stands in the file
}

// open takes the address and opens the node behind it: by then the node knows under
// which port others reach it, also where the system chose one. Who calls meanwhile
// waits for the first answer.
func open(c *console.Console, cfg app.Config, o app.Options) (*host, error) {
	server, err := serve.Listen(c.Ctx, exposure(cfg, o))
	if err != nil {
		return nil, err
	}
	if u, err := url.Parse(cfg.URL); err != nil || u.Host == "" || u.Port() == "0" {
		cfg.URL = server.URL()
	}
	a, err := app.Open(c.Ctx, cfg, o)
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return &host{cfg: cfg, app: a, server: server, serving: console.Serving{URL: server.URL(), PID: os.Getpid()}}, nil
}

// prepare makes the faces, and writes down where the node answers.
func (h *host) prepare(ctx context.Context) error {
	var err error
	if h.handler, err = console.Face(h.app); err != nil {
		return err
	}
	return h.note(ctx)
}

// note writes down where the node answers, and whom hints may name by now.
func (h *host) note(ctx context.Context) error {
	now := h.serving
	now.Operator, now.Steward = h.app.OfficerWith(ctx, vocab.Operator), h.app.OfficerWith(ctx, vocab.Steward)
	if now == h.noted || ctx.Err() != nil {
		return nil
	}
	b, err := json.Marshal(now)
	if err != nil {
		return err
	}
	if err := console.WritePrivate(console.ServingFile(h.cfg), append(b, '\n')); err != nil {
		return err
	}
	h.noted = now
	return nil
}

// noteEvery is the least time between two looks at the officers: a list of them
// may come in at once.
const noteEvery = time.Second

// keepNote follows the officers: on a new node they are made while it serves.
func (h *host) keepNote(ctx context.Context) {
	for {
		news := h.app.DB.News(fact.TopicIdentity)
		if err := h.note(ctx); err != nil && ctx.Err() == nil {
			h.app.Diary.Warn("where the node answers was not written down", "error", err)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(noteEvery):
		case <-ctx.Done():
			return
		}
	}
}

// serve answers until ctx ends.
func (h *host) serve(ctx context.Context) error {
	run, stop := context.WithCancel(ctx)
	var noting sync.WaitGroup
	noting.Go(func() { h.keepNote(run) })
	err := h.server.Serve(ctx, h.handler)
	stop()
	noting.Wait()
	return err
}

// Close ends the node, and gives its address back where nothing was served.
func (h *host) Close() error {
	err := os.Remove(console.ServingFile(h.cfg))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	given := h.server.Close()
	if errors.Is(given, net.ErrClosed) {
		given = nil
	}
	return errors.Join(err, given, h.app.Close())
}

// exposure is where and how the configuration serves.
func exposure(cfg app.Config, o app.Options) serve.Options {
	return serve.Options{
		Address: cfg.Listen, CertFile: cfg.TLSCert, KeyFile: cfg.TLSKey, BehindProxy: cfg.BehindProxy, Demo: cfg.Demo, Clock: o.Clock, Diary: o.Diary,
	}
}

// exposed refuses an address that others reach without TLS.
func exposed(cfg app.Config) error {
	err := serve.Exposure(exposure(cfg, app.Options{}))
	var f *vocab.Failure
	if errors.As(err, &f) && f.Fix == "" && f.Code == vocab.UnsafeExposure {
		return f.WithFix("give --tls-cert and --tls-key, or --self-signed at fontis init, or --behind-proxy when another server does TLS")
	}
	return err
}
