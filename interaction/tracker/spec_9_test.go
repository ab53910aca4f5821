package tracker_test

import (
	"slices"
	"testing"

	"tieline/bridge"
)

func (w *world) legState(v bridge.Target) bridge.ConversationInitState {
	w.t.Helper()
	return body[bridge.ConversationInitState](w, w.init(v))
}

// "States: DIALING, ALERTING, CONNECTED, HELD, ENDED." HELD: spec_9_station_test.go. An outbound
// conversation is ALERTING when the callee's phone rings, an inbound one from the beginning.
func TestSpec_9_States(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d", "600")
		w.tell(w.progress())
		want := func(state bridge.ConversationState) {
			t.Helper()
			if got := w.legState(conversation).State; got != state {
				t.Errorf("an outbound conversation: %s, want %s", got, state)
			}
		}
		want(bridge.ConvDialing)
		w.tell(w.alerting())
		want(bridge.ConvAlerting)
		w.tell(w.answered())
		want(bridge.ConvConnected)
		n := len(w.stream())
		w.tell(w.hungUp())
		if got := body[bridge.ConversationChange](w, w.stream()[n]); got.State != bridge.ConvEnded {
			t.Errorf("the last is ENDED: %+v", got)
		}
		w.wantFailure("§3: it is torn down when it ends", w.request(bridge.ConversationInit, conversation, ""), bridge.UnknownTarget)
	})
	alerted(t, func(w *world) {
		if got := w.legState(leg).State; got != bridge.ConvAlerting {
			t.Errorf("an inbound conversation: %s", got)
		}
		w.request(bridge.ConversationAnswer, leg, "")
		w.tell(w.answered())
		if got := w.legState(leg).State; got != bridge.ConvConnected {
			t.Errorf("an inbound conversation that was answered: %s", got)
		}
	})
}

// The body of conversation.query.init, to the byte.
func TestSpec_9_Init(t *testing.T) {
	alerted(t, func(w *world) {
		const want = `{"conversation-state":"ALERTING","role":"primary","remote":{"number":"0301234","name":"Bob"},"members":[{"number":"0301234","name":"Bob"}],"actions":["answer","release"]}`
		if got := string(w.init(leg).Body); got != want {
			t.Errorf("conversation.query.init:\n got %s\nwant %s", got, want)
		}
	})
	onChannel(t, func(w *world) {
		w.dial("d", "600")
		w.tell(w.answered())
		const want = `{"conversation-state":"CONNECTED","role":"primary","remote":{"number":"600","name":""},"members":[{"number":"600","name":""}],"actions":["release"]}`
		if got := string(w.init(conversation).Body); got != want {
			t.Errorf("conversation.query.init:\n got %s\nwant %s", got, want)
		}
	})
}

// "conversation.request.answer: as accept, for phones".
func TestSpec_9_Answer(t *testing.T) {
	alerted(t, func(w *world) {
		n, orders := len(w.stream()), len(w.pbx())
		w.ask("a", bridge.ConversationAnswer, leg, "")
		w.wantPBX("as accept", orders, "answer c1")
		w.tell(w.answered())
		w.wantTold("as accept", n, "conversation.connected", "interaction.started", "conversation.request.answer SUCCESS")
		w.wantFailure("only in ALERTING", w.request(bridge.ConversationAnswer, leg, ""), bridge.InvalidState)
	})
	onChannel(t, func(w *world) {
		w.dial("d", "600")
		w.tell(w.alerting())
		w.init(conversation)
		w.wantFailure("a call that we made is not answered by us", w.request(bridge.ConversationAnswer, conversation, ""), bridge.InvalidState)
	})
}

// "conversation.request.release: BYE, CANCEL or a final response, whichever fits": in every state
// that a living conversation can be in, one order to the telephone system, which knows what fits.
func TestSpec_9_Release(t *testing.T) {
	for _, s := range everyState() {
		s.run(t, func(w *world) {
			s.reach(w)
			if w.response(w.request(bridge.ConversationInit, s.conversation, "")).Result == bridge.Failure {
				return // it is gone
			}
			n, orders := len(w.stream()), len(w.pbx())
			w.ask("r", bridge.ConversationRelease, s.conversation, "")
			w.wantPBX("whichever fits, "+s.name, orders, "hang up "+w.last)
			if told := w.told(n, s.conversation); !slices.Equal(told, []string{"conversation.ended", "conversation.request.release SUCCESS"}) {
				t.Errorf("§3: conversation.ended, then the answer to the release, are its last messages, %s: %q", s.name, told)
			}
		})
	}
}

// "conversation.dialing, alerting, connected, …, ended: state changes; ended as in §8": a bridge that
// follows them always knows the state that init would tell.
func TestSpec_9_EventsAreTheStateChanges(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d", "600")
		w.tell(w.progress())
		w.init(conversation)
		n := len(w.stream())
		w.tell(w.progress(), w.alerting(), w.alerting(), w.answered(), w.hungUp())
		states := []string{}
		for _, m := range w.stream()[n:] {
			change := body[bridge.ConversationChange](w, m)
			states = append(states, string(m.Name)+" "+string(change.State))
			if (m.Name == bridge.ConversationEnded) != (change.End != nil) {
				t.Errorf("ended as in §8, and nothing else: %s", m.Line())
			}
		}
		if !slices.Equal(states, []string{"conversation.alerting ALERTING", "conversation.connected CONNECTED", "conversation.ended ENDED"}) {
			t.Errorf("each change of state is an event, once: %q", states)
		}
	})
}
