// Package node holds the commands that work on a machine's own folders: making a
// node, running it, looking it over, backup and restore, its keys, the demo, and
// the witness on an auditor's machine.
//
// The flow: read node.toml of the folder, open the node as app does, serve or do
// the one thing, close. Whoever owns the folder may do all of it; no interface
// carries any of it but backup.
//
// The promises: what is refused leaves nothing behind, nothing but loopback is
// served unprotected, and two processes of a demo cannot open each other's folder
// wherever the kernel can keep them apart.
package node

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/app"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Init makes a node. Its flags are the keys of node.toml.
type Init struct {
	Name         string `help:"Name of the node and of its log, such as data.example.gov." placeholder:"NAME"`
	Jurisdiction string `help:"Area code of six digits." placeholder:"CODE"`
	Listen       string `help:"Address to serve at." placeholder:"HOST:PORT"`
	URL          string `name:"url" help:"How others reach the node; made from --listen when empty." placeholder:"URL"`
	TLSCert      string `name:"tls-cert" help:"Certificate file (PEM)." placeholder:"FILE"`
	TLSKey       string `name:"tls-key" help:"Key of the certificate (PEM)." placeholder:"FILE"`
	SelfSigned   bool   `help:"Make a certificate of the node's own."`
	BehindProxy  bool   `help:"Another server does TLS in front of this one."`

	Keys              string `help:"Folder of keys, outside the data; default NODE/keys." placeholder:"FOLDER"`
	KeyPassphraseFile string `help:"File with the passphrase that opens the keys." placeholder:"FILE"`
	KeyCredential     string `help:"Name of the service credential that opens the keys." placeholder:"NAME"`

	Database     string `help:"Address of a PostgreSQL database; SQLite in the folder when empty." placeholder:"URL"`
	DatabaseFile string `help:"File that holds that address with its password." placeholder:"FILE"`
	Schema       string `help:"Schema in that database." placeholder:"NAME"`
	Index        string `help:"Where the catalog's index stands: memory when empty, or postgres for tables in that database." placeholder:"WHERE"`

	Demo bool `help:"A node for invented people: it accepts citizen numbers of area 990000 and listens on loopback only."`

	Instance    string `help:"First part of every identity string." default:"CN"`
	Member      string `help:"Id of the body that keeps the node: a-z, 0-9 and hyphens." placeholder:"ID"`
	MemberName  string `help:"Its name." placeholder:"NAME"`
	Officer     string `help:"Login of the first officer." placeholder:"LOGIN"`
	OfficerName string `help:"Their name." placeholder:"NAME"`

	Again bool `help:"Of a node that is made: a new code for its first officer, as long as nobody has signed in."`
}

// Help shows an example.
func (Init) Help() string {
	return `Asks for what no flag gives. Prints a one-time code with which the first officer sets a password.

Example:
  fontis init --node /srv/fontis --name data.example.gov --jurisdiction 990000 \
    --listen 127.0.0.1:8443 --member bureau --member-name 数据局 --officer li.wei
  fontis init --again --node /srv/fontis   # the code ran out before anybody was in`
}

type initAnswer struct {
	Node    string          `json:"node"`
	URL     string          `json:"url"`
	Officer vocab.OfficerID `json:"officer"`
	Code    string          `json:"code"`
	Expires time.Time       `json:"expires"`
}

// Run makes the node.
func (i *Init) Run(c *console.Console) error {
	if console.IsURL(c.Node) {
		return console.Misuse("--node must be a folder: a node is made on its own machine")
	}
	if i.Again {
		return i.again(c)
	}
	if _, err := app.ReadConfig(c.Node); err == nil {
		return vocab.AlreadyExists.Because("%s is a node already", c.Node).WithFix("fontis serve --node %s", c.Node)
	}
	if err := i.fill(c); err != nil {
		return err
	}
	cfg, err := i.config(c.Node)
	if err != nil {
		return err
	}
	if err := exposed(cfg); err != nil {
		return err
	}
	if err := i.reached(cfg); err != nil {
		return err
	}
	fresh := console.Missing(cfg.Dir)
	inv, err := i.make(c, cfg)
	if err != nil {
		if fresh { // a node that was half made would only be in the way
			err = errors.Join(err, os.RemoveAll(cfg.Dir))
		}
		return err
	}
	return invited(c, cfg, inv)
}

// again opens the node as it is, which needs its folder and its keys.
func (i *Init) again(c *console.Console) error {
	if *i != (Init{Again: true, Instance: i.Instance}) {
		return console.Misuse("--again changes nothing of a node: it goes with --node alone")
	}
	cfg, err := app.ReadConfig(c.Node)
	if err != nil {
		return err
	}
	a, err := app.Open(c.Ctx, cfg, app.Options{Clock: c.Clock, Diary: c.Diary()})
	if err != nil {
		return err
	}
	inv, err := a.Identity.InviteFirst(c.Ctx)
	if err = errors.Join(err, a.Close()); err != nil {
		return err
	}
	return invited(c, cfg, inv)
}

