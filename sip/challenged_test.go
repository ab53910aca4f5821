package sip_test

import (
	"context"
	"fmt"
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

// TestChallengedCalls: of two user agents one demands the password of whoever calls it. The first call is asked, the next
// ones answer before they are; a wrong password gets nowhere; when the nonce is too old it is asked again.
func TestChallengedCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		var mu sync.Mutex
		challenges := 0
		serve := func(c sip.Config) (*sip.UserAgent, func()) {
			c.Locate = nameless
			ua, err := sip.New(c)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			var running sync.WaitGroup
			running.Go(func() {
				if err := ua.Run(ctx); err != nil {
					t.Error(err)
				}
			})
			return ua, func() { stop(); running.Wait() }
		}
		callee, stopCallee := serve(sip.Config{
			PacketConn: network.MustListen("192.0.2.20:5060"),
			Trunks:     []sip.Trunk{{Name: "caller", Address: "192.0.2.10", Username: "gw", Password: "secret", Challenge: true}},
			Incoming: func(in *sip.Incoming) func(sip.Event) {
				in.Answer()
				return func(sip.Event) {}
			},
			Trace: func(e sip.TraceEvent) {
				mu.Lock()
				defer mu.Unlock()
				if e.Out && strings.HasPrefix(e.Line, "401") {
					challenges++
				}
			},
		})
		call := func(password string, before time.Duration) (outcome string, asked int) {
			caller, stopCaller := serve(sip.Config{
				PacketConn: network.MustListen("192.0.2.10:5060"),
				Trunks:     []sip.Trunk{{Name: "callee", Address: "192.0.2.20", Username: "gw", Password: password}},
			})
			defer stopCaller()
			var said []string
			for range 3 {
				c := caller.Dial(sip.Dial{User: "600"}, func(e sip.Event) { said = append(said, describe(e)) })
				time.Sleep(time.Second) // virtual
				c.Hangup()
				time.Sleep(before) // virtual
			}
			mu.Lock()
			defer mu.Unlock()
			asked, challenges = challenges, 0
			return strings.Join(said, ", "), asked
		}
		const answered = "Answered, Ended by us, Answered, Ended by us, Answered, Ended by us"
		if got, asked := call("secret", time.Second); got != answered || asked != 1 {
			t.Errorf("got %s, asked %d times", got, asked)
		}
		if got, asked := call("secret", 10*time.Minute); got != answered || asked != 3 {
			t.Errorf("with an old nonce: got %s, asked %d times", got, asked)
		}
		const refused = "Failed FORBIDDEN 401 Unauthorized trunk=callee attempts=1"
		if got, asked := call("wrong", time.Second); got != strings.Join([]string{refused, refused, refused}, ", ") || asked != 6 {
			t.Errorf("with a wrong password: got %s, asked %d times", got, asked)
		}
		if n := callee.Calls(); n != 0 {
			t.Errorf("%d calls are left", n)
		}
		stopCallee()
	})
}

// TestStrangersOnLoopback: datagrams from 100 000 sources that are no trunk's, over real sockets, are counted and leave
// nothing in memory.
func TestStrangersOnLoopback(t *testing.T) {
	const strangers, burst = 100_000, 100 // few enough for the smallest buffer of a socket
	l := newLoopbackWith(t, "udp", shortCall, func(*sip.Config) {})
	to := l.ua.Addr("udp").(*net.UDPAddr)
	var before, base int
	deadline := time.Now().Add(2 * time.Minute)
	for i := range strangers {
		from := &net.UDPAddr{IP: net.IPv4(127, byte(1+i>>16), byte(i>>8), byte(i))}
		c, err := net.DialUDP("udp4", from, to)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(c, "OPTIONS sip:x@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\n\r\n", to, c.LocalAddr(), i)
		_ = c.Close() // it was only there to send
		if err != nil {
			t.Fatal(err)
		}
		for i%burst == burst-1 && l.ua.Dropped() <= uint64(i) && time.Now().Before(deadline) {
			runtime.Gosched()
		}
		if i == 10*burst { // everything has started
			before, base = goroutines(), heap()
		}
	}
	if n := l.ua.Dropped(); n != strangers {
		t.Errorf("%d dropped, want %d", n, strangers)
	}
	if n, more := goroutines(), heap()-base; n > before || more > 1<<20 {
		t.Errorf("%d goroutines and %d bytes more than before", n-before, more)
	}
	l.end()
}
