package interaction

import (
	"slices"

	"tieline/bridge"
)

// endPoint is a telephone system's own name of a channel, with the channels that stand for it in
// all sessions and groups of this gateway, in the order of their setup. One of them at a time is
// active (protocol.md §7): the first to ask gets it, and keeps it until it logs out or is gone.
type endPoint struct {
	holder   bridge.Target // empty: nobody is logged in
	channels []bridge.Target
}

// enter notes a new telephony channel of an end-point.
func (t *Tree) enter(channel bridge.Target, ref bridge.ChannelRef) {
	if ref.Type != bridge.Telephony {
		return
	}
	e := t.endPoints[ref.EndPoint]
	if e == nil {
		e = &endPoint{}
		t.endPoints[ref.EndPoint] = e
	}
	e.channels = append(e.channels, channel)
	if e.holder != "" {
		t.asks.emit(Tell{channel, EndPointTaken{}})
	}
}

// leave forgets a channel that is gone; the end-point it had is free then.
func (t *Tree) leave(channel bridge.Target, ref bridge.ChannelRef) {
	e := t.endPoints[ref.EndPoint]
	if e == nil {
		return
	}
	e.channels = slices.DeleteFunc(e.channels, func(o bridge.Target) bool { return o == channel })
	t.logOut(channel, ref.EndPoint)
	if len(e.channels) == 0 {
		delete(t.endPoints, ref.EndPoint)
	}
}

func (t *Tree) logIn(channel bridge.Target, name string) {
	e := t.endPoints[name]
	switch {
	case e == nil || !slices.Contains(e.channels, channel):
		return // it is gone
	case e.holder != "" && e.holder != channel:
		t.asks.emit(Tell{channel, LoginRefused{}})
		return
	}
	e.holder = channel
	t.asks.emit(Tell{channel, LoggedIn{}})
	t.tellOthers(e, channel, EndPointTaken{})
}

func (t *Tree) logOut(channel bridge.Target, name string) {
	if e := t.endPoints[name]; e != nil && e.holder == channel {
		e.holder = ""
		t.tellOthers(e, channel, EndPointFree{})
	}
}

func (t *Tree) tellOthers(e *endPoint, channel bridge.Target, in Input) {
	for _, o := range e.channels {
		if o != channel {
			t.asks.emit(Tell{o, in})
		}
	}
}
