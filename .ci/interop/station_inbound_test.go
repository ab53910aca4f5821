//go:build interop

package interop

import (
	"testing"

	"tieline/bridge"
)

// offer has the other phone call the agent.
func (o *office) offer(t *testing.T) *call {
	t.Helper()
	o.callee.call(t, "9"+channel.ID())
	return o.agent.on(t).offered()
}

// accept asks for it, and does not wait: the station rings first.
func (c *call) accept() (answer func() bridge.Message) {
	return c.agent.start(bridge.InteractionAccept, c.interaction, nil)
}

// wantAccepted waits until the call is answered, and both phones hear each other.
func (o *office) wantAccepted(t *testing.T, c *call) {
	t.Helper()
	o.callee.awaitAnswered(t)
	c.awaitStarted()
	o.wantTalk(t, o.station, o.callee)
}

// wantOver waits until both phones have no call, and tears the interaction down.
func (o *office) wantOver(t *testing.T, c *call, why string) {
	t.Helper()
	c.wantEnded(why)
	wantIdle(t, o.station, o.callee)
	c.complete()
}

// TestStationIsCalledOnAccept: a phone calls the agent, whose own phone is called when the agent accepts.
func TestStationIsCalledOnAccept(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	t.Run("and they talk", func(t *testing.T) {
		c := o.offer(t)
		answer := c.accept()
		o.station.awaitRinging(t)
		o.station.awaitLine(t, "the station is asked to answer by itself", "Call-Info:", "answer-after=0")
		o.station.awaitLine(t, "the station is shown who calls", "From:", "sip:600@")
		o.station.pickUp(t)
		if m := answer(); m.Result != bridge.Success {
			t.Errorf("accept is answered %s", m.Line())
		}
		o.wantAccepted(t, c)
		c.hangUp()
		o.wantOver(t, c, "released-by agent")
	})
	t.Run("and the caller hangs up", func(t *testing.T) {
		c := o.offer(t)
		c.accept()
		o.station.awaitRinging(t)
		o.station.pickUp(t)
		o.wantAccepted(t, c)
		o.callee.hangUp(t)
		o.wantOver(t, c, "released-by remote")
	})
	t.Run("and the agent hangs up the phone", func(t *testing.T) {
		c := o.offer(t)
		c.accept()
		o.station.awaitRinging(t)
		o.station.pickUp(t)
		o.wantAccepted(t, c)
		o.station.hangUp(t)
		o.wantOver(t, c, "released-by agent")
	})
	t.Run("and the caller gives up meanwhile", func(t *testing.T) {
		c := o.offer(t)
		answer := c.accept()
		o.station.awaitRinging(t)
		o.callee.hangUp(t)
		o.station.awaitClosed(t)
		if m := answer(); m.Err() == nil {
			t.Errorf("accept is answered %s, but the caller has gone", m.Line())
		}
		o.wantOver(t, c, "error CANCELLED")
	})
	t.Run("and refuses, and is called once more", func(t *testing.T) {
		c := o.offer(t)
		answer := c.accept()
		o.station.awaitRinging(t)
		o.station.hangUp(t)
		if m := answer(); m.Err() == nil || m.Err().Code != bridge.StationBusy {
			t.Errorf("accept is answered %s, want FAILURE STATION_BUSY", m.Line())
		}
		c.accept()
		o.station.awaitRinging(t)
		o.station.pickUp(t)
		o.wantAccepted(t, c)
		c.hangUp()
		o.wantOver(t, c, "released-by agent")
	})
}

// TestStationRingsAtOnce: the agent's phone rings as soon as somebody calls.
func TestStationRingsAtOnce(t *testing.T) {
	o := openOffice(t, gateway{Station: `{uri: "sip:{end-point}@peer", alert: at-once}`})
	t.Run("and the agent picks up", func(t *testing.T) {
		c := o.offer(t)
		o.station.awaitRinging(t)
		if said, _ := o.station.out.read(); countLines(said, []string{"Call-Info:", "answer-after"}) > 0 {
			t.Error("a phone that is to ring is not asked to answer by itself")
		}
		o.station.pickUp(t)
		o.wantAccepted(t, c)
		c.hangUp()
		o.wantOver(t, c, "released-by agent")
	})
	t.Run("and the call is accepted by message", func(t *testing.T) {
		c := o.offer(t)
		o.station.awaitRinging(t)
		answer := c.accept()
		o.station.awaitClosed(t)
		o.station.awaitRinging(t)
		o.station.awaitLine(t, "the station is asked to answer by itself", "Call-Info:", "answer-after=0")
		o.station.pickUp(t)
		if m := answer(); m.Result != bridge.Success {
			t.Errorf("accept is answered %s", m.Line())
		}
		o.wantAccepted(t, c)
		c.hangUp()
		o.wantOver(t, c, "released-by agent")
	})
	t.Run("and the caller gives up", func(t *testing.T) {
		c := o.offer(t)
		o.station.awaitRinging(t)
		o.callee.hangUp(t)
		o.station.awaitClosed(t)
		o.wantOver(t, c, "error CANCELLED")
	})
	t.Run("and the bridge rejects", func(t *testing.T) {
		c := o.offer(t)
		o.station.awaitRinging(t)
		o.agent.ask(bridge.InteractionReject, c.interaction, c.interaction, bridge.Reject{Reason: bridge.RejectBusy})
		o.station.awaitClosed(t)
		o.callee.awaitClosed(t)
		o.wantOver(t, c, "released-by agent")
	})
}

// TestStationDoesNotTakeTheCall: what the group wants for the caller then.
func TestStationDoesNotTakeTheCall(t *testing.T) {
	for _, rule := range []struct{ name, noAnswer, told string }{
		{"rejects", "no-answer: reject", "SIP/2.0 480"},
		{"redirects", `no-answer: redirect, redirect: "sip:601@127.0.20.1"`, "SIP/2.0 302"},
	} {
		t.Run(rule.name, func(t *testing.T) {
			o := openOffice(t, gateway{Station: `{uri: "sip:{end-point}@peer", ` + rule.noAnswer + `}`})
			c := o.offer(t)
			answer := c.accept()
			o.station.awaitRinging(t)
			o.station.hangUp(t)
			if m := answer(); m.Err() == nil || m.Err().Code != bridge.StationBusy {
				t.Errorf("accept is answered %s, want FAILURE STATION_BUSY", m.Line())
			}
			o.callee.awaitLine(t, "the caller is told", rule.told)
			o.callee.awaitClosed(t)
			o.wantOver(t, c, "error STATION_BUSY")
		})
	}
}
