package processor

import (
	"context"

	"tieline/bridge"
)

// Station names a channel by all that leads to it: the agent's session, the channel group,
// and the channel with its end-point on the telephone system.
type Station struct {
	Session  string
	Agent    bridge.Agent
	Group    string
	Channel  string
	EndPoint string
}

// Target is the channel's target.
func (s Station) Target() bridge.Target {
	return bridge.Target(s.Session).Child(s.Group).Child(s.Channel)
}

// Ready is a channel that has been set up and initialized.
type Ready struct {
	Target bridge.Target
	State  bridge.ChannelState
	// Made is the highest destination that was not there before, to be disposed of in the
	// end; empty when all was there. A session without groups counts as not there before.
	Made bridge.Target
}

// Setup sets up and initializes the session, the channel group and the channel, each unless
// it is there already (docs/protocol.md §3).
func (c *Client) Setup(ctx context.Context, s Station) (Ready, error) {
	ready := Ready{Target: s.Target()}
	session, group := bridge.Target(s.Session), bridge.Target(s.Session).Child(s.Group)
	var opened bridge.SessionState
	if err := c.open(ctx, session, bridge.ControlAddSession, bridge.AddSession{Session: s.Session, Agent: s.Agent}, bridge.SessionInit, &opened); err != nil {
		return ready, err
	}
	if len(opened.ChannelGroups) == 0 {
		ready.Made = session
	}
	hadGroup := false
	for _, g := range opened.ChannelGroups {
		hadGroup = hadGroup || g.ChannelGroup == s.Group
	}
	if ready.Made == "" && !hadGroup {
		ready.Made = group
	}
	var channels bridge.GroupState
	if err := c.open(ctx, group, bridge.SessionAddChannelGroup, bridge.GroupRef{ChannelGroup: s.Group}, bridge.GroupInit, &channels); err != nil {
		return ready, err
	}
	hadChannel := false
	for _, ch := range channels.Channels {
		hadChannel = hadChannel || ch.Channel == s.Channel
	}
	if ready.Made == "" && !hadChannel {
		ready.Made = ready.Target
	}
	var err error
	ready.State, err = c.addChannel(ctx, s)
	return ready, err
}

// AddChannel is the last step of Setup alone, for one more channel of a group that has been
// set up.
func (c *Client) AddChannel(ctx context.Context, s Station) error {
	_, err := c.addChannel(ctx, s)
	return err
}

func (c *Client) addChannel(ctx context.Context, s Station) (state bridge.ChannelState, err error) {
	ref := bridge.ChannelRef{Channel: s.Channel, EndPoint: s.EndPoint, Type: bridge.Telephony}
	err = c.open(ctx, s.Target(), bridge.GroupAddChannel, ref, bridge.ChannelInit, &state)
	return state, err
}

// open sets a destination up and initializes it.
func (c *Client) open(ctx context.Context, t bridge.Target, setup bridge.Name, body any, initialize bridge.Name, state any) error {
	if err := c.ask(ctx, setup, t.Parent(), t, body, nil); err != nil {
		return err
	}
	return c.ask(ctx, initialize, t, t, nil, state)
}

// Dispose tears a session, group or channel down, with everything below it.
func (c *Client) Dispose(ctx context.Context, t bridge.Target) error {
	name := bridge.ChannelDispose
	switch t.Object() {
	case bridge.ObjectSession:
		name = bridge.SessionDispose
	case bridge.ObjectGroup:
		name = bridge.GroupDispose
	case bridge.ObjectControl, bridge.ObjectChannel, bridge.ObjectInteraction, bridge.ObjectConversation:
	}
	return c.ask(ctx, name, t, t, nil, nil)
}
