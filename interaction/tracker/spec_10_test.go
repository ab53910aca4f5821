package tracker_test

import (
	"strings"
	"testing"

	"tieline/bridge"
)

// "A body may have 64 KiB at most (configurable): more is INVALID_MESSAGE." The tests' limit is
// 4096; what an envelope has around the body does not count.
func TestSpec_10_BodyLimit(t *testing.T) {
	for _, envelope := range []bool{false, true} {
		onDuty(t, func(w *world) {
			for size, fits := range map[int]bool{4096: true, 4097: false} {
				around := len(`{"reason":""}`)
				id := w.request(bridge.ChannelNotReadyRequest, channel, `{"reason":"`+strings.Repeat("x", size-around)+`"}`, to{envelope: envelope})
				if fits {
					w.wantSuccess("a body of the greatest size", id)
				} else {
					w.wantFailure("one byte more", id, bridge.InvalidMessage)
				}
			}
		})
	}
}

// "What goes beyond another limit is taken down like every request, so that its requestId keeps its
// one answer, and answered LIMIT_EXCEEDED": the table of §2 lists "sessions of the gateway, channels
// of a channel group, unanswered requests of a channel (all configurable)".
func TestSpec_10_Limits(t *testing.T) {
	spec(t, func(w *world) {
		w.config.MaxSessions, w.config.MaxChannels, w.settings.MaxPending = 2, 1, 2
		w.restart()
		w.open()
		w.add("s2", "sales", bridge.ChannelRef{Channel: "1", EndPoint: "1", Type: bridge.Telephony}) // a channel group of its own
		w.dial("d1", "600")
		w.dial("d2", "601")
		beyond := []struct {
			what   string
			name   bridge.Name
			target bridge.Target
			body   string
			to     to
		}{
			{"sessions", bridge.ControlAddSession, bridge.Control, `{"session":"s3","agent":{"id":"","name":""}}`, to{subject: "s3"}},
			{"channels", bridge.GroupAddChannel, "s1.sales", `{"channel":"2","end-point":"2","type":"Telephony"}`, to{subject: "s1.sales.2"}},
			{"requests", bridge.ChannelDial, channel, `{"destination":"602"}`, to{}},
		}
		for _, b := range beyond {
			w.ask(b.what, b.name, b.target, b.body, b.to)
			w.wantFailure("too many "+b.what, b.what, bridge.LimitExceeded)
			if w.bus.Entry(b.what) == nil {
				t.Errorf("it is taken down like every request: %s", b.what)
			}
		}
		w.tell(w.failed(bridge.Busy))
		w.tell(w.failed(bridge.Busy))
		w.request(bridge.SessionDispose, "s2", "")
		for _, b := range beyond {
			b.to.reply = b.what
			w.ask(b.what, b.name, b.target, b.body, b.to)
			if e := w.wantReply("asked again when there is room", b.what).Err(); e == nil || e.Code != bridge.LimitExceeded {
				t.Errorf("its requestId keeps its one answer: %s %v", b.what, e)
			}
		}
		w.wantSuccess("there is room for a new request", w.request(bridge.ControlAddSession, bridge.Control, `{"session":"s3","agent":{"id":"","name":""}}`, to{subject: "s3"}))
	})
}

// "hanging up and tearing down never are": neither of a call nor of an interaction, a channel or
// what is above it.
func TestSpec_10_HangingUpIsNeverTooMuch(t *testing.T) {
	for name, target := range map[bridge.Name]bridge.Target{
		bridge.ConversationRelease: leg, bridge.InteractionReject: inbound, bridge.ChannelDispose: channel,
		bridge.GroupDispose: "s1.sales", bridge.SessionDispose: "s1", bridge.SessionLogout: "s1",
	} {
		spec(t, func(w *world) {
			w.crowd()
			w.wantSuccess("hanging up is never too much: "+string(name), w.request(name, target, ""))
		})
	}
	spec(t, func(w *world) {
		w.crowd()
		w.request(bridge.ConversationRelease, leg, "")
		w.wantSuccess("tearing down is never too much", w.request(bridge.InteractionComplete, inbound, ""))
	})
}

// crowd makes a channel with a call that is alerting and as many unanswered requests as it may have.
func (w *world) crowd() {
	w.t.Helper()
	w.settings.MaxInteractions, w.settings.MaxPending = 2, 1
	w.restart()
	w.open()
	w.takeUpDuty()
	w.ring("c1")
	w.init(inbound)
	w.dial("d", "600")
	w.ask("more", bridge.ChannelNotReadyRequest, channel, "")
	w.wantFailure("one request is the limit", "more", bridge.LimitExceeded)
}
