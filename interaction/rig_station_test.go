package interaction

import (
	"encoding/json"
	"fmt"
	"slices"

	"tieline/bridge"
)

// station: the telephone system is told one thing about a call at a time, and only about calls that live and were answered.
func (r *rig) station(e Effect) {
	r.t.Helper()
	call, with := "", ""
	var to *Call
	switch e := e.(type) {
	case HoldCall:
		call = e.Call
	case RetrieveCall:
		call = e.Call
	case ConnectCalls:
		call, with = e.Call, e.With
	case TransferCall:
		call, to = e.Call, &e.To
	case ConferenceCall:
		call, with, to = e.Call, e.With, e.To
	}
	for _, id := range []string{call, with} {
		if f := r.calls[id]; id != "" && (f == nil || f.over || f.hungUp || !f.up || f.order != nil) {
			r.failf("%s is about a call that lives, was answered, and is free: %+v", describeEffect(e), f)
		}
	}
	if _, blind := e.(TransferCall); !r.c.settings.Station && !blind || blind && !r.c.settings.Transfer {
		if _, meet := e.(ConferenceCall); !meet {
			r.failf("this telephone system cannot do %s", describeEffect(e))
		}
	}
	r.calls[call].order, r.calls[call].beside = e, with
	if to != nil {
		r.callee(*to)
	}
}

// ordered are the calls about which the telephone system owes an answer.
func (r *rig) ordered() []string {
	return slices.DeleteFunc(slices.Clone(r.order), func(id string) bool { return r.calls[id].order == nil })
}

// obey answers what the telephone system was told about a call.
func (r *rig) obey(call string, e *bridge.Error) {
	r.t.Helper()
	f := r.calls[call]
	order := f.order
	f.order = nil
	switch order.(type) {
	case HoldCall:
		if e == nil {
			r.news(CallHeld{call, bridge.AgentSide}, call)
			return
		}
	case RetrieveCall:
		if e == nil {
			r.news(CallRetrieved{call, bridge.AgentSide}, call)
			return
		}
	default:
		r.moved(f, call, order, e)
		return
	}
	r.news(HoldFailed{call, e}, call)
}

// moved: calls that were passed on are nobody's business any more; those that have met are one.
func (r *rig) moved(f *fate, call string, order Effect, e *bridge.Error) {
	r.t.Helper()
	with := r.calls[f.beside]
	if with != nil && with.over && e == nil {
		e = bridge.Unavailable.Error("The other call has ended.")
	}
	if e == nil {
		_, meet := order.(ConferenceCall)
		f.over, f.held = f.over || !meet, false
		if with != nil && !with.hungUp {
			with.over = true
		}
	}
	r.news(CallMoved{call, e}, call)
}

// free tells whether the agent could take a held call at its phone: it talks in no other one.
func (r *rig) free() bool {
	for _, f := range r.calls {
		if !f.over && !f.hungUp && (f.order != nil || !f.held && (f.up || !f.inbound)) {
			return false
		}
	}
	return true
}

// stationNews is something that the station tells, or the remote party does to it.
func (r *rig) stationNews(h *tape) {
	r.t.Helper()
	if owed := r.ordered(); len(owed) > 0 && h.next()%4 > 0 {
		r.obey(owed[h.next()%len(owed)], []*bridge.Error{nil, nil, nil, bridge.Network.Error("It failed.")}[h.next()%4])
		return
	}
	if len(r.order) == 0 {
		return
	}
	call := r.order[len(r.order)-1-h.next()%min(4, len(r.order))]
	f := r.calls[call]
	switch h.next() % 8 {
	case 0, 1:
		r.news(CallHeld{call, bridge.RemoteSide}, call)
	case 2, 3:
		r.news(CallRetrieved{call, bridge.RemoteSide}, call)
	case 4:
		if f.up && f.order == nil {
			r.news(CallHeld{call, bridge.AgentSide}, call)
		}
	case 5:
		if f.up && f.held && r.free() {
			r.news(CallRetrieved{call, bridge.AgentSide}, call)
		}
	case 6:
		if f.inbound && f.answered && !f.up {
			f.answered = false
			r.news(AnswerFailed{call, bridge.StationNoAnswer.Error("Nobody answered.")}, call)
		}
	case 7:
		if v := r.c.byCall(call); v != nil && len(v.members) > 1 {
			r.news(MemberLeft{call, v.members[h.next()%len(v.members)].call}, call)
			return
		}
		r.news(CallEnded{call, bridge.ByAgent}, call)
	}
}

