package tracker_test

import (
	"testing"
	"testing/synctest"

	"tieline/bridge"
	"tieline/interaction"
)

// "consult → {"conversation":"…"}: holds the primary, dials; same order rule as 7.4 with interaction.conversationadded
// before SUCCESS".
func TestSpec_8_1_Consult(t *testing.T) {
	onStation(t, func(w *world) {
		n, orders := len(w.stream()), len(w.pbx())
		w.ask("c", bridge.InteractionConsult, contact, callee)
		w.wantPBX("the primary call is held first", orders, "hold id1")
		w.done(theCall)
		w.wantPBX("and then somebody is called", orders+1, "call id4 to 700")
		w.hears(theSecond, interaction.CallProgress{Call: theSecond})
		w.wantTold("the event strictly before SUCCESS", n,
			"conversation.held", "interaction.conversationadded", "interaction.request.consult SUCCESS", "interaction.actionschanged")
		const want = `{"conversation":"id5","role":"consult","conversation-state":"DIALING","request-id":"c","remote":{"number":"700","name":""}}`
		if got := string(w.stream()[n+1].Body); got != want {
			t.Errorf("interaction.conversationadded:\n got %s\nwant %s", got, want)
		}
		if got := string(w.response("c").Body); got != `{"conversation":"id5"}` {
			t.Errorf("the answer names the conversation: %s", got)
		}
	})
}

// "It is raised … with the state that the conversation has then: DIALING, ALERTING or CONNECTED, never invented ringing."
func TestSpec_8_1_StateOfTheConversation(t *testing.T) {
	for state, news := range map[bridge.ConversationState]interaction.Input{
		bridge.ConvDialing:   interaction.CallProgress{Call: theSecond},
		bridge.ConvAlerting:  interaction.CallProgress{Call: theSecond, Alerted: true},
		bridge.ConvConnected: interaction.CallAnswered{Call: theSecond},
	} {
		onStation(t, func(w *world) {
			w.request(bridge.InteractionConsult, contact, callee)
			w.done(theCall)
			n := len(w.stream())
			w.hears(theSecond, news)
			if got := body[bridge.ConversationAdded](w, w.stream()[n]).State; got != state {
				t.Errorf("as it is then: %s, want %s", got, state)
			}
			if got := w.legState(consultLeg).State; got != state {
				t.Errorf("as init says: %s, want %s", got, state)
			}
		})
	}
}

// "The primary call is held first unless the agent holds it already; if that fails, nobody is called and that error is the answer."
func TestSpec_8_1_HeldFirst(t *testing.T) {
	onStation(t, func(w *world) {
		id := w.request(bridge.InteractionConsult, contact, callee)
		w.undone(theCall)
		w.wantFailure("that error is the answer", id, bridge.Network)
		w.request(bridge.ConversationHold, conversation, "")
		w.done(theCall)
		orders := len(w.pbx())
		w.request(bridge.InteractionConsult, contact, callee)
		w.wantPBX("unless the agent holds it already", orders, "call id4 to 700")
	})
}

// "FAILURE means that no conversation was added", and "A consult that fails … take[s] the agent back to the primary one".
func TestSpec_8_1_FailureAddsNothing(t *testing.T) {
	onStation(t, func(w *world) {
		id := w.request(bridge.InteractionConsult, contact, callee)
		w.done(theCall)
		n, orders := len(w.stream()), len(w.pbx())
		w.hears(theSecond, interaction.CallFailed{Call: theSecond, Error: bridge.Busy.Error("The line is busy.")})
		w.wantFailure("the callee's error", id, bridge.Busy)
		w.wantPBX("the primary one is retrieved", orders, "retrieve id1")
		w.done(theCall)
		w.wantTold("no conversation was added", n, "interaction.request.consult FAILURE", "conversation.retrieved")
	})
	onStation(t, func(w *world) {
		id := w.request(bridge.InteractionConsult, contact, callee)
		w.done(theCall)
		w.bus.RefuseNext(1)
		orders := len(w.pbx())
		w.hears(theSecond, interaction.CallProgress{Call: theSecond})
		w.wantFailure("not stored, no SUCCESS", id, bridge.Internal)
		w.wantPBX("and the callee is hung up", orders, "hang up id4", "retrieve id1")
	})
}

