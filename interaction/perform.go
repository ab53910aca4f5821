package interaction

import "tieline/bridge"

// find returns the destination of target and, from the interaction down, its interaction and conversation.
func (c *Channel) find(target bridge.Target) (*destination, *interaction, *conversation) {
	if target == c.target {
		return &c.destination, nil, nil
	}
	for _, i := range c.interactions {
		if target == i.target {
			return &i.destination, i, nil
		}
		for _, v := range i.legs() {
			if target == v.target {
				return &v.destination, i, v
			}
		}
	}
	return nil, nil, nil
}

// run carries out a claimed request.
func (c *Channel) run(p *ask) {
	if e := c.perform(p); e != nil {
		c.asks.fail(p, e)
	}
}

// perform executes a request. A nil result means that it is answered, or will be.
func (c *Channel) perform(p *ask) *bridge.Error {
	switch {
	case p.Fault != nil:
		return p.Fault
	case c.phase == tornDown && p.Message.Name != bridge.ChannelDispose:
		return cancelled()
	}
	d, i, v := c.find(p.Message.Target)
	if d == nil {
		return unknownTarget(p.Message.Target)
	}
	if e := d.admit(p.Message); e != nil {
		return e
	}
	if c.ref.Type != bridge.Telephony && p.Message.Name != bridge.ChannelDispose {
		return unsupported("The request " + string(p.Message.Name) + " on a " + string(c.ref.Type) + " channel")
	}
	if limit := c.settings.MaxPending; limit > 0 && len(c.asks.pending) > limit && !ends(p.Message.Name) {
		return tooMany("requests of this channel wait for an answer", limit)
	}
	if d == &c.destination {
		return c.performChannel(p)
	}
	return c.performBelow(p, i, v)
}

// performChannel executes a request for the channel itself.
func (c *Channel) performChannel(p *ask) *bridge.Error {
	switch p.Message.Name {
	case bridge.ChannelDial:
		return c.dial(p)
	case bridge.ChannelDispose:
		c.dispose(p)
		return nil
	case bridge.ChannelActivate:
		c.activate(p)
		return nil
	case bridge.ChannelDeactivate:
		c.deactivate(p)
		return nil
	case bridge.ChannelReadyRequest:
		c.setReady(p)
		return nil
	case bridge.ChannelNotReadyRequest:
		return c.setNotReady(p)
	case bridge.ChannelPrepareInteraction:
		return c.prepareInteraction(p)
	}
	return unsupported("The request " + string(p.Message.Name))
}

// performBelow executes a request for an interaction or a conversation.
func (c *Channel) performBelow(p *ask, i *interaction, v *conversation) *bridge.Error {
	switch p.Message.Name {
	case bridge.InteractionPrepareConversation:
		return c.prepareConversation(p)
	case bridge.InteractionAccept, bridge.ConversationAnswer:
		return c.accept(p, i)
	case bridge.InteractionReject:
		return c.reject(p, i)
	case bridge.InteractionComplete:
		return c.completeRequest(p, i)
	case bridge.InteractionSetData:
		return c.setData(p, i)
	case bridge.InteractionConsult:
		return c.consult(p, i)
	case bridge.InteractionAlternate:
		return c.alternate(p, i)
	case bridge.InteractionConsultTransfer:
		return c.consultTransfer(p, i)
	case bridge.InteractionConsultConference:
		return c.consultConference(p, i)
	case bridge.ConversationHold:
		return c.hold(p, v)
	case bridge.ConversationRetrieve:
		return c.retrieve(p, v)
	case bridge.ConversationTransfer:
		return c.transfer(p, v)
	case bridge.ConversationConference:
		return c.conference(p, v)
	case bridge.ConversationSendDTMF:
		return c.sendDTMF(p, v)
	case bridge.ConversationRelease:
		c.release(p, v)
		return nil
	}
	return unsupported("The request " + string(p.Message.Name))
}
