package sip_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// ask sends a request from an address and returns the start line and the Allow header of the answer; empty: none came.
func (s *stage) ask(from, method, toTag string) (line, allow string) {
	s.t.Helper()
	line, allow = s.asked(from, method, toTag, "Allow")
	_, allow, _ = strings.Cut(allow, "Allow ")
	return line, allow
}

// asked returns the start line of the answer and another header, like ", Retry-After 10".
func (s *stage) asked(from, method, toTag, header string) (line, value string) {
	s.t.Helper()
	conn := s.net.MustListen(from)
	defer conn.Close()
	if toTag != "" {
		toTag = ";tag=" + toTag
	}
	request := fmt.Sprintf("%s sip:tieline@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bK%s%d\r\n"+
		"From: <sip:x@pbx>;tag=a\r\nTo: <sip:tieline@gw>%s\r\nCall-ID: %[4]s%[5]d\r\nCSeq: 1 %[1]s\r\nMax-Forwards: 70\r\n"+
		"Content-Length: 0\r\n\r\n", method, gateway, from, method, time.Now().UnixNano(), toTag)
	return s.answerTo(conn, request, header)
}

func (s *stage) exchange(conn net.PacketConn, data string) (line, value string) {
	s.t.Helper()
	return s.answerTo(conn, data, "Allow")
}

func (s *stage) answerTo(conn net.PacketConn, data, header string) (line, value string) {
	s.t.Helper()
	to := net.UDPAddrFromAddrPort(mustAddr(gateway))
	if _, err := conn.WriteTo([]byte(data), to); err != nil {
		s.t.Fatal(err)
	}
	s.settle()
	buf := make([]byte, 4096)
	_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	n, _, err := conn.ReadFrom(buf)
	if err != nil {
		return "", ""
	}
	head := string(buf[:n])
	line, _, _ = strings.Cut(head, "\r\n")
	if _, rest, ok := strings.Cut(head, "\r\n"+header+": "); ok {
		value, _, _ = strings.Cut(rest, "\r\n")
		value = ", " + header + " " + value
	}
	return line, value
}

// TestOutsideDialogs: what comes in without a dialog has one truthful answer.
func TestOutsideDialogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 1, func(*sip.Config) {}, func(string, *siptest.Config) {})
		defer s.close()
		const methods = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, NOTIFY, PRACK"
		for _, tt := range []struct{ method, toTag, want, allow string }{
			{"OPTIONS", "", "SIP/2.0 200 OK", methods},
			{"INVITE", "", "SIP/2.0 480 Temporarily Unavailable", ""},
			{"INVITE", "gone", "SIP/2.0 481 Call/Transaction Does Not Exist", ""},
			{"BYE", "gone", "SIP/2.0 481 Call/Transaction Does Not Exist", ""},
			{"CANCEL", "", "SIP/2.0 481 Call/Transaction Does Not Exist", ""},
			{"NOTIFY", "", "SIP/2.0 481 Call/Transaction Does Not Exist", ""},
			{"UPDATE", "gone", "SIP/2.0 481 Call/Transaction Does Not Exist", ""},
			{"REFER", "", "SIP/2.0 405 Method Not Allowed", methods},
			{"MESSAGE", "", "SIP/2.0 405 Method Not Allowed", methods},
			{"FROBNICATE", "", "SIP/2.0 405 Method Not Allowed", methods},
			{"ACK", "gone", "", ""},
		} {
			if line, allow := s.ask("192.0.2.20:6000", tt.method, tt.toTag); line != tt.want || allow != tt.allow {
				t.Errorf("%s: got %q with Allow %q, want %q with %q", tt.method, line, allow, tt.want, tt.allow)
			}
		}
		s.ua.Drain(true)
		if line, _ := s.ask("192.0.2.20:6000", "OPTIONS", ""); line != "SIP/2.0 503 Service Unavailable" {
			t.Errorf("draining: got %q", line)
		}
	})
}

// TestOptionsSayWhatACallWouldGet: whoever asks hears what an INVITE would. Inside of a call there is nothing to ask about.
func TestOptionsSayWhatACallWouldGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var status int
		s := newStage(t, 1, func(c *sip.Config) {
			c.Ready = func() int { return status }
			c.Incoming = func(*sip.Incoming) func(sip.Event) { return nil }
		}, func(string, *siptest.Config) {})
		defer s.close()
		for _, tt := range []struct {
			status   int
			draining bool
			want     string
		}{
			{0, false, "SIP/2.0 200 OK"},
			{480, false, "SIP/2.0 480 Temporarily Unavailable"},
			{503, false, "SIP/2.0 503 Service Unavailable, Retry-After 10"},
			{0, true, "SIP/2.0 503 Service Unavailable, Retry-After 10"},
		} {
			status = tt.status
			s.ua.Drain(tt.draining)
			if line, after := s.asked("192.0.2.20:6000", "OPTIONS", "", "Retry-After"); line+after != tt.want {
				t.Errorf("%d, draining %v: got %q, %q, want %q", tt.status, tt.draining, line, after, tt.want)
			}
		}
		if line, after := s.asked("192.0.2.20:6000", "INVITE", "", "Retry-After"); line+after != "SIP/2.0 503 Service Unavailable, Retry-After 10" {
			t.Errorf("a call while draining: got %q, %q", line, after)
		}
		s.call = s.ua.Dial(sip.Dial{User: "600"}, s.event)
		call := s.at("pbx")
		call.Respond(200, "")
		s.settle()
		call.Request("OPTIONS")
		if out := s.crossed(); !strings.Contains(out, "200 (OPTIONS)") {
			t.Errorf("in a call, while draining:\n%s", out)
		}
		s.call.Hangup()
	})
}

// TestStrangers: what comes from no trunk is dropped before the parser, counted, and said once; rubbish from a trunk is
// said once, too (sip.md pitfall 21).
func TestStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := newStage(t, 1, func(c *sip.Config) {
			c.Log = slog.New(slog.NewTextHandler(&log, nil))
		}, func(string, *siptest.Config) {})
		for i := range 100 {
			if line, _ := s.ask(fmt.Sprintf("203.0.113.%d:5060", i), "OPTIONS", ""); line != "" {
				t.Errorf("a stranger is answered %q", line)
			}
		}
		if got := s.ua.Dropped(); got != 100 {
			t.Errorf("dropped %d, want 100", got)
		}
		conn := s.net.MustListen("192.0.2.20:6000")
		for range 100 {
			if line, _ := s.exchange(conn, "INVITE sip:4930123456@x SIP/2.0\r\nrubbish\r\n\r\n"); line != "" {
				t.Errorf("rubbish is answered %q", line)
			}
		}
		conn.Close()
		if line, _ := s.ask("192.0.2.20:6000", "OPTIONS", ""); line != "SIP/2.0 200 OK" {
			t.Errorf("behind the rubbish: got %q", line)
		}
		s.close()
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 2 || !strings.Contains(lines[0], "no trunk") || !strings.Contains(lines[1], "failed to parse") {
			t.Errorf("want one line for the strangers and one for the rubbish, got:\n%s", log.String())
		}
		if strings.Contains(log.String(), "4930123456") {
			t.Errorf("a number in the log:\n%s", log.String())
		}
	})
}
