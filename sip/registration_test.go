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

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip"
	"tieline/sip/siptest"
)

// heardBy collects what a PBX receives.
type heardBy struct {
	mu  sync.Mutex
	all []*gosip.Request
}

func (h *heardBy) trace(e siptest.Trace) {
	if req, ok := e.Message.(*gosip.Request); ok && !e.Sent {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all = append(h.all, req)
	}
}

func (h *heardBy) of(method gosip.RequestMethod) []*gosip.Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []*gosip.Request
	for _, req := range h.all {
		if req.Method == method {
			found = append(found, req)
		}
	}
	return found
}

func routes(req *gosip.Request) string {
	var all []string
	for _, h := range req.GetHeaders("Route") {
		all = append(all, h.Value())
	}
	return strings.Join(all, " ")
}

// TestRegisterMessages: what a REGISTER consists of (https://www.rfc-editor.org/rfc/rfc3261#section-10.2), and the routes
// of what follows it.
func TestRegisterMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard heardBy
		s := newStage(t, 1, func(c *sip.Config) {
			c.Trunks[0].Domain, c.Trunks[0].OutboundProxy, c.Trunks[0].Address = "example.com", c.Trunks[0].Address, "192.0.2.99"
			c.Trunks[0].Username, c.Trunks[0].Password = "gw", "secret"
		}, func(_ string, c *siptest.Config) {
			c.Trace = heard.trace
			c.Auth = &siptest.Auth{Realm: "pbx", Users: map[string]string{"gw": "secret"}, Methods: []gosip.RequestMethod{gosip.REGISTER}}
			c.Registrar.ServiceRoute = "<sip:edge.example.com;lr>, <sip:core.example.com;lr>"
		})
		r := s.ua.Register(sip.Registration{Trunk: "pbx", User: "10#1", Username: "gw", Password: "secret", Expires: 10 * time.Minute},
			func(sip.RegistrationState) {})
		s.settle()
		s.call = s.ua.Dial(sip.Dial{User: "600", Account: "10#1"}, func(sip.Event) {})
		s.at("pbx").Burst(siptest.Reply(180, ""))
		s.settle()
		s.call.Hangup()
		s.settle()
		r.Unregister()
		time.Sleep(time.Second) // virtual
		s.settle()
		s.close()

		registers := heard.of(gosip.REGISTER)
		if len(registers) != 3 {
			t.Fatalf("%d REGISTERs", len(registers))
		}
		const proxy = "<sip:192.0.2.20;lr>"
		for i, req := range registers {
			first := registers[0]
			for what, pair := range map[string][2]string{
				"Request-URI": {req.Recipient.String(), "sip:example.com"},
				"To":          {req.To().Value(), "<sip:10%231@example.com>"},
				"From":        {strings.Split(req.From().Value(), ";")[0], "<sip:10%231@example.com>"},
				"Contact":     {req.Contact().Value(), "<sip:10%231@192.0.2.10:5060>"},
				"Expires":     {req.GetHeader("Expires").Value(), []string{"600", "600", "0"}[i]},
				"Supported":   {req.GetHeader("Supported").Value(), "path"},
				"Route":       {routes(req), proxy},
				"Call-ID":     {req.CallID().Value(), first.CallID().Value()},
				"CSeq":        {req.CSeq().Value(), fmt.Sprintf("%d REGISTER", i+1)},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%d: %s is %s, want %s", i, what, pair[0], pair[1])
				}
			}
			if signed := req.GetHeader("Authorization") != nil; signed != (i > 0) {
				t.Errorf("%d: signed %v", i, signed)
			}
		}
		for _, method := range []gosip.RequestMethod{gosip.INVITE, gosip.CANCEL, gosip.ACK} {
			sent := heard.of(method)
			if want := proxy + " <sip:edge.example.com;lr> <sip:core.example.com;lr>"; len(sent) != 1 || routes(sent[0]) != want {
				t.Errorf("%s: %d with Route %s", method, len(sent), routes(sent[0]))
			}
		}
	})
}

// TestServiceRouteElsewhere: a first route with an address is where the INVITE goes, and who answers from there is heard.
func TestServiceRouteElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 1, func(c *sip.Config) { c.Trunks = c.Trunks[:1] }, func(_ string, c *siptest.Config) {
			c.Registrar.ServiceRoute = "<sip:192.0.2.50;lr>"
		})
		life, stop := context.WithCancel(t.Context())
		s.addPBX(life, "edge", siptest.Config{Conn: s.net.MustListen("192.0.2.50:5060")})
		r := s.ua.Register(sip.Registration{Trunk: "pbx", User: "1001"}, func(sip.RegistrationState) {})
		s.settle()
		s.call = s.ua.Dial(sip.Dial{User: "600", Account: "1001"}, s.event)
		s.at("edge").Burst(siptest.Reply(180, ""), siptest.Reply(486, ""))
		if got := s.crossed(); !strings.Contains(got, "Failed BUSY") {
			t.Errorf("got:\n%s", got)
		}
		r.Unregister()
		time.Sleep(time.Second) // virtual
		s.settle()
		stop()
		s.close()
	})
}

