package main

import (
	"net/http"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

// passwordCmd changes one's own password.
type passwordCmd struct {
	PasswordFile    string `help:"File whose first line is the password so far." placeholder:"FILE"`
	NewPasswordFile string `help:"File whose first line is the new one." placeholder:"FILE"`
}

// Help shows an example.
func (passwordCmd) Help() string {
	return "Your sessions elsewhere end; this one goes on.\n\nExample:\n  fontis password --as li.wei@bureau"
}

// Run changes it and keeps the session that comes with it.
func (p *passwordCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		old, err := c.Secret(p.PasswordFile, "password so far")
		if err != nil {
			return err
		}
		fresh, err := c.Secret(p.NewPasswordFile, "new password")
		if err != nil {
			return err
		}
		if p.NewPasswordFile == "" {
			again, err := c.Secret("", "the same again")
			if err != nil {
				return err
			}
			if again != fresh {
				return vocab.BadInput.Because("the two passwords differ")
			}
		}
		var s api.Session
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/me/password", api.Passwords{Old: old, New: fresh}, &s); err != nil {
			return err
		}
		if err := stay(r, s); err != nil {
			return err
		}
		return c.Result(s.Me, func() { c.Say("%s has a new password", s.Me.Officer) })
	})
}

// stay remembers a session of this node.
func stay(r *console.Reached, s api.Session) error {
	w, err := console.WalletFor(r.Name)
	if err != nil {
		return err
	}
	return w.Keep(console.Credential{Node: r.Name, Officer: s.Me.Officer, Token: s.Token, Expires: s.Expires})
}
