package bridge

import "encoding/json"

// The bodies of the messages, named after them. A pointer member or one with omitempty is
// optional. Sources: protocol.md §4 to §9.

// Party is a person or line as the telephone system names it.
type Party struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

// Agent is who logged in to a session.
type Agent struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// StatusBody is the body of cti.status.
type StatusBody struct {
	Status        string            `json:"status"`
	Reason        string            `json:"reason"`
	ChannelGroups map[string]string `json:"channel-groups"`
}

// Capabilities answers cti.query.capabilities.
type Capabilities struct {
	ProtocolVersion        string   `json:"protocol-version"`
	ChannelGroupsSupported bool     `json:"channel-groups-supported"`
	ChannelTypes           []string `json:"channel-types"`
	Messages               []Name   `json:"messages"`
	Gateway                struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"gateway"`
}

// AddSession is the body of cti.request.addsession.
type AddSession struct {
	Session string `json:"session"`
	Agent   Agent  `json:"agent"`
}

// GroupRef names a channel group in setup and in the session's init.
type GroupRef struct {
	ChannelGroup string `json:"channel-group"`
}

// SessionState answers session.query.init.
type SessionState struct {
	Agent         Agent      `json:"agent"`
	ChannelGroups []GroupRef `json:"channel-groups"`
}

// ChannelType is what a channel carries.
type ChannelType string

// The channel types of the protocol; all but Telephony are unsupported channels (§7.3).
const (
	Telephony ChannelType = "Telephony"
	Chat      ChannelType = "Chat"
	Email     ChannelType = "Email"
)

// ChannelRef describes a channel in setup and in the group's init.
type ChannelRef struct {
	Channel  string      `json:"channel"`
	EndPoint string      `json:"end-point"`
	Type     ChannelType `json:"type"`
}

// GroupState answers channelgroup.query.init.
type GroupState struct {
	Channels []ChannelRef `json:"channels"`
}

// LoginState is the log-in state of a channel (§7).
type LoginState string

// The log-in states.
const (
	LoginInactive    LoginState = "INACTIVE"
	LoginActive      LoginState = "ACTIVE"
	LoginUnavailable LoginState = "UNAVAILABLE"
)

// InteractionState is the state of an interaction (§8).
type InteractionState string

// The states of an interaction.
const (
	Alerting  InteractionState = "ALERTING"
	Dialing   InteractionState = "DIALING"
	Started   InteractionState = "STARTED"
	Ended     InteractionState = "ENDED"
	Completed InteractionState = "COMPLETED"
)

// InteractionRef stands in the channel's init.
type InteractionRef struct {
	Interaction string           `json:"interaction"`
	State       InteractionState `json:"interaction-state"`
}

// ChannelState answers channel.query.init. Interactions is nil, and absent, on an
// unsupported channel (§7.3).
type ChannelState struct {
	EndPoint     string            `json:"end-point"`
	Type         ChannelType       `json:"type"`
	State        LoginState        `json:"channel-state"`
	Ready        bool              `json:"ready"`
	Interactions *[]InteractionRef `json:"interactions,omitempty"`
}

// CallerID is what a dial wants the callee to see. Anonymous withholds the caller from the callee, or does not where the group
// does; nil: as the group does.
type CallerID struct {
	Number    string `json:"number,omitempty"`
	Name      string `json:"name,omitempty"`
	Anonymous *bool  `json:"anonymous,omitempty"`
}

// Dial is the body of channel.request.dial.
type Dial struct {
	Destination string            `json:"destination"`
	CallerID    *CallerID         `json:"caller-id,omitempty"`
	Timeout     *int64            `json:"timeout,omitempty"` // milliseconds
	Data        json.RawMessage   `json:"data,omitempty"`    // object of strings or nested objects
	Headers     map[string]string `json:"headers,omitempty"`
}

// Dialled answers channel.request.dial.
type Dialled struct {
	Interaction string `json:"interaction"`
}

// Direction tells who called.
type Direction string

// The directions.
const (
	Outbound Direction = "OUTBOUND"
	Inbound  Direction = "INBOUND"
)

// ConversationRef names a conversation.
type ConversationRef struct {
	ID string `json:"id"`
}

// Conversations names the legs of an interaction; both are absent when there is none.
type Conversations struct {
	Primary *ConversationRef `json:"primary,omitempty"`
	Consult *ConversationRef `json:"consult,omitempty"`
}

// InteractionAdded is the body of channel.interactionadded.
type InteractionAdded struct {
	Interaction   string           `json:"interaction"`
	Type          ChannelType      `json:"type"`
	Direction     Direction        `json:"direction"`
	State         InteractionState `json:"interaction-state"`
	RequestID     string           `json:"request-id,omitempty"`
	Remote        Party            `json:"remote"`
	Conversations Conversations    `json:"conversations"`
}

// ChannelName is the body of channelgroup.request.removechannel.
type ChannelName struct {
	Channel string `json:"channel"`
}

// InteractionRemoved is the body of channel.interactionremoved.
type InteractionRemoved struct {
	Interaction string `json:"interaction"`
}

// InteractionInitState answers interaction.query.init. Error and ReleasedBy are what
// interaction.ended said, in ENDED.
type InteractionInitState struct {
	State         InteractionState `json:"interaction-state"`
	Data          json.RawMessage  `json:"interaction-data"`
	Conversations Conversations    `json:"conversations"`
	Direction     Direction        `json:"direction"`
	Actions       []string         `json:"actions"`
	*End
}

// ReleasedBy tells who hung up.
type ReleasedBy string

// Who hung up.
const (
	ByAgent  ReleasedBy = "agent"
	ByRemote ReleasedBy = "remote"
	BySystem ReleasedBy = "system"
)

// Side is one of the two sides of a call.
type Side string

// The sides.
const (
	AgentSide  Side = "agent"
	RemoteSide Side = "remote"
)

// End says why an interaction or conversation ended: exactly one member is set.
type End struct {
	Error      *Error     `json:"error,omitempty"`
	ReleasedBy ReleasedBy `json:"released-by,omitempty"`
}

// Deactivated is the body of channel.deactivated.
type Deactivated struct {
	// Error says why the telephone system no longer has the end-point's registration; nil: the end-point was logged out.
	Error *Error `json:"error,omitempty"`
}

// InteractionChange is the body of the interaction's state events.
type InteractionChange struct {
	State   InteractionState `json:"interaction-state"`
	Actions []string         `json:"actions"`
	*End
}

// ConversationState is the state of a conversation (§9).
type ConversationState string

// The states of a conversation.
const (
	ConvDialing   ConversationState = "DIALING"
	ConvAlerting  ConversationState = "ALERTING"
	ConvConnected ConversationState = "CONNECTED"
	ConvHeld      ConversationState = "HELD"
	ConvEnded     ConversationState = "ENDED"
)

// ConversationInitState answers conversation.query.init. HeldBy is who holds it, in HELD.
type ConversationInitState struct {
	State   ConversationState `json:"conversation-state"`
	HeldBy  []Side            `json:"held-by,omitempty"`
	Role    string            `json:"role"`
	Remote  Party             `json:"remote"`
	Members []Party           `json:"members"`
	Actions []string          `json:"actions"`
}

// ConversationChange is the body of the conversation's state events. HeldBy is who holds it, in HELD.
type ConversationChange struct {
	State   ConversationState `json:"conversation-state"`
	HeldBy  []Side            `json:"held-by,omitempty"`
	Actions []string          `json:"actions"`
	*End
}

// Disposed is the body of session.disposed.
type Disposed struct {
	Reason string `json:"reason"`
}

// NotReady is the body of channel.request.notready and of channel.notready.
type NotReady struct {
	Reason string `json:"reason"`
}

// InteractionData is the body of interaction.request.setdata, where it is a merge patch
// (RFC 7386), of interaction.datachanged and of the answer to interaction.query.data, where it
// is the whole.
type InteractionData struct {
	Data json.RawMessage `json:"interaction-data"`
}

// ServerStatus is the body of cti.request.serverstatus.
type ServerStatus struct {
	Status string `json:"status"`
}

// RejectReason is what the caller of a rejected interaction hears.
type RejectReason string

// The reasons; decline is meant where there is none.
const (
	RejectBusy    RejectReason = "busy"
	RejectDecline RejectReason = "decline"
)

// Reject is the body of interaction.request.reject.
type Reject struct {
	Reason RejectReason `json:"reason,omitempty"`
}

// Credentials is the body of cti.request.validatecredentials.
type Credentials struct {
	EndPoint string `json:"end-point"`
	Password string `json:"password"`
}

// Consult is the body of interaction.request.consult.
type Consult struct {
	Destination string            `json:"destination"`
	CallerID    *CallerID         `json:"caller-id,omitempty"`
	Timeout     *int64            `json:"timeout,omitempty"` // milliseconds
	Headers     map[string]string `json:"headers,omitempty"`
}

// Consulted answers interaction.request.consult.
type Consulted struct {
	Conversation string `json:"conversation"`
}

// ConversationName is the body of interaction.request.prepareconversation.
type ConversationName struct {
	Conversation string `json:"conversation"`
}

// ConversationAdded is the body of interaction.conversationadded.
type ConversationAdded struct {
	Conversation string            `json:"conversation"`
	Role         string            `json:"role"`
	State        ConversationState `json:"conversation-state"`
	RequestID    string            `json:"request-id"`
	Remote       Party             `json:"remote"`
}

// ConversationRemoved is the body of interaction.conversationremoved. Conversations is what is left: where the
// primary one was removed, the consult one has become it.
type ConversationRemoved struct {
	Conversation  string        `json:"conversation"`
	Conversations Conversations `json:"conversations"`
}

// Callee is the body of conversation.request.transfer and of conversation.request.conference.
type Callee struct {
	Destination string `json:"destination"`
}

// Digits is the body of conversation.dtmf and of conversation.request.senddtmf.
type Digits struct {
	Digits string `json:"digits"`
}

// Actions is the body of interaction.actionschanged and of conversation.actionschanged.
type Actions struct {
	Actions []string `json:"actions"`
}

// Members is the body of conversation.memberschanged.
type Members struct {
	Members []Party `json:"members"`
}
