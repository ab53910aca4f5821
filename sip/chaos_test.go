package sip_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip"
	"tieline/sip/siptest"
	"tieline/sip/trunk"
)

var chaoses = flag.Int("chaoses", 1, "how many stories TestChaos plays at each rate of loss")

// TestChaos: hundreds of calls both ways, each with a story of its own, over a network that loses, doubles, reorders and
// delays. Whatever it does to them: one outcome for each call, no 2xx without ACK, no leg left at the PBX that could be
// ended, and nothing is left in memory. More of them: go test ./sip -run TestChaos -args -chaoses=100
func TestChaos(t *testing.T) {
	for _, percent := range []int{0, 1, 5, 10, 30} {
		for seed := percent; seed < percent+100**chaoses; seed += 100 {
			t.Run(fmt.Sprintf("%d/%d", percent, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { chaos(t, float64(percent)/100, uint64(seed)) })
			})
		}
	}
}

func chaos(t *testing.T, p float64, seed uint64) {
	const n = 300
	c := &chaotic{t: t, r: rand.New(rand.NewPCG(seed, 3)), reports: map[string][]string{}}
	seen := newSightings()
	c.stage = newStage(t, 1, func(cfg *sip.Config) {
		cfg.Trace = nil
		cfg.PacketConn = witness{cfg.PacketConn.(*paced).PacketConn, "", seen}
		cfg.Incoming = c.comesIn
		cfg.Trunks[0].Limits = trunk.Limits{Concurrent: 80}
	}, func(_ string, cfg *siptest.Config) { cfg.Conn = witness{cfg.Conn, "pbx ", seen} })
	c.settle()
	before, base := goroutines(), heap()
	c.net.SetDefault(siptest.Link{
		Latency: 5 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: p, Duplicate: p, Reorder: 2 * p, ReorderBy: 50 * time.Millisecond,
	})
	ctx, stop := context.WithCancel(context.Background())
	for range n {
		c.dials(c.fork())
		c.isCalled(ctx, c.fork())
		time.Sleep(20 * time.Millisecond) // virtual
		c.answers(ctx)
	}
	for range 4 * 60 {
		time.Sleep(time.Second / 2) // virtual; every call has been hung up by then, see life
		c.answers(ctx)
	}
	stop()
	c.stories.Wait()
	c.wantNothingLeft(before)
	c.wantOneOutcome(n)
	for _, fault := range seen.faults() {
		t.Error(fault)
	}
	for _, call := range c.followed {
		if call.Live() && !seen.hopeless(call.ID()) {
			t.Errorf("an orphan leg: %s", seen.story(call.ID()))
		}
	}
	for _, fault := range c.pbxs["pbx"].Complaints() {
		// Each of eleven copies, or its ACK, may be lost: at 30 % that befalls one response in 1600 (0.51^11), at 10 % one in 10^8.
		if p < 0.3 && strings.Contains(fault, "never acknowledged") {
			id, _, _ := strings.Cut(fault, ": ")
			t.Errorf("%s: %s", fault, seen.story(id))
		}
	}
	seen.clear()
	c.followed = nil
	if more := heap() - base; more > 4<<20 {
		t.Errorf("%d bytes more than at the start", more)
	}
	c.stop()
	c.agent.Wait()
	c.stops()
	c.peers.Wait()
}

// life is how long a call may last before it is hung up.
const life = 40 * time.Second

// chaotic has the stories of both sides.
type chaotic struct {
	*stage
	t       *testing.T
	r       *rand.Rand
	stories sync.WaitGroup

	reportsMu sync.Mutex
	reports   map[string][]string // by call
	incoming  int

	followed []*siptest.Call // all at the PBX
}

// fork gives a story its own chance, so that one more roll of one does not change all others.
func (c *chaotic) fork() *rand.Rand {
	c.mu.Lock()
	defer c.mu.Unlock()
	return rand.New(rand.NewPCG(c.r.Uint64(), 1))
}

func (c *chaotic) report(id string, e sip.Event) {
	c.reportsMu.Lock()
	defer c.reportsMu.Unlock()
	c.reports[id] = append(c.reports[id], strings.TrimPrefix(fmt.Sprintf("%T", e), "sip."))
}

// later does something after a while, at the latest so long.
func (c *chaotic) later(r *rand.Rand, most time.Duration, f func()) {
	d := time.Duration(r.Int64N(int64(most)))
	c.stories.Go(func() {
		time.Sleep(d)
		f()
	})
}

// inCall is what our side does in a call that is answered.
func (c *chaotic) inCall(r *rand.Rand, l sip.Leg) {
	offered := []byte("v=0\r\no=- 1 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n")
	switch r.IntN(6) {
	case 0:
		l.Hangup()
	case 1:
		c.later(r, 5*time.Second, func() { l.Offer(offered) })
	case 2:
		c.later(r, 5*time.Second, func() { l.SendDTMF("12") })
	case 3:
		c.later(r, 5*time.Second, func() { l.Offer(nil) })
	}
	c.later(r, 20*time.Second, l.Hangup)
}

