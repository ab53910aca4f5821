package interaction

import (
	"slices"

	"tieline/bridge"
)

// ProtocolVersion is the version of docs/protocol.md that this package speaks.
const ProtocolVersion = "1"

// Supported are the queries and requests that this gateway carries out; all others of the
// protocol are answered UNSUPPORTED.
func Supported() []bridge.Name {
	return []bridge.Name{
		bridge.ControlStatusRequest, bridge.ControlCapabilities, bridge.ControlAddSession, bridge.ControlServerStatus,
		bridge.SessionInit, bridge.SessionAddChannelGroup, bridge.SessionRemoveChannelGroup, bridge.SessionLogout, bridge.SessionDispose,
		bridge.GroupInit, bridge.GroupAddChannel, bridge.GroupRemoveChannel, bridge.GroupActivate, bridge.GroupDispose,
		bridge.ChannelInit, bridge.ChannelActivate, bridge.ChannelDeactivate, bridge.ChannelReadyRequest, bridge.ChannelNotReadyRequest, bridge.ChannelDispose,
		bridge.ChannelPrepareInteraction, bridge.ChannelDial,
		bridge.InteractionInit, bridge.InteractionDataQuery, bridge.InteractionSetData, bridge.InteractionComplete,
		bridge.InteractionPrepareConversation,
		bridge.ConversationInit, bridge.ConversationRelease,
	}
}

func (t *Tree) capabilities() bridge.Capabilities {
	c := bridge.Capabilities{
		ProtocolVersion:        ProtocolVersion,
		ChannelGroupsSupported: true,
		ChannelTypes:           []string{string(bridge.Telephony)},
		Messages:               slices.Sorted(slices.Values(Supported())),
	}
	c.Gateway.Name, c.Gateway.Version = "tieline", t.settings.Version
	return c
}
