//go:build interop

package interop

import (
	"os"
	"strings"
	"testing"

	"tieline/bridge"
)

// kamailioAddress is the PBX: Kamailio as registrar and record-routing proxy.
const kamailioAddress = "127.0.20.1"

// startKamailio returns when Kamailio takes requests over UDP and TCP.
func startKamailio(t *testing.T) *process {
	t.Helper()
	return startKamailioWith(t, nil)
}

// startKamailioWith has it speak TLS as well.
func startKamailioWith(t *testing.T, safe *safety) *process {
	t.Helper()
	text, err := os.ReadFile("kamailio/kamailio.cfg")
	must(t, err, "read Kamailio's configuration")
	values := struct{ Addr, Gateway, SIPp, TLS string }{kamailioAddress, gatewayAddress, sippAddress, ""}
	if safe != nil {
		values.TLS = safe.KamailioSettings
		values.Gateway = strings.Replace(gatewayAddress, ":5060", ":5061", 1)
	}
	config := fill(t, "kamailio.cfg", string(text), values)
	// Not a daemon, errors to standard error, memory in MB shared and private, everything
	// it writes into the test's directory.
	p := start(t, "kamailio", "kamailio", "-DD", "-E", "-m", "64", "-M", "8",
		"-f", config, "-P", dir(t)+"/kamailio.pid", "-Y", dir(t))
	for _, table := range []string{"udp", "tcp"} {
		eventually(t, "Kamailio listens on "+table, func() bool { return listens(t, table, kamailioAddress+":5060") })
	}
	if safe != nil {
		eventually(t, "Kamailio listens on TLS", func() bool { return listens(t, "tcp", kamailioAddress+":5061") })
	}
	t.Cleanup(func() {
		said, _ := p.out.read()
		for line := range strings.Lines(said) {
			if safe != nil && safe.Refused && (strings.Contains(line, "ERROR: tls") || strings.Contains(line, "tcp_read_req")) {
				continue // as it should
			}
			if strings.Contains(line, "ERROR") || strings.Contains(line, "malformed") {
				t.Errorf("Kamailio complains: %s", line)
				return
			}
		}
	})
	return p
}

// TestPBX dials what Kamailio and a baresip behind it make of 600 to 605. Kamailio
// challenges every INVITE with 407 and puts itself into the path of every dialog.
func TestPBX(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			kamailio := startKamailio(t)
			phone := startPhone(t, "600", answering(byItself))
			gateway{Peer: kamailioAddress + ":5060", Transport: transport}.start(t)
			a := logIn(t)
			t.Run("600 answers, we hang up", func(t *testing.T) {
				c := a.on(t).dial("600")
				c.wantAdded()
				c.awaitStarted()
				kamailio.awaitLines(t, "the first INVITE is challenged", 1, "challenged INVITE")
				kamailio.awaitLines(t, "the ACK goes through Kamailio", 1, "loose-routed ACK")
				c.hangUp()
				kamailio.awaitLines(t, "the BYE goes through Kamailio", 1, "loose-routed BYE")
				phone.awaitClosed(t)
				c.wantLadder(
					"channel.interactionadded",
					"channel.request.dial SUCCESS",
					"interaction STARTED",
					"interaction.ended released-by agent",
				)
				c.complete()
			})
			t.Run("600 answers, the phone hangs up", func(t *testing.T) {
				c := a.on(t).dial("600") // the phone takes one call at a time: the first is truly over
				c.wantAdded()
				c.awaitStarted()
				kamailio.awaitLines(t, "the ACK goes through Kamailio", 2, "loose-routed ACK")
				phone.hangUp(t)
				c.awaitEnded()
				kamailio.awaitLines(t, "the phone's BYE comes through Kamailio", 2, "loose-routed BYE")
				c.wantLadder(
					"channel.interactionadded",
					"channel.request.dial SUCCESS",
					"interaction STARTED",
					"interaction.ended released-by remote",
				)
				c.complete()
			})
			t.Run("602 rings, we give up", func(t *testing.T) {
				c := a.on(t).dial("602")
				c.wantAdded()
				c.hangUp()
				kamailio.awaitLine(t, "the call is cancelled", "cancelled 602")
				c.wantLadder(
					"channel.interactionadded",
					"channel.request.dial SUCCESS",
					"interaction.ended released-by agent",
				)
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
				{"603", 503, "Service Unavailable", bridge.Congestion, true},
				{"604", 603, "Decline", bridge.Rejected, false},
				{"605", 404, "Not Found", bridge.NotFound, false},
				{"699", 480, "Temporarily Unavailable", bridge.Unavailable, true}, // no such phone is registered
			} {
				t.Run(want.destination+" refuses", func(t *testing.T) {
					c := a.on(t).dial(want.destination)
					c.wantRefused(want.code, want.status, want.phrase, want.retryable)
					c.wantLadder("channel.request.dial FAILURE " + string(want.code))
				})
			}
		})
	}
}

func TestPBXRefusesAWrongPassword(t *testing.T) {
	kamailio := startKamailio(t)
	gateway{Peer: kamailioAddress + ":5060", Password: "wrong"}.start(t)
	c := logIn(t).dial("601")
	c.wantRefused(bridge.Forbidden, 407, "Proxy Authentication Required", false)
	kamailio.awaitLines(t, "the credentials are tried once", 2, "challenged INVITE")
	c.wantLadder("channel.request.dial FAILURE FORBIDDEN")
}
