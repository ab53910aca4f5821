package interaction

import (
	"slices"

	"tieline/bridge"
)

// ProtocolVersion is the version of docs/protocol.md that this package speaks.
const ProtocolVersion = "1"

// Supported are the queries and requests that this gateway carries out; all others of the
// protocol are answered UNSUPPORTED, and so are cti.request.validatecredentials where there is no
// registrar to ask, and conversation.request.senddtmf where digits cannot be sent.
func Supported() []bridge.Name {
	return []bridge.Name{
		bridge.ControlStatusRequest, bridge.ControlCapabilities, bridge.ControlValidateCredentials, bridge.ControlAddSession, bridge.ControlServerStatus,
		bridge.SessionInit, bridge.SessionAddChannelGroup, bridge.SessionRemoveChannelGroup, bridge.SessionLogout, bridge.SessionDispose,
		bridge.GroupInit, bridge.GroupAddChannel, bridge.GroupRemoveChannel, bridge.GroupActivate, bridge.GroupDispose,
		bridge.ChannelInit, bridge.ChannelActivate, bridge.ChannelDeactivate, bridge.ChannelReadyRequest, bridge.ChannelNotReadyRequest, bridge.ChannelDispose,
		bridge.ChannelPrepareInteraction, bridge.ChannelDial,
		bridge.InteractionInit, bridge.InteractionAccept, bridge.InteractionReject, bridge.InteractionDataQuery, bridge.InteractionSetData, bridge.InteractionComplete,
		bridge.InteractionPrepareConversation,
		bridge.ConversationInit, bridge.ConversationAnswer, bridge.ConversationRelease, bridge.ConversationSendDTMF,
	}
}

func (t *Tree) capabilities() bridge.Capabilities {
	works := slices.DeleteFunc(Supported(), func(n bridge.Name) bool {
		return n == bridge.ControlValidateCredentials && !t.settings.Registrar || n == bridge.ConversationSendDTMF && !t.settings.SendDTMF
	})
	c := bridge.Capabilities{
		ProtocolVersion:        ProtocolVersion,
		ChannelGroupsSupported: true,
		ChannelTypes:           []string{string(bridge.Telephony)},
		Messages:               slices.Sorted(slices.Values(works)),
	}
	c.Gateway.Name, c.Gateway.Version = "tieline", t.settings.Version
	return c
}
