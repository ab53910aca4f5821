//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieline/bridge"
)

// TestSIPpDialog: SIPp takes a call with all that a dialog can have. What each message must say is in the scenarios.
func TestSIPpDialog(t *testing.T) {
	t.Run("takes a call", func(t *testing.T) {
		sipp := startSIPp(t, "dialog", 1, messages()...)
		gateway{Peer: sippAddress}.start(t)
		c := logIn(t).dial("600")
		c.wantAdded()
		c.awaitStarted()
		sipp.awaitMessages(t, "it was refreshed, held and updated", "CSeq: 2 UPDATE", 2)
		c.hangUp()
		c.wantEnded("released-by agent")
		sipp.awaitExit(t, "SIPp saw the call through to the BYE", 0, patience)
	})
	t.Run("calls", func(t *testing.T) {
		gateway{Peer: sippAddress}.start(t)
		a := logIn(t)
		a.takeCalls()
		text, err := os.ReadFile(filepath.Join("sipp", "caller_dialog.xml"))
		must(t, err, "read the caller's scenario")
		sipp := sipp(t, append([]string{"-sf", fill(t, "caller_dialog.xml", string(text), nil), "-m", "1", "-s", channel.ID(), gatewayAddress}, messages()...)...)
		c := a.offered()
		sipp.awaitMessages(t, "our ringing is acknowledged, and that is answered", "CSeq: 3 PRACK", 2)
		a.ask(bridge.InteractionAccept, c.interaction, c.interaction, nil)
		c.awaitStarted()
		c.wantEnded("released-by remote")
		sipp.awaitExit(t, "SIPp was answered and hung up", 0, patience)
	})
}

// awaitMessages waits until SIPp has seen so many messages with these words.
func (p *process) awaitMessages(t *testing.T, sentence, words string, count int) {
	t.Helper()
	eventually(t, sentence, func() bool {
		text, err := os.ReadFile(p.logs[0])
		return err == nil && strings.Count(string(text), words) >= count
	})
}

// TestPBXForks: two phones ring for one number. Who answers has the call, the other one is cancelled by Kamailio; both
// early dialogs go through it.
func TestPBXForks(t *testing.T) {
	kamailio := startKamailio(t)
	rings := startPhone(t, "700", as("600"))
	answers := startPhone(t, "600", answering(byItself), beside(rings))
	gateway{Peer: kamailioAddress + ":5060"}.start(t)
	c := logIn(t).dial("600")
	c.wantAdded()
	c.awaitStarted()
	kamailio.awaitLine(t, "the ACK goes through Kamailio", "loose-routed ACK")
	rings.awaitClosed(t)
	c.hangUp()
	answers.awaitClosed(t)
	kamailio.awaitLine(t, "the BYE goes through Kamailio", "loose-routed BYE")
	c.wantLadder(
		"channel.interactionadded",
		"channel.request.dial SUCCESS",
		"interaction STARTED",
		"interaction.ended released-by agent",
	)
}
