package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/mail"
	"os"
	"slices"
	"time"

	"fontis/internal/edge/jobs/channel"
	"fontis/internal/edge/text"
	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
	files "fontis/web"
)

// pruneChannels is how often what was sent long ago is forgotten.
const pruneChannels = 24 * time.Hour

// openChannels opens the ways by which notices leave the portal; it comes after
// the scheduler, which lets it hear of them.
func (a *App) openChannels(_ context.Context, _ Options) error {
	texts, err := text.Load(files.Text, "text")
	if err != nil {
		return err
	}
	if err := a.Keys.Ensure(keys.Notice); err != nil {
		return err
	}
	signer, id, err := a.Keys.Signer(keys.Notice)
	if err != nil {
		return err
	}
	server, err := a.mailServer()
	if err != nil {
		return fmt.Errorf("read [mail]: %w", err)
	}
	url := a.Config.URL
	if url == "" {
		url = "http://" + a.Config.Listen
	}
	a.Channels, err = channel.Open(channel.Parts{
		DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Text: texts, Diary: a.Diary, URL: url, Node: a.Config.Name,
		Mail: server, Signer: signer, KeyID: id, Hosts: a.Config.WebhookHosts, Plain: a.Config.Demo,
		Persons: &channel.Persons{
			Seal: subjects{a.Identity, a.Keys}.Seal, Unseal: subjects{a.Identity, a.Keys}.Unseal, Of: a.Identity.NoticeTo, Act: a.about,
			Gone: func(ctx context.Context, id string) error { return a.Records.Retention.TakenBack(ctx, "address", id) },
		},
	})
	if err != nil {
		return fmt.Errorf("open the channels: %w", err)
	}
	a.Jobs.Hear("channel", a.Channels.Hear)
	a.Jobs.Every("channel-prune", pruneChannels, a.Channels.Prune)
	a.tasks.Go(func() { a.Channels.Run(a.run) })
	return nil
}

// mailServer is the one of the configuration; nil when it names none.
func (a *App) mailServer() (*channel.Mail, error) {
	c := a.Config.Mail
	if c.Address == "" {
		return nil, nil
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, vocab.BadInput.Because("from is no e-mail address")
	}
	m := &channel.Mail{Address: c.Address, From: from.Address, Security: channel.Security(c.Security), User: c.User}
	if m.Security == "" {
		m.Security = channel.Offered
	}
	if !slices.Contains([]channel.Security{channel.Offered, channel.Required, channel.Implicit}, m.Security) {
		return nil, vocab.BadInput.Because("security is offered, required or tls, not %q", c.Security)
	}
	if c.PasswordFile != "" {
		secret, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, vocab.KeyMissing.Wrap(err, "the password of the mail server")
		}
		m.Password = channel.Secret(firstLine(secret))
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, vocab.KeyMissing.Wrap(err, "the certificates of the mail server")
		}
		if m.Roots = x509.NewCertPool(); !m.Roots.AppendCertsFromPEM(pem) {
			return nil, vocab.FileUnreadable.Because("%s holds no certificate", c.CAFile)
		}
	}
	return m, nil
}
