//go:build interop

package interop

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tieline/bridge"
)

// call is one channel.request.dial, or one inbound call, and what became of it.
type call struct {
	t            *testing.T
	agent        *agent
	answer       bridge.Message // of the dial
	remote       bridge.Party   // of the inbound call
	interaction  bridge.Target
	conversation bridge.Target
}

// dial returns once the dial is answered, either way.
func (a *agent) dial(destination string) *call {
	a.t.Helper()
	answer, err := a.try(bridge.ChannelDial, channel, channel, bridge.Dial{Destination: destination})
	must(a.t, err, "dial")
	return &call{t: a.t, agent: a, answer: answer}
}

// place dials and does not wait; answered does.
func (a *agent) place(destination string) (answered func() *call) {
	a.t.Helper()
	t, answer := a.t, a.start(bridge.ChannelDial, channel, bridge.Dial{Destination: destination})
	return func() *call {
		t.Helper()
		return &call{t: t, agent: a, answer: answer()}
	}
}

// wantAdded demands a SUCCESS, and takes up the interaction and its conversation: their
// events come from now on.
func (c *call) wantAdded() {
	c.t.Helper()
	if c.answer.Result != bridge.Success {
		c.t.Fatalf("the dial is answered %s", c.answer.Line())
	}
	var dialled bridge.Dialled
	must(c.t, bridge.DecodeBody(c.answer, &dialled), "read the answer to the dial")
	c.interaction = channel.Child(dialled.Interaction)
	var state bridge.InteractionInitState
	must(c.t, bridge.DecodeBody(c.agent.ask(bridge.InteractionInit, c.interaction, c.interaction, nil), &state), "read the interaction's state")
	if state.Conversations.Primary == nil {
		c.t.Fatalf("the interaction is %s and has no primary conversation", state.State)
	}
	c.conversation = c.interaction.Child(state.Conversations.Primary.ID)
	c.agent.ask(bridge.ConversationInit, c.conversation, c.conversation, nil)
}

// awaitStarted waits for the callee's answer. If that came before the interaction was
// initialized, its init says so instead of an event (protocol.md §3).
func (c *call) awaitStarted() {
	c.t.Helper()
	c.agent.await("the interaction is started when the callee has answered", c.isStart)
}

func (c *call) isStart(m bridge.Message) bool {
	var body bridge.InteractionChange
	return m.Target == c.interaction && (m.Name == bridge.InteractionStarted || m.Name == bridge.InteractionInit) &&
		json.Unmarshal(m.Body, &body) == nil && body.State == bridge.Started
}

func (c *call) awaitEnded() bridge.Message {
	c.t.Helper()
	return c.agent.await("the interaction is ended when the call is over", func(m bridge.Message) bool {
		return m.Name == bridge.InteractionEnded && m.Target == c.interaction
	})
}

// hangUp releases the call and waits until the interaction has ended.
func (c *call) hangUp() {
	c.t.Helper()
	c.agent.ask(bridge.ConversationRelease, c.conversation, c.conversation, nil)
	c.awaitEnded()
}

// complete tears the interaction down.
func (c *call) complete() {
	c.t.Helper()
	c.agent.ask(bridge.InteractionComplete, c.interaction, c.interaction, nil)
}

// wantFailed demands a FAILURE.
func (c *call) wantFailed(code bridge.Code) {
	c.t.Helper()
	if e := c.answer.Err(); e == nil || e.Code != code {
		c.t.Fatalf("the dial is answered %s, want FAILURE %s", c.answer.Line(), code)
	}
}

// wantRefused demands a FAILURE that carries what the telephone system said.
func (c *call) wantRefused(code bridge.Code, status int, phrase string, retryable bool) {
	c.t.Helper()
	e := c.answer.Err()
	switch {
	case e == nil:
		c.t.Fatalf("the dial is answered %s, want FAILURE %s", c.answer.Line(), code)
	case e.Tried == nil || e.Tried.SIP == nil:
		c.t.Fatalf("the FAILURE does not say what the telephone system said: %s", c.answer.Line())
	}
	got := *e.Tried.SIP
	if e.Code != code || e.Retryable != retryable || got.Status != status || got.Phrase != phrase {
		c.t.Errorf("FAILURE %s (retryable %v) for %d %q, want %s (retryable %v) for %d %q",
			e.Code, e.Retryable, got.Status, got.Phrase, code, retryable, status, phrase)
	}
	if e.Tried.Trunk != "peer" || e.Tried.Attempts != 1 || e.Tried.Alerted {
		c.t.Errorf("tried %d times, on trunk %q, alerted %v; want once, on trunk peer, not alerted", e.Tried.Attempts, e.Tried.Trunk, e.Tried.Alerted)
	}
}

// wantLadder compares the lines about the dial and the interaction's life with what the
// stream said of this call, in order.
func (c *call) wantLadder(want ...string) {
	c.t.Helper()
	c.agent.await("the answer to the dial is in the stream", func(m bridge.Message) bool { return m.RequestID == c.answer.RequestID })
	said, _ := c.agent.heard()
	var got []string
	for _, m := range said {
		if line := c.line(m); line != "" {
			got = append(got, line)
		}
	}
	if !slices.Equal(got, want) {
		c.t.Errorf("the ladder of the call is\n  %s\nwant\n  %s\nheard:\n%s",
			strings.Join(got, "\n  "), strings.Join(want, "\n  "), ladder(said))
	}
}

// line is "" for what wantLadder leaves out.
func (c *call) line(m bridge.Message) string {
	var body struct {
		bridge.End
		RequestID string `json:"request-id"`
	}
	_ = json.Unmarshal(m.Body, &body) // a body without these is none of the two
	switch answers := m.RequestID != "" && m.RequestID == c.answer.RequestID; {
	case answers && m.Err() != nil:
		return string(m.Name) + " FAILURE " + string(m.Err().Code)
	case answers:
		return string(m.Name) + " " + string(m.Result)
	case m.Name == bridge.ChannelInteractionAdded && body.RequestID != "" && body.RequestID == c.answer.RequestID:
		return string(m.Name)
	case c.isStart(m):
		return "interaction STARTED"
	case m.Name == bridge.InteractionEnded && m.Target == c.interaction && body.Error != nil:
		return string(m.Name) + " error " + string(body.Error.Code)
	case m.Name == bridge.InteractionEnded && m.Target == c.interaction:
		return string(m.Name) + " released-by " + string(body.ReleasedBy)
	}
	return ""
}
