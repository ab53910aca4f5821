//go:build interop

package interop

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tieline/sip"
)

// soakCalls is how many calls go each way, and soakRate how many of them in a second: as many as two cores do while they have
// something else to do.
const (
	soakCalls = 10000
	soakRate  = 250
	// soakMemory is what the tables of those 16 000 calls that are remembered at the same time may still take: maps do not
	// shrink. That nothing is kept of a call is for the tests of package sip to prove.
	soakMemory = 32 << 20
)

// callingSIPp is where SIPp calls from meanwhile.
const callingSIPp = "127.0.30.1"

// TestSIPpSoak: 20 000 calls, one half each way at the same time. Each is answered and ends, and half a minute later there
// are as many goroutines as before the first and hardly more memory.
func TestSIPpSoak(t *testing.T) {
	sip.QuietLibrary(slog.New(slog.DiscardHandler))
	var answered, ended, failed atomic.Int64
	count := func(e sip.Event) {
		switch e.(type) {
		case sip.Answered:
			answered.Add(1)
		case sip.Ended:
			ended.Add(1)
		case sip.Failed:
			failed.Add(1)
		}
	}
	ua, err := sip.New(sip.Config{
		Listen: []sip.Listen{{Network: "udp", Address: "127.0.2.1:5060"}},
		Trunks: []sip.Trunk{{Name: "peer", Address: sippAddress}},
		Incoming: func(c *sip.Incoming) func(sip.Event) {
			c.Ring()
			c.Answer()
			return count
		},
	})
	must(t, err, "make a user agent")
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { must(t, ua.Run(ctx), "run the user agent") })
	// Half a second of a busy machine has to fit into SIPp's buffer: where an ACK is lost, a BYE is what SIPp does not expect.
	room := []string{"-buff_size", strconv.Itoa(1 << 20)}
	callee := startSIPp(t, "soak", soakCalls, room...)
	before, base := runtime.NumGoroutine(), inUse()
	caller := start(t, "sipp-caller", append([]string{"sipp", "-sn", "uac", "-i", callingSIPp, "-p", "5062", "-s", "1001", "-d", "20",
		"-r", strconv.Itoa(soakRate), "-m", strconv.Itoa(soakCalls), "127.0.2.1:5060"}, slices.Concat(unwatched, room)...)...)
	dialAll(ua, soakCalls, soakRate, count)
	const limit = 2 * time.Minute
	caller.awaitExit(t, "each call of SIPp's was answered and ended", 0, limit)
	callee.awaitExit(t, "SIPp saw each call of ours through to the BYE", 0, limit)
	eventually(t, "each call has ended", func() bool { return ended.Load() == 2*soakCalls })
	if answered.Load() != 2*soakCalls || failed.Load() != 0 {
		t.Errorf("%d calls were answered and %d failed, want all %d answered", answered.Load(), failed.Load(), 2*soakCalls)
	}
	// Calls are remembered for 32 s, to meet copies; one goroutine waits for the caller that has ended.
	within(t, "nothing is left of all calls", 45*time.Second, func() bool {
		return ua.Calls() == 0 && runtime.NumGoroutine()-before <= 1 && inUse()-base < soakMemory
	})
	t.Logf("%d goroutines and %d bytes more than before", runtime.NumGoroutine()-before, inUse()-base)
	stop()
	running.Wait()
}

// dialAll makes calls of ours that are hung up when they are answered.
func dialAll(ua *sip.UserAgent, calls, perSecond int, count func(sip.Event)) {
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for range calls {
		<-tick.C
		callc := make(chan *sip.Call, 1)
		callc <- ua.Dial(sip.Dial{User: "service"}, func(e sip.Event) {
			count(e)
			if _, ok := e.(sip.Answered); ok {
				(<-callc).Hangup()
			}
		})
	}
}

// inUse is the memory in use, garbage apart.
func inUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}
