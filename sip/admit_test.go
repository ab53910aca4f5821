package sip_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestUnfit: what an INVITE that cannot be taken is refused with, and that nobody is told.
func TestUnfit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		s := newStage(t, 1, func(c *sip.Config) {
			c.Incoming = func(*sip.Incoming) func(sip.Event) {
				told++
				return nil
			}
		}, func(string, *siptest.Config) {})
		defer s.close()
		const contact = "Contact: <sip:x@192.0.2.20:6000>"
		for _, tt := range []struct {
			what    string
			headers []string
			body    string
			want    string // status and, of what follows, one header field
			header  string
		}{
			{"an extension", []string{contact, "Require: 100rel, timer", "Require: x"}, "", "420", "Unsupported: 100rel, timer"},
			{"another body", []string{contact, "Content-Type: text/plain"}, "hello", "415", "Accept: application/sdp"},
			{"several bodies", []string{contact, "Content-Type: multipart/mixed;boundary=x"}, "hello", "415", "Accept: application/sdp"},
			{"a packed body", []string{contact, "Content-Type: application/sdp", "Content-Encoding: gzip"}, "hello", "415", "Accept: application/sdp"},
			{"no description", []string{contact, "c: application/sdp"}, "hello", "488", `Warning: 399 192.0.2.10:5060 "Malformed session description"`},
			{"no description, said differently", []string{contact, "Content-Type: application/SDP; charset=utf-8"}, "v=0\r\n", "488", "Warning: 399 "},
			{"no Contact", nil, "", "400", ""},
			{"a Contact that cannot be reached", []string{"Contact: <tel:+4930>"}, "", "400", ""},
			{"a Contact over TLS", []string{"Contact: <sips:x@192.0.2.20>"}, "", "400", ""},
			{"Replaces", []string{contact, "Replaces: x;from-tag=a;to-tag=b"}, "", "481", ""},
		} {
			got := s.raw("INVITE", "sip:1001@gw", "<sip:1001@gw>", tt.headers, tt.body)
			if !strings.HasPrefix(got, "SIP/2.0 "+tt.want+" ") || !strings.Contains(got, "\r\n"+tt.header) {
				t.Errorf("%s: got\n%s", tt.what, got)
			}
		}
		if got := s.raw("INVITE", "sip:1001@gw", "<sip:1001@gw>;tag=gone", []string{contact}, ""); !strings.HasPrefix(got, "SIP/2.0 481 ") {
			t.Errorf("a tag that is not known: got\n%s", got)
		}
		if got := s.raw("INVITE", "sip:1001@gw", "<sip:1001@gw>;tag", []string{contact}, ""); !strings.HasPrefix(got, "SIP/2.0 481 ") {
			t.Errorf("an empty tag: got\n%s", got)
		}
		if got := s.raw("CANCEL", "sip:1001@gw", "<sip:1001@gw>", nil, ""); !strings.HasPrefix(got, "SIP/2.0 481 ") {
			t.Errorf("a CANCEL of nothing: got\n%s", got)
		}
		if told != 0 {
			t.Errorf("%d calls were told of", told)
		}
	})
}

// raw sends a request from the trunk's host and returns the first response beyond 100.
func (s *stage) raw(method, uri, to string, headers []string, body string) string {
	s.t.Helper()
	conn := s.net.MustListen("192.0.2.20:6000")
	defer conn.Close()
	id := time.Now().UnixNano()
	for _, h := range headers {
		to += "\r\n" + h
	}
	request := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20:6000;rport;branch=z9hG4bK%d\r\nFrom: <sip:x@pbx>;tag=a\r\n"+
		"To: %s\r\nCall-ID: %d\r\nCSeq: 1 %s\r\nContent-Length: %d\r\n\r\n%s", method, uri, id, to, id, method, len(body), body)
	if _, err := conn.WriteTo([]byte(request), net.UDPAddrFromAddrPort(mustAddr(gateway))); err != nil {
		s.t.Fatal(err)
	}
	s.settle()
	_ = conn.SetReadDeadline(time.Now().Add(time.Second))
	buf := make([]byte, 4096)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			return ""
		}
		if !strings.HasPrefix(string(buf[:n]), "SIP/2.0 100 ") {
			return string(buf[:n])
		}
	}
}

