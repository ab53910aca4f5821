package tracker_test

import (
	"slices"
	"testing"

	"tieline/bridge"
	"tieline/interaction"
)

// "A conversation is HELD while at least one of them does. held-by is who: an array of agent and remote, in this order, present
// exactly in HELD."
func TestSpec_9_1_HeldBy(t *testing.T) {
	onStation(t, func(w *world) {
		held := func(by bridge.Side) interaction.Input { return interaction.CallHeld{Call: theCall, By: by} }
		retrieved := func(by bridge.Side) interaction.Input { return interaction.CallRetrieved{Call: theCall, By: by} }
		for _, step := range []struct {
			news  interaction.Input
			event bridge.Name
			body  string
		}{
			{held(bridge.RemoteSide), bridge.ConversationHeld, `{"conversation-state":"HELD","held-by":["remote"],"actions":["conference","hold","release","transfer"]}`},
			{held(bridge.AgentSide), bridge.ConversationHeld, `{"conversation-state":"HELD","held-by":["agent","remote"],"actions":["conference","release","retrieve","transfer"]}`},
			{retrieved(bridge.RemoteSide), bridge.ConversationRetrieved, `{"conversation-state":"HELD","held-by":["agent"],"actions":["conference","release","retrieve","transfer"]}`},
			{retrieved(bridge.AgentSide), bridge.ConversationRetrieved, `{"conversation-state":"CONNECTED","actions":["conference","hold","release","senddtmf","transfer"]}`},
		} {
			n := len(w.stream())
			w.hears(theCall, step.news)
			if got := w.stream()[n]; got.Name != step.event || string(got.Body) != step.body {
				t.Errorf("whenever a side begins to hold, or lets go:\n got %s\nwant %s %s", got.Line(), step.event, step.body)
			}
			if got := w.legState(conversation); (got.State == bridge.ConvHeld) != (len(got.HeldBy) > 0) {
				t.Errorf("present exactly in HELD: %+v", got)
			}
		}
	})
}

// "hold: only while the agent does not hold it. retrieve: only while the agent does … The event precedes the answer."
func TestSpec_9_1_HoldAndRetrieve(t *testing.T) {
	onStation(t, func(w *world) {
		w.wantFailure("only while the agent does", w.request(bridge.ConversationRetrieve, conversation, ""), bridge.InvalidState)
		n := len(w.stream())
		w.request(bridge.ConversationHold, conversation, "")
		w.done(theCall)
		w.wantTold("the event precedes the answer", n, "conversation.held", "conversation.request.hold SUCCESS")
		w.wantFailure("only while the agent does not", w.request(bridge.ConversationHold, conversation, ""), bridge.InvalidState)
		n = len(w.stream())
		w.request(bridge.ConversationRetrieve, conversation, "")
		w.done(theCall)
		w.wantTold("the event precedes the answer", n, "conversation.retrieved", "conversation.request.retrieve SUCCESS")
	})
}

// "A second hold (or retrieve) while the first is under way is answered together with it".
func TestSpec_9_1_TwoHolds(t *testing.T) {
	onStation(t, func(w *world) {
		orders := len(w.pbx())
		one, two := w.request(bridge.ConversationHold, conversation, ""), w.request(bridge.ConversationHold, conversation, "")
		w.done(theCall)
		w.wantSuccess("the first", one)
		w.wantSuccess("the second", two)
		w.wantPBX("the telephone system is told once", orders, "hold id1")
		one, two = w.request(bridge.ConversationRetrieve, conversation, ""), w.request(bridge.ConversationRetrieve, conversation, "")
		w.undone(theCall)
		w.wantFailure("the first", one, bridge.Network)
		w.wantFailure("the second", two, bridge.Network)
	})
}

// "transfer … succeeds: conversation.ended, SUCCESS, interaction.ended, released by the agent. It fails: FAILURE with the callee's
// error, and the agent has the remote party as before."
func TestSpec_9_1_Transfer(t *testing.T) {
	onStation(t, func(w *world) {
		id := w.request(bridge.ConversationTransfer, conversation, callee)
		w.wantNoResponse("answered when the outcome is known", id)
		w.obey(theCall, bridge.Busy.Error("The line is busy."))
		w.hears(theCall)
		if got := w.legState(conversation).State; got != bridge.ConvConnected {
			t.Errorf("as before: %s", got)
		}
		w.wantFailure("the callee's error", id, bridge.Busy)
		n := len(w.stream())
		w.request(bridge.ConversationTransfer, conversation, callee)
		w.done(theCall)
		w.wantTold("it succeeds", n, "conversation.ended", "conversation.request.transfer SUCCESS", "interaction.ended")
	})
}

// "It needs no station where the telephone system can do it alone."
func TestSpec_9_1_TransferWithoutStation(t *testing.T) {
	spec(t, func(w *world) {
		w.settings.Transfer = true
		w.restart()
		w.open()
		w.dial("d", "600")
		w.tell(w.answered())
		w.init(conversation)
		w.wantFailure("hold needs one", w.request(bridge.ConversationHold, conversation, ""), bridge.Unsupported)
		id := w.request(bridge.ConversationTransfer, conversation, callee)
		w.done(theCall)
		w.wantSuccess("no station", id)
	})
}

