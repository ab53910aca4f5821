//go:build interop

package interop

import (
	"encoding/json"
	"slices"
	"testing"

	"tieline/bridge"
)

// threesome is an office with one phone more: somebody whom the agent asks, or whom calls are passed on to.
type threesome struct {
	*office
	expert *phone // 700
}

func openThreesome(t *testing.T, g gateway) *threesome {
	t.Helper()
	o := openOffice(t, g)
	return &threesome{office: o, expert: startPhone(t, "700")}
}

// consult has the agent ask the expert, who picks up. The customer hears nothing of it.
func (o *threesome) consult(t *testing.T, c *call) (consulted bridge.Target) {
	t.Helper()
	consulted = o.ringExpert(t, c)
	o.expert.pickUp(t)
	o.wantTalk(t, o.station, o.expert)
	o.wantSilence(t, o.callee)
	return consulted
}

// ringExpert is consult until it rings.
func (o *threesome) ringExpert(t *testing.T, c *call) bridge.Target {
	t.Helper()
	answer := c.agent.start(bridge.InteractionConsult, c.interaction, bridge.Consult{Destination: o.expert.Number})
	o.expert.awaitRinging(t)
	var body bridge.Consulted
	must(t, bridge.DecodeBody(wantSuccess(t, answer()), &body), "read the answer to the consult")
	consulted := c.interaction.Child(body.Conversation)
	c.agent.ask(bridge.ConversationInit, consulted, consulted, nil)
	return consulted
}

func wantSuccess(t *testing.T, m bridge.Message) bridge.Message {
	t.Helper()
	if m.Result != bridge.Success {
		t.Fatalf("%s is answered %s", m.Name, m.Line())
	}
	return m
}

func wantFailure(t *testing.T, m bridge.Message, code bridge.Code) {
	t.Helper()
	if e := m.Err(); e == nil || e.Code != code {
		t.Fatalf("%s is answered %s, want FAILURE %s", m.Name, m.Line(), code)
	}
}

// over waits until nobody has a call, and tears the interaction down.
func (o *threesome) over(t *testing.T, c *call, why string) {
	t.Helper()
	wantIdle(t, o.expert)
	o.wantOver(t, c, why)
}

// TestHold: nobody hears the other while the agent holds by message.
func TestHold(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	c := o.talk(t)
	ask := func(name bridge.Name) { o.agent.ask(name, c.conversation, c.conversation, nil) }
	for range 2 {
		ask(bridge.ConversationHold)
		o.wantSilence(t, o.station, o.callee)
		ask(bridge.ConversationRetrieve)
		o.wantTalk(t, o.station, o.callee)
	}
	ask(bridge.ConversationHold)
	o.callee.hold(t)
	o.callee.wantDirection(t, "inactive")
	ask(bridge.ConversationRetrieve)
	o.wantSilence(t, o.station, o.callee) // the other side holds still
	o.callee.resume(t)
	o.wantTalk(t, o.station, o.callee)
	ask(bridge.ConversationHold)
	o.callee.hangUp(t)
	o.wantOver(t, c, "released-by remote")
}

// TestPhonesTellWhoHolds: hold at a phone is told to the bridge.
func TestPhonesTellWhoHolds(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	for _, side := range []struct {
		phone *phone
		by    bridge.Side
	}{{o.station, bridge.AgentSide}, {o.callee, bridge.RemoteSide}} {
		t.Run(string(side.by), func(t *testing.T) {
			c := o.talk(t)
			side.phone.hold(t)
			c.awaitChange(bridge.ConversationHeld, side.by)
			side.phone.resume(t)
			c.awaitChange(bridge.ConversationRetrieved)
			o.wantTalk(t, o.station, o.callee)
			c.hangUp()
			o.wantOver(t, c, "released-by agent")
		})
	}
}

// awaitChange waits for an event of the conversation that says who holds it.
func (c *call) awaitChange(name bridge.Name, by ...bridge.Side) {
	c.t.Helper()
	c.agent.await(string(name)+" is told", func(m bridge.Message) bool {
		var body bridge.ConversationChange
		return m.Name == name && m.Target == c.conversation && json.Unmarshal(m.Body, &body) == nil && slices.Equal(body.HeldBy, by)
	})
}

