package tracker_test

import (
	"slices"
	"testing"

	"tieline/bridge"
	"tieline/interaction"
)

// "Start-up: … bridge cti.request.status → response, then event cti.status → cti.query.capabilities
// → response."
func TestSpec_4_StartUp(t *testing.T) {
	spec(t, func(w *world) {
		n := len(w.stream())
		w.ask("1", bridge.ControlStatusRequest, bridge.Control, "")
		w.ask("2", bridge.ControlCapabilities, bridge.Control, "")
		w.wantTold("the response, then the event", n, "cti.request.status SUCCESS", "cti.status", "cti.query.capabilities SUCCESS")
		status := body[bridge.StatusBody](w, w.stream()[n+1])
		if status.Status != "STARTED" || status.ChannelGroups["sales"] != "UP" {
			t.Errorf("the status: %+v", status)
		}
	})
}

// The body of cti.query.capabilities; messages lists what works, so that a bridge can know.
func TestSpec_4_Capabilities(t *testing.T) {
	spec(t, func(w *world) {
		w.ask("1", bridge.ControlCapabilities, bridge.Control, "")
		c := body[bridge.Capabilities](w, w.response("1"))
		if c.ProtocolVersion != "1" || !c.ChannelGroupsSupported || !slices.Equal(c.ChannelTypes, []string{"Telephony"}) ||
			c.Gateway.Name != "tieline" || c.Gateway.Version != "1.2.3" {
			t.Errorf("capabilities: %+v", c)
		}
		w.open()
		w.dial("d1", "600")
		w.tell(w.answered())
		w.ask("q1", bridge.InteractionInit, contact, "")
		w.ask("q2", bridge.ConversationInit, conversation, "")
		targets := []bridge.Target{bridge.Control, "s1", "s1.sales", channel, contact, conversation}
		for _, name := range bridge.AllAsked() {
			_, object, _ := name.Asked()
			if slices.Contains(c.Messages, name) {
				continue
			}
			id := "try-" + string(name)
			w.ask(id, name, targets[object], "")
			w.wantFailure("what is not listed is not available", id, bridge.Unsupported)
		}
		for _, name := range c.Messages {
			if _, _, ok := name.Asked(); !ok || !slices.Contains(interaction.Supported(), name) {
				t.Errorf("%s is listed and can be asked", name)
			}
		}
	})
}

// "Sessions are accepted once the status is STARTED." and "cti.status … raised on each change".
func TestSpec_4_SessionsOnceStarted(t *testing.T) {
	spec(t, func(w *world) {
		n := len(w.stream())
		status := func(s string) {
			w.tracker.SetStatus(bridge.StatusBody{Status: s, ChannelGroups: map[string]string{"sales": "UP"}})
			w.pause(0)
		}
		add := func(id string) {
			w.ask(id, bridge.ControlAddSession, bridge.Control, `{"session":"`+id+`","agent":{"id":"a","name":""}}`, to{subject: bridge.Target(id)})
		}
		status("STARTING")
		status("STARTING")
		w.wantTold("raised on each change, once", n, "cti.status")
		add("early")
		w.wantFailure("not yet", "early", bridge.InvalidState)
		status("STARTED")
		add("ready")
		w.wantSuccess("now", "ready")
		status("DEGRADED")
		add("degraded")
		w.wantSuccess("still serving", "degraded")
	})
}

// §5, §6: what session and group answer to init.
func TestSpec_5_6_Init(t *testing.T) {
	onChannel(t, func(w *world) {
		w.ask("1", bridge.SessionInit, "s1", "")
		if got := string(w.response("1").Body); got != `{"agent":{"id":"alice","name":"Alice"},"channel-groups":[{"channel-group":"sales"}]}` {
			t.Errorf("session: %s", got)
		}
		w.ask("2", bridge.GroupInit, "s1.sales", "")
		if got := string(w.response("2").Body); got != `{"channels":[{"channel":"1001","end-point":"1001","type":"Telephony"}]}` {
			t.Errorf("group: %s", got)
		}
		w.ask("3", bridge.ChannelDispose, channel, "")
		w.ask("4", bridge.GroupInit, "s1.sales", "")
		if got := string(w.response("4").Body); got != `{"channels":[]}` {
			t.Errorf("channels is always present: %s", got)
		}
		w.ask("5", bridge.SessionDispose, "s1", "")
		for _, m := range w.stream() {
			if m.Name == bridge.SessionDisposed && body[bridge.Disposed](w, m).Reason == "" {
				t.Errorf("session.disposed has a reason: %s", m.Body)
			}
		}
	})
}
