//go:build interop

package interop

import (
	"regexp"
	"testing"

	"tieline/bridge"
)

// TestDigitsByRTP: a phone hears the digits that an agent sends by RTP, each once and in order, in a call that it has taken
// and in one that it has placed.
func TestDigitsByRTP(t *testing.T) {
	startKamailio(t)
	phone := startPhone(t, "600", answering(byItself))
	gateway{Peer: kamailioAddress + ":5060", DTMF: "rtp"}.start(t)
	a := logIn(t)
	a.takeCalls()
	t.Run("that has taken a call", func(t *testing.T) {
		c := a.on(t).dial("600")
		c.wantAdded()
		c.awaitStarted()
		phone.hears(t, c, "12#")
		c.hangUp()
		phone.awaitClosed(t)
		c.complete()
	})
	t.Run("that has placed a call", func(t *testing.T) {
		phone.call(t, "91001")
		c := a.on(t).offered()
		a.ask(bridge.InteractionAccept, c.interaction, c.interaction, nil)
		c.awaitStarted()
		phone.hears(t, c, "*D")
		c.hangUp()
		phone.awaitClosed(t)
		c.complete()
	})
}

var began = regexp.MustCompile(`received event: '(.)' \(end=0\)`)

// hears has the agent send digits, and waits until the phone has heard just these.
func (p *phone) hears(t *testing.T, c *call, digits string) {
	t.Helper()
	before, _ := p.out.read()
	c.agent.ask(bridge.ConversationSendDTMF, c.conversation, c.conversation, bridge.Digits{Digits: digits})
	heard := ""
	eventually(t, "the phone hears the digits "+digits, func() bool {
		said, _ := p.out.read()
		heard = ""
		for _, m := range began.FindAllStringSubmatch(said[len(before):], -1) {
			heard += m[1]
		}
		return len(heard) >= len(digits)
	})
	if heard != digits {
		t.Errorf("the phone hears %q, want %q", heard, digits)
	}
}
