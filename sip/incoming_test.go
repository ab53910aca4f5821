package sip_test

import (
	"fmt"
	"maps"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// taker takes incoming calls as the number that was called says, and counts what became of them.
type taker struct {
	t *testing.T

	mu     sync.Mutex
	counts map[string]int
	live   map[*sip.Incoming]bool
}

func newTaker(t *testing.T) *taker {
	return &taker{t: t, counts: map[string]int{}, live: map[*sip.Incoming]bool{}}
}

// take is Config.Incoming: "answer" answers, "drop" answers and hangs up, "refuse" refuses, "ring" rings.
func (k *taker) take(c *sip.Incoming) func(sip.Event) {
	k.mu.Lock()
	k.live[c] = true
	k.mu.Unlock()
	called := c.Invitation().Called
	c.Ring()
	switch called {
	case "answer", "drop":
		c.Answer()
	case "refuse":
		c.Refuse(sip.Refusal{Status: 486})
	}
	var events []string
	return func(e sip.Event) {
		events = append(events, strings.Replace(describe(e), " attempts=0", "", 1))
		switch e.(type) {
		case sip.Answered:
			if called == "drop" {
				c.Hangup()
			}
		case sip.Failed, sip.Ended:
			k.mu.Lock()
			defer k.mu.Unlock()
			k.counts[called+": "+strings.Join(events, ", ")]++
			if !k.live[c] {
				k.t.Errorf("a call ended twice: %v", events)
			}
			delete(k.live, c)
		}
	}
}

// told is how often each sequence of events was.
func (k *taker) told() map[string]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.counts)
}

// waiting are the calls that have not ended.
func (k *taker) waiting() []*sip.Incoming {
	k.mu.Lock()
	defer k.mu.Unlock()
	var calls []*sip.Incoming
	for c := range k.live {
		calls = append(calls, c)
	}
	return calls
}

// newTakingStage is a bare stage whose user agent takes calls.
func newTakingStage(t *testing.T) (*stage, *taker) {
	k := newTaker(t)
	return newStage(t, 1, func(c *sip.Config) {
		c.Trace = nil
		c.PacketConn = c.PacketConn.(*paced).PacketConn
		c.Incoming = k.take
	}, func(string, *siptest.Config) {}), k
}

// places makes the PBX call a number.
func (s *stage) places(number string, opts ...siptest.Option) *siptest.Call {
	s.t.Helper()
	c, err := s.pbxs["pbx"].Dial(net.UDPAddrFromAddrPort(mustAddr(gateway)), "sip:"+number+"@"+gateway, opts...)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// TestIncomingBurst: hundreds of calls at once, without the pause that ladders take: each has its events in order.
func TestIncomingBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k := newTakingStage(t)
		s.settle()
		const n = 300
		for range n {
			for _, number := range []string{"answer", "drop", "refuse"} {
				s.places(number)
			}
		}
		s.settle()
		for _, c := range k.waiting() {
			c.Hangup()
		}
		s.settle()
		for _, want := range []string{
			"answer: Answered alerted, Ended by us", "drop: Answered alerted, Ended by us",
			"refuse: Failed CANCELLED 486 Busy Here trunk=pbx alerted",
		} {
			if told := k.told(); told[want] != n {
				t.Errorf("got %v, want %d of %s", told, n, want)
			}
		}
		s.close()
		s.wantNoComplaints()
	})
}

func (s *stage) wantNoComplaints() {
	s.t.Helper()
	for _, c := range s.pbxs["pbx"].Complaints() {
		s.t.Errorf("the PBX complains: %s", c)
	}
}

// TestCancelMeetsAnswer: the caller gives up in the very moment in which we answer. Whoever is first, both sides agree:
// no leg is left over, and what was told is what happened.
func TestCancelMeetsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k := newTakingStage(t)
		var callers []*siptest.Call
		for range 500 {
			callers = append(callers, s.places("ring"))
		}
		s.settle()
		var both sync.WaitGroup
		both.Go(func() {
			for _, c := range callers {
				c.Cancel()
			}
		})
		both.Go(func() {
			for _, c := range k.waiting() {
				c.Answer()
			}
		})
		both.Wait()
		s.settle()
		for _, c := range k.waiting() {
			c.Hangup()
		}
		time.Sleep(time.Minute) // virtual
		n := 0
		for events, count := range k.told() {
			n += count
			switch events {
			case "ring: Failed CANCELLED 487 Request Terminated trunk=pbx alerted", "ring: Answered alerted, Ended by us":
			default:
				t.Errorf("%d calls: %s", count, events)
			}
		}
		if n != 500 {
			t.Errorf("%d calls have ended", n)
		}
		t.Log(k.told())
		s.close()
		if got := s.pbxs["pbx"].Stats().Failures; got > 0 {
			for _, c := range s.pbxs["pbx"].Complaints() {
				if !strings.Contains(c, "nothing to cancel") { // the answer was faster
					t.Errorf("the PBX complains: %s", c)
				}
			}
		}
	})
}

