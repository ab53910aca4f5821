package tracker_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"tieline/bridge"
)

func (w *world) contactState(i bridge.Target) bridge.InteractionInitState {
	w.t.Helper()
	return body[bridge.InteractionInitState](w, w.init(i))
}

// The diagram of states: ALERTING ─accept/answer─▶ STARTED, ALERTING ─reject/gone─▶ ENDED,
// DIALING ─answered─▶ STARTED, DIALING ─failed/released─▶ ENDED, STARTED ─all legs released─▶ ENDED,
// ENDED ─complete─▶ COMPLETED.
func TestSpec_8_States(t *testing.T) {
	accept := func(w *world) { w.request(bridge.InteractionAccept, inbound, ""); w.tell(w.answered()) }
	dialled := func(w *world) { w.dial("d", "600"); w.tell(w.alerting()) }
	release := func(v bridge.Target) func(w *world) {
		return func(w *world) { w.request(bridge.ConversationRelease, v, "") }
	}
	for name, path := range map[string]struct {
		in    bool
		steps []func(w *world)
		last  bridge.InteractionState
	}{
		"accept":             {true, []func(*world){accept}, bridge.Started},
		"answer":             {true, []func(*world){func(w *world) { w.request(bridge.ConversationAnswer, leg, ""); w.tell(w.answered()) }}, bridge.Started},
		"reject":             {true, []func(*world){func(w *world) { w.request(bridge.InteractionReject, inbound, "") }}, bridge.Ended},
		"gone":               {true, []func(*world){func(w *world) { w.tell(w.failed(bridge.Cancelled)) }}, bridge.Ended},
		"released, inbound":  {true, []func(*world){accept, release(leg)}, bridge.Ended},
		"dialling":           {false, []func(*world){dialled}, bridge.Dialing},
		"answered":           {false, []func(*world){dialled, func(w *world) { w.tell(w.answered()) }}, bridge.Started},
		"failed":             {false, []func(*world){dialled, func(w *world) { w.tell(w.failed(bridge.NoAnswer)) }}, bridge.Ended},
		"released, dialling": {false, []func(*world){dialled, release(conversation)}, bridge.Ended},
		"released, outbound": {false, []func(*world){dialled, func(w *world) { w.tell(w.answered(), w.hungUp()) }}, bridge.Ended},
	} {
		run, target := onChannel, contact
		if path.in {
			run, target = alerted, inbound
		}
		run(t, func(w *world) {
			for _, step := range path.steps {
				step(w)
			}
			if got := w.contactState(target).State; got != path.last {
				t.Errorf("the diagram, %s: %s, want %s", name, got, path.last)
			}
			id := w.request(bridge.InteractionComplete, target, "")
			if path.last != bridge.Ended {
				w.wantFailure("ENDED ─complete─▶ COMPLETED only, "+name, id, bridge.InvalidState)
				return
			}
			w.wantSuccess("ENDED ─complete─▶ COMPLETED, "+name, id)
		})
	}
}

// The body of interaction.query.init, to the byte, in each state.
func TestSpec_8_Init(t *testing.T) {
	alerted(t, func(w *world) {
		want := func(body string) {
			t.Helper()
			if got := string(w.init(inbound).Body); got != body {
				t.Errorf("interaction.query.init:\n got %s\nwant %s", got, body)
			}
		}
		want(`{"interaction-state":"ALERTING","interaction-data":{},"conversations":{"primary":{"id":"id2"}},"direction":"INBOUND","actions":["accept","reject","setdata"]}`)
		w.request(bridge.InteractionAccept, inbound, "")
		w.tell(w.answered())
		want(`{"interaction-state":"STARTED","interaction-data":{},"conversations":{"primary":{"id":"id2"}},"direction":"INBOUND","actions":["setdata"]}`)
		w.tell(w.hungUp())
		want(`{"interaction-state":"ENDED","interaction-data":{},"conversations":{},"direction":"INBOUND","actions":["complete","setdata"],"released-by":"remote"}`)
	})
}

// "accept / reject: only in ALERTING".
func TestSpec_8_AcceptAndRejectOnlyInAlerting(t *testing.T) {
	alerted(t, func(w *world) {
		tooLate := func(when string) {
			t.Helper()
			for _, name := range []bridge.Name{bridge.InteractionAccept, bridge.InteractionReject} {
				w.wantFailure("only in ALERTING, "+when, w.request(name, inbound, ""), bridge.InvalidState)
			}
		}
		w.request(bridge.InteractionAccept, inbound, "")
		w.tell(w.answered())
		tooLate("STARTED")
		w.tell(w.hungUp())
		tooLate("ENDED")
		w.dial("d", "600")
		w.tell(w.alerting())
		out := channel.Child(body[bridge.Dialled](w, w.response("d")).Interaction)
		w.init(out)
		for _, name := range []bridge.Name{bridge.InteractionAccept, bridge.InteractionReject} {
			w.wantFailure("only in ALERTING, DIALING", w.request(name, out, ""), bridge.InvalidState)
		}
	})
}

