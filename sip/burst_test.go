package sip_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestBursts has a PBX send everything back to back, without the pause that ladders take: 300 calls at once, each with
// 180, 200 and BYE in one burst (sip.md pitfalls 1 and 2). Nothing is lost and nothing is out of order.
func TestBursts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			what   string
			number siptest.Behaviour
			want   string
		}{
			{"180 200 BYE", siptest.Behaviour{Ring: []int{180}, Status: 200, HangupAtOnce: true},
				"Progress 180 alerted, Answered alerted, Ended by remote"},
			{"183 180 486", siptest.Behaviour{Ring: []int{183, 180}, Status: 486},
				"Progress 183, EarlyMedia m=audio 4000 RTP/AVP 0 8 101 a=inactive, Progress 180 alerted, Failed BUSY retryable 486 Busy Here trunk=pbx attempts=1 alerted"},
		} {
			s := newBareStage(t, func(c *siptest.Config) { c.Otherwise = &tt.number })
			counts := s.dialAll(300)
			if len(counts) != 1 || counts[tt.want] != 300 {
				t.Errorf("%s: got %v", tt.what, counts)
			}
			for _, c := range s.pbxs["pbx"].Complaints() {
				t.Errorf("%s: PBX complains: %s", tt.what, c)
			}
		}
	})
}

// TestLossyNetwork: whatever the network loses, doubles or reorders, each call has its events in order and exactly one
// end, and no leg is left over at the PBX.
func TestLossyNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newBareStage(t, func(c *siptest.Config) {
			c.Otherwise = &siptest.Behaviour{Ring: []int{180}, RingAfter: 100 * time.Millisecond, Status: 200,
				After: time.Second, HangupAfter: 2 * time.Second}
		})
		s.net.SetDefault(siptest.Link{
			Latency: 5 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.1, Duplicate: 0.05, Reorder: 0.1,
		})
		for events, n := range s.dialAll(300) {
			// A BYE that overtakes the 200, or a 180 that is lost, changes what is told but never its order.
			_, tail, found := strings.Cut(", "+events, ", Answered")
			if !found || (tail != ", Ended by remote" && tail != " alerted, Ended by remote") {
				t.Errorf("%d calls: %s", n, events)
			}
		}
	})
}

// newBareStage is newStage without pace and trace.
func newBareStage(t *testing.T, pbx func(*siptest.Config)) *stage {
	return newStage(t, 1, func(c *sip.Config) {
		c.Trace = nil
		c.PacketConn = c.PacketConn.(*paced).PacketConn
	}, func(_ string, c *siptest.Config) { pbx(c) })
}

// dialAll makes n calls at once, waits for their end and counts the sequences of their events.
func (s *stage) dialAll(n int) map[string]int {
	var mu sync.Mutex
	counts := map[string]int{}
	var calls []*sip.Call
	for range n {
		var events []string
		calls = append(calls, s.ua.Dial(sip.Dial{User: "600"}, func(e sip.Event) {
			events = append(events, describe(e))
			switch e.(type) {
			case sip.Failed, sip.Ended:
				mu.Lock()
				counts[strings.Join(events, ", ")]++
				mu.Unlock()
			}
		}))
	}
	for _, c := range calls {
		<-c.Done()
	}
	s.close()
	if left := s.ua.Calls(); left != 0 {
		counts[fmt.Sprintf("%d calls left", left)] = left
	}
	return counts
}