// TestRoutedBack: a call of ours that the PBX sends back to us has two ids, and each message the one of its leg.
func TestRoutedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		legs := map[string][]string{}
		var in *sip.Incoming
		s := newStage(t, 1, func(c *sip.Config) {
			c.Trace = func(e sip.TraceEvent) { legs[e.Call] = append(legs[e.Call], e.Line) }
			c.Incoming = func(c *sip.Incoming) func(sip.Event) {
				in = c
				c.Answer()
				return func(sip.Event) {}
			}
		}, func(string, *siptest.Config) {})
		call := s.ua.Dial(sip.Dial{ID: "out", User: "1001"}, func(sip.Event) {})
		ours := s.at("pbx").Invite()
		tag, _ := ours.From().Params.Get("tag")
		s.places("1001", siptest.CallID(ours.CallID().Value()), siptest.Tag(tag))
		s.settle()
		s.at("pbx").Respond(200, "")
		s.settle()
		call.Hangup()
		s.settle()
		in.Hangup()
		s.settle()
		for id, want := range map[string]string{
			"out":   "INVITE sip:1001@pbx, 200 (INVITE), ACK sip:1001-0x1@192.0.2.20:5060, BYE sip:1001-0x1@192.0.2.20:5060, 200 (BYE)",
			in.ID(): "INVITE sip:1001@192.0.2.10:5060, 100, 200 (INVITE), ACK sip:tieline@192.0.2.10:5060, BYE sip:pbx-0x2@192.0.2.20:5060, 200 (BYE)",
		} {
			if got := strings.Join(legs[id], ", "); got != want {
				t.Errorf("%s: got %s, want %s", id, got, want)
			}
		}
		s.close()
	})
}

// TestLongResponse: a response is as long as the request's Via and Record-Route make it.
func TestLongResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, k := newTakingStage(t)
		routes := make([]string, 20)
		for i := range routes {
			routes[i] = fmt.Sprintf("<sip:192.0.2.20:5060;lr=on;did=%060d>", i)
		}
		caller := s.places("answer", siptest.Header("Record-Route", strings.Join(routes, ", ")))
		s.settle()
		caller.Bye()
		s.settle()
		if told := k.told(); told["answer: Answered alerted, Ended by remote"] != 1 {
			t.Errorf("got %v", told)
		}
		s.close()
	})
}

// TestForkedToTwo: a proxy that forks a call to two end-points of ours offers it twice, and each is refused by itself; the same
// end-point another way is a merged request (https://www.rfc-editor.org/rfc/rfc3261#section-8.2.2.2).
func TestForkedToTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var called []string
		var calls []*sip.Incoming
		s := newStage(t, 1, func(c *sip.Config) {
			c.Incoming = func(call *sip.Incoming) func(sip.Event) {
				called, calls = append(called, call.Invitation().Called), append(calls, call)
				return nil
			}
		}, func(string, *siptest.Config) {})
		defer s.close()
		conn := s.net.MustListen("192.0.2.20:6000")
		defer conn.Close()
		for i, user := range []string{"1001", "1002", "1001"} {
			line, _ := s.exchange(conn, fmt.Sprintf("INVITE sip:%s@gw SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20:6000;branch=z9hG4bKfork%d\r\n"+
				"From: <sip:x@pbx>;tag=a\r\nTo: <sip:100@pbx>\r\nCall-ID: forked\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"+
				"Contact: <sip:x@192.0.2.20:6000>\r\nContent-Length: 0\r\n\r\n", user, i))
			if want := []string{"100", "100", "482"}[i]; !strings.HasPrefix(line, "SIP/2.0 "+want) {
				t.Errorf("fork %d to %s: got %q, want %s", i, user, line, want)
			}
		}
		if strings.Join(called, " ") != "1001 1002" {
			t.Errorf("both end-points are called, once each: %v", called)
		}
		for _, c := range calls {
			c.Hangup()
		}
	})
}
