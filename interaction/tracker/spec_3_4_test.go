package tracker_test

import (
	"slices"
	"testing"
	"time"

	"tieline/bridge"
)

// "A second dispose during a tear down is answered together with the first."
func TestSpec_3_4_SecondDispose(t *testing.T) {
	for target, name := range map[bridge.Target]bridge.Name{
		channel: bridge.ChannelDispose, "s1.sales": bridge.GroupDispose, "s1": bridge.SessionDispose,
	} {
		onChannel(t, func(w *world) {
			w.bus.SetDelay(10 * time.Millisecond)
			n := len(w.stream())
			w.ask("first", name, target, "")
			w.ask("second", name, target, "")
			w.pause(time.Minute)
			told := w.told(n, target)
			if len(told) != 3 || !slices.Equal(told[1:], []string{string(name) + " SUCCESS", string(name) + " SUCCESS"}) {
				t.Errorf("answered together with the first: %q", told)
			}
			w.wantSuccess("the second", "second")
			w.bus.SetDelay(0)
			w.wantFailure("after that the target is UNKNOWN_TARGET", w.request(name, target, ""), bridge.UnknownTarget)
		})
	}
}

// "A conversation is torn down when it ends: conversation.ended, then the answer to the release, are
// its last messages; an interaction is torn down by complete: interaction.completed,
// interaction.disposed, the answer, and then channel.interactionremoved on the channel."
func TestSpec_3_4_LastWordsOfACall(t *testing.T) {
	alerted(t, func(w *world) {
		w.request(bridge.InteractionAccept, inbound, "")
		w.tell(w.answered())
		n := len(w.stream())
		w.request(bridge.ConversationRelease, leg, "")
		w.wantTold("the conversation's last messages", n, "conversation.ended", "conversation.request.release SUCCESS", "interaction.ended")
		w.wantFailure("it is torn down", w.request(bridge.ConversationInit, leg, ""), bridge.UnknownTarget)
		n = len(w.stream())
		w.request(bridge.InteractionComplete, inbound, "")
		w.wantTold("the interaction's last messages", n,
			"interaction.completed", "interaction.disposed", "interaction.request.complete SUCCESS", "channel.interactionremoved")
		if removed := w.stream()[n+3]; removed.Target != channel {
			t.Errorf("and then on the channel: %s", removed.Line())
		}
		w.wantFailure("it is torn down", w.request(bridge.InteractionInit, inbound, ""), bridge.UnknownTarget)
	})
}
