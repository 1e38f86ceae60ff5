package right

import (
	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api/law"
	"fontis/internal/vocab"
)

type contestAcceptCmd struct{ said }

// Help shows an example.
func (contestAcceptCmd) Help() string { return "Example:\n  fontis contest accept q-4k1m" }

// Run accepts.
func (s *contestAcceptCmd) Run(c *console.Console) error {
	err := s.step(c, "accept", s.word())
	if err == nil {
		c.Next("fontis contest route %s", s.Contest)
	}
	return err
}

type contestDeclineCmd struct{ said }

// Help shows an example.
func (contestDeclineCmd) Help() string {
	return "Example:\n  fontis contest decline q-4k1m --reason 'it is no datum of the register' --citation 'art. 5'"
}

// Run declines.
func (s *contestDeclineCmd) Run(c *console.Console) error { return s.step(c, "decline", s.word()) }

type contestWithdrawCmd struct{ said }

// Help shows an example.
func (contestWithdrawCmd) Help() string { return "Example:\n  fontis contest withdraw q-4k1m" }

// Run withdraws.
func (s *contestWithdrawCmd) Run(c *console.Console) error { return s.step(c, "withdraw", s.word()) }

type contestTakeCmd struct{ said }

// Help shows an example.
func (contestTakeCmd) Help() string { return "Example:\n  fontis contest take q-4k1m" }

// Run takes.
func (s *contestTakeCmd) Run(c *console.Console) error {
	err := s.step(c, "take", s.word())
	if err == nil {
		c.Next("fontis contest open %s; then correct your register, and: fontis contest find %s corrected; or: fontis contest find %s upheld --reason TEXT --citation LAW", s.Contest, s.Contest, s.Contest)
	}
	return err
}

type contestReviewCmd struct{ said }

// Help shows an example.
func (contestReviewCmd) Help() string {
	return "Example:\n  fontis contest review q-4k1m --reason 'the record that was cited is another person's'"
}

// Run asks.
func (s *contestReviewCmd) Run(c *console.Console) error { return s.step(c, "review", s.word()) }

// sentTo is a step that names a body.
type sentTo struct {
	said
	To string `help:"The body that it goes to." placeholder:"MEMBER"`
}

func (s sentTo) send(c *console.Console, name string) error {
	w := s.word()
	w.To = vocab.MemberID(s.To)
	return s.step(c, name, w)
}

type contestRouteCmd struct{ sentTo }

// Help shows an example.
func (contestRouteCmd) Help() string {
	return "Without --to it goes to the owner of the item.\n\nExample:\n  fontis contest route q-4k1m"
}

// Run routes.
func (s *contestRouteCmd) Run(c *console.Console) error {
	err := s.send(c, "route")
	if err == nil {
		c.Next("a steward of the source: fontis contest take %s, or: fontis contest not-mine %s --reason TEXT", s.Contest, s.Contest)
	}
	return err
}

type contestNotMineCmd struct{ sentTo }

// Help shows an example.
func (contestNotMineCmd) Help() string {
	return "The first time, with --to, it goes to that body; else the authority assigns it.\n\nExample:\n  fontis contest not-mine q-4k1m --to police --reason 'the household register is theirs'"
}

// Run says it.
func (s *contestNotMineCmd) Run(c *console.Console) error { return s.send(c, "not-mine") }

type contestAssignCmd struct{ sentTo }

// Help shows an example.
func (contestAssignCmd) Help() string {
	return "Example:\n  fontis contest assign q-4k1m --to civil --reason 'its duty list names the item'"
}

// Run assigns.
func (s *contestAssignCmd) Run(c *console.Console) error {
	err := s.send(c, "assign")
	if err == nil {
		c.Next("a steward of %s: fontis contest find %s corrected, or upheld --reason TEXT --citation LAW", s.To, s.Contest)
	}
	return err
}

type contestExtendCmd struct {
	said
	Days int `help:"By how many days; at most what the rule allows." placeholder:"N" required:""`
}

// Help shows an example.
func (contestExtendCmd) Help() string {
	return "Example:\n  fontis contest extend q-4k1m --days 5 --reason 'the archive was asked'"
}

// Run extends.
func (s *contestExtendCmd) Run(c *console.Console) error {
	w := s.word()
	w.Days = s.Days
	return s.step(c, "extend", w)
}

type contestDecideCmd struct {
	said
	Reopen  bool `xor:"word" help:"Open it again."`
	Confirm bool `xor:"word" help:"Confirm the outcome."`
}

// Help shows an example.
func (contestDecideCmd) Help() string {
	return "Another officer than who acted in it before decides.\n\nExample:\n  fontis contest decide q-4k1m --reopen --reason 'the evidence was not looked at'"
}

// Run decides.
func (s *contestDecideCmd) Run(c *console.Console) error {
	if !s.Reopen && !s.Confirm {
		return console.Misuse("give --reopen or --confirm")
	}
	return s.step(c, "decide", law.ReviewDecision{Reopen: s.Reopen, Word: s.word()})
}
