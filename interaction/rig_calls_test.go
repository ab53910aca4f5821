package interaction

import (
	"fmt"
	"slices"

	"tieline/bridge"
)

func (r *rig) place(c Call) {
	r.t.Helper()
	r.callee(c)
	if f := r.calls[c.Beside]; c.Beside != "" && (f == nil || f.over || f.hungUp || !f.up) {
		r.failf("a consult call stands beside one that lives: %s %+v", c.Beside, f)
	}
	r.calls[c.ID] = &fate{}
	r.order = append(r.order, c.ID)
	if r.c.phase == tornDown {
		r.failf("nobody is called from a channel that is being torn down")
	}
}

func (r *rig) callee(c Call) {
	r.t.Helper()
	if r.callees[c.Destination.User] {
		r.failf("the callee %s is tried at most once", c.Destination.User)
	}
	r.callees[c.Destination.User] = true
	if r.calls[c.ID] != nil || c.Line != (Line{theChannel, "sales", "1001"}) {
		r.failf("each call has an id of its own, and its line: %+v", c)
	}
}

// offer is a call of the telephone system's.
func (r *rig) offer(n int) {
	r.t.Helper()
	call := fmt.Sprint("offer", n)
	if r.calls[call] != nil {
		return
	}
	r.calls[call] = &fate{inbound: true}
	r.order = append(r.order, call)
	r.step(CallOffered{Call: call, EndPoint: "1001", Remote: bridge.Party{Number: fmt.Sprint(n)}})
	if n := len(r.c.interactions); n > 0 && r.calls[call].taken {
		r.contacts[call] = r.c.interactions[n-1].target
	}
	if f := r.calls[call]; f.taken == f.hungUp {
		r.failf("an offered call is taken or refused, at once: %s %+v", call, *f)
	}
}

// inbound: a call is taken before it rings, rings before it is answered, and does each once.
func (r *rig) inbound(e Effect) {
	r.t.Helper()
	var once *bool
	var f *fate
	ok := true
	switch e := e.(type) {
	case TakeCall:
		f = r.calls[e.Call]
		once, ok = &f.taken, r.c.login == bridge.LoginActive && r.c.ready
	case RingCall:
		f = r.calls[e.Call]
		once, ok = &f.rung, f.taken && r.recorded(e.Call)
	case AnswerCall:
		f = r.calls[e.Call]
		once, ok = &f.answered, f.rung
	case RefuseCall:
		f = r.calls[e.Call]
		once, ok = &f.hungUp, !f.answered
	}
	if !f.inbound || f.over || f.hungUp || *once || !ok {
		r.failf("%s fits the call: %+v", describeEffect(e), *f)
	}
	*once = true
}

// recorded tells whether the stream has the interaction of a call.
func (r *rig) recorded(call string) bool {
	return slices.ContainsFunc(r.stream, func(m bridge.Message) bool {
		return m.Name == bridge.ChannelInteractionAdded && theChannel.Child(decode[bridge.InteractionAdded](r, m).Interaction) == r.contacts[call]
	})
}

// news tells of a call; it is legal at any time, since news cross a hang-up.
func (r *rig) news(in Input, call string) {
	r.t.Helper()
	f := r.calls[call]
	if f != nil && f.inbound {
		switch in.(type) {
		case CallProgress:
			return // of calls of ours only
		case CallAnswered:
			if !f.answered && !(f.rung && r.c.settings.Station) { // nobody picked up
				return
			}
		}
		if !f.taken {
			return
		}
	}
	if f != nil && !f.hungUp {
		switch in := in.(type) {
		case CallAnswered:
			f.up = true
		case CallHeld:
			f.held = f.held || in.By == bridge.AgentSide
		case CallRetrieved:
			f.held = f.held && in.By != bridge.AgentSide
		case CallFailed, CallEnded:
			f.over, f.order = true, nil
		}
	}
	r.step(in)
}