// TestConsult: the agent asks the expert while the customer waits.
func TestConsult(t *testing.T) {
	o := openThreesome(t, gateway{Station: eachTheirOwn})
	t.Run("who is busy", func(t *testing.T) {
		c := o.talk(t)
		m, err := o.agent.try(bridge.InteractionConsult, c.interaction, c.interaction, bridge.Consult{Destination: "601"})
		must(t, err, "consult")
		wantFailure(t, m, bridge.Busy)
		o.wantTalk(t, o.station, o.callee)
		c.hangUp()
		o.over(t, c, "released-by agent")
	})
	t.Run("who refuses", func(t *testing.T) {
		c := o.talk(t)
		o.ringExpert(t, c)
		o.wantRinging(t, o.station, 425)
		o.wantSilence(t, o.callee)
		o.expert.hangUp(t)
		o.wantTalk(t, o.station, o.callee)
		c.hangUp()
		o.over(t, c, "released-by agent")
	})
	t.Run("who hangs up", func(t *testing.T) {
		c := o.talk(t)
		o.consult(t, c)
		o.expert.hangUp(t)
		o.wantTalk(t, o.station, o.callee)
		c.hangUp()
		o.over(t, c, "released-by agent")
	})
	t.Run("and lets go", func(t *testing.T) {
		c := o.talk(t)
		consulted := o.consult(t, c)
		o.agent.ask(bridge.ConversationRelease, consulted, consulted, nil)
		o.expert.awaitClosed(t)
		o.wantTalk(t, o.station, o.callee)
		c.hangUp()
		o.over(t, c, "released-by agent")
	})
	t.Run("and the customer hangs up", func(t *testing.T) {
		c := o.talk(t)
		o.consult(t, c)
		o.callee.hangUp(t)
		o.wantTalk(t, o.station, o.expert)
		o.expert.hangUp(t)
		o.over(t, c, "released-by remote")
	})
	t.Run("and hangs up the phone", func(t *testing.T) {
		c := o.talk(t)
		o.consult(t, c)
		o.station.hangUp(t)
		o.expert.awaitClosed(t)
		o.station.awaitRinging(t) // the customer is still there
		o.station.pickUp(t)
		o.wantTalk(t, o.station, o.callee)
		c.hangUp()
		o.over(t, c, "released-by agent")
	})
	t.Run("and alternates", func(t *testing.T) {
		c := o.talk(t)
		o.consult(t, c)
		for range 2 {
			o.agent.ask(bridge.InteractionAlternate, c.interaction, c.interaction, nil)
			o.wantTalk(t, o.station, o.callee)
			o.wantSilence(t, o.expert)
			o.agent.ask(bridge.InteractionAlternate, c.interaction, c.interaction, nil)
			o.wantTalk(t, o.station, o.expert)
			o.wantSilence(t, o.callee)
		}
		o.expert.hangUp(t)
		o.wantTalk(t, o.station, o.callee)
		c.hangUp()
		o.over(t, c, "released-by agent")
	})
}

