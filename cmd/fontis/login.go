package main

import (
	"errors"
	"net/http"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

// loginCmd signs an officer in and keeps the session.
type loginCmd struct {
	Officer      string `arg:"" help:"Login, or whole id such as li.wei@bureau."`
	PasswordFile string `help:"File whose first line is the password." placeholder:"FILE"`
	For          string `help:"Member to act for, where you hold roles in several." placeholder:"MEMBER"`
	Code         string `help:"One-time code of an invitation; the password is set with it." placeholder:"CODE"`
}

// Help shows an example.
func (loginCmd) Help() string {
	return `The session is kept in a file of mode 0600 under $FONTIS_HOME or ~/.config/fontis.

Example:
  fontis login li.wei@bureau --code X3CW-A04A-TTE4-WYEA-ZQSE`
}

// Run signs in.
func (l *loginCmd) Run(c *console.Console) error {
	r, err := c.Reach()
	if err != nil {
		return err
	}
	return errors.Join(l.signIn(c, r), r.Close())
}

func (l *loginCmd) signIn(c *console.Console, r *console.Reached) error {
	password, err := l.password(c)
	if err != nil {
		return err
	}
	var s api.Session
	if l.Code != "" {
		err = r.Do(c.Ctx, http.MethodPost, "/v1/invitations/accept", api.Accept{Code: l.Code, Password: password}, &s)
	} else {
		err = r.Do(c.Ctx, http.MethodPost, "/v1/sign-in", api.SignIn{Login: l.Officer, Password: password}, &s)
	}
	if err != nil {
		return err
	}
	if l.For != "" {
		acting := r.WithToken(s.Token)
		if err := acting.Do(c.Ctx, http.MethodPost, "/v1/me/act-for", api.ActFor{Member: vocab.MemberID(l.For)}, &s); err != nil {
			return err
		}
	}
	if err := stay(r, s); err != nil {
		return err
	}
	err = c.Result(s.Me, func() {
		c.Say("signed in as %s of %s (%s), until %s", s.Me.Officer, s.Me.MemberName.In("en"), console.Joined(s.Me.Roles), s.Expires.Local().Format(time.DateTime))
	})
	c.Next("%s", firstStep(s.Me.Roles))
	return err
}

func (l *loginCmd) password(c *console.Console) (string, error) {
	question := "password"
	if l.Code != "" {
		question = "new password"
	}
	first, err := c.Secret(l.PasswordFile, question)
	if err != nil || l.Code == "" || l.PasswordFile != "" {
		return first, err
	}
	again, err := c.Secret("", "the same again")
	if err == nil && again != first {
		err = vocab.BadInput.Because("the two passwords differ")
	}
	return first, err
}

// firstStep is where an officer with the roles goes on.
func firstStep(roles []vocab.Role) string {
	for _, r := range roles {
		switch r {
		case vocab.Authority:
			return "fontis member add ID NAME"
		case vocab.Steward:
			return "fontis import FILE --map"
		case vocab.DataUser:
			return "fontis search WORDS"
		}
	}
	return "fontis notices"
}

// logoutCmd ends the session.
type logoutCmd struct{}

// Help shows an example.
func (logoutCmd) Help() string { return "Example:\n  fontis logout --as li.wei@bureau" }

// Run signs out.
func (logoutCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		w, err := console.WalletFor(r.Name)
		if err != nil {
			return err
		}
		cred, err := w.Find(c.As)
		if err != nil {
			return err
		}
		err = r.Do(c.Ctx, http.MethodPost, "/v1/sign-out", nil, nil)
		if vocab.CodeOf(err) == vocab.SignInNeeded { // it had ended by itself
			err = nil
		}
		if err != nil {
			return err
		}
		if err := w.Drop(cred.Officer); err != nil {
			return err
		}
		return c.Result(map[string]string{"officer": string(cred.Officer), "state": "signed-out"}, func() { c.Say("%s is signed out", cred.Officer) })
	})
}

// noticesCmd lists the inbox.
type noticesCmd struct {
	Read string `help:"Mark this notice read." placeholder:"ID"`
	Most int    `help:"At most so many." default:"50"`
}

// Help shows an example.
func (noticesCmd) Help() string { return "Example:\n  fontis notices --most 10" }

// Run lists or marks.
func (n *noticesCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		if n.Read != "" {
			return r.Do(c.Ctx, http.MethodPost, "/v1/notices/"+console.Segment(n.Read)+"/read", nil, nil)
		}
		list, err := console.ListSome[api.Notice](c.Ctx, r.Client, "/v1/notices", n.Most)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, one := range list {
				state := "new"
				if !one.Read.IsZero() {
					state = "read"
				}
				rows = append(rows, []string{one.ID, one.At.Local().Format(time.DateTime), state, one.Kind, console.Pairs(one.Params)})
			}
			c.Table([]string{"NOTICE", "AT", "STATE", "KIND", "ABOUT"}, rows)
		})
	})
}
