package bridge

// Payload is the body of an event as its Go type, by value: StatusBody, Disposed, NotReady,
// InteractionAdded, InteractionRemoved, InteractionChange, InteractionData, ConversationAdded,
// ConversationRemoved, ConversationChange, Digits, Members or Actions (protocol.md §4 to §9). It is nil for an
// event without a body and for every other message.
//
// The error is INVALID_MESSAGE for a body that does not fit.
func (m Message) Payload() (any, error) {
	if m.Type != TypeEvent {
		return nil, nil
	}
	switch m.Name {
	case ControlStatus:
		return read[StatusBody](m)
	case SessionDisposed:
		return read[Disposed](m)
	case ChannelNotReady:
		return read[NotReady](m)
	case ChannelInteractionAdded:
		return read[InteractionAdded](m)
	case ChannelInteractionRemoved:
		return read[InteractionRemoved](m)
	case InteractionAlerting, InteractionDialing, InteractionStarted, InteractionEnded, InteractionCompleted:
		return read[InteractionChange](m)
	case InteractionDataChanged:
		return read[InteractionData](m)
	case InteractionConversationAdded:
		return read[ConversationAdded](m)
	case InteractionConversationRemoved:
		return read[ConversationRemoved](m)
	case ConversationDialing, ConversationAlerting, ConversationConnected, ConversationHeld, ConversationRetrieved, ConversationEnded:
		return read[ConversationChange](m)
	case ConversationDTMF:
		return read[Digits](m)
	case ConversationMembersChanged:
		return read[Members](m)
	case InteractionActionsChanged, ConversationActionsChanged:
		return read[Actions](m)
	}
	return nil, nil
}

func read[T any](m Message) (any, error) {
	var body T
	if err := DecodeBody(m, &body); err != nil {
		return nil, err
	}
	return body, nil
}