// "a consult conversation that ends for whatever reason, take[s] the agent back to the primary one" and "conversation.ended,
// then interaction.conversationremoved".
func TestSpec_8_1_BackToThePrimary(t *testing.T) {
	for why, end := range map[string]func(w *world){
		"the consulted party hangs up": func(w *world) { w.hears(theSecond, ended(theSecond, bridge.ByRemote)) },
		"the agent hangs up":           func(w *world) { w.hears(theSecond, ended(theSecond, bridge.ByAgent)) },
		"it is released":               func(w *world) { w.request(bridge.ConversationRelease, consultLeg, "") },
	} {
		onStation(t, func(w *world) {
			w.consults(true)
			n := len(w.stream())
			end(w)
			w.done(theCall)
			told := w.told(n, contact, consultLeg, conversation)
			if len(told) > 2 && told[1] == "conversation.request.release SUCCESS" {
				told = append(told[:1], told[2:]...)
			}
			want := []string{"conversation.ended", "interaction.conversationremoved", "conversation.retrieved", "interaction.actionschanged"}
			if len(told) != len(want) {
				t.Fatalf("%s: %q, want %q", why, told, want)
			}
			for i := range want {
				if told[i] != want[i] {
					t.Errorf("%s: %q, want %q", why, told, want)
				}
			}
		})
	}
	onStation(t, func(w *world) {
		w.consults(true)
		w.hears(theSecond, ended(theSecond, bridge.ByRemote))
		w.undone(theCall)
		if got := w.legState(conversation).State; got != bridge.ConvHeld {
			t.Errorf("if that fails it stays HELD: %s", got)
		}
	})
}

// "The primary ends while a consult conversation lives: the consult conversation becomes the primary one, under its id".
func TestSpec_8_1_ConsultBecomesPrimary(t *testing.T) {
	onStation(t, func(w *world) {
		w.consults(true)
		n := len(w.stream())
		w.hears(theCall, ended(theCall, bridge.ByRemote))
		if got := w.told(n)[:2]; got[0] != "conversation.ended" || got[1] != "interaction.conversationremoved" {
			t.Errorf("conversation.ended of the old one, interaction.conversationremoved: %q", got)
		}
		if got := string(w.stream()[n+1].Body); got != `{"conversation":"id3","conversations":{"primary":{"id":"id5"}}}` {
			t.Errorf("whose conversations shows the new primary: %s", got)
		}
		if got := w.legState(consultLeg).Role; got != "primary" {
			t.Errorf("its init says so: %s", got)
		}
		if got := w.contactState(contact); got.State != bridge.Started || got.Conversations.Consult != nil || got.Conversations.Primary.ID != consultLeg.ID() {
			t.Errorf("the interaction stays STARTED: %+v", got)
		}
	})
	onStation(t, func(w *world) {
		id := w.request(bridge.InteractionConsult, contact, callee)
		w.done(theCall)
		orders := len(w.pbx())
		w.hears(theCall, ended(theCall, bridge.ByRemote))
		w.wantPBX("if there is no conversation yet, that call is hung up", orders, "hang up id4")
		w.wantFailure("the consult is answered CANCELLED", id, bridge.Cancelled)
		if got := w.contactState(contact).State; got != bridge.Ended {
			t.Errorf("and the interaction ends: %s", got)
		}
	})
}

// "alternate: … The call that the agent is connected with is held, then the other one retrieved: conversation.held,
// conversation.retrieved, SUCCESS. If the second fails, the first is retrieved again and the error is the answer."
func TestSpec_8_1_Alternate(t *testing.T) {
	onStation(t, func(w *world) {
		w.consults(true)
		n, orders := len(w.stream()), len(w.pbx())
		w.ask("a", bridge.InteractionAlternate, contact, "")
		w.done(theSecond, theCall)
		w.wantPBX("first the one, then the other", orders, "hold id4", "retrieve id1")
		w.wantTold("conversation.held, conversation.retrieved, SUCCESS", n, "conversation.held", "conversation.retrieved", "interaction.request.alternate SUCCESS")
		orders = len(w.pbx())
		id := w.request(bridge.InteractionAlternate, contact, "")
		w.done(theCall)
		w.undone(theSecond)
		w.done(theCall)
		w.wantPBX("the first is retrieved again", orders, "hold id1", "retrieve id4", "retrieve id1")
		w.wantFailure("and the error is the answer", id, bridge.Network)
	})
}

