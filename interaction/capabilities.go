package interaction

import (
	"slices"

	"tieline/bridge"
)

// ProtocolVersion is the version of docs/protocol.md that this package speaks.
const ProtocolVersion = "1"

// Supported are the queries and requests that this gateway carries out; all others of the
// protocol are answered UNSUPPORTED, and so are cti.request.validatecredentials where there is no
// registrar to ask, and the verbs that no group's telephone system or station is capable of.
func Supported() []bridge.Name {
	return []bridge.Name{
		bridge.ControlStatusRequest, bridge.ControlCapabilities, bridge.ControlValidateCredentials, bridge.ControlAddSession, bridge.ControlServerStatus,
		bridge.SessionInit, bridge.SessionAddChannelGroup, bridge.SessionRemoveChannelGroup, bridge.SessionLogout, bridge.SessionDispose,
		bridge.GroupInit, bridge.GroupAddChannel, bridge.GroupRemoveChannel, bridge.GroupActivate, bridge.GroupDispose,
		bridge.ChannelInit, bridge.ChannelActivate, bridge.ChannelDeactivate, bridge.ChannelReadyRequest, bridge.ChannelNotReadyRequest, bridge.ChannelDispose,
		bridge.ChannelPrepareInteraction, bridge.ChannelDial,
		bridge.InteractionInit, bridge.InteractionAccept, bridge.InteractionReject, bridge.InteractionDataQuery, bridge.InteractionSetData, bridge.InteractionComplete,
		bridge.InteractionPrepareConversation, bridge.InteractionConsult, bridge.InteractionConsultTransfer, bridge.InteractionConsultConference, bridge.InteractionAlternate,
		bridge.ConversationInit, bridge.ConversationAnswer, bridge.ConversationRelease, bridge.ConversationSendDTMF,
		bridge.ConversationHold, bridge.ConversationRetrieve, bridge.ConversationTransfer, bridge.ConversationConference,
	}
}

func (t *Tree) capabilities() bridge.Capabilities {
	works := slices.DeleteFunc(Supported(), func(n bridge.Name) bool { return !t.capable(n) })
	c := bridge.Capabilities{
		ProtocolVersion:        ProtocolVersion,
		ChannelGroupsSupported: true,
		ChannelTypes:           []string{string(bridge.Telephony)},
		Messages:               slices.Sorted(slices.Values(works)),
	}
	c.Gateway.Name, c.Gateway.Version = "tieline", t.settings.Version
	return c
}

// capable tells whether any group can do what a message asks for.
func (t *Tree) capable(n bridge.Name) bool {
	switch n {
	case bridge.ControlValidateCredentials:
		return t.settings.Registrar
	case bridge.ConversationSendDTMF:
		return t.settings.SendDTMF
	case bridge.ConversationHold, bridge.ConversationRetrieve, bridge.InteractionConsult, bridge.InteractionConsultTransfer, bridge.InteractionAlternate:
		return t.settings.Station
	case bridge.InteractionConsultConference:
		return t.settings.Station && t.settings.Conference
	case bridge.ConversationTransfer:
		return t.settings.Transfer
	case bridge.ConversationConference:
		return t.settings.Conference
	}
	return true
}
