package interaction

import (
	"maps"
	"slices"

	"tieline/bridge"
)

// wither takes a channel one step nearer to its end: going, then gone.
func (f *forest) wither(i int) bool {
	f.t.Helper()
	if len(f.alive) == 0 {
		return false
	}
	targets := make([]bridge.Target, 0, len(f.alive))
	for target := range f.alive {
		targets = append(targets, target)
	}
	slices.Sort(targets)
	target := targets[i%len(targets)]
	if s := f.alive[target]; !s.going {
		s.going = true
		f.step(ChannelGoing{target})
		return true
	}
	delete(f.alive, target)
	f.step(ChannelGone{target})
	return true
}

// report is a channel that tells the tree something: what it was told to do is done, or that it
// wants its end-point, or no longer.
func (f *forest) report(h *tape) {
	f.t.Helper()
	targets := slices.Sorted(maps.Keys(f.alive))
	if len(targets) == 0 {
		return
	}
	target := targets[h.next()%len(targets)]
	s := f.alive[target]
	switch n := h.next() % 8; {
	case s.going:
	case n >= 6 && s.probes > 0 && !s.stopped:
		s.probes--
		f.step(ChannelStays{target})
	case n >= 6:
	case n < 3 && s.owes > 0:
		s.owes--
		var e *bridge.Error
		if n == 0 {
			e = bridge.NotInitialized.Error("It has not been initialized.")
		}
		f.step(ChannelDid{target, e})
	case n < 5 && !s.asked:
		s.asked = true
		f.step(LogIn{target, s.endPoint})
	case n == 5 && s.holds:
		s.holds = false
		f.step(LogOut{target, s.endPoint})
	}
}

// told is a channel that is handed an input; what it gives back it was too late for.
func (f *forest) told(e Tell) []Request {
	f.t.Helper()
	s := f.alive[e.Channel]
	if s == nil {
		f.failf("only a living channel is handed anything: %s", e.Channel)
		return nil
	}
	switch in := e.Input.(type) {
	case Dispose:
		if s.stopped || s.going {
			f.failf("a living channel is stopped, once: %s", e.Channel)
		}
		s.stopped = true
	case Request:
		if s.going {
			return []Request{in}
		}
		f.answers[in.ReplyTo.Subject]++
	case CallOffered:
		f.decide(in.Call)
		if !s.holds {
			f.failf("a call goes to the channel that is logged in at its end-point: %s", e.Channel)
		}
	case Probe:
		s.probes++
	case Activate, LogOff:
		s.owes++
	case LoggedIn, LoginRefused:
		f.decided(e.Channel, in)
	}
	return nil
}

// decide: an offered call is refused or handed on, once.
func (f *forest) decide(call string) {
	f.t.Helper()
	if f.offers[call] {
		f.failf("a call is decided about once: %s", call)
	}
	f.offers[call] = true
}

// checked is the registrar's answer to one of those who wait for it, or to nobody.
func (f *forest) checked(n int) {
	f.t.Helper()
	id := "nobody's"
	if len(f.checks) > 0 {
		i := n / 2 % len(f.checks)
		id, f.checks = f.checks[i], slices.Delete(f.checks, i, i+1)
	}
	var e *bridge.Error
	if n%2 == 0 {
		e = bridge.Forbidden.Error("The password is wrong.")
	}
	f.step(CredentialsChecked{id, e})
}

// decided: an end-point has one holder at a time.
func (f *forest) decided(channel bridge.Target, in Input) {
	f.t.Helper()
	s := f.alive[channel]
	if !s.asked {
		f.failf("only who asked for the end-point is told: %s", channel)
	}
	s.asked = false
	taken := false
	for other, o := range f.alive {
		taken = taken || other != channel && o.holds && o.endPoint == s.endPoint
	}
	_, granted := in.(LoggedIn)
	if granted == taken {
		f.failf("an end-point has one holder, and is given when it is free: %s granted=%v taken=%v", channel, granted, taken)
	}
	s.holds = s.holds || granted
}
