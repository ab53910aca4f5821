//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"tieline/sip/siptest/torture"
)

// TestTortureMessages sends those of RFC 4475 and RFC 5118 from the trunk's address to the running gateway: what would be a
// call is refused, as it is for nobody who is there. After each the gateway goes on.
func TestTortureMessages(t *testing.T) {
	messages, err := torture.RFC4475()
	must(t, err, "read the messages of RFC 4475")
	more, err := torture.RFC5118()
	must(t, err, "read the messages of RFC 5118")
	heardc := make(chan []byte, 1000)
	host, _, _ := net.SplitHostPort(sippAddress)
	var from net.PacketConn
	for _, port := range []string{"19823", "6050", "5050", "5060"} { // where the messages want their answers; the last one sends
		conn, err := net.ListenPacket("udp4", net.JoinHostPort(host, port))
		must(t, err, "listen")
		t.Cleanup(func() { _ = conn.Close() })
		go func() {
			for {
				buf := make([]byte, 65535)
				n, _, err := conn.ReadFrom(buf)
				if err != nil {
					return
				}
				heardc <- buf[:n]
			}
		}()
		from = conn
	}
	to, err := net.ResolveUDPAddr("udp4", "127.0.2.1:5060")
	must(t, err, "parse the gateway's address")
	gateway{Peer: sippAddress}.start(t)
	logIn(t) // whom a call could be for: otherwise OPTIONS is not answered with 200
	ping := func(n int) []byte {
		return fmt.Appendf(nil, "OPTIONS sip:tieline@127.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKping%d\r\nFrom: <sip:x@peer>;tag=a\r\n"+
			"To: <sip:tieline@gw>\r\nCall-ID: ping%[2]d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", sippAddress, n)
	}
	eventually(t, "the gateway answers OPTIONS", func() bool {
		_, _ = from.WriteTo(ping(0), to)
		select {
		case res := <-heardc:
			return bytes.HasPrefix(res, []byte("SIP/2.0 200 "))
		case <-time.After(100 * time.Millisecond):
			return false
		}
	})
	for i, m := range append(messages, more...) {
		// Many have the same branch: one soon after the other would be a copy of it.
		data := bytes.ReplaceAll(m.Data, []byte("=z9hG4bKkdjuw"), fmt.Appendf(nil, "=z9hG4bKkdjuw%d", i))
		_, err := from.WriteTo(data, to)
		must(t, err, "send "+m.Name)
		got := final(t, heardc, m)
		if want := fmt.Sprint(m.Status); m.Taken && got != "404" && got != "480" || !m.Taken && m.Status != 0 && got != want {
			t.Errorf("%s: answered with %s, want %s (%s)", m.Name, got, want, m.URL())
		}
		_, err = from.WriteTo(ping(i+1), to)
		must(t, err, "send OPTIONS")
		for res := ""; !strings.Contains(res, fmt.Sprintf("Call-ID: ping%d\r\n", i+1)); {
			select {
			case data := <-heardc:
				res = string(data)
				if m.Status == 0 && callOf(res) == callOf(string(m.Data)) {
					t.Errorf("%s: answered with %q (%s)", m.Name, res, m.URL())
				}
			case <-time.After(patience):
				t.Fatalf("%s: the gateway does not answer OPTIONS any more", m.Name)
			}
		}
	}
}

// final is the status of the final response to a message; nothing where there is to be none.
func final(t *testing.T, heardc <-chan []byte, m torture.Message) string {
	t.Helper()
	if m.Status == 0 {
		return ""
	}
	for {
		select {
		case data := <-heardc:
			res := string(data)
			if bytes.Contains(m.Data, []byte(callOf(res))) && !strings.HasPrefix(res, "SIP/2.0 1") {
				status, _, _ := strings.Cut(strings.TrimPrefix(res, "SIP/2.0 "), " ")
				return status
			}
		case <-time.After(patience):
			t.Fatalf("%s: not answered, want %d (%s)", m.Name, m.Status, m.URL())
		}
	}
}

// callOf is the Call-ID of a message; empty: it has none.
func callOf(message string) string {
	for line := range strings.SplitSeq(message, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "call-id", "i":
			return strings.TrimSpace(value)
		}
	}
	return ""
}