// TestTransfer: the customer goes on talking with the expert, without the agent.
func TestTransfer(t *testing.T) {
	o := openThreesome(t, gateway{Station: eachTheirOwn})
	passOn := func(c *call) (answer func() bridge.Message) {
		return c.agent.start(bridge.ConversationTransfer, c.conversation, bridge.Callee{Destination: o.expert.Number})
	}
	goOn := func(t *testing.T, c *call) {
		t.Helper()
		o.station.awaitClosed(t)
		c.wantEnded("released-by agent")
		c.complete()
		o.wantTalk(t, o.callee, o.expert)
		o.callee.hangUp(t)
		o.expert.awaitClosed(t)
		wantIdle(t, o.station, o.callee, o.expert)
	}
	t.Run("after a consultation", func(t *testing.T) {
		c := o.talk(t)
		o.consult(t, c)
		o.agent.ask(bridge.InteractionConsultTransfer, c.interaction, c.interaction, nil)
		goOn(t, c)
	})
	t.Run("after a consultation, back with the customer", func(t *testing.T) {
		c := o.talk(t)
		o.consult(t, c)
		o.agent.ask(bridge.InteractionAlternate, c.interaction, c.interaction, nil)
		o.wantTalk(t, o.station, o.callee)
		o.agent.ask(bridge.InteractionConsultTransfer, c.interaction, c.interaction, nil)
		goOn(t, c)
	})
	t.Run("of somebody who has called", func(t *testing.T) {
		c := o.offer(t)
		c.accept()
		o.station.awaitRinging(t)
		o.station.pickUp(t)
		o.wantAccepted(t, c)
		o.consult(t, c)
		o.agent.ask(bridge.InteractionConsultTransfer, c.interaction, c.interaction, nil)
		goOn(t, c)
	})
	t.Run("without asking", func(t *testing.T) {
		c := o.talk(t)
		answer := passOn(c)
		o.expert.awaitRinging(t)
		o.expert.pickUp(t)
		wantSuccess(t, answer())
		goOn(t, c)
	})
	t.Run("to who is busy", func(t *testing.T) {
		c := o.talk(t)
		m, err := o.agent.try(bridge.ConversationTransfer, c.conversation, c.conversation, bridge.Callee{Destination: "601"})
		must(t, err, "transfer")
		wantFailure(t, m, bridge.Busy)
		o.wantTalk(t, o.station, o.callee)
		c.hangUp()
		o.over(t, c, "released-by agent")
	})
	t.Run("to who refuses", func(t *testing.T) {
		c := o.talk(t)
		answer := passOn(c)
		o.expert.awaitRinging(t)
		o.expert.hangUp(t)
		wantFailure(t, answer(), bridge.Busy)
		o.wantTalk(t, o.station, o.callee)
		c.hangUp()
		o.over(t, c, "released-by agent")
	})
	t.Run("and the customer hangs up meanwhile", func(t *testing.T) {
		c := o.talk(t)
		answer := passOn(c)
		o.expert.awaitRinging(t)
		o.callee.hangUp(t)
		o.expert.awaitClosed(t)
		wantFailure(t, answer(), bridge.Cancelled)
		o.over(t, c, "released-by remote")
	})
	t.Run("and the gateway is killed", func(t *testing.T) {
		c := o.talk(t)
		o.consult(t, c)
		o.agent.ask(bridge.InteractionConsultTransfer, c.interaction, c.interaction, nil)
		o.station.awaitClosed(t)
		o.wantTalk(t, o.callee, o.expert)
		o.gateway.kill(t)
		o.wantTalkFor(t, o.callee, o.expert, threeSeconds)
	})
}

// TestTransferByREFER: the customer's phone is asked to call the expert itself.
func TestTransferByREFER(t *testing.T) {
	o := openThreesome(t, gateway{Station: eachTheirOwn, Transfer: "refer"})
	c := o.talk(t)
	answer := c.agent.start(bridge.ConversationTransfer, c.conversation, bridge.Callee{Destination: o.expert.Number})
	o.callee.awaitLine(t, "the customer's phone is asked", "REFER sip:600")
	o.expert.awaitRinging(t)
	o.expert.pickUp(t)
	wantSuccess(t, answer())
	o.station.awaitClosed(t)
	c.wantEnded("released-by agent")
	o.wantTalk(t, o.callee, o.expert)
	o.gateway.kill(t) // it has nothing to do with the two
	o.callee.hangUp(t)
	o.expert.awaitClosed(t)
}

// TestConsultTransferByREFER: the customer's phone cannot take over a call of ours (it calls the expert, who is busy with us), so the
// two are joined here.
func TestConsultTransferByREFER(t *testing.T) {
	o := openThreesome(t, gateway{Station: eachTheirOwn, Transfer: "refer"})
	c := o.talk(t)
	o.consult(t, c)
	answer := c.agent.start(bridge.InteractionConsultTransfer, c.interaction, nil)
	o.callee.awaitLine(t, "the customer's phone is asked", "REFER sip:600")
	o.expert.awaitLine(t, "it calls the expert", "SIP/2.0 486")
	wantSuccess(t, answer())
	o.wantTalk(t, o.callee, o.expert)
	o.station.awaitClosed(t)
	c.wantEnded("released-by agent")
	c.complete()
	o.callee.hangUp(t)
	o.expert.awaitClosed(t)
	wantIdle(t, o.station, o.callee, o.expert)
}
