package interaction

import (
	"slices"

	"tieline/bridge"
)

// What is possible when (protocol.md §8, actions). Each verb asks here whether it may go ahead, and so do the actions
// that are told to the bridge: what is listed is what is accepted.

type verb struct {
	name string
	e    *bridge.Error // why it is not possible now; nil: it is
}

func possible(verbs ...verb) []string {
	names := []string{}
	for _, v := range verbs {
		if v.e == nil {
			names = append(names, v.name)
		}
	}
	return names
}

// actions of an interaction.
func (c *Channel) actions(i *interaction) []string {
	return possible(
		verb{"accept", i.mayAccept()},
		verb{"alternate", c.mayAlternate(i)},
		verb{"complete", i.mayComplete()},
		verb{"consult", c.mayConsult(i)},
		verb{"consultconference", c.mayConsultConference(i)},
		verb{"consulttransfer", c.mayConsultTransfer(i)},
		verb{"reject", i.mayReject()},
		verb{"setdata", nil},
	)
}

// legActions are those of a conversation.
func (c *Channel) legActions(v *conversation) []string {
	if v.current == bridge.ConvEnded {
		return []string{}
	}
	return possible(
		verb{"answer", v.in.mayAccept()},
		verb{"conference", c.mayConference(v)},
		verb{"hold", c.mayHold(v)},
		verb{"release", nil},
		verb{"retrieve", c.mayRetrieve(v)},
		verb{"senddtmf", c.maySendDTMF(v)},
		verb{"transfer", c.mayTransfer(v)},
	)
}

// tellActions tells the actions that have changed without a state event of their own, as those of an interaction do when a
// consult call is answered. While something is under way they wait for its end.
func (c *Channel) tellActions() {
	for _, i := range c.interactions {
		if i.phase == inUse && i.live() && i.underWay() == nil {
			if now := c.actions(i); !slices.Equal(now, i.told) {
				i.told = now
				i.event(&c.asks, bridge.InteractionActionsChanged, bridge.Actions{Actions: now})
			}
		}
		for _, v := range i.legs() {
			if v.phase == inUse && i.underWay() == nil {
				if now := c.legActions(v); !slices.Equal(now, v.told) {
					v.told = now
					v.event(&c.asks, bridge.ConversationActionsChanged, bridge.Actions{Actions: now})
				}
			}
		}
	}
}

func (i *interaction) mayAccept() *bridge.Error {
	if i.current != bridge.Alerting {
		return bridge.InvalidState.Error("The interaction is " + string(i.current) + "; it can be accepted while it is ALERTING.")
	}
	return nil
}

func (i *interaction) mayReject() *bridge.Error {
	if i.current != bridge.Alerting {
		return bridge.InvalidState.Error("The interaction is " + string(i.current) + "; it can be rejected while it is ALERTING.")
	}
	return nil
}

func (i *interaction) mayComplete() *bridge.Error {
	if i.live() {
		return bridge.InvalidState.Error("The interaction is " + string(i.current) + "; it can be completed once it has ENDED.")
	}
	return nil
}

func (c *Channel) mayHold(v *conversation) *bridge.Error {
	switch {
	case !c.settings.Station:
		return unsupported("Holding a call")
	case v.order != nil && v.order.what == holding: // it waits for the same answer
		return nil
	}
	if e := v.free("held"); e != nil {
		return e
	}
	if v.holds(bridge.AgentSide) {
		return bridge.InvalidState.Error("The conversation is HELD by the agent already.")
	}
	return nil
}

func (c *Channel) mayRetrieve(v *conversation) *bridge.Error {
	switch {
	case !c.settings.Station:
		return unsupported("Retrieving a call")
	case v.order != nil && v.order.what == retrieving: // it waits for the same answer
		return nil
	}
	if e := v.free("retrieved"); e != nil {
		return e
	}
	switch {
	case !v.holds(bridge.AgentSide):
		return bridge.InvalidState.Error("The conversation is " + string(v.current) + "; it can be retrieved while the agent holds it.")
	case c.talking(v):
		return bridge.InvalidState.Error("The agent is connected with another call; it has to be held or released first.")
	}
	return nil
}

func (c *Channel) maySendDTMF(v *conversation) *bridge.Error {
	switch {
	case !c.settings.SendDTMF:
		return unsupported("Sending digits")
	case v.members != nil:
		return bridge.InvalidState.Error("The conversation is a conference; digits cannot be sent in it.")
	case v.in.underWay() != nil:
		return v.in.underWay()
	case v.current != bridge.ConvConnected:
		return bridge.InvalidState.Error("The conversation is " + string(v.current) + "; digits can be sent while it is CONNECTED.")
	}
	return nil
}

