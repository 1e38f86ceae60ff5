package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"fontis/internal/app"
	"fontis/internal/vocab"
)

// serveCmd runs a node. A flag overrides the key of the same name in node.toml.
type serveCmd struct {
	Listen      string `help:"Address to serve at." placeholder:"HOST:PORT"`
	TLSCert     string `name:"tls-cert" help:"Certificate file (PEM)." placeholder:"FILE"`
	TLSKey      string `name:"tls-key" help:"Key of the certificate (PEM)." placeholder:"FILE"`
	BehindProxy bool   `help:"Another server does TLS in front of this one."`
}

// Help shows an example.
func (serveCmd) Help() string {
	return "Ends on SIGTERM or Ctrl-C, after the calls that are under way.\n\nExample:\n  fontis serve --node /srv/fontis"
}

// Run serves until the process is told to stop.
func (s *serveCmd) Run(c *console) error {
	if isURL(c.Node) {
		return misuse("--node must be a folder: a node is served from its own machine")
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
	h, err := c.open(cfg)
	if err != nil {
		return err
	}
	err = h.listen(c.ctx)
	if err == nil {
		err = c.result(h.serving, func() { c.say("fontis serves %s at %s", cfg.Name, h.serving.URL) })
	}
	if err == nil {
		err = h.serve(c.ctx)
	}
	return errors.Join(err, h.Close())
}

func (s *serveCmd) override(cfg *app.Config) {
	if s.Listen != "" {
		cfg.Listen, cfg.URL = s.Listen, ""
	}
	if s.TLSCert != "" {
		cfg.TLSCert, cfg.TLSKey = s.TLSCert, s.TLSKey
	}
	cfg.BehindProxy = cfg.BehindProxy || s.BehindProxy
}

// host is a node that serves.
type host struct {
	cfg      app.Config
	app      *app.App
	diary    *slog.Logger
	listener net.Listener
	handler  http.Handler
	serving  serving
}

// patience is how long calls under way may take after the word to stop.
const patience = 15 * time.Second

// open opens the node of the configuration to be served.
func (c *console) open(cfg app.Config) (*host, error) {
	h := &host{cfg: cfg, diary: c.diary()}
	a, err := app.Open(c.ctx, cfg, app.Options{Diary: h.diary})
	if err != nil {
		return nil, err
	}
	h.app = a
	h.handler, err = face(a)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return h, nil
}

// listen takes the address and writes down where the node answers.
func (h *host) listen(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", h.cfg.Listen)
	if err != nil {
		return vocab.BadInput.Wrap(err, "listen at %s", h.cfg.Listen).WithFix("stop what uses the address, or choose another: fontis serve --listen HOST:PORT")
	}
	h.listener = listener
	h.serving = serving{URL: schemeOf(h.cfg) + "://" + listener.Addr().String(), PID: os.Getpid()}
	b, err := json.Marshal(h.serving)
	if err != nil {
		return err
	}
	return writePrivate(servingFile(h.cfg), append(b, '\n'))
}

// serve answers until ctx ends.
func (h *host) serve(ctx context.Context) error {
	server := &http.Server{
		Handler: h.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(h.diary.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() {
		if h.cfg.TLSCert != "" {
			ended <- server.ServeTLS(h.listener, h.cfg.TLSCert, h.cfg.TLSKey)
			return
		}
		ended <- server.Serve(h.listener)
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	h.diary.Info("stopping")
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		h.diary.Warn("calls were cut off", "error", err)
		return server.Close()
	}
	return nil
}

// Close ends the node.
func (h *host) Close() error {
	err := os.Remove(servingFile(h.cfg))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, h.app.Close())
}
