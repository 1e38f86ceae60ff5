package right

import (
	"net/http"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api/law"
	"fontis/internal/edge/jobs/channel"
	"fontis/internal/edge/text"
)

// Notice holds the verbs about where notices go.
type Notice struct {
	Channel channelCmd     `cmd:"" help:"Addresses that your notices go to, beside the inbox."`
	Dead    noticeDeadCmd  `cmd:"" help:"As the operator, list notices that would not go."`
	Again   noticeAgainCmd `cmd:"" help:"As the operator, send one of them again."`
}

type channelCmd struct {
	Add     channelAddCmd     `cmd:"" help:"Name an e-mail address or a webhook; a code is sent there."`
	Confirm channelConfirmCmd `cmd:"" help:"Open a channel with the code that was sent there."`
	List    channelListCmd    `cmd:"" help:"List your channels and your member's."`
	Remove  channelRemoveCmd  `cmd:"" help:"Remove a channel."`
	Key     channelKeyCmd     `cmd:"" help:"Show the public key that webhooks' events are signed with."`
}

type channelAddCmd struct {
	Kind    string `arg:"" help:"${enum}." enum:"email,webhook"`
	Address string `arg:"" help:"The address."`
	Lang    string `help:"Language of the messages: ${enum}." enum:"en,zh-Hans" default:"en"`
	Member  bool   `help:"For the whole member, not for you alone."`
}

// Help shows an example.
func (channelAddCmd) Help() string {
	return "Example:\n  fontis notice channel add email li@civil.example --lang zh-Hans\n  fontis notice channel add webhook https://hooks.civil.example/fontis --member"
}

// Run adds.
func (n *channelAddCmd) Run(c *console.Console) error {
	in := channel.New{Kind: channel.Kind(n.Kind), Address: n.Address, Lang: text.Lang(n.Lang), Member: n.Member}
	return post(c, "/v1/channels", in, func(out channel.Channel) {
		c.Say("%s  %s", out.ID, out.State)
		c.Next("fontis notice channel confirm %s CODE, with the code that was sent there", out.ID)
	})
}

type channelConfirmCmd struct {
	Channel string `arg:"" help:"Id of the channel."`
	Code    string `arg:"" help:"The code that was sent there."`
}

// Help shows an example.
func (channelConfirmCmd) Help() string {
	return "Example:\n  fontis notice channel confirm ch-4k1m k-7h2p9m4k1m7h2p9m"
}

// Run confirms.
func (n *channelConfirmCmd) Run(c *console.Console) error {
	return post(c, "/v1/channels/"+console.Segment(n.Channel)+"/confirm", law.ChannelCode{Code: n.Code}, func(out channel.Channel) {
		c.Say("%s  %s", out.ID, out.State)
	})
}

type channelListCmd struct{}

// Help shows an example.
func (channelListCmd) Help() string { return "Example:\n  fontis notice channel list" }

// Run lists.
func (channelListCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out law.ChannelList
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/channels", nil, &out); err != nil {
			return err
		}
		return c.Result(out.Items, func() {
			var rows [][]string
			for _, x := range out.Items {
				rows = append(rows, []string{x.ID, string(x.State), string(x.Kind), x.Address, string(x.Lang), string(x.Officer)})
			}
			c.Table([]string{"CHANNEL", "STATE", "KIND", "ADDRESS", "LANGUAGE", "OFFICER"}, rows)
		})
	})
}

type channelRemoveCmd struct {
	Channel string `arg:"" help:"Id of the channel."`
}

// Help shows an example.
func (channelRemoveCmd) Help() string { return "Example:\n  fontis notice channel remove ch-4k1m" }

// Run removes.
func (n *channelRemoveCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		if err := r.Do(c.Ctx, http.MethodDelete, "/v1/channels/"+console.Segment(n.Channel), nil, nil); err != nil {
			return err
		}
		return c.Result(map[string]string{"id": n.Channel, "state": "removed"}, func() { c.Say("%s is removed", n.Channel) })
	})
}

type channelKeyCmd struct{}

// Help shows an example.
func (channelKeyCmd) Help() string { return "Example:\n  fontis notice channel key" }

// Run shows.
func (channelKeyCmd) Run(c *console.Console) error {
	return get(c, "/v1/channel-key", func(out channel.Key) { c.Say("%s  %s", out.ID, out.Key) })
}

type noticeDeadCmd struct{}

// Help shows an example.
func (noticeDeadCmd) Help() string { return "Example:\n  fontis notice dead" }

// Run lists.
func (noticeDeadCmd) Run(c *console.Console) error {
	head := []string{"LETTER", "MEMBER", "CHANNEL", "NOTICE", "GIVEN UP", "WHY"}
	return table(c, "/v1/dead-letters", head, func(x channel.Letter) [][]string {
		return [][]string{{x.ID, string(x.Member), x.Channel, x.Kind, x.DeadAt.Local().Format(time.DateTime), x.Trouble}}
	})
}

type noticeAgainCmd struct {
	Letter string `arg:"" help:"Id of the letter."`
}

// Help shows an example.
func (noticeAgainCmd) Help() string { return "Example:\n  fontis notice again d-4k1m" }

// Run sends.
func (n *noticeAgainCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/dead-letters/"+console.Segment(n.Letter)+"/again", nil, nil); err != nil {
			return err
		}
		return c.Result(map[string]string{"id": n.Letter, "state": "waiting"}, func() { c.Say("%s is tried again", n.Letter) })
	})
}
