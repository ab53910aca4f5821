//go:build interop

package interop

import (
	"testing"
	"time"

	"tieline/bridge"
)

// eachTheirOwn is the station of an agent: the phone with the number of the channel.
const eachTheirOwn = `"sip:{end-point}@peer"`

// office is a telephone system with an agent's phone and others.
type office struct {
	*tap
	settings gateway
	gateway  *process
	agent    *agent
	station  *phone // 1001
	callee   *phone // 600
}

// openOffice returns when everybody can be called. The phones are answered by hand.
func openOffice(t *testing.T, g gateway) *office {
	t.Helper()
	return openOfficeWith(t, g, answering(byHand), answering(byHand))
}

// openOfficeWith is openOffice with phones that are told something.
func openOfficeWith(t *testing.T, g gateway, station, callee func(*phone)) *office {
	t.Helper()
	startKamailio(t)
	g.Peer = kamailioAddress + ":5060"
	o := &office{tap: openTap(t), settings: g}
	o.station, o.callee = startPhone(t, channel.ID(), station), startPhone(t, "600", callee)
	o.open(t)
	return o
}

// open starts the gateway, and logs the agent in.
func (o *office) open(t *testing.T) {
	t.Helper()
	o.gateway = o.settings.start(t)
	o.agent = logIn(t)
	o.agent.takeCalls()
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

// TestStationAnswersByItself: both phones do, at once.
func TestStationAnswersByItself(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			o := openOfficeWith(t, gateway{Station: eachTheirOwn, Transport: transport}, answering(byItself), answering(byItself))
			for range 3 {
				c := o.agent.dial(o.callee.Number)
				c.wantAdded()
				c.awaitStarted()
				o.wantTalk(t, o.station, o.callee)
				c.hangUp()
				o.wantOver(t, c, "released-by agent")
			}
		})
	}
}

// TestStationIsKept for the next dial, after a callee who could not be reached.
func TestStationIsKept(t *testing.T) {
	o := openOffice(t, gateway{Station: `{uri: "sip:{end-point}@peer", keep: 30s}`})
	answered := o.agent.place("601")
	o.station.awaitRinging(t)
	o.station.pickUp(t)
	answered().wantFailed(bridge.Busy)
	o.agent.dial("605").wantFailed(bridge.NotFound)
	c := o.agent.dial(o.callee.Number) // nobody picks up the station
	c.wantAdded()
	o.callee.awaitRinging(t)
	o.wantRinging(t, o.station, 425)
	o.callee.pickUp(t)
	c.awaitStarted()
	o.wantTalk(t, o.station, o.callee)
	c.hangUp()
	o.wantOver(t, c, "released-by agent")
}

// TestStationHearsNothing while the callee rings, where the group has no ringing tone.
func TestStationHearsNothing(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn, Ringback: "none"})
	c := o.ring(t)
	o.wantSilence(t, o.station)
	o.callee.pickUp(t)
	c.awaitStarted()
	o.wantTalk(t, o.station, o.callee)
}

// TestStationHearsEarlyMedia: what the callee's side sends before it answers, and no tone of ours.
func TestStationHearsEarlyMedia(t *testing.T) {
	sipp := startSIPp(t, "early", 1, append(messages(), "-rtp_echo", "-d", "3000")...)
	o := openOffice(t, gateway{Station: eachTheirOwn})
	answered := o.agent.place("606")
	o.station.awaitRinging(t)
	o.station.pickUp(t)
	c := answered()
	c.wantAdded()
	o.wantEcho(t, o.station)
	sipp.awaitExit(t, "the callee refuses at last", 0, patience)
	o.wantOver(t, c, "error BUSY")
}

// TestStationWaitsInVain: nobody picks up.
func TestStationWaitsInVain(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn, RingTimeout: time.Second})
	c := o.ring(t)
	o.callee.awaitClosed(t)
	o.station.awaitClosed(t)
	o.wantOver(t, c, "error NO_ANSWER")
}

// TestStationAndTwoCalls: the agent holds one and has another, and goes back.
func TestStationAndTwoCalls(t *testing.T) {
	o := openThreesome(t, gateway{Station: eachTheirOwn, Interactions: 2})
	first := o.talk(t)
	o.agent.ask(bridge.ConversationHold, first.conversation, first.conversation, nil)
	o.wantSilence(t, o.station, o.callee)
	answered := o.agent.place(o.expert.Number)
	o.expert.awaitRinging(t) // the station is there already
	second := answered()
	second.wantAdded()
	o.wantRinging(t, o.station, 425)
	o.expert.pickUp(t)
	second.awaitStarted()
	o.wantTalk(t, o.station, o.expert)
	o.wantSilence(t, o.callee)
	o.agent.ask(bridge.ConversationHold, second.conversation, second.conversation, nil)
	o.agent.ask(bridge.ConversationRetrieve, first.conversation, first.conversation, nil)
	o.wantTalk(t, o.station, o.callee)
	o.wantSilence(t, o.expert)
	first.hangUp()
	o.callee.awaitClosed(t)
	o.agent.ask(bridge.ConversationRetrieve, second.conversation, second.conversation, nil)
	o.wantTalk(t, o.station, o.expert)
	second.hangUp()
	o.over(t, second, "released-by agent")
}

// TestStationIsLetGo: logging out, tearing down, and the end of the gateway hang up everybody.
func TestStationIsLetGo(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	t.Run("at the logout", func(t *testing.T) {
		c := o.talk(t)
		o.agent.ask(bridge.SessionLogout, session, session, nil)
		o.wantOver(t, c, "released-by system")
	})
	t.Run("at the end of the channel", func(t *testing.T) {
		o.talk(t)
		o.agent.ask(bridge.ChannelDispose, channel, channel, nil)
		o.station.awaitClosed(t)
		o.callee.awaitClosed(t)
		wantIdle(t, o.station, o.callee)
	})
}

// TestGatewayEnds: a call that goes on at the end of the drain time-out is hung up.
func TestGatewayEnds(t *testing.T) {
	o := openOffice(t, gateway{Station: eachTheirOwn})
	o.talk(t)
	o.gateway.end(t)
	o.station.awaitClosed(t)
	o.callee.awaitClosed(t)
	wantIdle(t, o.station, o.callee)
}

// TestStationAndFormats: the two phones like different formats best, or have only one each.
func TestStationAndFormats(t *testing.T) {
	for _, formats := range []struct{ name, station, callee string }{
		{"the callee wants another one", "PCMU,PCMA", "PCMA"},
		{"the station has another one", "PCMA", "PCMU,PCMA"},
	} {
		t.Run(formats.name, func(t *testing.T) {
			o := openOfficeWith(t, gateway{Station: eachTheirOwn}, knowing(formats.station), knowing(formats.callee))
			o.talk(t).hangUp()
			wantIdle(t, o.station, o.callee)
		})
	}
	t.Run("nothing in common", func(t *testing.T) {
		o := openOfficeWith(t, gateway{Station: eachTheirOwn}, knowing("PCMA"), knowing("PCMU"))
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
