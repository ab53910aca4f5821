package tracker_test

import (
	"reflect"
	"testing"
	"time"

	"tieline/bridge"
	"tieline/interaction"
)

// "accept and answer are answered when the caller's ACK shows that the call is really up", in the
// order of the diagram; "Until then the interaction stays ALERTING".
func TestSpec_7_5_AcceptedWhenTheCallIsUp(t *testing.T) {
	for name, target := range map[bridge.Name]bridge.Target{bridge.InteractionAccept: inbound, bridge.ConversationAnswer: leg} {
		alerted(t, func(w *world) {
			n, orders := len(w.stream()), len(w.pbx())
			w.ask("a", name, target, "")
			w.wantPBX("the call is answered", orders, "answer c1")
			w.pause(31 * time.Second)
			w.wantTold("nothing is said before the ACK", n)
			if got := body[bridge.InteractionInitState](w, w.init(inbound)).State; got != bridge.Alerting {
				t.Errorf("until then the interaction stays ALERTING: %s", got)
			}
			n = len(w.stream())
			w.tell(w.answered())
			w.wantTold("in the order of the diagram", n, "conversation.connected", "interaction.started", string(name)+" SUCCESS")
		})
	}
}

// "… or is not: CANCELLED when the caller gave up first, NETWORK when no ACK came within 32 s."
func TestSpec_7_5_AcceptedInVain(t *testing.T) {
	for code, gone := range map[bridge.Code]func(w *world) interaction.Input{
		bridge.Cancelled: func(w *world) interaction.Input { return w.failed(bridge.Cancelled) },
		bridge.Network:   func(w *world) interaction.Input { return w.failed(bridge.Network) },
	} {
		alerted(t, func(w *world) {
			w.ask("a", bridge.InteractionAccept, inbound, "")
			n := len(w.stream())
			w.tell(gone(w))
			w.wantFailure("the caller is gone", "a", code)
			w.wantTold("the call ends", n, "conversation.ended", "interaction.request.accept FAILURE", "interaction.ended")
			if got := body[bridge.InteractionInitState](w, w.init(inbound)); got.State != bridge.Ended || got.End.Error.Code != code {
				t.Errorf("with the same code: %+v", got)
			}
		})
	}
	alerted(t, func(w *world) { // the caller's BYE overtakes the ACK
		w.ask("a", bridge.InteractionAccept, inbound, "")
		w.tell(w.hungUp())
		w.wantFailure("the caller gave up first", "a", bridge.Cancelled)
	})
}

// "a second accept waits for the same outcome."
func TestSpec_7_5_SecondAcceptWaits(t *testing.T) {
	for _, up := range []bool{true, false} {
		alerted(t, func(w *world) {
			n := len(w.pbx())
			w.ask("a1", bridge.InteractionAccept, inbound, "")
			w.ask("a2", bridge.ConversationAnswer, leg, "")
			w.ask("a3", bridge.InteractionAccept, inbound, "")
			w.wantPBX("the caller is answered once", n, "answer c1")
			for _, id := range []string{"a1", "a2", "a3"} {
				w.wantNoResponse("it waits", id)
			}
			if up {
				w.tell(w.answered())
			} else {
				w.tell(w.failed(bridge.Cancelled))
			}
			for _, id := range []string{"a1", "a2", "a3"} {
				if got := w.response(id); (got.Result == bridge.Success) != up {
					t.Errorf("for the same outcome: %s", got.Line())
				}
			}
		})
	}
}

// "reject and release during that time win: they end the call, and accept is answered CANCELLED."
func TestSpec_7_5_RejectAndReleaseWin(t *testing.T) {
	for name, target := range map[bridge.Name]bridge.Target{bridge.InteractionReject: inbound, bridge.ConversationRelease: leg} {
		alerted(t, func(w *world) {
			w.ask("a", bridge.InteractionAccept, inbound, "")
			n := len(w.pbx())
			w.ask("r", name, target, "")
			w.wantPBX("they end the call", n, "hang up c1")
			w.wantSuccess("they win", "r")
			w.wantFailure("accept is answered", "a", bridge.Cancelled)
			if got := body[bridge.InteractionInitState](w, w.init(inbound)); got.State != bridge.Ended || got.End.ReleasedBy != bridge.ByAgent {
				t.Errorf("the agent ended it: %+v", got)
			}
		})
	}
}

// "reject says 486 (busy) or 603 (decline, also where no reason is given) to the caller; release of
// an alerting call says 480": which of them is the telephone system's to write.
func TestSpec_7_5_Reject(t *testing.T) {
	for reason, as := range map[string]string{`{"reason":"busy"}`: "refuse c1: busy", `{"reason":"decline"}`: "refuse c1: declined", `{}`: "refuse c1: declined", "": "refuse c1: declined"} {
		alerted(t, func(w *world) {
			n, orders := len(w.stream()), len(w.pbx())
			w.request(bridge.InteractionReject, inbound, reason)
			w.wantPBX("what is said to the caller, "+reason, orders, as)
			w.wantTold("the interaction ends", n, "conversation.ended", "interaction.ended", "interaction.request.reject SUCCESS")
		})
	}
	alerted(t, func(w *world) {
		n := len(w.pbx())
		w.wantFailure("there is no other reason", w.request(bridge.InteractionReject, inbound, `{"reason":"bored"}`), bridge.InvalidMessage)
		w.wantPBX("and nothing is done", n)
		w.wantSuccess("release of an alerting call", w.request(bridge.ConversationRelease, leg, ""))
		w.wantPBX("is no refusal", n, "hang up c1")
	})
}