// desk is an agent who does something about the latest interaction that is STARTED.
func (r *rig) desk(h *tape) {
	r.t.Helper()
	n := slices.IndexFunc(r.c.interactions, func(i *interaction) bool { return i.current == bridge.Started })
	if n < 0 {
		return
	}
	i := r.c.interactions[n]
	number := h.next() % 64
	v := i.primary
	if i.consult != nil && h.next()%2 == 0 {
		v = i.consult
	}
	m := bridge.Message{Type: bridge.TypeRequest, Target: i.target}
	switch h.next() % 16 {
	case 0, 1, 2:
		m.Name, m.Body = bridge.InteractionConsult, callee(700+number)
	case 3:
		m.Name = bridge.InteractionAlternate
	case 4:
		m.Name = bridge.InteractionConsultTransfer
	case 5:
		m.Name = bridge.InteractionConsultConference
	case 6, 7:
		m.Name, m.Target = bridge.ConversationHold, v.target
	case 8, 9:
		m.Name, m.Target = bridge.ConversationRetrieve, v.target
	case 10:
		m.Name, m.Target, m.Body = bridge.ConversationTransfer, v.target, callee(800+number)
	case 11:
		m.Name, m.Target, m.Body = bridge.ConversationConference, v.target, callee(900+number)
	case 12:
		m.Name, m.Target = bridge.ConversationRelease, v.target
	case 13:
		m.Type, m.Name = bridge.TypeQuery, bridge.InteractionInit
	default:
		m.Type, m.Name, m.Target = bridge.TypeQuery, bridge.ConversationInit, v.target
	}
	m.RequestID = fmt.Sprint("t", m.Type, m.Name, number)
	r.send(m, m.Target)
}

func callee(number int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"destination":"%d"}`, number))
}

// consulted: conversationadded strictly before SUCCESS, and no conversationadded at all with FAILURE (§8).
func (r *rig) consulted(answer bridge.Message) {
	r.t.Helper()
	added := ""
	for _, m := range r.stream {
		if m.Name != bridge.InteractionConversationAdded {
			continue
		}
		if body := decode[bridge.ConversationAdded](r, m); body.RequestID == answer.RequestID {
			added = body.Conversation
		}
	}
	switch {
	case answer.Result == bridge.Failure && added != "":
		r.failf("FAILURE means that no conversation was added: %s", answer.Line())
	case answer.Result == bridge.Success && (added == "" || decode[bridge.Consulted](r, answer).Conversation != added):
		r.failf("conversationadded strictly before SUCCESS: %s", answer.Line())
	}
}

// heldAsSaid: the event precedes the answer to hold and retrieve.
func (r *rig) heldAsSaid(answer bridge.Message) {
	r.t.Helper()
	v, known := r.mirror.Conversations[answer.Target]
	if !known || answer.Result == bridge.Failure {
		return
	}
	held := slices.Contains(v.HeldBy, bridge.AgentSide)
	if held != (answer.Name == bridge.ConversationHold) {
		r.failf("the event precedes the answer: %s, and it is held by %v", answer.Line(), v.HeldBy)
	}
}

// checkLegs is what must hold of the conversations of an interaction at any time.
func (r *rig) checkLegs(i *interaction) {
	r.t.Helper()
	agent := 0
	for _, v := range i.legs() {
		if (v.current == bridge.ConvHeld) != (len(v.heldBy) > 0) {
			r.failf("HELD while at least one side holds: %s %v", v.current, v.heldBy)
		}
		if v.hasAgent() {
			agent++
		}
		if v.order != nil && i.errand == nil && v.order.what == moving && v.order.then == nil {
			r.failf("nothing is moved for nobody")
		}
	}
	if i.consult != nil && (i.current != bridge.Started || agent > 1) {
		r.failf("beside a consult call the agent talks in one at most, in STARTED: %s, %d", i.current, agent)
	}
}

// settled lets the telephone system answer all that it was told, and wants nothing to be under way behind it.
func (r *rig) settled() {
	r.t.Helper()
	for range 100 {
		for r.store(false) || r.write(0, false) {
		}
		owed := r.ordered()
		if len(owed) == 0 {
			break
		}
		r.obey(owed[0], nil)
	}
	for _, i := range r.c.interactions {
		if e := i.errand; e != nil && (e.consult == nil || e.consult.call == "") {
			r.failf("behind all answers of the telephone system nothing is under way: %s", e.what)
		}
		if said, open := r.mirror.Interactions[i.target]; open && i.errand == nil && !slices.Equal(said.Actions, r.c.actions(i)) {
			r.failf("what was told last is what would be accepted: %q, %q", said.Actions, r.c.actions(i))
		}
		for _, v := range i.legs() {
			if said, open := r.mirror.Conversations[v.target]; open && i.errand == nil && !slices.Equal(said.Actions, r.c.legActions(v)) {
				r.failf("what was told last is what would be accepted: %q, %q", said.Actions, r.c.legActions(v))
			}
			if v.order != nil {
				r.failf("behind all answers of the telephone system no order is open: %s", v.order.what)
			}
		}
	}
}
