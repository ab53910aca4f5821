package tracker_test

import (
	"maps"
	"slices"
	"testing/synctest"

	"tieline/bridge"
	"tieline/interaction"
)

// order is what the telephone system was told to do about a call, and with which other one.
type order struct{ verb, with string }

// HoldCall implements tracker.Telephony.
func (w *world) HoldCall(call string) { w.ordered("hold "+call, call, order{"hold", ""}) }

// RetrieveCall implements tracker.Telephony.
func (w *world) RetrieveCall(call string) { w.ordered("retrieve "+call, call, order{"retrieve", ""}) }

// ConnectCalls implements tracker.Telephony.
func (w *world) ConnectCalls(call, with string) {
	w.ordered("connect "+call+" with "+with, call, order{"connect", with})
}

// TransferCall implements tracker.Telephony.
func (w *world) TransferCall(call string, to interaction.Call) {
	w.ordered("transfer "+call+" to "+to.Destination.User+" as "+to.ID, call, order{"transfer", ""})
}

// ConferenceCall implements tracker.Telephony.
func (w *world) ConferenceCall(call, with string, to *interaction.Call) {
	line := "conference of " + call
	if with != "" {
		line += " and " + with
	}
	if to != nil {
		line += " and " + to.Destination.User + " as " + to.ID
	}
	w.ordered(line, call, order{"conference", with})
}

func (w *world) ordered(line, call string, o order) {
	w.note("gw ─▶ pbx     " + line)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.orders[call] = o
}

// obey answers what the telephone system was told about a call: it was carried out, or why not. Of calls that are moved
// nothing more is told.
func (w *world) obey(call string, e *bridge.Error) {
	w.mu.Lock()
	o, post := w.orders[call], w.calls[call]
	delete(w.orders, call)
	if o.with != "" && w.calls[o.with] == nil && e == nil {
		e = bridge.Unavailable.Error("The other call has ended.")
	}
	var answer interaction.Input = interaction.CallMoved{Call: call, Error: e}
	switch {
	case o.verb == "hold" && e == nil:
		answer = interaction.CallHeld{Call: call, By: bridge.AgentSide}
	case o.verb == "retrieve" && e == nil:
		answer = interaction.CallRetrieved{Call: call, By: bridge.AgentSide}
	case o.verb == "hold" || o.verb == "retrieve":
		answer = interaction.HoldFailed{Call: call, Error: e}
	case e == nil && o.verb != "conference":
		delete(w.calls, call)
		fallthrough
	case e == nil:
		delete(w.calls, o.with)
	}
	w.mu.Unlock()
	if post != nil {
		post(answer)
	}
}

// station lets the telephone system answer an order, or else the remote party or the agent do something by themselves.
func (h *history) station() {
	h.world.mu.Lock()
	open, calls := slices.Sorted(maps.Keys(h.orders)), slices.Sorted(maps.Keys(h.calls))
	h.world.mu.Unlock()
	switch {
	case len(open) > 0:
		h.obey(open[h.IntN(len(open))], []*bridge.Error{nil, nil, nil, bridge.Network.Error("It failed.")}[h.IntN(4)])
	case len(calls) > 0:
		call := calls[h.IntN(len(calls))]
		h.telephones(call, []interaction.Input{
			interaction.CallHeld{Call: call, By: bridge.RemoteSide}, interaction.CallRetrieved{Call: call, By: bridge.RemoteSide},
			interaction.CallHeld{Call: call, By: bridge.AgentSide}, interaction.MemberLeft{Call: call, Member: call},
			interaction.AnswerFailed{Call: call, Error: bridge.StationNoAnswer.Error("Nobody answered.")},
		}[h.IntN(5)])
	}
	if h.IntN(2) == 0 {
		synctest.Wait()
	}
}

// work is an agent at work for a while, beside all else: its calls are answered, and it does something about them.
func (h *history) work() {
	for range 6 {
		h.mu.Lock()
		next, subject := h.whim.Act()
		h.mu.Unlock()
		h.ask(next, subject, "")
		synctest.Wait()
		h.station()
		h.station()
		h.world.mu.Lock()
		call, post := h.last, h.calls[h.last]
		h.world.mu.Unlock()
		if post != nil {
			post(interaction.CallAnswered{Call: call})
		}
		synctest.Wait()
		for _, m := range h.unopened() {
			h.ask(m, m.Target, "")
		}
	}
}

// unopened asks for the state of interactions and conversations that was not asked for.
func (h *history) unopened() (all []bridge.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.whim.Targets() {
		if t.Object() >= bridge.ObjectInteraction && !h.whim.Knows(t) {
			all = append(all, h.whim.Init(t))
		}
	}
	return all
}
