package tracker_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"tieline/bridge"
)

// "A setup request on the parent creates it. Repeating it with the same content is SUCCESS; with
// other content INVALID_STATE."
func TestSpec_3_1_SetupRepeated(t *testing.T) {
	onChannel(t, func(w *world) {
		add := func(id, content string) {
			w.ask(id, bridge.GroupAddChannel, "s1.sales", content, to{subject: channel})
		}
		add("1", `{"channel":"1001","end-point":"1001","type":"Telephony"}`)
		w.wantSuccess("the same channel", "1")
		add("2", `{"channel":"1001","end-point":"1002","type":"Telephony"}`)
		w.wantFailure("another end-point", "2", bridge.InvalidState)
		w.ask("3", bridge.SessionAddChannelGroup, "s1", `{"channel-group":"sales"}`, to{subject: "s1.sales"})
		w.wantSuccess("the same group", "3")
		w.ask("4", bridge.ControlAddSession, bridge.Control, `{"session":"s1","agent":{"id":"alice","name":"Alice"}}`, to{subject: "s1"})
		w.wantSuccess("the same session", "4")
		w.ask("5", bridge.ControlAddSession, bridge.Control, `{"session":"s1","agent":{"id":"bob","name":"Bob"}}`, to{subject: "s1"})
		w.wantFailure("another agent", "5", bridge.InvalidState)
		w.dial("6", "600")
		if w.placed() != 1 {
			t.Error("the channel is still open: a repeat changes nothing")
		}
	})
}

// "No event is raised on a destination before this query has been received and answered.
// Whatever happens before is folded into the answer, which is the object's current state."
func TestSpec_3_2_NoEventBeforeInit(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		w.tell(w.alerting())
		n := len(w.stream())
		w.tell(w.answered())
		w.wantTold("neither interaction nor conversation speaks", n)
		w.ask("q1", bridge.InteractionInit, contact, "")
		if got := body[bridge.InteractionInitState](w, w.response("q1")); got.State != bridge.Started {
			t.Errorf("what happened is in the answer: %+v", got)
		}
		n = len(w.stream())
		w.tell(w.hungUp())
		w.wantTold("now the interaction speaks; its conversation still does not", n, "interaction.ended")
	})
}

// The same for what is above a channel: nothing is said when it is torn down unopened.
func TestSpec_3_2_NoDisposedBeforeInit(t *testing.T) {
	spec(t, func(w *world) {
		w.ask("1", bridge.ControlAddSession, bridge.Control, `{"session":"s1","agent":{"id":"a","name":""}}`, to{subject: "s1"})
		n := len(w.stream())
		w.ask("2", bridge.SessionDispose, "s1", "")
		w.wantTold("only the answer", n, "session.request.dispose SUCCESS")
	})
}

// "Init may be asked again at any time: the answer is again the current state, at one point of
// the event order: everything up to the response's seq is in it, everything after is not."
func TestSpec_3_2_InitAtOnePointOfTheEventOrder(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		w.tell(w.alerting())
		w.ask("q0", bridge.InteractionInit, contact, "")
		w.bus.SetDelay(time.Second) // everything below is under way at once
		w.tell(w.answered())
		w.ask("q1", bridge.InteractionInit, contact, "")
		w.ask("q0", bridge.InteractionInit, contact, "", to{reply: "inbox"})
		w.tell(w.hungUp())
		w.ask("q2", bridge.InteractionInit, contact, "")
		w.pause(time.Minute)
		state, seqs := map[uint64]bridge.InteractionState{}, []uint64{}
		current := bridge.InteractionState("")
		answers := append(w.stream(), w.wantReply("the repeat", "inbox"))
		slices.SortStableFunc(answers, func(a, b bridge.Message) int { return int(a.Seq) - int(b.Seq) })
		for _, m := range answers {
			if m.Target != contact {
				continue
			}
			got := body[bridge.InteractionInitState](w, m).State
			if m.Type == bridge.TypeResponse && current != "" && got != current {
				t.Errorf("the answer at seq %d shows what the events up to it told, %s: %s", m.Seq, current, m.Line())
			}
			current = got
			state[m.Seq], seqs = got, append(seqs, m.Seq)
		}
		if len(seqs) != 6 || current != bridge.Ended {
			t.Errorf("three answers, a repeat and two events: %v %v", seqs, state)
		}
	})
}

