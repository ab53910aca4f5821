package sip_test

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestSoak: after thousands of calls, hung up by either side, refused or given up, nothing of them is left: no
// goroutine, no dialog, no address let in.
func TestSoak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers := siptest.Numbers(0, 0)
		numbers["short"] = siptest.Behaviour{Ring: []int{180}, Status: 200, HangupAfter: time.Millisecond}
		s := newBareStage(t, func(c *siptest.Config) { c.Numbers = numbers })
		s.settle()
		before := goroutines()
		users := []string{"600", "short", "601", "602", "600", "short"} // we hang up 600, and 602 while it rings
		const n, lane = 2000, 100
		ended := 0
		for i := 0; i < n; i += lane {
			endedc := make(chan bool, lane)
			for j := range lane {
				dialAndHangUp(s.ua, users[(i+j)%len(users)], endedc)
			}
			for range lane {
				if <-endedc {
					ended++
				}
			}
		}
		if ended == 0 || ended == n {
			t.Errorf("%d of %d calls were answered", ended, n)
		}
		s.wantNothingLeft(before)
		s.close()
	})
}

// TestDeadPeer: a peer that falls silent for ever leaves nothing behind either: while it rings, behind our CANCEL,
// behind our BYE.
func TestDeadPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newBareStage(t, func(c *siptest.Config) { c.Numbers = siptest.Numbers(0, 0) })
		s.settle()
		before := goroutines()
		calls := []*sip.Call{}
		for range 50 {
			for _, user := range []string{"600", "602", "608"} { // answered, ringing, silent
				calls = append(calls, s.ua.Dial(sip.Dial{User: user}, func(sip.Event) {}))
			}
		}
		s.settle()
		s.net.SetDefault(siptest.Link{Drop: func([]byte) bool { return true }})
		for _, c := range calls {
			c.Hangup()
		}
		for _, c := range calls {
			<-c.Done()
		}
		s.wantNothingLeft(before)
		s.stop()
		s.agent.Wait()
		s.stops()
		s.peers.Wait()
	})
}

// dialAndHangUp makes a call, hangs up 600 when it answers and 602 when it rings, and tells whether it was answered.
func dialAndHangUp(ua *sip.UserAgent, user string, endedc chan<- bool) {
	callc := make(chan *sip.Call, 1)
	callc <- ua.Dial(sip.Dial{User: user}, func(e sip.Event) {
		switch e.(type) {
		case sip.Progress:
			if user == "602" {
				(<-callc).Hangup()
			}
		case sip.Answered:
			if user == "600" {
				(<-callc).Hangup()
			}
		case sip.Ended:
			endedc <- true
		case sip.Failed:
			endedc <- false
		}
	})
}

// wantNothingLeft gives the timers of RFC 3261 their time, and then the user agent has nothing to remember.
func (s *stage) wantNothingLeft(before int) {
	s.t.Helper()
	time.Sleep(3 * time.Minute) // virtual
	synctest.Wait()
	if n := s.ua.Calls(); n != 0 {
		s.t.Errorf("%d calls are left", n)
	}
	s.wantNoPlaces()
	if owners, held, streams := s.ua.Kept(); owners+held+streams != 0 {
		s.t.Errorf("%d owners, %d addresses and %d connections are left", owners, held, streams)
	}
	if n := goroutines(); n > before {
		s.t.Errorf("%d goroutines more than at the start:\n%s", n-before, stacks())
	}
}

// goroutines is how many there are in the bubble. The stop of the world that stacks takes makes it exact: runtime.NumGoroutine
// adds up the free lists of all processors while they change, so that a goroutine that the bubble no longer waits for, because
// it has ended, is still counted for a moment, on a loaded machine for a long one; and others may come and go meanwhile.
func goroutines() int { return strings.Count(stacks(), ", synctest bubble ") }

func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

// TestSoakMemory: thousands of calls more, both ways, take no more memory than those before.
func TestSoakMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, rounds, warm, most = 500, 12, 8, 200 // bytes of a call
		s := newStage(t, 1, func(c *sip.Config) {
			c.Trace, c.PacketConn = nil, c.PacketConn.(*paced).PacketConn
			c.Incoming = func(in *sip.Incoming) func(sip.Event) {
				in.Answer()
				return func(e sip.Event) {
					if _, ok := e.(sip.Answered); ok {
						in.Hangup()
					}
				}
			}
		}, func(_ string, c *siptest.Config) { c.Otherwise = &siptest.Behaviour{Ring: []int{180}, Status: 200} })
		s.settle()
		var used []int
		for range rounds {
			endedc := make(chan bool, n)
			for range n / 2 {
				dialAndHangUp(s.ua, "600", endedc)
				if _, err := s.pbxs["pbx"].Dial(s.ua.Addr("udp"), "sip:1001@192.0.2.10"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Millisecond) // virtual
			}
			for range n / 2 {
				if !<-endedc {
					t.Fatal("a call was not answered")
				}
			}
			time.Sleep(3 * time.Minute) // virtual
			synctest.Wait()
			used = append(used, heap())
		}
		calls := n * (rounds - warm)
		if more := used[rounds-1] - used[warm-1]; more > calls*most { // when warm, all tables are as large as they get
			t.Errorf("%d calls left %d bytes: %v", calls, more, used)
		}
		s.close()
	})
}
