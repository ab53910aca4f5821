package interaction

import (
	"time"

	"tieline/bridge"
)

// ChannelSettings come from the channel's group and are fixed for the life of a Channel.
type ChannelSettings struct {
	Group string
	// MaxInteractions is how many live interactions the channel may have; ENDED ones do not
	// count.
	MaxInteractions int
	// MaxPending is how many requests of the channel may be unanswered at a time; zero: no limit.
	MaxPending int
	// SuccessOnAnswer moves the point at which a dial succeeds from the first 18x to the answer.
	SuccessOnAnswer bool
	// MaxTimeout caps the timeout that a dial may ask for, and applies where it asks for none;
	// zero: no cap.
	MaxTimeout time.Duration
	// WrapUp completes an ENDED interaction by itself; zero: never.
	WrapUp time.Duration
	// WrapUpLimit completes what nobody completes; zero: never.
	WrapUpLimit time.Duration
	// Register tells whether an end-point is registered at the telephone system while it is logged in.
	Register bool
	// KeepCallsAtLogout lets calls go on when the agent logs out.
	KeepCallsAtLogout bool
	// SendDTMF tells whether the telephone system can send digits.
	SendDTMF bool
	// Station tells whether agents talk by a station that the gateway controls: hold, retrieve, consult,
	// alternate and consulttransfer are possible then.
	Station bool
	// Transfer tells whether a call can be passed on without asking first, with or without a station.
	Transfer bool
	// Conference tells whether more than two parties can meet.
	Conference bool
	// CallerIDAllowed permits the dial key caller-id.
	CallerIDAllowed bool
	// Headers are the SIP header names that the dial key headers may carry.
	Headers []string
	// Destination applies the group's dialling rules.
	Destination func(string) (Destination, *bridge.Error)
	// NewID makes ids for calls, interactions and conversations.
	NewID func() string
	// Adjust says what is different for an end-point, such as one that has no station; nil: nothing is.
	Adjust func(endPoint string, s *ChannelSettings)
}

// Channel is one channel with everything below it (protocol.md §7 to §9).
//
// Its state is a product: its own life, the dials that have no outcome yet (in arrival
// order, at most the first one under way), and its interactions.
type Channel struct {
	destination
	settings ChannelSettings
	ref      bridge.ChannelRef
	asks     asks
	login    bridge.LoginState
	ready    bool
	draining bool
	refs     uint64

	registration registration
	activating   []*ask // who waits for the tree's decision about the end-point; nil stands for the group
	dials        []*dial
	consults     []*consult     // without an answer
	interactions []*interaction // in order of arrival

	ending
	gone bool // the tear down is complete
}

// NewChannel makes a channel that was just set up.
func NewChannel(target bridge.Target, ref bridge.ChannelRef, s ChannelSettings) *Channel {
	if s.Adjust != nil {
		s.Adjust(ref.EndPoint, &s)
	}
	return &Channel{
		destination: destination{target: target}, settings: s, ref: ref, asks: newAsks(), login: bridge.LoginInactive,
	}
}

// line is whose calls the channel's are.
func (c *Channel) line() Line {
	return Line{Channel: c.target, Group: c.settings.Group, EndPoint: c.ref.EndPoint}
}