// "dispose (or the parent's) ends it: children first, calls released, pending requests answered
// CANCELLED, then …disposed, then the answer to the dispose as the very last message of that
// target. After that, the target is UNKNOWN_TARGET."
func TestSpec_3_4_TearDown(t *testing.T) {
	spec(t, func(w *world) {
		w.settings.MaxInteractions = 2
		w.restart()
		w.open()
		w.dial("d1", "600")
		w.tell(w.answered())
		w.ask("q1", bridge.InteractionInit, contact, "")
		w.ask("q2", bridge.ConversationInit, conversation, "")
		w.dial("d2", "601")
		n := len(w.stream())
		w.ask("x1", bridge.SessionDispose, "s1", "")
		w.wantTold("children first", n,
			"conversation.ended", "interaction.ended", "interaction.disposed",
			"channel.request.dial FAILURE", "channel.disposed", "channelgroup.disposed", "session.disposed", "session.request.dispose SUCCESS")
		w.wantFailure("the pending dial", "d2", bridge.Cancelled)
		if w.hung() != 2 {
			t.Errorf("both calls are released: %d", w.hung())
		}
		for i, target := range []bridge.Target{conversation, contact, channel, "s1.sales", "s1"} {
			id := string(rune('a' + i))
			w.ask(id, map[bridge.Object]bridge.Name{
				bridge.ObjectConversation: bridge.ConversationInit, bridge.ObjectInteraction: bridge.InteractionInit,
				bridge.ObjectChannel: bridge.ChannelInit, bridge.ObjectGroup: bridge.GroupInit, bridge.ObjectSession: bridge.SessionInit,
			}[target.Object()], target, "")
			w.wantFailure("after that", id, bridge.UnknownTarget)
		}
	})
}

// "… then the answer to the dispose as the very last message of that target", for each kind.
func TestSpec_3_4_TheAnswerIsTheLastWord(t *testing.T) {
	for target, name := range map[bridge.Target]bridge.Name{
		channel: bridge.ChannelDispose, "s1.sales": bridge.GroupDispose, "s1": bridge.SessionDispose,
	} {
		onChannel(t, func(w *world) {
			w.bus.SetDelay(10 * time.Millisecond)
			n := len(w.stream())
			w.ask("x", name, target, "")
			w.pause(time.Minute)
			told := w.told(n, target)
			if len(told) != 2 || told[1] != string(name)+" SUCCESS" {
				t.Errorf("disposed, then the answer: %q", told)
			}
		})
	}
}

