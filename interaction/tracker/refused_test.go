package tracker_test

import (
	"testing"
	"time"

	"tieline/bridge"
)

// A stream that refuses a message may have it nevertheless: the acknowledgement of the try before was lost. Then there
// is an interaction, its seq is taken, and what comes next is not taken for its repetition.
func TestRefusedAndStored(t *testing.T) {
	onDuty(t, func(w *world) {
		w.bus.LoseNext(1)
		w.ring("c1")
		w.bus.RefuseNext(1)
		w.pause(time.Minute)
		w.wantPBX("the interaction is on the stream, so the caller hears it", 0, "take c1", "ring c1")
		if got := body[bridge.ChannelState](w, w.init(channel)); len(*got.Interactions) != 1 {
			t.Errorf("and the channel has it: %+v", *got.Interactions)
		}
	})
}
