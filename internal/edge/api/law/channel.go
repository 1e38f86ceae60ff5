package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/api"
	"fontis/internal/edge/jobs/channel"
	"fontis/internal/trust/identity"
)

// ChannelList is where the caller's notices go.
type ChannelList struct {
	Items []channel.Channel `json:"items"`
}

// ChannelCode is what was sent to a channel.
type ChannelCode struct {
	Code string `json:"code"`
}

type channels struct{ s *channel.Service }

func addChannels(a *api.API, service *channel.Service) {
	s, t := channels{service}, []string{"notices"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/channels", Summary: "Where the caller's and the member's notices go", Tags: t}, s.list)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/channels", Summary: "Name an e-mail address or a webhook; a code is sent there", Tags: t}, s.add)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/channels/{id}/confirm", Summary: "Open a channel with the code that was sent there", Tags: t}, s.confirm)
	api.Do(a, huma.Operation{Method: "DELETE", Path: "/v1/channels/{id}", Summary: "Remove a channel", Tags: t}, s.remove)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/channel-key", Summary: "The public key that webhooks' events are signed with", Tags: t}, s.key)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/dead-letters", Summary: "Notices that would not go, for the operator of the node", Tags: t}, s.dead)
	api.Do(a, huma.Operation{Method: "POST", Path: "/v1/dead-letters/{id}/again", Summary: "Send one again", Tags: t}, s.again)
}

func (s channels) list(ctx context.Context, a identity.Actor, _ *struct{}) (ChannelList, error) {
	all, err := s.s.List(ctx, a)
	return ChannelList{Items: all}, err
}

func (s channels) add(ctx context.Context, a identity.Actor, in *body[channel.New]) (channel.Channel, error) {
	return s.s.Add(ctx, a, in.Body)
}

func (s channels) confirm(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body ChannelCode
},
) (channel.Channel, error) {
	return s.s.Confirm(ctx, a, in.ID, in.Body.Code)
}

func (s channels) remove(ctx context.Context, a identity.Actor, in *NamePath) error {
	return s.s.Remove(ctx, a, in.ID)
}

func (s channels) key(context.Context, identity.Actor, *struct{}) (channel.Key, error) {
	return s.s.Key(), nil
}

func (s channels) dead(ctx context.Context, a identity.Actor, in *struct{ api.Paging }) (api.Page[channel.Letter], error) {
	all, err := s.s.Dead(ctx, a, in.After, in.Limit+1)
	return api.PageOf(all, in.Limit, func(l channel.Letter) string { return l.ID }), err
}

func (s channels) again(ctx context.Context, a identity.Actor, in *NamePath) error {
	return s.s.Again(ctx, a, in.ID)
}