// "Any request before initialization is NOT_INITIALIZED, except dispose and
// conversation.request.release: hanging up is always possible."
func TestSpec_3_NotInitialized(t *testing.T) {
	spec(t, func(w *world) {
		w.ask("1", bridge.ControlAddSession, bridge.Control, `{"session":"s1","agent":{"id":"a","name":""}}`, to{subject: "s1"})
		w.ask("2", bridge.SessionAddChannelGroup, "s1", `{"channel-group":"sales"}`, to{subject: "s1.sales"})
		w.wantFailure("a session", "2", bridge.NotInitialized)
		w.ask("3", bridge.SessionInit, "s1", "")
		w.ask("4", bridge.SessionAddChannelGroup, "s1", `{"channel-group":"sales"}`, to{subject: "s1.sales"})
		w.ask("5", bridge.GroupAddChannel, "s1.sales", `{"channel":"1001","end-point":"1001","type":"Telephony"}`, to{subject: channel})
		w.wantFailure("a group", "5", bridge.NotInitialized)
		w.ask("6", bridge.GroupInit, "s1.sales", "")
		w.ask("7", bridge.GroupAddChannel, "s1.sales", `{"channel":"1001","end-point":"1001","type":"Telephony"}`, to{subject: channel})
		w.dial("8", "600")
		w.wantFailure("a channel", "8", bridge.NotInitialized)
		w.ask("9", bridge.ChannelInit, channel, "")
		w.dial("10", "600")
		w.tell(w.alerting())
		w.ask("11", bridge.InteractionComplete, contact, "")
		w.wantFailure("an interaction", "11", bridge.NotInitialized)
		w.ask("12", bridge.ConversationHold, conversation, "")
		w.wantFailure("a conversation", "12", bridge.NotInitialized)
		w.ask("13", bridge.ConversationRelease, conversation, "")
		w.wantSuccess("hanging up is always possible", "13")
	})
}

func TestSpec_3_DisposeBeforeInit(t *testing.T) {
	spec(t, func(w *world) {
		w.ask("1", bridge.ControlAddSession, bridge.Control, `{"session":"s1","agent":{"id":"a","name":""}}`, to{subject: "s1"})
		w.ask("2", bridge.SessionDispose, "s1", "")
		w.wantSuccess("a session can be disposed of before its init", "2")
		w.open()
		w.ask("3", bridge.GroupAddChannel, "s1.sales", `{"channel":"1002","end-point":"1002","type":"Telephony"}`, to{subject: "s1.sales.1002"})
		n := len(w.stream())
		w.ask("4", bridge.ChannelDispose, "s1.sales.1002", "")
		w.wantTold("a channel too, in silence", n, "channel.request.dispose SUCCESS")
	})
}

// "Interactions and conversations get their ids from the gateway and can be addressed as soon as
// an event or answer has named them; their setup requests are accepted and need not be sent."
func TestSpec_3_PrepareIsAcceptedAndNotNeeded(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		w.tell(w.alerting())
		w.ask("1", bridge.ConversationInit, conversation, "")
		w.wantSuccess("without setup", "1")
		w.ask("2", bridge.ChannelPrepareInteraction, channel, `{"interaction":"id2"}`, to{subject: contact})
		w.wantSuccess("the interaction's setup", "2")
		w.ask("3", bridge.InteractionInit, contact, "")
		w.ask("4", bridge.InteractionPrepareConversation, contact, `{"conversation":"id3"}`, to{subject: conversation})
		w.wantSuccess("the conversation's setup", "4")
		w.ask("5", bridge.ChannelPrepareInteraction, channel, `{"interaction":"nobody"}`, to{subject: channel.Child("nobody")})
		w.wantFailure("of what there is not", "5", bridge.UnknownTarget)
	})
}

// "Repeated while in progress: no second effect; the answer comes when the first ends."
func TestSpec_3_RepeatedInProgress(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600", to{reply: "first"})
		w.dial("d1", "600", to{reply: "second"})
		w.wantNoResponse("not before the first ends", "d1")
		if w.placed() != 1 || len(w.bus.Replies()) != 0 {
			t.Errorf("no second effect: %d calls, replies %v", w.placed(), w.bus.Replies())
		}
		w.tell(w.failed(bridge.Busy))
		if first, second := w.wantReply("the first", "first"), w.wantReply("the repeat", "second"); !reflect.DeepEqual(first, second) {
			t.Errorf("the same answer: %+v %+v", first, second)
		}
	})
}

