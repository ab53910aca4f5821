package tracker_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"tieline/bridge"
	"tieline/interaction"
)

// What the tests TestSpec_… begin with: a channel that takes calls, a call that is alerting, a
// destination that is set up and open.

// onDuty runs f with an open channel that is active and ready.
func onDuty(t *testing.T, f func(w *world)) {
	t.Helper()
	onChannel(t, func(w *world) {
		w.takeUpDuty()
		f(w)
	})
}

func (w *world) takeUpDuty() {
	w.wantSuccess("the channel can be activated", w.request(bridge.ChannelActivate, channel, ""))
	w.wantSuccess("the channel can be made ready", w.request(bridge.ChannelReadyRequest, channel, ""))
}

// alerted runs f with a call from outside that is alerting; interaction and conversation are open.
func alerted(t *testing.T, f func(w *world)) {
	t.Helper()
	onDuty(t, func(w *world) {
		w.ring("c1")
		w.init(inbound)
		w.init(leg)
		f(w)
	})
}

// ring is a call from outside for the channel's end-point.
func (w *world) ring(call string) {
	w.offered(interaction.CallOffered{Call: call, EndPoint: "1001", Remote: bridge.Party{Number: "0301234", Name: "Bob"}})
	synctest.Wait()
}

// add sets a channel up and opens it, with all above it.
func (w *world) add(session, group string, ref bridge.ChannelRef) bridge.Target {
	w.t.Helper()
	s := bridge.Target(session)
	g := s.Child(group)
	c := g.Child(ref.Channel)
	w.request(bridge.ControlAddSession, bridge.Control, `{"session":"`+session+`","agent":{"id":"alice","name":"Alice"}}`, to{subject: s})
	w.init(s)
	w.request(bridge.SessionAddChannelGroup, s, `{"channel-group":"`+group+`"}`, to{subject: g})
	w.init(g)
	w.request(bridge.GroupAddChannel, g, `{"channel":"`+ref.Channel+`","end-point":"`+ref.EndPoint+`","type":"`+string(ref.Type)+`"}`, to{subject: c})
	w.init(c)
	return c
}

// init asks for the present state of a destination.
func (w *world) init(target bridge.Target) bridge.Message {
	w.t.Helper()
	return w.wantSuccess("init is answered", w.request(bridge.Name(target.Object().String()+".query.init"), target, ""))
}

// request asks under an id of its own, and returns it.
func (w *world) request(name bridge.Name, target bridge.Target, body string, how ...to) string {
	w.t.Helper()
	w.asked++
	id := fmt.Sprint("ask", w.asked)
	w.ask(id, name, target, body, how...)
	return id
}