// invited prints the code of the first officer.
func invited(c *console.Console, cfg app.Config, inv identity.Invitation) error {
	a := initAnswer{Node: cfg.Dir, URL: cfg.URL, Officer: inv.Officer, Code: inv.Code, Expires: inv.Expires}
	err := c.Result(a, func() {
		c.Say("node     %s\naddress  %s\nofficer  %s\ncode     %s\nuntil    %s", a.Node, a.URL, a.Officer, a.Code, a.Expires.UTC().Format(time.RFC3339))
	})
	c.Next("fontis serve --node %s   (then: fontis login %s --code %s --node %s)", c.Node, inv.Officer, inv.Code, c.Node)
	return err
}

// fill asks for what no flag gave.
func (i *Init) fill(c *console.Console) error {
	for _, q := range []struct {
		into                  *string
		flag, question, usual string
	}{
		{&i.Name, "name", "Name of the node, such as data.example.gov", ""},
		{&i.Jurisdiction, "jurisdiction", "Area code of six digits", ""},
		{&i.Listen, "listen", "Address to serve at", "127.0.0.1:8443"},
		{&i.Member, "member", "Id of the body that keeps the node", ""},
		{&i.MemberName, "member-name", "Its name", i.Member},
		{&i.Officer, "officer", "Login of the first officer", ""},
		{&i.OfficerName, "officer-name", "Their name", i.Officer},
	} {
		if *q.into != "" {
			continue
		}
		if q.usual == "" && strings.HasSuffix(q.flag, "-name") {
			q.usual = map[string]string{"member-name": i.Member, "officer-name": i.Officer}[q.flag]
		}
		answer, err := c.Ask(q.flag, q.question, q.usual)
		if err != nil {
			return err
		}
		*q.into = answer
	}
	return nil
}

func (i *Init) config(node string) (app.Config, error) {
	dir, err := filepath.Abs(node)
	if err != nil {
		return app.Config{}, err
	}
	cfg := app.Config{
		Dir: dir, Name: i.Name, Jurisdiction: i.Jurisdiction, Listen: i.Listen, URL: i.URL, BehindProxy: i.BehindProxy, Demo: i.Demo,
		TLSCert: i.TLSCert, TLSKey: i.TLSKey, Keys: i.Keys, KeyPassphraseFile: i.KeyPassphraseFile, KeyCredential: i.KeyCredential,
		Database: i.Database, DatabaseFile: i.DatabaseFile, Schema: i.Schema, Index: i.Index,
	}
	if i.SelfSigned {
		if cfg.TLSCert != "" {
			return cfg, console.Misuse("--self-signed and --tls-cert exclude each other")
		}
		cfg.TLSCert, cfg.TLSKey = filepath.Join(dir, "tls", "cert.pem"), filepath.Join(dir, "tls", "key.pem")
	}
	if (cfg.TLSCert == "") != (cfg.TLSKey == "") {
		return cfg, console.Misuse("--tls-cert and --tls-key belong together")
	}
	for _, p := range []*string{&cfg.TLSCert, &cfg.TLSKey, &cfg.Keys, &cfg.KeyPassphraseFile, &cfg.DatabaseFile} {
		if *p == "" {
			continue
		}
		if *p, err = filepath.Abs(*p); err != nil {
			return cfg, err
		}
	}
	if cfg.URL == "" {
		cfg.URL = schemeOf(cfg) + "://" + cfg.Listen
	}
	return cfg, nil
}

// reached refuses, before anything is made, what serve would refuse or nobody could
// call: a certificate that is not there, and an address that names no machine.
func (i *Init) reached(cfg app.Config) error {
	if cfg.TLSCert != "" && !i.SelfSigned {
		if _, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey); err != nil {
			return vocab.FileUnreadable.Because("the certificate %s with the key %s: %v", cfg.TLSCert, cfg.TLSKey, err).
				WithFix("give --tls-cert and --tls-key as PEM files that belong together, or --self-signed")
		}
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if ip := net.ParseIP(host); i.URL != "" || err != nil || host != "" && !ip.IsUnspecified() {
		return nil // what is no address at all is refused when the node is made
	}
	url := schemeOf(cfg) + "://" + cfg.Name + ":" + port
	if cfg.BehindProxy {
		url = "https://" + cfg.Name
	}
	return vocab.BadInput.Because("%s is every address of this machine and no name by which others reach it", cfg.Listen).
		WithFix("say the name: --url %s", url)
}

func schemeOf(cfg app.Config) string {
	if cfg.TLSCert != "" {
		return "https"
	}
	return "http"
}

func (i *Init) make(c *console.Console, cfg app.Config) (identity.Invitation, error) {
	if err := app.WriteConfig(cfg); err != nil {
		return identity.Invitation{}, err
	}
	if i.SelfSigned {
		if err := selfSign(cfg, time.Now()); err != nil {
			return identity.Invitation{}, err
		}
	}
	a, err := app.Open(c.Ctx, cfg, app.Options{New: true, Diary: c.Diary()})
	if err != nil {
		return identity.Invitation{}, err
	}
	inv, err := a.Identity.InitNode(c.Ctx, identity.Init{
		Name: i.Name, Instance: i.Instance, Jurisdiction: i.Jurisdiction,
		Authority: identity.NewMember{ID: vocab.MemberID(i.Member), Name: console.NameOf(i.MemberName)},
		Officer:   identity.NewOfficer{Login: i.Officer, Name: i.OfficerName},
	})
	return inv, errors.Join(err, a.Close())
}