// Step implements Machine.
func (c *Channel) Step(now time.Time, in Input) []Effect {
	c.asks.now = now
	if c.gone {
		return afterwards(in)
	}
	switch in := in.(type) {
	case Request:
		c.asks.arrive(in)
	case Claimed:
		if p := c.asks.claimed(in); p != nil {
			c.run(p)
		}
	case Stored:
		c.stored(in.Ref)
	case Refused:
		c.refused(in.Ref)
	case CallOffered:
		c.offered(in)
	case CallProgress, CallAnswered, CallFailed, CallEnded, AnswerFailed, CallHeld, CallRetrieved, HoldFailed, CallMoved, MemberLeft, DTMFSent, DTMFReceived:
		c.news(in)
	case Tick:
	case Drain:
		c.draining = true
	case LoggedIn:
		c.loggedIn()
	case LoginRefused:
		c.activated(endPointTaken())
	case EndPointTaken:
		c.taken()
	case EndPointFree:
		c.free()
	case Activate, LogOff, Probe:
		c.asks.arrive(Request{Word: in}) // what was sent before the group's or session's request goes first (§2)
	case EndPointRegistered:
		c.endPointRegistered(in)
	case EndPointLost:
		c.endPointLost(in)
	case Dispose:
		c.dispose(nil)
	case LogIn, LogOut, ChannelDid, ChannelGoing, ChannelStays, ChannelGone, CredentialsChecked, StatusChanged, Shutdown:
		// Not for a channel.
	}
	c.asks.advance(c.handle, func() bool { return !c.recording() && len(c.activating) == 0 })
	c.due()
	c.tellActions()
	c.finish()
	return c.asks.flush()
}

// news takes what the telephone system tells of a call.
func (c *Channel) news(in Input) {
	switch in := in.(type) {
	case CallProgress:
		c.progress(in)
	case CallAnswered:
		c.answered(in)
	case CallFailed:
		c.callOver(in.Call, failedWith(in.Error))
	case CallEnded:
		c.callOver(in.Call, bridge.End{ReleasedBy: in.By})
	case AnswerFailed:
		c.answerFailed(in)
	case CallHeld:
		c.callHeld(in)
	case CallRetrieved:
		c.callRetrieved(in)
	case HoldFailed:
		c.holdFailed(in)
	case CallMoved:
		c.callMoved(in)
	case MemberLeft:
		c.memberLeft(in)
	case DTMFSent:
		c.dtmfSent(in)
	case DTMFReceived:
		c.dtmfReceived(in)
	default: // nothing else is
	}
}

// handle answers a query, or heeds a word of the tree. It returns false for a request.
func (c *Channel) handle(r Request) bool {
	if r.Word != nil {
		c.heed(r.Word)
		return true
	}
	if r.Message.Type != bridge.TypeQuery {
		return false
	}
	c.asks.answerQuery(r, c.query)
	c.announce(r.Message.Target)
	return true
}

// heed does what the tree wants of the channel.
func (c *Channel) heed(word Input) {
	switch word.(type) {
	case LogOff:
		c.logOff()
	case Activate:
		c.activateForGroup()
	case Probe:
		if c.phase != tornDown {
			c.asks.emit(Report{ChannelStays{c.target}})
		}
	default: // no other word is put in line
	}
}

// query is the one turn in which init takes its snapshot and opens the gate (§3.2).
func (c *Channel) query(m bridge.Message) bridge.Message {
	d, i, v := c.find(m.Target)
	if d == nil {
		return m.Fail(unknownTarget(m.Target))
	}
	if e := d.admit(m); e != nil {
		return m.Fail(e)
	}
	switch m.Name {
	case bridge.ChannelInit:
		c.opened()
		return m.Succeed(c.state())
	case bridge.InteractionInit:
		i.opened()
		return m.Succeed(c.interactionState(i))
	case bridge.InteractionDataQuery:
		return m.Succeed(bridge.InteractionData{Data: i.data})
	case bridge.ConversationInit:
		v.opened()
		return m.Succeed(c.conversationState(v))
	}
	return m.Fail(unsupported("The query " + string(m.Name)))
}

func (c *Channel) state() bridge.ChannelState {
	s := bridge.ChannelState{EndPoint: c.ref.EndPoint, Type: c.ref.Type, State: c.login, Ready: c.ready}
	if c.ref.Type != bridge.Telephony {
		return s
	}
	list := []bridge.InteractionRef{}
	for _, i := range c.interactions {
		list = append(list, bridge.InteractionRef{Interaction: i.target.ID(), State: i.current})
	}
	s.Interactions = &list
	return s
}