// dials makes a call of ours.
func (c *chaotic) dials(r *rand.Rand) {
	var call *sip.Call
	id := fmt.Sprint("out", r.Uint64())
	d := sip.Dial{ID: id, User: "600", PassOffers: r.IntN(3) == 0, Delayed: r.IntN(6) == 0, ProgressTimeout: 10 * time.Second, RingTimeout: 20 * time.Second}
	startedc := make(chan struct{})
	call = c.ua.Dial(d, func(e sip.Event) {
		<-startedc
		c.report(id, e)
		switch e.(type) {
		case sip.Answered:
			c.inCall(r, call)
		case sip.PeerOffer:
			if r.IntN(2) == 0 {
				call.RejectOffer(488)
			}
		}
	})
	close(startedc)
	other := c.fork()
	if other.IntN(4) == 0 {
		c.later(other, 4*time.Second, call.Hangup)
	}
	c.stories.Go(func() {
		time.Sleep(life)
		call.Hangup()
		<-call.Done()
	})
}

// comesIn is what our side does with a call of the PBX's.
func (c *chaotic) comesIn(in *sip.Incoming) func(sip.Event) {
	r := c.fork()
	c.reportsMu.Lock()
	c.incoming++
	c.reportsMu.Unlock()
	switch r.IntN(6) {
	case 0:
		in.Refuse(sip.Refusal{Status: 486})
	case 1:
		in.Answer()
	case 2:
		c.later(r, 3*time.Second, in.Hangup)
	default:
		in.Ring()
		c.later(r, 8*time.Second, in.Answer)
	}
	c.stories.Go(func() {
		time.Sleep(life)
		in.Hangup()
		<-in.Done()
	})
	return func(e sip.Event) {
		c.report(in.ID(), e)
		if _, ok := e.(sip.Answered); ok {
			c.inCall(r, in)
		}
	}
}

// isCalled has the PBX call us.
func (c *chaotic) isCalled(ctx context.Context, r *rand.Rand) {
	call, err := c.pbxs["pbx"].Dial(c.ua.Addr("udp"), "sip:1001@192.0.2.10")
	if err != nil {
		c.t.Error(err)
		return
	}
	if r.IntN(3) == 0 {
		c.later(c.fork(), 6*time.Second, func() { call.Cancel() })
	}
	c.follow(ctx, r, call, &atomic.Bool{})
}

// answers takes what has come in at the PBX.
func (c *chaotic) answers(ctx context.Context) {
	synctest.Wait()
	c.mu.Lock()
	calls := c.arrived
	c.arrived = nil
	c.mu.Unlock()
	for _, call := range calls {
		r := c.fork()
		var over atomic.Bool // cancelled
		switch r.IntN(8) {
		case 0: // silence
		case 1:
			call.Respond(486, "")
		case 2:
			call.Respond(503, "")
		case 3:
			call.Burst(siptest.Reply(180, ""), siptest.Reply(200, ""))
			call.Bye()
		default:
			call.Respond(180+3*r.IntN(2), "")
			c.later(r, 8*time.Second, func() {
				if !over.Load() {
					call.Respond(200, "")
				}
			})
		}
		c.follow(ctx, r, call, &over)
	}
}

// follow is what the PBX does in a call, once something has come in it.
func (c *chaotic) follow(ctx context.Context, r *rand.Rand, call *siptest.Call, over *atomic.Bool) {
	c.followed = append(c.followed, call)
	c.stories.Go(func() {
		acted := false
		for {
			m, err := call.Next(ctx)
			if err != nil {
				return
			}
			if req, ok := m.(*gosip.Request); ok && req.Method == gosip.CANCEL {
				over.Store(true)
			}
			if acted || !call.Live() {
				continue
			}
			acted = true
			switch r.IntN(4) {
			case 0:
				c.later(r, 5*time.Second, func() { call.ReInvite() })
			case 1:
				c.later(r, 5*time.Second, func() { call.ReInvite(siptest.NoSDP()) })
			case 2:
				c.later(r, 5*time.Second, func() { call.Request(gosip.UPDATE) })
			}
			if r.IntN(2) == 0 {
				c.later(r, 10*time.Second, func() { call.Bye() })
			}
		}
	})
}

// wantOneOutcome: Failed, or Answered and Ended, and nothing behind it.
func (c *chaotic) wantOneOutcome(dialled int) {
	c.t.Helper()
	if len(c.reports) != dialled+c.incoming {
		c.t.Errorf("%d calls have reported, want %d and %d", len(c.reports), dialled, c.incoming)
	}
	ends := map[string]int{}
	for id, events := range c.reports {
		all := strings.Join(events, " ")
		answered, ended, failed := count(events, "Answered"), count(events, "Ended"), count(events, "Failed")
		last := events[len(events)-1]
		if failed+ended != 1 || answered != ended || last != "Failed" && last != "Ended" {
			c.t.Errorf("%s: %s", id, all)
		}
		ends[last]++
	}
	if ends["Failed"] == 0 || ends["Ended"] == 0 {
		c.t.Errorf("the stories are poor: %v", ends)
	}
	c.t.Logf("%d calls came in; %v", c.incoming, ends)
}

func count(events []string, name string) (n int) {
	for _, e := range events {
		if e == name {
			n++
		}
	}
	return n
}

// heap is what is in use, garbage apart.
func heap() int {
	runtime.GC()
	runtime.GC() // pools are emptied by the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}
