package sip_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/locate"
	"tieline/sip/siptest"
)

// history is what a dial in TestAddressesAtRandom brought about.
type history struct {
	mu       sync.Mutex
	calls    map[string]string // peers by Call-ID
	peers    map[string]int    // INVITEs with a Call-ID of their own
	decided  bool              // the callee was alerted, or the dial is over
	outcomes int
	attempts int
	faults   []string
}

func (h *history) trace(e sip.TraceEvent) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !e.Out || !strings.HasPrefix(e.Line, "INVITE ") || h.calls[e.CallID] != "" {
		return
	}
	h.calls[e.CallID] = e.Peer
	h.peers[e.Peer]++
	if h.decided {
		h.faults = append(h.faults, "INVITE to "+e.Peer+" after the callee was alerted, or after the outcome")
	}
}

func (h *history) event(e sip.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch e := e.(type) {
	case sip.Progress:
		h.decided = h.decided || e.Alerted
	case sip.Failed:
		h.decided, h.attempts, h.outcomes = true, e.Attempts, h.outcomes+1
	case sip.Answered:
		h.decided, h.outcomes = true, h.outcomes+1
	}
}

// TestAddressesAtRandom dials through a trunk of three addresses, and one more trunk, each of whose servers does something at
// random, also too late: no address gets two INVITEs, nobody is called any more once the callee was alerted or the dial is over,
// there is one outcome, by the time that both trunks have at most, and no leg is left.
func TestAddressesAtRandom(t *testing.T) {
	for seed := range uint64(120) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { addressesAtRandom(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func addressesAtRandom(t *testing.T, r *rand.Rand) {
	h := &history{calls: map[string]string{}, peers: map[string]int{}}
	does := []siptest.Behaviour{
		{Silent: true}, {Status: 503}, {Status: 503, RetryAfter: 20}, {Status: 500}, {Status: 486}, {Status: 200},
		{Ring: []int{180}, Status: 200, After: time.Second}, {Ring: []int{180}, Status: 503, After: time.Second},
		{Ring: []int{183}, Status: 503, After: time.Second}, {Ring: []int{183}, Status: 503, After: 9 * time.Second},
	}
	var said []string
	s := newStage(t, 4, func(c *sip.Config) {
		c.Trace, c.Hold = h.trace, 30*time.Second
		c.Trunks = []sip.Trunk{
			{Name: "pbx", Address: "pbx.example.com", ProgressTimeout: 9 * time.Second, RingTimeout: 20 * time.Second},
			{Name: "pbx4", Address: "192.0.2.23", ProgressTimeout: 9 * time.Second, RingTimeout: 20 * time.Second},
		}
		var servers locate.Rank
		for i := range 3 {
			servers = append(servers, locate.Server{Weight: uint16(r.IntN(3)), Hops: []locate.Hop{{Network: "udp", Addr: mustAddr(fmt.Sprintf("192.0.2.%d:5060", 20+i))}}})
		}
		c.Locate = func(_ context.Context, to locate.Target, able locate.Ability) (locate.Route, error) {
			if to.Host == "pbx.example.com" {
				return locate.Route{Ranks: []locate.Rank{servers}, TTL: time.Hour}, nil
			}
			return locate.Locate(to, able, nil)
		}
	}, func(name string, c *siptest.Config) {
		b := does[r.IntN(len(does))]
		b.RingAfter = []time.Duration{0, 0, 100 * time.Millisecond, 2 * time.Second, 5 * time.Second}[r.IntN(5)]
		c.Otherwise = &b
		said = append(said, fmt.Sprintf("%s: %+v", name, b))
	})
	s.ua.SetChance(r.IntN)
	start := time.Now()
	call := s.ua.Dial(sip.Dial{User: "600"}, h.event)
	for h.count() == 0 && time.Since(start) < 2*time.Minute {
		time.Sleep(100 * time.Millisecond) // virtual
	}
	if took := time.Since(start); took > 2*9*time.Second+20*time.Second+time.Second {
		t.Errorf("the outcome took %v", took)
	}
	call.Hangup()
	time.Sleep(2 * time.Minute) // virtual
	synctest.Wait()
	h.check(t)
	s.close()
	if t.Failed() {
		t.Log(strings.Join(said, "\n"), "\n", h.peers)
	}
}

func (h *history) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.outcomes
}

func (h *history) check(t *testing.T) {
	t.Helper()
	if h.outcomes != 1 {
		t.Errorf("%d outcomes", h.outcomes)
	}
	trunks := map[string]bool{}
	for peer, n := range h.peers {
		if n > 1 {
			t.Errorf("%d INVITEs to %s", n, peer)
		}
		name, _, _ := strings.Cut(peer, "/")
		trunks[name] = true
	}
	if h.attempts != 0 && h.attempts != len(trunks) {
		t.Errorf("%d attempts by %d trunks", h.attempts, len(trunks))
	}
	for _, f := range h.faults {
		t.Error(f)
	}
}
