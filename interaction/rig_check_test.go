package interaction

import (
	"tieline/bridge"
)

// check is protocol.md §8 and the rest of what must hold at any time.
func (r *rig) check() {
	r.t.Helper()
	live := 0
	for _, i := range r.c.interactions {
		if i.live() {
			live++
		}
		switch i.current {
		case bridge.Alerting, bridge.Dialing, bridge.Started:
			if i.primary == nil {
				r.failf("primary must be in ALERTING, DIALING and STARTED: %s", i.target)
			}
			if r.first[i.target] == "" {
				r.first[i.target] = i.primary.call
			}
			promoted := i.primary.call != r.first[i.target]
			if i.primary.established() != (i.current == bridge.Started) && !promoted {
				r.failf("an interaction is STARTED when its first leg is CONNECTED: %s %s", i.current, i.primary.current)
			}
			r.checkLegs(i)
		case bridge.Ended, bridge.Completed:
			if got := i.conversations(); got != (bridge.Conversations{}) {
				r.failf("conversations is {} in ENDED: %+v", got)
			}
			if (i.ended.Error == nil) == (i.ended.ReleasedBy == "") {
				r.failf("an end has one reason: %+v", i.ended)
			}
		}
	}
	if r.c.login == bridge.LoginActive && r.holder != "us" && !r.gone {
		r.failf("who is ACTIVE has the end-point: it is %q's", r.holder)
	}
	if r.c.settings.Register && r.c.login == bridge.LoginActive && !r.registered && !r.gone {
		r.failf("who is ACTIVE is registered")
	}
	if live > r.c.settings.MaxInteractions {
		r.failf("%d live interactions, at most %d are allowed", live, r.c.settings.MaxInteractions)
	}
	for n, d := range r.c.dials {
		if n > 0 && d.call != "" {
			r.failf("dials are taken one after the other")
		}
	}
	if r.gone && (len(r.c.dials) > 0 || len(r.c.asks.pending) > 0 || len(r.c.asks.line) > 0 || !r.c.Deadline().IsZero()) {
		r.failf("nothing is left when the channel is gone")
	}
}

// end disposes of the channel, lets everything come true, and checks the account.
func (r *rig) end() {
	r.t.Helper()
	for r.store(false) || r.write(0, false) {
	}
	if r.probes > 0 && r.c.phase != tornDown {
		r.failf("a channel that lives answers each probe: %d are open", r.probes)
	}
	r.settled()
	if !r.gone {
		r.step(Dispose{})
	}
	for r.store(false) || r.write(0, false) {
	}
	if !r.gone {
		r.failf("the tear down comes to its end")
	}
	if r.owes != 0 {
		r.failf("what the tree told the channel to do is done: %d times not", r.owes)
	}
	if r.registration != "" {
		r.failf("no registration is left at the end")
	}
	for subject, n := range r.answers {
		if n != 1 {
			r.failf("%d answers for %s: each message gets exactly one", n, subject)
		}
	}
	if r.c.settings.Station && r.left == 0 {
		r.failf("the line is left at the end")
	}
	for id, f := range r.calls {
		if f.over == f.hungUp {
			r.failf("call %s ended by itself or was hung up: %+v", id, *f)
		}
	}
	for n, m := range r.said {
		switch {
		case n == 0 && m.Name == bridge.ChannelDisposed && r.open[theChannel]:
		case m.Name == bridge.ChannelDispose && m.Result == bridge.Success:
		default:
			r.failf("the last words are channel.disposed and the answer to dispose: %d %s", n, m.Line())
		}
	}
	if r.open[theChannel] && (len(r.said) == 0 || r.said[0].Name != bridge.ChannelDisposed) {
		r.failf("channel.disposed is raised")
	}
	seen := map[string]bool{}
	for _, m := range r.stream {
		if m.Type == bridge.TypeResponse && seen[m.RequestID] {
			r.failf("the stream holds one response per requestId: %s", m.RequestID)
		}
		seen[m.RequestID] = seen[m.RequestID] || m.Type == bridge.TypeResponse
	}
}