// "consultconference … and conference … make the primary conversation a conference".
func TestSpec_9_2_Conference(t *testing.T) {
	both := []bridge.Party{{Number: "600"}, {Number: "700"}}
	onStation(t, func(w *world) {
		w.consults(true)
		n := len(w.stream())
		w.request(bridge.InteractionConsultConference, contact, "")
		w.done(theCall)
		w.wantTold("with a consult conversation", n, "conversation.ended", "interaction.conversationremoved", "conversation.memberschanged",
			"conversation.retrieved", "interaction.request.consultconference SUCCESS", "interaction.actionschanged")
		if got := w.legState(conversation); got.State != bridge.ConvConnected || !slices.Equal(got.Members, both) || !slices.Equal(got.Actions, []string{"release"}) {
			t.Errorf("members are the remote parties, nobody is HELD, only release is accepted: %+v", got)
		}
		w.hears(theCall, interaction.MemberLeft{Call: theCall, Member: theSecond})
		if got := w.legState(conversation); !slices.Equal(got.Members, both[:1]) {
			t.Errorf("a member that leaves: %+v", got.Members)
		}
		w.hears(theCall, ended(theCall, bridge.ByRemote))
		if got := w.contactState(contact).State; got != bridge.Ended {
			t.Errorf("the conversation ends when the conference is over for the agent: %s", got)
		}
	})
	onStation(t, func(w *world) {
		id := w.request(bridge.ConversationConference, conversation, callee)
		w.undone(theCall)
		w.wantFailure("it fails", id, bridge.Network)
		if got := w.legState(conversation); len(got.Members) != 1 || !slices.Contains(got.Actions, "conference") {
			t.Errorf("as before: %+v", got)
		}
		n := len(w.stream())
		w.request(bridge.ConversationConference, conversation, callee)
		w.done(theCall)
		w.wantTold("nobody was HELD", n, "conversation.memberschanged", "conversation.request.conference SUCCESS",
			"interaction.actionschanged", "conversation.actionschanged")
		orders := len(w.pbx())
		w.request(bridge.ConversationRelease, conversation, "")
		w.wantPBX("the agent leaves", orders, "hang up id1")
	})
}

// "If it does not take the call, accept is FAILURE with STATION_NO_ANSWER …; the interaction stays ALERTING and can be accepted
// again. An agent who picks up the phone accepts without a request." (§7.5)
func TestSpec_7_5_StationDoesNotAnswer(t *testing.T) {
	alerted(t, func(w *world) {
		id := w.request(bridge.InteractionAccept, inbound, "")
		w.tell(interaction.AnswerFailed{Call: "c1", Error: bridge.StationNoAnswer.Error("The agent's phone was not answered.")})
		w.wantFailure("it does not take the call", id, bridge.StationNoAnswer)
		if got := w.contactState(inbound).State; got != bridge.Alerting {
			t.Errorf("the interaction stays ALERTING: %s", got)
		}
		orders := len(w.pbx())
		id = w.request(bridge.InteractionAccept, inbound, "")
		w.wantPBX("and can be accepted again", orders, "answer c1")
		w.tell(w.answered())
		w.wantSuccess("the second time", id)
	})
	alerted(t, func(w *world) {
		n := len(w.stream())
		w.tell(w.answered())
		w.wantTold("without a request", n, "conversation.connected", "interaction.started")
	})
}

// "cti.query.capabilities lists the verbs that any group can do." (§8)
func TestSpec_8_CapabilitiesOfAStation(t *testing.T) {
	station := []bridge.Name{
		bridge.ConversationHold, bridge.ConversationRetrieve, bridge.InteractionAlternate, bridge.InteractionConsult, bridge.InteractionConsultTransfer,
	}
	for _, can := range []struct {
		station, transfer, conference bool
		verbs                         []bridge.Name
	}{
		{false, false, false, nil},
		{true, false, false, station},
		{false, true, false, []bridge.Name{bridge.ConversationTransfer}},
		{false, false, true, []bridge.Name{bridge.ConversationConference}},
		{true, false, true, append(slices.Clone(station), bridge.ConversationConference, bridge.InteractionConsultConference)},
	} {
		spec(t, func(w *world) {
			w.settings.Station, w.settings.Transfer, w.settings.Conference = can.station, can.transfer, can.conference
			w.restart()
			m := w.wantSuccess("they are listed", w.request(bridge.ControlCapabilities, bridge.Control, ""))
			for _, name := range append(slices.Clone(station), bridge.ConversationTransfer, bridge.ConversationConference, bridge.InteractionConsultConference) {
				if listed := slices.Contains(body[bridge.Capabilities](w, m).Messages, name); listed != slices.Contains(can.verbs, name) {
					t.Errorf("station %t, transfer %t, conference %t: %s is listed: %t", can.station, can.transfer, can.conference, name, listed)
				}
			}
		})
	}
}

// LeaveLine: the telephone system is told when the agent is gone; at a channel without a station it is not.
func TestLineIsLeft(t *testing.T) {
	for _, station := range []bool{true, false} {
		onDuty(t, func(w *world) {
			w.settings.Station = station
			w.restart()
			w.open()
			w.takeUpDuty()
			orders := len(w.pbx())
			w.request(bridge.ChannelDeactivate, channel, "")
			w.request(bridge.ChannelActivate, channel, "")
			w.request(bridge.SessionLogout, "s1", "")
			w.request(bridge.ChannelDispose, channel, "")
			left := "leave the line of s1.sales.1001"
			if want := []string{left, left, left}; station && !slices.Equal(w.pbx()[orders:], want) || !station && len(w.pbx()) > orders {
				t.Errorf("at deactivate, at logout, at the tear down; a station: %t: %q", station, w.pbx()[orders:])
			}
		})
	}
}
