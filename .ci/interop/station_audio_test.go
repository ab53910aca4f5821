//go:build interop

package interop

import (
	"testing"

	"tieline/bridge"
	"tieline/bridge/natsbus"
)

// TestConversationOutlivesTheGateway: the phones send each other their audio themselves.
func TestConversationOutlivesTheGateway(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	o.talk(t)
	o.gateway.kill(t)
	o.wantTalkFor(t, o.station, o.callee, threeSeconds)

	// The next gateway knows nothing of it. The agent's phone is busy for as long as that lasts.
	o.open(t)
	o.wantTalk(t, o.station, o.callee)
	o.agent.dial("605").wantFailed(bridge.StationBusy)
	o.station.hangUp(t)
	o.callee.hangUp(t)
	o.talk(t).hangUp()
	wantIdle(t, o.station, o.callee)
}

// TestGatewayIsKilledMeanwhile: in the middle of a dial. The next one answers it.
func TestGatewayIsKilledMeanwhile(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	o.agent.place(o.callee.Number)
	o.station.awaitRinging(t)
	o.gateway.kill(t)
	o.gateway = o.settings.start(t)
	a := connectAgent(t)
	_, err := a.peer.Follow(t.Context(), natsbus.Start{All: true}, a.hear)
	must(t, err, "follow the stream")
	a.await("the dial is answered", func(m bridge.Message) bool {
		return m.Name == bridge.ChannelDial && m.Err() != nil && m.Err().Code == bridge.Interrupted
	})
}

// TestPhonesInviteAgain: a phone says the same once more, while it talks.
func TestPhonesInviteAgain(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	c := o.talk(t)
	for _, p := range []*phone{o.station, o.callee} {
		p.control.tell(t, "reinvite", "")
		o.wantTalk(t, o.station, o.callee)
	}
	c.hangUp()
	wantIdle(t, o.station, o.callee)
}

// TestPhonesHold: who is on the phone presses hold. The other side hears nothing until it is pressed again.
func TestPhonesHold(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	c := o.talk(t)
	for _, sides := range []struct{ holds, other *phone }{{o.station, o.callee}, {o.callee, o.station}} {
		t.Run(sides.holds.Number, func(t *testing.T) {
			sides.holds.hold(t)
			o.wantSilence(t, o.station, o.callee)
			sides.holds.wantDirection(t, "sendonly")
			sides.other.wantDirection(t, "recvonly")
			sides.holds.resume(t)
			o.wantTalk(t, o.station, o.callee)
			sides.holds.wantDirection(t, "sendrecv")
			sides.other.wantDirection(t, "sendrecv")
		})
	}
	t.Run("both", func(t *testing.T) {
		o.station.hold(t)
		o.callee.wantDirection(t, "recvonly")
		o.callee.hold(t)
		o.wantSilence(t, o.station, o.callee)
		o.callee.wantDirection(t, "inactive")
		o.station.wantDirection(t, "inactive")
		o.station.resume(t)
		o.station.wantDirection(t, "recvonly")
		o.callee.wantDirection(t, "sendonly")
		o.wantSilence(t, o.station, o.callee)
		o.callee.resume(t)
		o.wantTalk(t, o.station, o.callee)
	})
	c.agent = o.agent.on(t)
	c.hangUp()
	wantIdle(t, o.station, o.callee)
}