// "Repeated afterwards: the stored answer, the same body and result. The stream holds exactly one
// response per requestId: repeats are answered on their reply subjects only. This holds across
// restarts and fail-over."
func TestSpec_3_RepeatedAfterwards(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600", to{reply: "first"})
		w.tell(w.alerting())
		first := w.wantReply("the first", "first")
		n := len(w.stream())
		repeat := func(when, inbox string) {
			w.dial("d1", "600", to{reply: inbox})
			if got := w.wantReply(when, inbox); !reflect.DeepEqual(got, first) {
				t.Errorf("%s: the same answer: %+v, want %+v", when, got, first)
			}
			w.dial("d1", "600") // nobody waits for it
		}
		repeat("afterwards", "second")
		w.tell(w.hungUp())
		repeat("when the call is over", "third")
		w.wantTold("the stream is spared", n)
		w.restart()
		n = len(w.stream())
		repeat("after a restart, without the channel", "fourth")
		w.wantTold("the stream is spared", n)
		w.open()
		n = len(w.stream())
		repeat("after a restart, on the channel", "fifth")
		w.wantTold("the stream is spared", n)
		if w.placed() != 1 {
			t.Errorf("one effect for ever: %d calls", w.placed())
		}
	})
}

// "REQUEST_ID_REUSED: same requestId, other content", whatever the moment.
func TestSpec_3_OtherContent(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		n := len(w.stream())
		reuse := func(inbox string) {
			w.dial("d1", "601", to{reply: inbox})
			if e := w.wantReply("reused", inbox).Err(); e == nil || e.Code != bridge.RequestIDReused {
				t.Errorf("other content is told so: %v", e)
			}
		}
		reuse("in-progress")
		w.wantTold("on the reply subject only", n)
		w.tell(w.failed(bridge.Busy))
		reuse("afterwards")
		w.ask("d1", bridge.SessionDispose, "s1", "", to{reply: "elsewhere"})
		if e := w.wantReply("on another target", "elsewhere").Err(); e == nil || e.Code != bridge.RequestIDReused {
			t.Errorf("on another target too: %v", e)
		}
		w.restart()
		reuse("after-restart")
		w.wantFailure("the one answer stays", "d1", bridge.Busy)
	})
}

// "Queries are not stored: each is answered with the present state."
func TestSpec_3_QueriesAreNotStored(t *testing.T) {
	onChannel(t, func(w *world) {
		w.ask("q", bridge.ChannelInit, channel, "", to{reply: "before"})
		w.dial("d1", "600")
		w.tell(w.alerting())
		w.ask("q", bridge.ChannelInit, channel, "", to{reply: "after"})
		before, after := body[bridge.ChannelState](w, w.wantReply("q", "before")), body[bridge.ChannelState](w, w.wantReply("q again", "after"))
		if len(*before.Interactions) != 0 || len(*after.Interactions) != 1 {
			t.Errorf("the present state: %v, then %v", *before.Interactions, *after.Interactions)
		}
		if w.bus.Entry("q") != nil {
			t.Error("nothing of it is in the ledger")
		}
	})
}

// "For a dial: the callee is tried at most once per requestId, and there is always exactly one
// final answer": also when the gateway dies, before or after the answer was stored.
func TestSpec_3_OneFinalAnswer(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		w.restart()
		w.wantFailure("the gateway that had the call died", "d1", bridge.Interrupted)
		w.dial("d1", "600", to{reply: "inbox"})
		if e := w.wantReply("a repeat", "inbox").Err(); e == nil || e.Code != bridge.Interrupted {
			t.Errorf("gets that answer: %v", e)
		}
		w.open()
		w.dial("d2", "600")
		w.bus.LoseNext(1) // stored, but the gateway dies before it knows, and before the ledger does
		w.tell(w.failed(bridge.Busy))
		w.restart()
		w.wantFailure("an answer that was stored stays the only one", "d2", bridge.Busy)
		w.dial("d2", "600", to{reply: "inbox2"})
		if e := w.wantReply("a repeat", "inbox2").Err(); e == nil || e.Code != bridge.Busy {
			t.Errorf("gets the answer that was stored: %v", e)
		}
		if w.placed() != 2 {
			t.Errorf("each callee is tried once: %d", w.placed())
		}
	})
}
