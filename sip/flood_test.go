package sip_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// junk is what is no SIP, or hardly any, in many ways.
func junk(r *rand.Rand) []byte {
	random := make([]byte, r.IntN(1500))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	const options = "OPTIONS sip:x@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKjunk%d\r\n" +
		"From: <sip:x@pbx>;tag=a\r\nTo: <sip:x@gw>\r\nCall-ID: junk%[1]d\r\nCSeq: 1 OPTIONS\r\n"
	whole := fmt.Appendf(nil, options, r.IntN(1000))
	switch r.IntN(10) {
	case 0:
		return []byte(strings.Repeat("\r\n", 1+r.IntN(1000)))
	case 1:
		return make([]byte, 1+r.IntN(1000)) // NULs
	case 2:
		return whole[:r.IntN(len(whole))] // half a message
	case 3:
		return append(append(whole, "X-Long: "+strings.Repeat("x", 60000)...), "\r\n\r\n"...)
	case 4:
		return bytes.Repeat([]byte("x"), 65000)
	case 5:
		return append(append(whole, strings.Repeat("Via: SIP/2.0/UDP a;branch=z9hG4bKb,SIP/2.0/TCP b;c=\"d\"\r\n", 500)...), "\r\n"...)
	case 6:
		return append(append(whole, "v: "+strings.Repeat("SIP/2.0/UDP a;branch=b,", 2000)...), "\r\n\r\n"...)
	case 7:
		return fmt.Appendf(nil, "SIP/2.0 %d OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%d\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:a@b>;tag=b\r\n"+
			"Call-ID: none\r\nCSeq: 1 INVITE\r\n\r\n", 100+r.IntN(600), r.Uint64())
	case 8:
		return append(append(whole, "Contact: "+strings.Repeat("\"a\" <sip:b@c>;d, ", 2000)...), "\r\n\r\n"...)
	}
	return random
}

// lines counts what is logged.
type lines struct {
	slog.Handler
	n atomic.Int64
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) Handle(context.Context, slog.Record) error {
	l.n.Add(1)
	return nil
}
func (l *lines) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *lines) WithGroup(string) slog.Handler      { return l }

// TestFlood: junk from 100 000 sources that are nobody's and from 5000 that claim to be the trunk. Calls go on and can be
// made both ways in the middle of it, hardly anything is logged, and memory returns to what it was.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const strangers, claimed, at = 100_000, 5_000, "192.0.2.10:5060"
		log := &lines{Handler: slog.DiscardHandler}
		s := newStage(t, 1, func(c *sip.Config) {
			c.Trace, c.PacketConn, c.Log = nil, c.PacketConn.(*paced).PacketConn, slog.New(log)
			c.Incoming = func(in *sip.Incoming) func(sip.Event) {
				in.Answer()
				return func(sip.Event) {}
			}
		}, func(_ string, c *siptest.Config) { c.Otherwise = &siptest.Behaviour{Ring: []int{180}, Status: 200} })
		s.settle()
		before, base := goroutines(), heap()
		events := make(chan string, 100)
		dial := func() *sip.Call {
			return s.ua.Dial(sip.Dial{User: "600"}, func(e sip.Event) { events <- describe(e) })
		}
		calls := []*sip.Call{dial()}
		s.settle()
		r := rand.New(rand.NewPCG(1, 2))
		kinds := make([][]byte, 300)
		for i := range kinds {
			kinds[i] = junk(r)
		}
		for i := range strangers {
			from := fmt.Sprintf("203.0.%d.%d:%d", 113+i%3, i>>8&255, 1024+i%60000)
			if err := s.net.Spoof(from, at, []byte("it is not even read")); err != nil {
				t.Fatal(err)
			}
			if i%(strangers/claimed) == 0 {
				_ = s.net.Spoof(fmt.Sprint("192.0.2.20:", 10000+i%50000), at, kinds[r.IntN(len(kinds))])
			}
			if i%1000 == 0 {
				synctest.Wait()
			}
			if i == strangers/2 {
				calls = append(calls, dial())
				if _, err := s.pbxs["pbx"].Dial(s.ua.Addr("udp"), "sip:1001@192.0.2.10"); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.settle()
		if n := s.pbxs["pbx"].Open(); n != 3 {
			t.Errorf("%d calls are up, want 3", n)
		}
		for _, c := range calls {
			c.Hangup()
		}
		s.settle()
		close(events)
		got := map[string]int{}
		for e := range events {
			got[e]++
		}
		if got["Answered alerted"] != 2 || got["Ended by us"] != 2 {
			t.Errorf("the calls say %v", got)
		}
		if n := s.ua.Dropped(); n != strangers {
			t.Errorf("%d dropped, want %d", n, strangers)
		}
		if n := log.n.Load(); n > 20 {
			t.Errorf("%d lines of log", n)
		}
		time.Sleep(3 * time.Minute) // virtual
		synctest.Wait()
		if n, more := goroutines(), heap()-base; n > before+1 || more > 8<<20 { // one call is up
			t.Errorf("%d goroutines and %d bytes more than before", n-before, more)
		}
		s.close()
	})
}
