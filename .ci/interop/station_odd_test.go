//go:build interop

package interop

import (
	"testing"

	"tieline/bridge"
)

// TestAgentHoldsAtThePhone: the bridge cannot let go what the phone holds.
func TestAgentHoldsAtThePhone(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	c := o.talk(t)
	o.station.hold(t)
	c.awaitChange(bridge.ConversationHeld, bridge.AgentSide)
	m, err := o.agent.try(bridge.ConversationRetrieve, c.conversation, c.conversation, nil)
	must(t, err, "retrieve")
	wantFailure(t, m, bridge.InvalidState)
	o.station.resume(t)
	o.wantTalk(t, o.station, o.callee)
	c.hangUp()
	o.wantOver(t, c, "released-by agent")
}

// TestPhonesHoldAtOnce: their offers meet.
func TestPhonesHoldAtOnce(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	c := o.talk(t)
	press := func(button func(*phone, *testing.T)) {
		donec := make(chan struct{})
		go func() {
			defer close(donec)
			button(o.station, t)
		}()
		button(o.callee, t)
		<-donec
	}
	for range 3 {
		press((*phone).hold)
		o.wantSilence(t, o.station, o.callee)
		press((*phone).resume)
		o.wantTalk(t, o.station, o.callee)
	}
	c.hangUp()
	o.wantOver(t, c, "released-by agent")
}

// TestCustomerHolds while the agent does something else, and is passed on.
func TestCustomerHolds(t *testing.T) {
	o := openThreesome(t, gateway{Station: eachTheirOwn})
	c := o.talk(t)
	o.consult(t, c)
	o.callee.hold(t)
	o.callee.wantDirection(t, "inactive")
	o.agent.ask(bridge.InteractionConsultTransfer, c.interaction, c.interaction, nil)
	o.station.awaitClosed(t)
	o.wantSilence(t, o.callee, o.expert)
	o.callee.resume(t)
	o.wantTalk(t, o.callee, o.expert)
	o.expert.hangUp(t)
	o.callee.awaitClosed(t)
	c.wantEnded("released-by agent")
	wantIdle(t, o.station, o.callee, o.expert)
}

// TestFormatsOfThree: the agent's phone knows both formats, the customer one and the expert the other one.
func TestFormatsOfThree(t *testing.T) {
	o := openOfficeWith(t, gateway{Station: eachTheirOwn}, knowing("PCMU,PCMA"), knowing("PCMA"))
	three := &threesome{office: o, expert: startPhone(t, "700", knowing("PCMU"))}
	c := o.talk(t)
	three.consult(t, c)
	for range 2 {
		o.agent.ask(bridge.InteractionAlternate, c.interaction, c.interaction, nil)
		o.wantTalk(t, o.station, o.callee)
		o.agent.ask(bridge.InteractionAlternate, c.interaction, c.interaction, nil)
		o.wantTalk(t, o.station, three.expert)
	}
	m, err := o.agent.try(bridge.InteractionConsultTransfer, c.interaction, c.interaction, nil)
	must(t, err, "transfer")
	wantFailure(t, m, bridge.IncompatibleMedia)
	o.wantTalk(t, o.station, three.expert)
	o.wantSilence(t, o.callee)
	o.agent.ask(bridge.InteractionAlternate, c.interaction, c.interaction, nil)
	o.wantTalk(t, o.station, o.callee)
	o.agent.ask(bridge.ConversationRelease, c.conversation, c.conversation, nil)
	o.callee.awaitClosed(t)
	o.wantTalk(t, o.station, three.expert)
	three.expert.hangUp(t)
	three.over(t, c, "released-by remote")
}

// TestPhonesAreLost: a phone loses its power. The other side hangs up, and everything goes on.
func TestPhonesAreLost(t *testing.T) {
	t.Run("the customer's", func(t *testing.T) {
		o := openOffice(t, gateway{Station: eachTheirOwn})
		c := o.talk(t)
		o.callee.process.kill(t)
		o.station.hangUp(t)
		c.wantEnded("released-by agent")
		c.complete()
		answered := o.agent.place("605")
		o.station.awaitRinging(t)
		o.station.pickUp(t)
		answered().wantFailed(bridge.NotFound)
	})
	t.Run("the agent's", func(t *testing.T) {
		o := openOffice(t, gateway{Station: eachTheirOwn})
		c := o.talk(t)
		o.station.process.kill(t)
		o.callee.hangUp(t)
		c.wantEnded("released-by remote")
		c.complete()
		wantIdle(t, o.callee)
	})
}