// TestIncomingLossyNetwork: whatever the network loses, doubles or reorders, each call ends exactly once, and no leg is
// left over on either side.
func TestIncomingLossyNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k := newTakingStage(t)
		s.net.SetDefault(siptest.Link{
			Latency: 5 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.1, Duplicate: 0.05, Reorder: 0.1,
		})
		for range 100 {
			for _, number := range []string{"answer", "drop", "refuse"} {
				s.places(number)
			}
		}
		time.Sleep(time.Minute) // virtual
		for _, c := range k.waiting() {
			c.Hangup()
		}
		time.Sleep(2 * time.Minute) // virtual
		n := 0
		for _, count := range k.told() {
			n += count
		}
		if n != 300 || s.ua.Calls() != 0 {
			t.Errorf("%d calls have ended, %d live: %v", n, s.ua.Calls(), k.told())
		}
		s.net.SetDefault(siptest.Link{})
		s.close()
	})
}

// TestIncomingSoak: of thousands of calls nothing is left.
func TestIncomingSoak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k := newTakingStage(t)
		s.settle()
		before := goroutines()
		for range 20 {
			var ringing []*siptest.Call
			for range 25 {
				s.places("answer")
				s.places("drop")
				s.places("refuse")
				s.places("answer", siptest.Header("Require", "x"))
				ringing = append(ringing, s.places("ring"))
			}
			s.settle()
			for _, c := range ringing {
				c.Cancel()
			}
			s.settle()
			for _, c := range k.waiting() {
				c.Hangup()
			}
			s.settle()
		}
		s.wantNothingLeft(before)
		s.close()
		s.wantNoComplaints()
	})
}

// TestIncomingDeadPeer: a caller that falls silent for ever leaves nothing behind either: while it rings, behind our
// 200, behind our BYE, behind our refusal.
func TestIncomingDeadPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k := newTakingStage(t)
		s.settle()
		before := goroutines()
		for range 50 {
			s.places("ring")
			s.places("answer")
		}
		s.settle()
		s.net.SetDefault(siptest.Link{Drop: func([]byte) bool { return true }})
		for i, c := range k.waiting() {
			if i%2 == 0 {
				c.Answer()
			}
			c.Hangup()
		}
		time.Sleep(3 * time.Minute) // virtual
		s.wantNothingLeft(before)
		s.stop()
		s.agent.Wait()
		s.stops()
		s.peers.Wait()
	})
}

// TestIncomingMemory: a call that was answered a minute ago costs at most 16 KiB, heap and stacks, the PBX's side of it
// included.
func TestIncomingMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, limit = 500, sip.RaceFactor * 2 * 16 << 10
		s, _ := newTakingStage(t)
		s.settle()
		before := inUse()
		for range n {
			s.places("answer")
		}
		s.settle()
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		perCall := (inUse() - before) / n
		t.Logf("bytes per call: %d", perCall)
		if s.ua.Calls() != n || perCall > limit {
			t.Errorf("%d calls of %d bytes, want %d calls of at most %d", s.ua.Calls(), perCall, n, limit)
		}
		s.close()
	})
}

func inUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

// TestIncomingTCP: a call each way over real sockets; we end one that comes in, and the caller the other.
func TestIncomingTCP(t *testing.T) {
	for _, tt := range []struct {
		we   bool
		want string
	}{
		{true, "Answered alerted, Ended by us"},
		{false, "Answered alerted, Ended by remote"},
	} {
		eventc, callc := make(chan sip.Event, 2), make(chan *sip.Incoming, 1)
		l := newLoopbackWith(t, "tcp", shortCall, func(c *sip.Config) {
			c.Incoming = func(in *sip.Incoming) func(sip.Event) {
				callc <- in
				in.Ring()
				in.Answer()
				return func(e sip.Event) { eventc <- e }
			}
		})
		route := fmt.Sprintf("<sip:%s;transport=tcp;lr>", l.pbx.Address())
		caller, err := l.pbx.Dial(l.ua.Addr("tcp"), "sip:1001@gw", siptest.Header("Record-Route", route))
		if err != nil {
			t.Fatal(err)
		}
		first := <-eventc
		if tt.we {
			(<-callc).Hangup()
		} else {
			caller.Bye()
		}
		wantEvents(t, []sip.Event{first, <-eventc}, tt.want)
		wantEvents(t, l.dial(t, sip.Dial{User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
		l.end()
		l.wantTidy(t)
	}
}
