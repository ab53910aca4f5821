//go:build interop

package interop

import (
	"testing"

	"tieline/bridge"
)

// colleague logs a second agent in, whose station is the phone of that number.
func (a *agent) colleague(number string) {
	a.t.Helper()
	other := group.Child(number)
	a.ask(bridge.GroupAddChannel, group, other, bridge.ChannelRef{Channel: number, EndPoint: number, Type: bridge.Telephony})
	a.ask(bridge.ChannelInit, other, other, nil)
	a.ask(bridge.ChannelActivate, other, other, nil)
	a.ask(bridge.ChannelReadyRequest, other, other, nil)
}

// TestColleagues: one agent calls another one of the same gateway, by way of the telephone system. Each has a desk, and what
// the phones say to each other goes through both.
func TestColleagues(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	o.agent.colleague(o.callee.Number)
	begin := func(t *testing.T) (out, in *call) {
		t.Helper()
		answered := o.agent.on(t).place("9" + o.callee.Number)
		o.station.awaitRinging(t)
		o.station.pickUp(t)
		in = o.agent.offered()
		out = answered()
		out.wantAdded()
		in.accept()
		o.callee.awaitRinging(t)
		o.callee.pickUp(t)
		out.awaitStarted()
		in.awaitStarted()
		o.wantTalk(t, o.station, o.callee)
		return out, in
	}
	t.Run("and hang up", func(t *testing.T) {
		out, in := begin(t)
		out.hangUp()
		o.wantOver(t, out, "released-by agent")
		o.wantOver(t, in, "released-by remote")
		out, in = begin(t)
		o.callee.hangUp(t)
		o.wantOver(t, out, "released-by remote")
		o.wantOver(t, in, "released-by agent")
	})
	t.Run("and hold by message", func(t *testing.T) {
		out, in := begin(t)
		for _, c := range []*call{out, in} {
			o.agent.ask(bridge.ConversationHold, c.conversation, c.conversation, nil)
			o.wantSilence(t, o.station, o.callee)
			o.agent.ask(bridge.ConversationRetrieve, c.conversation, c.conversation, nil)
			o.wantTalk(t, o.station, o.callee)
		}
		for _, c := range []*call{out, in} {
			o.agent.ask(bridge.ConversationHold, c.conversation, c.conversation, nil)
		}
		for _, c := range []*call{out, in} {
			o.wantSilence(t, o.station, o.callee)
			o.agent.ask(bridge.ConversationRetrieve, c.conversation, c.conversation, nil)
		}
		o.wantTalk(t, o.station, o.callee)
		out.hangUp()
		o.wantOver(t, out, "released-by agent")
		o.wantOver(t, in, "released-by remote")
	})
	t.Run("and hold at the phones", func(t *testing.T) {
		out, in := begin(t)
		for _, p := range []*phone{o.station, o.callee} {
			p.hold(t)
			o.wantSilence(t, o.station, o.callee)
			p.resume(t)
			o.wantTalk(t, o.station, o.callee)
		}
		o.station.hangUp(t)
		o.wantOver(t, out, "released-by agent")
		o.wantOver(t, in, "released-by remote")
	})
	t.Run("and hold at the same time", func(t *testing.T) {
		out, in := begin(t)
		answers := []func() bridge.Message{
			o.agent.start(bridge.ConversationHold, out.conversation, nil), o.agent.start(bridge.ConversationHold, in.conversation, nil),
		}
		for _, answer := range answers {
			wantSuccess(t, answer())
		}
		o.wantSilence(t, o.station, o.callee)
		answers = []func() bridge.Message{
			o.agent.start(bridge.ConversationRetrieve, out.conversation, nil), o.agent.start(bridge.ConversationRetrieve, in.conversation, nil),
		}
		for _, answer := range answers {
			wantSuccess(t, answer())
		}
		o.wantTalk(t, o.station, o.callee)
		out.hangUp()
		o.wantOver(t, out, "released-by agent")
		o.wantOver(t, in, "released-by remote")
	})
}

// TestColleagueIsAsked: somebody calls an agent, who asks a colleague and passes the call on.
func TestColleagueIsAsked(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			o := openThreesome(t, gateway{Station: eachTheirOwn, Transport: transport})
			customer, colleague := o.expert, o.callee
			o.agent.colleague(colleague.Number)
			customer.call(t, "9"+channel.ID())
			c := o.agent.offered()
			c.accept()
			o.station.awaitRinging(t)
			o.station.pickUp(t)
			c.awaitStarted()
			o.wantTalk(t, o.station, customer)

			answer := o.agent.start(bridge.InteractionConsult, c.interaction, bridge.Consult{Destination: "9" + colleague.Number})
			in := o.agent.offered()
			wantSuccess(t, answer())
			in.accept()
			colleague.awaitRinging(t)
			colleague.pickUp(t)
			in.awaitStarted()
			o.wantTalk(t, o.station, colleague)
			o.wantSilence(t, customer)

			o.agent.ask(bridge.InteractionConsultTransfer, c.interaction, c.interaction, nil)
			o.station.awaitClosed(t)
			c.wantEnded("released-by agent")
			o.wantTalk(t, customer, colleague)
			o.agent.ask(bridge.ConversationHold, in.conversation, in.conversation, nil)
			o.wantSilence(t, customer, colleague)
			o.agent.ask(bridge.ConversationRetrieve, in.conversation, in.conversation, nil)
			o.wantTalk(t, customer, colleague)
			customer.hangUp(t)
			in.wantEnded("released-by remote")
			wantIdle(t, o.station, customer, colleague)
		})
	}
}
