//go:build interop

package interop

import (
	"testing"

	"tieline/bridge"
)

// eachTheirOwn is the station of an agent: the phone with the number of the channel.
const eachTheirOwn = `"sip:{end-point}@peer"`

// office is a telephone system with an agent's phone and others.
type office struct {
	*tap
	kamailio *process
	gateway  *process
	agent    *agent
	station  *phone // 1001
	callee   *phone // 600
}

// openOffice returns when everybody can be called. The phones are answered by hand.
func openOffice(t *testing.T, g gateway) *office {
	t.Helper()
	return openOfficeWith(t, g, "PCMU,PCMA", "PCMU,PCMA")
}

// openOfficeWith is openOffice for phones with these formats.
func openOfficeWith(t *testing.T, g gateway, station, callee string) *office {
	t.Helper()
	o := &office{tap: openTap(t), kamailio: startKamailio(t)}
	o.station, o.callee = startPhoneWith(t, channel.ID(), byHand, station), startPhoneWith(t, "600", byHand, callee)
	g.Peer = kamailioAddress + ":5060"
	o.gateway = g.start(t)
	o.agent = logIn(t)
	o.agent.takeCalls()
	return o
}

// ring dials the callee; the agent picks up, and the callee's phone rings.
func (o *office) ring(t *testing.T) *call {
	t.Helper()
	answered := o.agent.on(t).place(o.callee.Number)
	o.station.awaitRinging(t)
	o.station.pickUp(t)
	o.callee.awaitRinging(t)
	c := answered()
	c.wantAdded()
	return c
}

// talk is ring, and the callee picks up.
func (o *office) talk(t *testing.T) *call {
	t.Helper()
	c := o.ring(t)
	o.callee.pickUp(t)
	c.awaitStarted()
	o.wantTalk(t, o.station, o.callee)
	return c
}

// TestStationDials: the agent's phone is called first, hears our ringing tone, and then the callee.
func TestStationDials(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	t.Run("and is connected", func(t *testing.T) {
		c := o.ring(t)
		for _, words := range [][]string{{"Call-Info:", "answer-after=0"}, {"Alert-Info:", "alert-autoanswer"}} {
			o.station.awaitLine(t, "the station is asked to answer by itself", words...)
		}
		o.wantRinging(t, o.station, 425)
		o.callee.pickUp(t)
		c.awaitStarted()
		o.wantTalk(t, o.station, o.callee)
		c.hangUp()
		o.station.awaitClosed(t)
		o.callee.awaitClosed(t)
		wantIdle(t, o.station, o.callee)
		c.wantLadder(
			"channel.interactionadded",
			"channel.request.dial SUCCESS",
			"interaction STARTED",
			"interaction.ended released-by agent",
		)
		c.complete()
	})
	t.Run("and hangs up", func(t *testing.T) {
		c := o.talk(t)
		o.station.hangUp(t)
		o.callee.awaitClosed(t)
		c.wantEnded("released-by agent")
		wantIdle(t, o.station, o.callee)
		c.complete()
	})
	t.Run("and is hung up on", func(t *testing.T) {
		c := o.talk(t)
		o.callee.hangUp(t)
		o.station.awaitClosed(t)
		c.wantEnded("released-by remote")
		wantIdle(t, o.station, o.callee)
		c.complete()
	})
	t.Run("and hangs up while it rings", func(t *testing.T) {
		c := o.ring(t)
		o.wantRinging(t, o.station, 425)
		o.station.hangUp(t)
		o.callee.awaitClosed(t)
		c.wantEnded("released-by agent")
		wantIdle(t, o.station, o.callee)
		c.complete()
	})
	t.Run("and gives up by message while it rings", func(t *testing.T) {
		c := o.ring(t)
		c.hangUp()
		o.callee.awaitClosed(t)
		o.station.awaitClosed(t)
		wantIdle(t, o.station, o.callee)
		c.complete()
	})
	t.Run("and is refused after it rang", func(t *testing.T) {
		c := o.ring(t)
		o.callee.hangUp(t)
		o.station.awaitClosed(t)
		c.wantEnded("error BUSY")
		wantIdle(t, o.station, o.callee)
		c.complete()
	})
	for _, want := range []struct {
		destination string
		status      int
		phrase      string
		code        bridge.Code
		retryable   bool
	}{
		{"601", 486, "Busy Here", bridge.Busy, true},
		{"604", 603, "Decline", bridge.Rejected, false},
		{"605", 404, "Not Found", bridge.NotFound, false},
	} {
		t.Run("and "+want.destination+" refuses", func(t *testing.T) {
			answered := o.agent.on(t).place(want.destination)
			o.station.awaitRinging(t)
			o.station.pickUp(t)
			c := answered()
			c.wantRefused(want.code, want.status, want.phrase, want.retryable)
			o.station.awaitClosed(t)
			c.wantLadder("channel.request.dial FAILURE " + string(want.code))
			wantIdle(t, o.station)
		})
	}
}

