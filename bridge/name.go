package bridge

// Type says what a message is (protocol.md §2, header "type").
type Type string

// The four message types.
const (
	TypeQuery    Type = "cti.query"
	TypeRequest  Type = "cti.request"
	TypeResponse Type = "cti.response"
	TypeEvent    Type = "cti.event"
)

// Result is the outcome that a response carries (protocol.md §2, header "result").
type Result string

// The two results.
const (
	Success Result = "SUCCESS"
	Failure Result = "FAILURE"
)

// Name is the name of a message (protocol.md §4 to §9). A response repeats the name of
// the query or request that it answers.
type Name string

// Processor control (protocol.md §4).
const (
	ControlStatusRequest       Name = "cti.request.status"
	ControlStatus              Name = "cti.status"
	ControlCapabilities        Name = "cti.query.capabilities"
	ControlValidateCredentials Name = "cti.request.validatecredentials"
	ControlAddSession          Name = "cti.request.addsession"
	ControlServerStatus        Name = "cti.request.serverstatus"
)

// Session (protocol.md §5).
const (
	SessionInit               Name = "session.query.init"
	SessionAddChannelGroup    Name = "session.request.addchannelgroup"
	SessionRemoveChannelGroup Name = "session.request.removechannelgroup"
	SessionLogout             Name = "session.request.logout"
	SessionDispose            Name = "session.request.dispose"
	SessionDisposed           Name = "session.disposed"
)

// Channel group (protocol.md §6).
const (
	GroupInit          Name = "channelgroup.query.init"
	GroupAddChannel    Name = "channelgroup.request.addchannel"
	GroupRemoveChannel Name = "channelgroup.request.removechannel"
	GroupActivate      Name = "channelgroup.request.activate"
	GroupDispose       Name = "channelgroup.request.dispose"
	GroupDisposed      Name = "channelgroup.disposed"
)

// Channel (protocol.md §7).
const (
	ChannelInit               Name = "channel.query.init"
	ChannelActivate           Name = "channel.request.activate"
	ChannelDeactivate         Name = "channel.request.deactivate"
	ChannelReadyRequest       Name = "channel.request.ready"
	ChannelNotReadyRequest    Name = "channel.request.notready"
	ChannelDispose            Name = "channel.request.dispose"
	ChannelPrepareInteraction Name = "channel.request.prepareinteraction"
	ChannelDial               Name = "channel.request.dial"
	ChannelActivated          Name = "channel.activated"
	ChannelDeactivated        Name = "channel.deactivated"
	ChannelUnavailable        Name = "channel.unavailable"
	ChannelAvailable          Name = "channel.available"
	ChannelDisposed           Name = "channel.disposed"
	ChannelReady              Name = "channel.ready"
	ChannelNotReady           Name = "channel.notready"
	ChannelInteractionAdded   Name = "channel.interactionadded"
	ChannelInteractionRemoved Name = "channel.interactionremoved"
)

// Interaction (protocol.md §8).
const (
	InteractionInit                Name = "interaction.query.init"
	InteractionAccept              Name = "interaction.request.accept"
	InteractionReject              Name = "interaction.request.reject"
	InteractionComplete            Name = "interaction.request.complete"
	InteractionDataQuery           Name = "interaction.query.data"
	InteractionSetData             Name = "interaction.request.setdata"
	InteractionConsult             Name = "interaction.request.consult"
	InteractionConsultTransfer     Name = "interaction.request.consulttransfer"
	InteractionConsultConference   Name = "interaction.request.consultconference"
	InteractionAlternate           Name = "interaction.request.alternate"
	InteractionPrepareConversation Name = "interaction.request.prepareconversation"
	InteractionAlerting            Name = "interaction.alerting"
	InteractionDialing             Name = "interaction.dialing"
	InteractionStarted             Name = "interaction.started"
	InteractionEnded               Name = "interaction.ended"
	InteractionCompleted           Name = "interaction.completed"
	InteractionDisposed            Name = "interaction.disposed"
	InteractionDataChanged         Name = "interaction.datachanged"
	InteractionActionsChanged      Name = "interaction.actionschanged"
	InteractionConversationAdded   Name = "interaction.conversationadded"
	InteractionConversationRemoved Name = "interaction.conversationremoved"
)