// "consulttransfer: … conversation.ended of both, SUCCESS, interaction.ended, all released by the agent. If it fails, the agent
// has both calls as before."
func TestSpec_8_1_ConsultTransfer(t *testing.T) {
	onStation(t, func(w *world) {
		w.consults(true)
		before := w.contactState(contact)
		id := w.request(bridge.InteractionConsultTransfer, contact, "")
		w.undone(theCall)
		w.wantFailure("it fails", id, bridge.Network)
		if after := w.contactState(contact); after.Conversations.Consult == nil || len(after.Actions) != len(before.Actions) {
			t.Errorf("both calls as before: %+v", after)
		}
		n := len(w.stream())
		w.request(bridge.InteractionConsultTransfer, contact, "")
		w.done(theCall)
		w.wantTold("it succeeds", n, "conversation.ended", "conversation.ended", "interaction.request.consulttransfer SUCCESS", "interaction.ended")
		if got := w.contactState(contact); got.End == nil || got.ReleasedBy != bridge.ByAgent {
			t.Errorf("released by the agent: %+v", got.End)
		}
	})
}

// "One verb at a time: while one of these … is under way, the others are INVALID_STATE (retryable)."
func TestSpec_8_1_OneVerbAtATime(t *testing.T) {
	onStation(t, func(w *world) {
		w.consults(true)
		w.request(bridge.InteractionConsultTransfer, contact, "")
		for name, target := range map[bridge.Name]bridge.Target{
			bridge.InteractionAlternate: contact, bridge.InteractionConsultConference: contact, bridge.ConversationHold: consultLeg,
			bridge.ConversationRetrieve: conversation, bridge.ConversationSendDTMF: consultLeg,
		} {
			m := w.wantFailure("while it is under way", w.request(name, target, `{"digits":"1"}`), bridge.InvalidState)
			if !m.Err().Retryable {
				t.Errorf("it can be tried again: %s", m.Line())
			}
		}
	})
}

// "If a call of the interaction ends or is released meanwhile, what is under way is answered CANCELLED behind conversation.ended."
func TestSpec_8_1_CancelledByTheEnd(t *testing.T) {
	for name, by := range map[string]func(w *world){
		"ended":    func(w *world) { w.hears(theCall, ended(theCall, bridge.ByRemote)) },
		"released": func(w *world) { w.request(bridge.ConversationRelease, conversation, "") },
	} {
		onStation(t, func(w *world) {
			w.consults(true)
			id := w.request(bridge.InteractionAlternate, contact, "")
			n := len(w.stream())
			by(w)
			w.wantFailure("CANCELLED", id, bridge.Cancelled)
			if told := w.told(n); told[0] != "conversation.ended" || told[1] != "interaction.request.alternate FAILURE" {
				t.Errorf("behind conversation.ended, %s: %q", name, told)
			}
		})
	}
}

// "A gateway that drains calls nobody new: consult, transfer and conference are SHUTTING_DOWN."
func TestSpec_8_1_Drain(t *testing.T) {
	onStation(t, func(w *world) {
		w.tracker.Drain()
		synctest.Wait()
		for name, target := range map[bridge.Name]bridge.Target{
			bridge.InteractionConsult: contact, bridge.ConversationTransfer: conversation, bridge.ConversationConference: conversation,
		} {
			w.wantFailure("nobody new", w.request(name, target, callee), bridge.ShuttingDown)
		}
	})
}

// "while the agent is not connected with a call of another interaction" (consult), "and is not connected with another call of the
// channel" (retrieve). What happens to the one interaction is told to the other by actionschanged.
func TestSpec_8_1_AnotherInteraction(t *testing.T) {
	spec(t, func(w *world) {
		w.settings.Station, w.settings.MaxInteractions = true, 2
		w.restart()
		w.open()
		w.dial("d", "600")
		w.tell(w.answered())
		w.init(contact)
		w.init(conversation)
		w.request(bridge.ConversationHold, conversation, "")
		w.done(theCall)
		w.dial("e", "601")
		n := len(w.stream())
		w.tell(w.answered())
		if told := w.told(n, contact, conversation); len(told) != 0 {
			t.Errorf("a dial that has no interaction yet has the agent, too: %q", told)
		}
		other := channel.Child(body[bridge.Dialled](w, w.response("e")).Interaction)
		leg := other.Child(w.contactState(other).Conversations.Primary.ID)
		w.init(leg)
		w.wantFailure("consult", w.request(bridge.InteractionConsult, contact, callee), bridge.InvalidState)
		w.wantFailure("retrieve", w.request(bridge.ConversationRetrieve, conversation, ""), bridge.InvalidState)
		w.request(bridge.ConversationHold, leg, "")
		n = len(w.stream())
		w.done(theSecond)
		told := w.told(n, contact, conversation)
		if len(told) != 2 || told[0] != "interaction.actionschanged" || told[1] != "conversation.actionschanged" {
			t.Errorf("what is possible with the first call again is told: %q", told)
		}
		orders := len(w.pbx())
		w.request(bridge.ConversationRetrieve, conversation, "")
		w.wantPBX("when the agent is free", orders, "retrieve id1")
	})
}