// TestStationFails: nobody is called when the agent's own phone does not take the call.
func TestStationFails(t *testing.T) {
	o := openOffice(t, gateway{Station: `{uri: "sip:{end-point}@peer", ring-timeout: 1s}`})
	t.Run("refuses", func(t *testing.T) {
		answered := o.agent.on(t).place(o.callee.Number)
		o.station.awaitRinging(t)
		o.station.hangUp(t)
		answered().wantRefused(bridge.StationBusy, 486, "Rejected", true)
	})
	t.Run("is not answered", func(t *testing.T) {
		answered := o.agent.on(t).place(o.callee.Number)
		o.station.awaitRinging(t)
		answered().wantFailed(bridge.StationNoAnswer)
		o.station.awaitClosed(t)
	})
	t.Run("is busy", func(t *testing.T) {
		o.station.call(t, "600")
		o.callee.awaitRinging(t)
		o.agent.on(t).dial("600").wantRefused(bridge.StationBusy, 486, "Max Calls", true)
		o.station.hangUp(t)
		o.callee.awaitClosed(t)
	})
	wantIdle(t, o.station, o.callee)
}

// TestStationIsUnknown: there is no such phone.
func TestStationIsUnknown(t *testing.T) {
	o := openOffice(t, gateway{Station: `{by-end-point: {"1001": "sip:699@peer"}}`})
	o.agent.dial("600").wantRefused(bridge.StationUnavailable, 480, "Temporarily Unavailable", true)
	wantIdle(t, o.callee)
}

// TestStationAndFormats: the two phones like different formats best, or have only one each.
func TestStationAndFormats(t *testing.T) {
	for _, formats := range []struct{ name, station, callee string }{
		{"the callee wants another one", "PCMU,PCMA", "PCMA"},
		{"the station has another one", "PCMA", "PCMU,PCMA"},
	} {
		t.Run(formats.name, func(t *testing.T) {
			o := openOfficeWith(t, gateway{Station: eachTheirOwn}, formats.station, formats.callee)
			o.talk(t).hangUp()
			wantIdle(t, o.station, o.callee)
		})
	}
	t.Run("nothing in common", func(t *testing.T) {
		o := openOfficeWith(t, gateway{Station: eachTheirOwn}, "PCMA", "PCMU")
		c := o.ring(t) // it was asked what it can
		o.callee.pickUp(t)
		o.callee.awaitClosed(t)
		o.station.awaitClosed(t)
		c.wantEnded("error INCOMPATIBLE_MEDIA")
		wantIdle(t, o.station, o.callee)
	})
}

// TestStationHearsTheCountry: the ringing tone is that of the group's country.
func TestStationHearsTheCountry(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn, Country: "US"})
	c := o.ring(t)
	o.wantRinging(t, o.station, 440, 480)
	o.callee.pickUp(t)
	c.awaitStarted()
	o.wantTalk(t, o.station, o.callee)
}
