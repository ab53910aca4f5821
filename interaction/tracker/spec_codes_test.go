package tracker_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
)

// Table of codes in §2: each code that is decided here, once, with its trigger.
func TestSpec_2_Codes(t *testing.T) {
	for code, trigger := range map[bridge.Code]func(w *world){
		bridge.InvalidMessage: func(w *world) { w.ask("x", bridge.ChannelDial, channel, `{"destination":7}`) },
		bridge.UnknownName:    func(w *world) { w.ask("x", "channel.request.paint", channel, "") },
		bridge.UnknownTarget:  func(w *world) { w.ask("x", bridge.ChannelInit, "s1.sales.nobody", "") },
		bridge.NotInitialized: func(w *world) {
			w.ask("a", bridge.ControlAddSession, bridge.Control, `{"session":"s2","agent":{"id":"","name":""}}`, to{subject: "s2"})
			w.ask("x", bridge.SessionAddChannelGroup, "s2", `{"channel-group":"sales"}`, to{subject: "s2.sales"})
		},
		bridge.InvalidState: func(w *world) {
			w.dial("d", "600")
			w.tell(w.alerting())
			w.ask("q", bridge.InteractionInit, contact, "")
			w.ask("x", bridge.InteractionComplete, contact, "")
		},
		bridge.LimitExceeded: func(w *world) {
			w.settings.MaxPending = 1
			w.restart()
			w.open()
			w.dial("d", "600")
			w.dial("x", "601")
		},
		bridge.Unsupported:        func(w *world) { w.ask("x", bridge.ControlValidateCredentials, bridge.Control, "{}") },
		bridge.InvalidDestination: func(w *world) { w.dial("x", "nobody") },
		bridge.NotAllowed:         func(w *world) { w.dial("x", "0900") },
		bridge.ChannelBusy: func(w *world) {
			w.dial("d", "600")
			w.tell(w.alerting())
			w.dial("x", "601")
		},
		bridge.Busy: func(w *world) {
			w.dial("x", "600")
			w.tell(w.failed(bridge.Busy))
		},
		bridge.Cancelled: func(w *world) {
			w.dial("x", "600")
			w.ask("d", bridge.ChannelDispose, channel, "")
		},
		bridge.ShuttingDown: func(w *world) {
			w.tracker.Drain()
			w.dial("x", "600")
		},
		bridge.Interrupted: func(w *world) {
			w.dial("x", "600")
			w.restart()
		},
		bridge.Internal: func(w *world) {
			w.dial("x", "600")
			w.bus.RefuseNext(1)
			w.tell(w.alerting())
		},
		bridge.RequestIDReused: func(w *world) {
			w.dial("y", "600")
			w.dial("y", "601", to{reply: "inbox"})
		},
	} {
		t.Run(string(code), func(t *testing.T) {
			onChannel(t, func(w *world) {
				trigger(w)
				if code == bridge.RequestIDReused { // the stream holds one response per requestId
					if e := w.wantReply("reused", "inbox").Err(); e == nil || e.Code != code {
						t.Errorf("on the reply subject: %v", e)
					}
					return
				}
				w.wantFailure("its trigger", "x", code)
			})
		})
	}
}

// INTERNAL: a request that could not be claimed in time is not carried out.
func TestSpec_2_InternalWhenNotClaimed(t *testing.T) {
	onChannel(t, func(w *world) {
		w.bus.SetDelay(10 * time.Millisecond)
		w.dial("x", "600")
		w.bus.SetDown(true)
		w.pause(6 * time.Second)
		w.bus.SetDown(false)
		w.pause(time.Second)
		w.wantFailure("the ledger was away for more than five seconds", "x", bridge.Internal)
		if w.placed() != 0 {
			t.Error("nothing is dialled")
		}
	})
}

// §10: "Anything that can be tied to a requestId and a target gets a FAILURE with a clear
// errorMessage. What cannot (no type, no reply subject, not JSON) is counted … and dropped."
func TestSpec_10_BadInput(t *testing.T) {
	onChannel(t, func(w *world) {
		n := len(w.stream())
		for _, junk := range []string{"", "hello", "[]", "null", "7", `{"header":{}}`, `{"header":{"type":"cti.request","name":"x"}}`, "\xff\x00"} {
			w.deliver(bridge.Delivery{Subject: space.To(channel), Data: []byte(junk)})
		}
		w.pause(0)
		w.wantTold("what cannot be tied to a request is dropped", n)
		if got := w.tracker.Dropped(); got != 8 {
			t.Errorf("and counted: %d", got)
		}
		w.deliver(bridge.Delivery{Subject: space.To(channel), Header: bridge.Header{"type": {"cti.request"}, "requestId": {"x"}}, Data: []byte("{")})
		w.pause(0)
		w.wantFailure("what can be tied to one is answered", "x", bridge.InvalidMessage)
	})
}

// §10: "Nothing a bridge sends can … change another session's objects": target and subject must
// name the same destination.
func TestSpec_10_OtherSessions(t *testing.T) {
	onChannel(t, func(w *world) {
		w.ask("1", bridge.ControlAddSession, bridge.Control, `{"session":"s2","agent":{"id":"bob","name":"Bob"}}`, to{subject: "s2"})
		w.ask("2", bridge.SessionInit, "s2", "")
		w.ask("x", bridge.ChannelDispose, channel, "", to{subject: "s2.sales.1001"})
		w.wantFailure("sent on another session's subject", "x", bridge.InvalidMessage)
		w.ask("y", bridge.SessionDispose, "s1", "", to{subject: "s2"})
		w.wantFailure("sent on another session's subject", "y", bridge.InvalidMessage)
		w.dial("d", "600")
		if w.placed() != 1 {
			t.Error("the channel is as it was")
		}
	})
}

// §10: what cannot be answered "is counted, logged once per burst, and dropped".
func TestSpec_10_LoggedOncePerBurst(t *testing.T) {
	spec(t, func(w *world) {
		var logs bytes.Buffer
		w.logs = slog.NewTextHandler(&logs, nil)
		w.restart()
		junk := func(n int) {
			for range n {
				w.deliver(bridge.Delivery{Subject: space.To(channel), Data: []byte("my password is secret")})
				w.pause(time.Second)
			}
		}
		junk(100)
		w.pause(time.Minute)
		junk(100)
		if got := strings.Count(logs.String(), "dropped"); strings.Count(logs.String(), "\n") != 2 || got == 0 {
			t.Errorf("two bursts, two lines:\n%s", logs.String())
		}
		if strings.Contains(logs.String(), "secret") {
			t.Errorf("what was sent is not logged:\n%s", logs.String())
		}
		if got := w.tracker.Dropped(); got != 200 {
			t.Errorf("each is counted: %d", got)
		}
	})
}
