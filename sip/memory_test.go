package sip

import (
	"context"
	"net"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/siptest"
)

// answerer is the cheapest callee: it answers every request with 200 and keeps nothing, so that what TestMemory
// measures is the user agent's.
func answerer(conn net.PacketConn) {
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		msg, err := gosip.ParseMessage(buf[:n])
		req, ok := msg.(*gosip.Request)
		if err != nil || !ok || req.IsAck() {
			continue
		}
		req.SetSource(from.String())
		res := gosip.NewResponseFromRequest(req, 200, "OK", nil)
		res.To().Params = gosip.HeaderParams{{K: "tag", V: "callee"}}
		res.AppendHeader(gosip.NewHeader("Contact", "<sip:600@192.0.2.20:5060>"))
		_, _ = conn.WriteTo([]byte(res.String()), from)
	}
}

// TestMemory: a live call costs at most 16 KiB, heap and stack, once its INVITE transaction is over; and so does one
// that was just answered.
func TestMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, limit = 1000, raceFactor * 16 << 10
		network := siptest.NewNetwork(1)
		callee := network.MustListen("192.0.2.20:5060")
		var running sync.WaitGroup
		running.Go(func() { answerer(callee) })
		u, err := New(Config{PacketConn: network.MustListen("192.0.2.10:5060"), Trunks: []Trunk{{Name: "pbx", Address: "192.0.2.20"}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		running.Go(func() { _ = u.Run(ctx) })
		synctest.Wait()
		before := memory()
		for range n {
			u.Dial(Dial{User: "600"}, func(Event) {})
		}
		synctest.Wait()
		fresh := (memory() - before) / n
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		settled := (memory() - before) / n
		t.Logf("bytes per call: %d just answered, %d a minute later", fresh, settled)
		if u.Calls() != n || fresh > limit || settled > limit {
			t.Errorf("%d calls of %d and then %d bytes, want %d calls of at most %d", u.Calls(), fresh, settled, n, limit)
		}
		stop()
		synctest.Wait()
		time.Sleep(2 * defaultGrace) // virtual
		synctest.Wait()
		callee.Close()
		running.Wait()
	})
}

// memory is what heap and stacks hold.
func memory() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}
