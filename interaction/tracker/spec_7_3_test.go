package tracker_test

import (
	"encoding/json"
	"slices"
	"testing"

	"tieline/bridge"
)

// unsupported runs f once with a channel of each unsupported type, for an end-point that a telephony
// channel has, too.
func unsupported(t *testing.T, f func(w *world, c bridge.Target)) {
	t.Helper()
	for _, kind := range []bridge.ChannelType{bridge.Chat, bridge.Email} {
		onDuty(t, func(w *world) {
			f(w, w.add("s1", "sales", bridge.ChannelRef{Channel: "mail", EndPoint: "1001", Type: kind}))
		})
	}
}

// "Only channel.request.dispose (and init) works; every other request is FAILURE UNSUPPORTED."
func TestSpec_7_3_OnlyInitAndDispose(t *testing.T) {
	unsupported(t, func(w *world, c bridge.Target) {
		tried := 0
		for _, name := range bridge.AllAsked() {
			kind, object, _ := name.Asked()
			if object != bridge.ObjectChannel || kind != bridge.TypeRequest || name == bridge.ChannelDispose {
				continue
			}
			how := to{}
			if name == bridge.ChannelPrepareInteraction {
				how.subject = c.Child("i")
			}
			tried++
			w.wantFailure("every other request, "+string(name), w.request(name, c, `{"destination":"600","interaction":"i"}`, how), bridge.Unsupported)
		}
		if tried < 6 {
			t.Errorf("every request of a channel is tried: %d", tried)
		}
		w.wantSuccess("init works", w.request(bridge.ChannelInit, c, ""))
		w.wantSuccess("dispose works", w.request(bridge.ChannelDispose, c, ""))
		w.wantFailure("and it is gone", w.request(bridge.ChannelInit, c, ""), bridge.UnknownTarget)
	})
}

// "Init carries no interactions."
func TestSpec_7_3_InitCarriesNoInteractions(t *testing.T) {
	unsupported(t, func(w *world, c bridge.Target) {
		var state map[string]json.RawMessage
		if err := json.Unmarshal(w.init(c).Body, &state); err != nil {
			t.Errorf("init: %v", err)
		}
		if _, ok := state["interactions"]; ok || len(state) != 4 {
			t.Errorf("init carries no interactions, and all else: %v", state)
		}
	})
}

// "Only the five unmarked channel events are ever raised", whatever is done around the channel and
// asked of it.
func TestSpec_7_3_OnlyUnmarkedEvents(t *testing.T) {
	unsupported(t, func(w *world, c bridge.Target) {
		for _, name := range bridge.AllAsked() {
			if _, object, _ := name.Asked(); object == bridge.ObjectChannel && name != bridge.ChannelDispose {
				w.request(name, c, `{"destination":"600","reason":"x"}`)
			}
		}
		w.request(bridge.GroupActivate, "s1.sales", "")
		w.ring("c1")
		w.request(bridge.SessionLogout, "s1", "")
		w.tracker.Drain()
		w.request(bridge.SessionDispose, "s1", "")
		events := []bridge.Name{}
		for _, m := range w.stream() {
			if m.Target.At(bridge.ObjectChannel) == c && m.Type == bridge.TypeEvent {
				events = append(events, m.Name)
			}
		}
		for _, e := range events {
			if !slices.Contains([]bridge.Name{bridge.ChannelActivated, bridge.ChannelDeactivated, bridge.ChannelUnavailable, bridge.ChannelAvailable, bridge.ChannelDisposed}, e) {
				t.Errorf("only the five unmarked channel events: %s", e)
			}
		}
		if !slices.Contains(events, bridge.ChannelDisposed) {
			t.Errorf("channel.disposed is raised: %q", events)
		}
	})
}

// An unsupported channel does not stand for its end-point: calls are not offered to it, and nobody's
// log-in is told to it.
func TestSpec_7_3_IsNoPhone(t *testing.T) {
	spec(t, func(w *world) {
		w.add("s1", "sales", bridge.ChannelRef{Channel: "mail", EndPoint: "1001", Type: bridge.Email})
		n := len(w.pbx())
		w.ring("c1")
		w.wantPBX("nobody has this end-point", n, "refuse c1: unknown end-point")
	})
}