// TestLostConnection: over TCP the registrar's way to us ends with the connection, so it is registered again soon.
func TestLostConnection(t *testing.T) {
	l := newLoopback(t, "tcp", shortCall)
	l.ua.SetChance(func(int) int { return 0 })
	statec := make(chan sip.RegistrationState, 10)
	l.ua.Register(sip.Registration{Trunk: "pbx", User: "1001"}, func(s sip.RegistrationState) { statec <- s })
	if s := <-statec; !s.Registered {
		t.Fatalf("got %+v", s)
	}
	registers := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		n := 0
		for _, e := range l.trace {
			if e.Out && strings.HasPrefix(e.Line, "REGISTER") {
				n++
			}
		}
		return n
	}
	for len(l.seenc) > 0 {
		<-l.seenc
	}
	l.pbx.Disconnect()
	select {
	case <-l.seenc:
	case <-time.After(10 * time.Second):
		t.Error("it is not registered again")
	}
	if n := registers(); n != 2 {
		t.Errorf("%d REGISTERs", n)
	}
	l.end()
	if n := l.pbx.Bindings(); n != 0 {
		t.Errorf("%d contacts are left", n)
	}
	if len(statec) != 0 {
		t.Errorf("more was told: %+v", <-statec)
	}
}

// TestThousands: thousands of registrations that come at once leave one after the other, are refreshed at times of their
// own, and are gone at the end within half of the time for it.
func TestThousands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, rate = 2000, 50
		var mu sync.Mutex
		sent := map[time.Duration]int{} // REGISTERs in each second
		var s *stage
		s = newStage(t, 1, func(c *sip.Config) {
			c.Trunks[0].RegistrationsPerSecond = rate
			c.PacketConn = c.PacketConn.(*paced).PacketConn
			c.Trace = func(e sip.TraceEvent) {
				if e.Out {
					mu.Lock()
					defer mu.Unlock()
					sent[time.Since(s.start)/time.Second]++
				}
			}
		}, func(string, *siptest.Config) {})
		s.ua.SetChance(rand.IntN)
		before := goroutines()
		lost := 0
		for i := range n {
			s.ua.Register(sip.Registration{Trunk: "pbx", User: fmt.Sprint(1000 + i)}, func(st sip.RegistrationState) {
				if !st.Registered {
					lost++
				}
			})
		}
		time.Sleep(n / rate * time.Second) // virtual
		s.settle()
		if wanted, up := s.ua.Registrations(); wanted != n || up != n || s.pbxs["pbx"].Bindings() != n {
			t.Errorf("wanted %d, registered %d, at the registrar %d", wanted, up, s.pbxs["pbx"].Bindings())
		}
		time.Sleep(3 * time.Hour) // virtual
		s.settle()
		if got := goroutines(); got > before+20 { // some refresh just now
			t.Errorf("%d goroutines more", got-before)
		}
		mu.Lock()
		most, refreshes := 0, 0
		for at, count := range sent {
			most = max(most, count)
			if at > n/rate {
				refreshes = max(refreshes, count)
			}
		}
		mu.Unlock()
		if most > rate+1 || refreshes > rate/2 {
			t.Errorf("%d REGISTERs in one second, of refreshes %d", most, refreshes)
		}
		if lost > 0 || s.pbxs["pbx"].Bindings() != n {
			t.Errorf("%d were lost, %d are at the registrar", lost, s.pbxs["pbx"].Bindings())
		}
		ends := time.Now()
		s.close()
		if d := time.Since(ends); d > 3*time.Second || s.pbxs["pbx"].Bindings() != 0 {
			t.Errorf("%s later %d are at the registrar", d, s.pbxs["pbx"].Bindings())
		}
	})
}

// TestRegisterLate: who comes after the end, or just before it, is told so.
func TestRegisterLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 1, func(*sip.Config) {}, func(_ string, c *siptest.Config) { c.Registrar.Silent = true })
		var told []sip.RegistrationState
		report := func(st sip.RegistrationState) { told = append(told, st) }
		s.ua.Register(sip.Registration{Trunk: "pbx", User: "1001"}, report)
		s.settle()
		s.stop()
		synctest.Wait()
		s.ua.Register(sip.Registration{Trunk: "pbx", User: "1002"}, report)
		s.close()
		s.ua.Register(sip.Registration{Trunk: "pbx", User: "1003"}, report).Unregister()
		if len(told) != 2 || told[0].Outcome.Cause != sip.Cancelled || told[1].Outcome.Cause != sip.Cancelled {
			t.Errorf("got %+v", told)
		}
	})
}
