package tracker_test

import (
	"testing"

	"tieline/bridge"
)

// "cti.status … raised on each change (PBX lost, group without owner, drain)": of the status, of its
// reason, and of a group; cti.request.status tells the same at any time.
func TestSpec_4_StatusOnEachChange(t *testing.T) {
	onChannel(t, func(w *world) {
		set := func(status, reason, sales string) {
			w.tracker.SetStatus(bridge.StatusBody{Status: status, Reason: reason, ChannelGroups: map[string]string{"sales": sales}})
			w.pause(0)
		}
		n := len(w.stream())
		for _, change := range [][3]string{
			{"DEGRADED", "pbx-a is down", "UP"}, {"DEGRADED", "all trunks are down", "UP"}, {"DEGRADED", "all trunks are down", "DOWN"},
			{"STARTED", "", "UP"}, {"STOPPING", "drain", "UP"}, {"STOPPED", "", "DOWN"},
		} {
			set(change[0], change[1], change[2])
			set(change[0], change[1], change[2])
			told := w.stream()[n:]
			n = len(w.stream())
			if len(told) != 1 || told[0].Name != bridge.ControlStatus || told[0].Target != bridge.Control {
				t.Errorf("raised on each change, once: %v", told)
				continue
			}
			got := body[bridge.StatusBody](w, told[0])
			if got.Status != change[0] || got.Reason != change[1] || got.ChannelGroups["sales"] != change[2] {
				t.Errorf("it tells what is now: %+v, want %q", got, change)
			}
		}
		w.request(bridge.ControlStatusRequest, bridge.Control, "")
		if got := body[bridge.StatusBody](w, w.stream()[len(w.stream())-1]); got.Status != "STOPPED" {
			t.Errorf("cti.request.status tells the same: %+v", got)
		}
	})
}

// "cti.request.serverstatus: the bridge announces its own state; sessions and calls stay as they are".
func TestSpec_4_ServerStatus(t *testing.T) {
	alerted(t, func(w *world) {
		w.request(bridge.InteractionAccept, inbound, "")
		w.tell(w.answered())
		n, orders := len(w.stream()), len(w.pbx())
		w.wantSuccess("the bridge announces its own state", w.request(bridge.ControlServerStatus, bridge.Control, `{"status":"STOPPING"}`))
		w.wantTold("nothing else is said", n, "cti.request.serverstatus SUCCESS")
		w.wantPBX("calls stay as they are", orders)
		if got := body[bridge.InteractionInitState](w, w.init(inbound)); got.State != bridge.Started {
			t.Errorf("interactions stay as they are: %+v", got)
		}
		if got := body[bridge.ChannelState](w, w.init(channel)); got.State != bridge.LoginActive || !got.Ready {
			t.Errorf("channels stay as they are: %+v", got)
		}
		w.wantFailure("a state is announced", w.request(bridge.ControlServerStatus, bridge.Control, `{}`), bridge.InvalidMessage)
		w.wantFailure("as a string", w.request(bridge.ControlServerStatus, bridge.Control, `{"status":1}`), bridge.InvalidMessage)
	})
}