// "A caller who gives up: ENDED with CANCELLED."
func TestSpec_7_5_CallerGivesUp(t *testing.T) {
	alerted(t, func(w *world) {
		n := len(w.stream())
		w.tell(w.failed(bridge.Cancelled))
		w.wantTold("ENDED", n, "conversation.ended", "interaction.ended")
		if got := body[bridge.InteractionChange](w, w.stream()[n+1]); got.State != bridge.Ended || got.End.Error.Code != bridge.Cancelled {
			t.Errorf("with CANCELLED: %+v", got)
		}
		w.wantFailure("accept comes too late", w.request(bridge.InteractionAccept, inbound, ""), bridge.InvalidState)
	})
	onDuty(t, func(w *world) { // before the stream has the interaction
		w.bus.SetDelay(time.Second)
		n := len(w.stream())
		w.ring("c1")
		w.tell(w.failed(bridge.Cancelled))
		w.pause(time.Minute)
		w.wantPBX("who is gone hears nothing", 0, "take c1")
		w.wantTold("the interaction was added nevertheless", n, "channel.interactionadded")
		w.bus.SetDelay(0)
		if got := w.contactState(inbound); got.State != bridge.Ended || got.End.Error.Code != bridge.Cancelled {
			t.Errorf("and has ENDED with CANCELLED: %+v", got)
		}
	})
}

// "What the caller says in a CANCEL's Reason header stands in the error object, as in a dial;
// sip.status is then what the gateway answered to the INVITE."
func TestSpec_7_5_ReasonOfTheCancel(t *testing.T) {
	alerted(t, func(w *world) {
		q850 := 26
		said := &bridge.Error{Code: bridge.Cancelled, Message: "The caller hung up.", Tried: &bridge.Tried{
			SIP: &bridge.SIPStatus{Status: 487, Phrase: "Request Terminated", Reason: `Q.850;cause=26`}, Q850: &q850, Trunk: "pbx-a", Attempts: 1, Alerted: true,
		}}
		n := len(w.stream())
		w.tell(interaction.CallFailed{Call: w.last, Error: said})
		said.Message = "" // it is in the header of an answer only
		for _, m := range w.stream()[n:] {
			if got := body[bridge.InteractionChange](w, m); !reflect.DeepEqual(got.Error, said) {
				t.Errorf("it stands in the error object: %s", m.Line())
			}
		}
		if got := body[bridge.InteractionInitState](w, w.init(inbound)); !reflect.DeepEqual(got.Error, said) {
			t.Errorf("and in the init of an ENDED one: %+v", got.Error)
		}
	})
}

// "notready and deactivate leave an alerting call alone".
func TestSpec_7_5_NotReadyLeavesItAlone(t *testing.T) {
	alerted(t, func(w *world) {
		n := len(w.pbx())
		w.request(bridge.ChannelNotReadyRequest, channel, "")
		w.request(bridge.ChannelDeactivate, channel, "")
		w.wantPBX("the call is left alone", n)
		w.ask("a", bridge.InteractionAccept, inbound, "")
		w.tell(w.answered())
		w.wantSuccess("it can be accepted", "a")
	})
}

// "logout and every tear down end it (480), also where the group keeps calls."
func TestSpec_7_5_LogoutAndTearDownEndIt(t *testing.T) {
	for what, end := range map[string]func(w *world){
		"logout":             func(w *world) { w.request(bridge.SessionLogout, "s1", "") },
		"channel":            func(w *world) { w.request(bridge.ChannelDispose, channel, "") },
		"remove the channel": func(w *world) { w.request(bridge.GroupRemoveChannel, "s1.sales", `{"channel":"1001"}`) },
		"group":              func(w *world) { w.request(bridge.GroupDispose, "s1.sales", "") },
		"remove the group":   func(w *world) { w.request(bridge.SessionRemoveChannelGroup, "s1", `{"channel-group":"sales"}`) },
		"session":            func(w *world) { w.request(bridge.SessionDispose, "s1", "") },
		"shutdown":           func(w *world) { w.shutdown() },
	} {
		for _, accepted := range []bool{false, true} {
			spec(t, func(w *world) {
				w.settings.KeepCallsAtLogout = true
				w.restart()
				w.open()
				w.takeUpDuty()
				w.ring("c1")
				w.init(inbound)
				n := len(w.pbx())
				if accepted {
					w.ask("a", bridge.InteractionAccept, inbound, "")
					n++
				}
				at := len(w.stream())
				end(w)
				w.pause(0)
				w.wantPBX(what+" ends it", n, "hang up c1")
				if accepted {
					w.wantFailure("and accept is answered", "a", bridge.Cancelled)
				}
				for _, m := range w.stream()[at:] {
					if m.Name == bridge.InteractionEnded && body[bridge.InteractionChange](w, m).ReleasedBy != bridge.BySystem {
						t.Errorf("%s: nobody's doing: %s", what, m.Line())
					}
				}
			})
		}
	}
}

// "A call that nobody answers ends with NO_ANSWER …", and its place is free.
func TestSpec_7_5_NobodyAnswers(t *testing.T) {
	alerted(t, func(w *world) {
		w.tell(w.failed(bridge.NoAnswer))
		if got := w.contactState(inbound); got.State != bridge.Ended || got.End.Error == nil || got.End.Error.Code != bridge.NoAnswer {
			t.Errorf("it ends with NO_ANSWER: %+v", got)
		}
		n := len(w.pbx())
		w.ring("c2")
		w.wantPBX("its place is free", n, "take c2", "ring c2")
	})
}
