//go:build interop

package interop

import "testing"

// TestConversationOutlivesTheGateway: the phones send each other their audio themselves.
func TestConversationOutlivesTheGateway(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	o.talk(t)
	o.gateway.kill(t)
	o.wantTalkFor(t, o.station, o.callee, threeSeconds)
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
