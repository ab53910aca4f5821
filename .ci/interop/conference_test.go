//go:build interop

package interop

import (
	"encoding/json"
	"slices"
	"testing"

	"tieline/bridge"
)

// TestConference: the agent, the customer and the expert are each connected with the room of the telephone system. It is SIPp
// that plays it; it mixes nothing, and sends everybody back what they say.
func TestConference(t *testing.T) {
	for _, how := range []struct {
		name string
		meet func(*testing.T, *threesome, *call)
	}{
		{"after a consultation", func(t *testing.T, o *threesome, c *call) {
			o.consult(t, c)
			o.agent.ask(bridge.InteractionConsultConference, c.interaction, c.interaction, nil)
		}},
		{"without asking", func(t *testing.T, o *threesome, c *call) {
			answer := c.agent.start(bridge.ConversationConference, c.conversation, bridge.Callee{Destination: o.expert.Number})
			o.expert.awaitRinging(t)
			o.expert.pickUp(t)
			wantSuccess(t, answer())
		}},
	} {
		t.Run(how.name, func(t *testing.T) {
			room := startSIPp(t, "answer", 3, append(messages(), "-rtp_echo")...)
			o := openThreesome(t, gateway{Station: eachTheirOwn, Conference: `"sip:conf-{id}@peer"`})
			c := o.talk(t)
			how.meet(t, o, c)
			c.awaitMembers("600", "700")
			o.wantEcho(t, o.station, o.callee, o.expert)
			o.expert.hangUp(t)
			c.awaitMembers("600")
			o.wantEcho(t, o.station, o.callee)
			c.hangUp()
			o.station.awaitClosed(t)
			o.wantEcho(t, o.callee) // the others go on without the agent
			o.callee.hangUp(t)
			room.awaitExit(t, "everybody has left the room", 0, patience)
			wantIdle(t, o.station, o.callee, o.expert)
		})
	}
}

// awaitMembers waits until the bridge is told that these are in the conference.
func (c *call) awaitMembers(numbers ...string) {
	c.t.Helper()
	c.agent.await("who is in the conference", func(m bridge.Message) bool {
		var body bridge.Members
		if m.Name != bridge.ConversationMembersChanged || m.Target != c.conversation || json.Unmarshal(m.Body, &body) != nil {
			return false
		}
		var got []string
		for _, p := range body.Members {
			got = append(got, p.Number)
		}
		return slices.Equal(got, numbers)
	})
}