func (c *Channel) mayTransfer(v *conversation) *bridge.Error {
	if !c.settings.Transfer {
		return unsupported("Transferring a call")
	}
	return c.mayMove(v, "transferred")
}

func (c *Channel) mayConference(v *conversation) *bridge.Error {
	switch {
	case !c.settings.Conference:
		return unsupported("A conference")
	case v.members != nil:
		return bridge.InvalidState.Error("The conversation is a conference already.")
	}
	return c.mayMove(v, "made a conference")
}

// mayMove is what a transfer and a conference without asking first have in common: they call somebody, on behalf of
// the only call.
func (c *Channel) mayMove(v *conversation, done string) *bridge.Error {
	switch {
	case c.draining:
		return shuttingDown()
	case v.in.consult != nil:
		return bridge.InvalidState.Error("A consult call lives; the conversation can be " + done + " while there is none.")
	}
	return v.free(done)
}

func (c *Channel) mayConsult(i *interaction) *bridge.Error {
	switch {
	case !c.settings.Station:
		return unsupported("A consult call")
	case c.draining:
		return shuttingDown()
	case i.current != bridge.Started:
		return bridge.InvalidState.Error("The interaction is " + string(i.current) + "; somebody can be consulted while it is STARTED.")
	case i.consult != nil:
		return bridge.InvalidState.Error("A consult call lives already.")
	case c.talking(i.primary):
		return bridge.InvalidState.Error("The agent is connected with another call; it has to be held or released first.")
	}
	return i.primary.free("held for a consult call")
}

func (c *Channel) mayAlternate(i *interaction) *bridge.Error {
	if !c.settings.Station {
		return unsupported("Alternating between calls")
	}
	if e := i.bothEstablished("alternated"); e != nil {
		return e
	}
	if i.consult.holds(bridge.AgentSide) && i.primary.holds(bridge.AgentSide) {
		return bridge.InvalidState.Error("The agent holds both calls; one of them has to be retrieved first.")
	}
	return nil
}

func (c *Channel) mayConsultTransfer(i *interaction) *bridge.Error {
	if !c.settings.Station {
		return unsupported("A transfer behind a consult call")
	}
	return i.bothEstablished("transferred")
}

func (c *Channel) mayConsultConference(i *interaction) *bridge.Error {
	if !c.settings.Station || !c.settings.Conference {
		return unsupported("A conference behind a consult call")
	}
	return i.bothEstablished("made a conference")
}

// bothEstablished is what the verbs of two calls have in common.
func (i *interaction) bothEstablished(done string) *bridge.Error {
	switch {
	case i.current != bridge.Started:
		return bridge.InvalidState.Error("The interaction is " + string(i.current) + "; its calls can be " + done + " while it is STARTED.")
	case i.consult == nil:
		return bridge.InvalidState.Error("There is no consult call; the calls can be " + done + " while there is one that was answered.")
	case !i.consult.established():
		return bridge.InvalidState.Error("The consult call is " + string(i.consult.current) + "; the calls can be " + done + " once it was answered.")
	}
	return i.underWay()
}

// free is what all verbs of an established call have in common: it is no conference, and nothing is under way.
func (v *conversation) free(done string) *bridge.Error {
	switch {
	case !v.established():
		return bridge.InvalidState.Error("The conversation is " + string(v.current) + "; it can be " + done + " once it is CONNECTED.")
	case v.members != nil:
		return bridge.InvalidState.Error("The conversation is a conference; it cannot be " + done + ".")
	}
	return v.in.underWay()
}

// talking tells whether the agent is connected with a call of the channel other than these: a station has one at a time.
func (c *Channel) talking(but ...*conversation) bool {
	for _, i := range c.interactions {
		for _, v := range i.legs() {
			if !slices.Contains(but, v) && v.hasAgent() {
				return true
			}
		}
	}
	return slices.ContainsFunc(c.dials, func(d *dial) bool { return d.call != "" && d.interaction == nil })
}

// hasAgent tells whether the agent talks in the conversation, or hears it ring.
func (v *conversation) hasAgent() bool {
	return v.over == nil && !v.holds(bridge.AgentSide) && (v.established() || v.direction == bridge.Outbound)
}