// "complete: only in ENDED → COMPLETED, then the destination is torn down".
func TestSpec_8_Complete(t *testing.T) {
	alerted(t, func(w *world) {
		w.wantFailure("not in ALERTING", w.request(bridge.InteractionComplete, inbound, ""), bridge.InvalidState)
		w.request(bridge.InteractionAccept, inbound, "")
		w.tell(w.answered())
		w.wantFailure("not in STARTED", w.request(bridge.InteractionComplete, inbound, ""), bridge.InvalidState)
		w.tell(w.hungUp())
		n := len(w.stream())
		w.wantSuccess("only in ENDED", w.request(bridge.InteractionComplete, inbound, ""))
		if got := string(w.stream()[n].Body); got != `{"interaction-state":"COMPLETED","actions":[]}` {
			t.Errorf("COMPLETED: %s", got)
		}
		for _, name := range []bridge.Name{bridge.InteractionInit, bridge.InteractionComplete} {
			w.wantFailure("then the destination is torn down", w.request(name, inbound, ""), bridge.UnknownTarget)
		}
	})
}

// "the group may complete by itself after wrap-up, and what nobody completes is completed after
// wrap-up-limit (1 h)".
func TestSpec_8_WrapUp(t *testing.T) {
	for after, wrapUp := range map[time.Duration]time.Duration{20 * time.Second: 20 * time.Second, time.Hour: 0} {
		spec(t, func(w *world) {
			w.settings.WrapUp = wrapUp
			w.restart()
			w.open()
			w.dial("d", "600")
			w.tell(w.answered(), w.hungUp())
			w.init(contact)
			n := len(w.stream())
			w.pause(after - time.Millisecond)
			w.wantTold("not yet", n)
			w.pause(time.Millisecond)
			w.wantTold("it is completed by itself", n, "interaction.completed", "interaction.disposed", "channel.interactionremoved")
		})
	}
	onChannel(t, func(w *world) { // what lives is never completed
		w.dial("d", "600")
		w.tell(w.answered())
		n := len(w.stream())
		w.pause(24 * time.Hour)
		w.wantTold("only what has ENDED", n)
	})
}

// "ended carries {"error":{…}} or {"released-by":"agent|remote|system"}" and "In ENDED the init
// response also carries what interaction.ended said."
func TestSpec_8_EndedSaysWhy(t *testing.T) {
	for why, end := range map[string]func(w *world){
		"agent":  func(w *world) { w.request(bridge.ConversationRelease, conversation, "") },
		"remote": func(w *world) { w.tell(w.hungUp()) },
		"system": func(w *world) { w.request(bridge.SessionLogout, "s1", "") },
		"error":  func(w *world) { w.tell(w.failed(bridge.NoAnswer)) },
	} {
		onChannel(t, func(w *world) {
			w.dial("d", "600")
			w.tell(w.alerting())
			w.init(contact)
			w.init(conversation)
			n := len(w.stream())
			end(w)
			said := map[string]json.RawMessage{}
			for _, m := range w.stream()[n:] {
				if m.Name == bridge.InteractionEnded || m.Name == bridge.ConversationEnded {
					said = body[map[string]json.RawMessage](w, m)
					if _, isError := said["error"]; isError != (why == "error") || isError == (said["released-by"] != nil) {
						t.Errorf("one of the two, %s: %s", why, m.Line())
					}
					if by := string(said["released-by"]); why != "error" && by != `"`+why+`"` {
						t.Errorf("who released it: %s, want %s", by, why)
					}
				}
			}
			state := body[map[string]json.RawMessage](w, w.init(contact))
			if !reflect.DeepEqual(state["error"], said["error"]) || !reflect.DeepEqual(state["released-by"], said["released-by"]) {
				t.Errorf("in ENDED the init response carries what interaction.ended said: %s, said %s", state, said)
			}
		})
	}
}

// "conversations is always present; primary must be in ALERTING, DIALING and STARTED; consult only
// in STARTED while a consult call lives; it is empty ({}) in ENDED and COMPLETED."
func TestSpec_8_Conversations(t *testing.T) {
	want := func(w *world, target bridge.Target, primary string) {
		t.Helper()
		state := body[struct {
			State         bridge.InteractionState
			Conversations json.RawMessage
		}](w, w.init(target))
		if got := string(state.Conversations); got != primary {
			t.Errorf("conversations: %s, want %s", got, primary)
		}
	}
	alerted(t, func(w *world) {
		want(w, inbound, `{"primary":{"id":"id2"}}`)
		w.request(bridge.InteractionAccept, inbound, "")
		want(w, inbound, `{"primary":{"id":"id2"}}`)
		w.tell(w.answered())
		want(w, inbound, `{"primary":{"id":"id2"}}`)
		w.tell(w.hungUp())
		want(w, inbound, `{}`)
	})
	onChannel(t, func(w *world) {
		w.dial("d", "600")
		w.tell(w.alerting())
		want(w, contact, `{"primary":{"id":"id3"}}`)
		w.tell(w.failed(bridge.Busy))
		want(w, contact, `{}`)
	})
}

// "interaction.alerting … interaction.started, interaction.ended, interaction.completed: state
// changes": a bridge that follows them always knows the state that init would tell.
func TestSpec_8_EventsAreTheStateChanges(t *testing.T) {
	alerted(t, func(w *world) {
		n := len(w.stream())
		w.request(bridge.InteractionAccept, inbound, "")
		w.tell(w.answered(), w.hungUp())
		w.request(bridge.InteractionComplete, inbound, "")
		states := []string{}
		for _, m := range w.stream()[n:] {
			if m.Target == inbound && m.Type == bridge.TypeEvent && m.Name != bridge.InteractionDisposed {
				states = append(states, string(m.Name)+" "+string(body[bridge.InteractionChange](w, m).State))
			}
		}
		if !slices.Equal(states, []string{"interaction.started STARTED", "interaction.ended ENDED", "interaction.completed COMPLETED"}) {
			t.Errorf("each change of state is an event: %q", states)
		}
	})
}
