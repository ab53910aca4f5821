package tracker_test

import (
	"testing"
	"testing/synctest"

	"tieline/bridge"
	"tieline/interaction"
)

// What the tests of a second call begin with.

const (
	theCall    = "id1"
	theSecond  = "id4"
	consultLeg = contact + ".id5"
	callee     = `{"destination":"700"}`
)

// onStation runs f with a call that is up, on a channel whose agent talks by a station; all is open.
func onStation(t *testing.T, f func(w *world)) {
	t.Helper()
	spec(t, func(w *world) {
		w.settings.Station, w.settings.Transfer, w.settings.Conference, w.settings.SendDTMF = true, true, true, true
		w.restart()
		w.open()
		w.dial("d", "600")
		w.tell(w.answered())
		w.init(contact)
		w.init(conversation)
		f(w)
	})
}

// done carries out what the telephone system was told about a call; undone does not.
func (w *world) done(calls ...string) {
	for _, call := range calls {
		w.obey(call, nil)
		synctest.Wait()
	}
}

func (w *world) undone(call string) {
	w.obey(call, bridge.Network.Error("The telephone system could not be reached."))
	synctest.Wait()
}

// hears is news of a call.
func (w *world) hears(call string, news ...interaction.Input) {
	w.t.Helper()
	for _, in := range news {
		w.telephones(call, in)
		synctest.Wait()
	}
}

// consults asks somebody, who rings, or answers, too.
func (w *world) consults(answers bool) string {
	w.t.Helper()
	id := w.request(bridge.InteractionConsult, contact, callee)
	w.done(theCall)
	w.hears(theSecond, interaction.CallProgress{Call: theSecond, Alerted: true})
	w.init(consultLeg)
	if answers {
		w.hears(theSecond, interaction.CallAnswered{Call: theSecond})
	}
	return id
}

func ended(call string, by bridge.ReleasedBy) interaction.Input {
	return interaction.CallEnded{Call: call, By: by}
}

// everyTalk is each state that a call of a station can be in once it is up, and those of a consult call beside it.
func everyTalk() []inState {
	ask := func(name bridge.Name, target bridge.Target, body string) func(*world) {
		return func(w *world) { w.request(name, target, body) }
	}
	then := func(steps ...func(*world)) func(*world) {
		return func(w *world) {
			for _, step := range steps {
				step(w)
			}
		}
	}
	done := func(call string) func(*world) { return func(w *world) { w.done(call) } }
	hold, retrieve := ask(bridge.ConversationHold, conversation, ""), ask(bridge.ConversationRetrieve, conversation, "")
	remote := func(w *world) { w.hears(theCall, interaction.CallHeld{Call: theCall, By: bridge.RemoteSide}) }
	rings, talks := func(w *world) { w.consults(false) }, func(w *world) { w.consults(true) }
	states := []inState{
		{"talking", onStation, contact, conversation, then()},
		{"being held", onStation, contact, conversation, hold},
		{"HELD", onStation, contact, conversation, then(hold, done(theCall))},
		{"HELD by the remote", onStation, contact, conversation, remote},
		{"HELD by both", onStation, contact, conversation, then(remote, hold, done(theCall))},
		{"being retrieved", onStation, contact, conversation, then(hold, done(theCall), retrieve)},
		{"being held for a consult", onStation, contact, conversation, ask(bridge.InteractionConsult, contact, callee)},
		{"consulting, nobody rings yet", onStation, contact, conversation, then(ask(bridge.InteractionConsult, contact, callee), done(theCall))},
		{"being transferred", onStation, contact, conversation, ask(bridge.ConversationTransfer, conversation, callee)},
		{"a conference, almost", onStation, contact, conversation, ask(bridge.ConversationConference, conversation, callee)},
		{"a conference", onStation, contact, conversation, then(ask(bridge.ConversationConference, conversation, callee), done(theCall))},
		{"draining", onStation, contact, conversation, func(w *world) { w.tracker.Drain(); synctest.Wait() }},
	}
	for _, leg := range []bridge.Target{conversation, consultLeg} {
		states = append(states, []inState{
			{"a consult call rings", onStation, contact, leg, rings},
			{"a consult call was answered", onStation, contact, leg, talks},
			{"both calls HELD", onStation, contact, leg, then(talks, ask(bridge.ConversationHold, consultLeg, ""), done(theSecond))},
			{"being alternated", onStation, contact, leg, then(talks, ask(bridge.InteractionAlternate, contact, ""))},
			{"almost alternated", onStation, contact, leg, then(talks, ask(bridge.InteractionAlternate, contact, ""), done(theSecond))},
			{"alternated", onStation, contact, leg, then(talks, ask(bridge.InteractionAlternate, contact, ""), done(theSecond), done(theCall))},
			{"being connected", onStation, contact, leg, then(talks, ask(bridge.InteractionConsultTransfer, contact, ""))},
			{"being brought together", onStation, contact, leg, then(talks, ask(bridge.InteractionConsultConference, contact, ""))},
			{"the consult call is the primary one", onStation, contact, leg, then(talks, func(w *world) { w.hears(theCall, ended(theCall, bridge.ByRemote)) })},
		}...)
	}
	return states
}