// Conversation (protocol.md §9).
const (
	ConversationInit           Name = "conversation.query.init"
	ConversationAnswer         Name = "conversation.request.answer"
	ConversationRelease        Name = "conversation.request.release"
	ConversationHold           Name = "conversation.request.hold"
	ConversationRetrieve       Name = "conversation.request.retrieve"
	ConversationTransfer       Name = "conversation.request.transfer"
	ConversationConference     Name = "conversation.request.conference"
	ConversationSendDTMF       Name = "conversation.request.senddtmf"
	ConversationDialing        Name = "conversation.dialing"
	ConversationAlerting       Name = "conversation.alerting"
	ConversationConnected      Name = "conversation.connected"
	ConversationHeld           Name = "conversation.held"
	ConversationRetrieved      Name = "conversation.retrieved"
	ConversationEnded          Name = "conversation.ended"
	ConversationDTMF           Name = "conversation.dtmf"
	ConversationMembersChanged Name = "conversation.memberschanged"
	ConversationActionsChanged Name = "conversation.actionschanged"
)

// Asked tells whether n is a query or request of the protocol, of which type, and to which
// kind of destination it is sent (for a setup request: the parent).
func (n Name) Asked() (t Type, o Object, ok bool) {
	switch n {
	case ControlStatusRequest,
		ControlValidateCredentials,
		ControlAddSession,
		ControlServerStatus:
		return TypeRequest, ObjectControl, true
	case ControlCapabilities:
		return TypeQuery, ObjectControl, true
	case SessionInit:
		return TypeQuery, ObjectSession, true
	case SessionAddChannelGroup,
		SessionRemoveChannelGroup,
		SessionLogout,
		SessionDispose:
		return TypeRequest, ObjectSession, true
	case GroupInit:
		return TypeQuery, ObjectGroup, true
	case GroupAddChannel,
		GroupRemoveChannel,
		GroupActivate,
		GroupDispose:
		return TypeRequest, ObjectGroup, true
	case ChannelInit:
		return TypeQuery, ObjectChannel, true
	case ChannelActivate,
		ChannelDeactivate,
		ChannelReadyRequest,
		ChannelNotReadyRequest,
		ChannelDispose,
		ChannelPrepareInteraction,
		ChannelDial:
		return TypeRequest, ObjectChannel, true
	case InteractionInit,
		InteractionDataQuery:
		return TypeQuery, ObjectInteraction, true
	case InteractionAccept,
		InteractionReject,
		InteractionComplete,
		InteractionSetData,
		InteractionConsult,
		InteractionConsultTransfer,
		InteractionConsultConference,
		InteractionAlternate,
		InteractionPrepareConversation:
		return TypeRequest, ObjectInteraction, true
	case ConversationInit:
		return TypeQuery, ObjectConversation, true
	case ConversationAnswer,
		ConversationRelease,
		ConversationHold,
		ConversationRetrieve,
		ConversationTransfer,
		ConversationConference,
		ConversationSendDTMF:
		return TypeRequest, ObjectConversation, true
	}
	return "", 0, false
}

// AllAsked lists every query and request of the protocol, from the root of the tree down.
func AllAsked() []Name {
	return []Name{
		ControlStatusRequest,
		ControlCapabilities,
		ControlValidateCredentials,
		ControlAddSession,
		ControlServerStatus,
		SessionInit,
		SessionAddChannelGroup,
		SessionRemoveChannelGroup,
		SessionLogout,
		SessionDispose,
		GroupInit,
		GroupAddChannel,
		GroupRemoveChannel,
		GroupActivate,
		GroupDispose,
		ChannelInit,
		ChannelActivate,
		ChannelDeactivate,
		ChannelReadyRequest,
		ChannelNotReadyRequest,
		ChannelDispose,
		ChannelPrepareInteraction,
		ChannelDial,
		InteractionInit,
		InteractionAccept,
		InteractionReject,
		InteractionComplete,
		InteractionDataQuery,
		InteractionSetData,
		InteractionConsult,
		InteractionConsultTransfer,
		InteractionConsultConference,
		InteractionAlternate,
		InteractionPrepareConversation,
		ConversationInit,
		ConversationAnswer,
		ConversationRelease,
		ConversationHold,
		ConversationRetrieve,
		ConversationTransfer,
		ConversationConference,
		ConversationSendDTMF,
	}
}
