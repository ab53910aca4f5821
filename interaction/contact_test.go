package interaction

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
)

// A bridge that never completes anything does not make its channel grow without bound: beyond 100 the oldest is
// completed (protocol.md §8).
func TestTooManyEnded(t *testing.T) {
	ids := 0
	c := NewChannel(theChannel, bridge.ChannelRef{Channel: "1001", EndPoint: "1001", Type: bridge.Telephony}, ChannelSettings{
		MaxInteractions: 1, NewID: func() string { ids++; return fmt.Sprint("id", ids) },
	})
	c.opened()
	c.login, c.ready = bridge.LoginActive, true
	now := time.Unix(1e9, 0)
	var removed []string
	step := func(in Input) {
		for _, e := range c.Step(now, in) {
			if p, ok := e.(Publish); ok && p.Message.Name == bridge.ChannelInteractionRemoved {
				removed = append(removed, string(p.Message.Body))
			}
		}
	}
	for n := range mostEnded + 2 {
		call := fmt.Sprint("c", n)
		step(CallOffered{Call: call})
		step(Stored{uint64(n + 1)})
		step(CallFailed{Call: call})
	}
	if len(c.interactions) != mostEnded || len(removed) != 2 || !strings.Contains(removed[0], `"id1"`) || !strings.Contains(removed[1], `"id3"`) {
		t.Errorf("%d are kept and the oldest removed, in their order: %d kept, %v removed", mostEnded, len(c.interactions), removed)
	}
}
