package sip_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/locate"
	"tieline/sip/siptest"
	"tieline/sip/siptest/torture"
)

// tormentor is a trunk that sends torture messages over an in-memory network, and the user agent that gets them.
type tormentor struct {
	*stage
	conn  net.PacketConn // it sends from here
	taken []string       // calls that the user agent has told of

	heardMu sync.Mutex
	heard   []string // what came back since it was last looked at
}

// newTormentor has a trunk at an address, which hears on every port that its messages name.
func newTormentor(t *testing.T, ua, trunk string) *tormentor {
	s := &stage{t: t, start: time.Now(), net: siptest.NewNetwork(1)}
	m := &tormentor{stage: s}
	for _, port := range []string{"5060", "5050", "6050", "19823"} {
		conn := s.net.MustListen(net.JoinHostPort(trunk, port))
		if m.conn == nil {
			m.conn = conn
		}
		s.peers.Go(func() { m.hear(conn) })
		t.Cleanup(func() { conn.Close() })
	}
	agent, err := sip.New(sip.Config{
		Locate:     nameless,
		PacketConn: s.net.MustListen(ua), Trunks: []sip.Trunk{{Name: "pbx", Address: m.conn.LocalAddr().String()}},
		Incoming: func(c *sip.Incoming) func(sip.Event) {
			m.heardMu.Lock()
			defer m.heardMu.Unlock()
			m.taken = append(m.taken, c.Invitation().Called)
			c.Refuse(sip.Refusal{Status: 603})
			return func(sip.Event) {}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.ua = agent
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.agent.Go(func() {
		if err := agent.Run(ctx); err != nil {
			t.Errorf("user agent: %v", err)
		}
	})
	s.settle()
	return m
}

// nameless finds addresses, and no names: a look-up would leave the bubble.
func nameless(_ context.Context, t locate.Target, able locate.Ability) (locate.Route, error) {
	return locate.Locate(t, able, func(locate.Question) (locate.Answer, error) { return locate.Answer{}, locate.ErrNotFound })
}

func (m *tormentor) hear(conn net.PacketConn) {
	buf := make([]byte, 65535)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		m.heardMu.Lock()
		m.heard = append(m.heard, string(buf[:n]))
		m.heardMu.Unlock()
	}
}

// send sends a message and returns what comes back at once, and whether a call was told of.
func (m *tormentor) send(data []byte) (responses []string, taken bool) {
	m.settle()
	m.heardMu.Lock()
	m.heard, m.taken = nil, nil
	m.heardMu.Unlock()
	if _, err := m.conn.WriteTo(data, m.ua.Addr("udp")); err != nil {
		m.t.Fatal(err)
	}
	m.settle()
	m.heardMu.Lock()
	defer m.heardMu.Unlock()
	return slices.Clone(m.heard), len(m.taken) > 0
}

// options asks whether the user agent is well.
func (m *tormentor) options() {
	m.t.Helper()
	at := m.conn.LocalAddr().String()
	answers, _ := m.send(fmt.Appendf(nil, "OPTIONS sip:tieline SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\n"+
		"From: <sip:x@pbx>;tag=a\r\nTo: <sip:tieline@gw>\r\nCall-ID: well\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
		at, time.Now().UnixNano()))
	if len(answers) != 1 || !strings.HasPrefix(answers[0], "SIP/2.0 200 ") {
		m.t.Fatalf("OPTIONS is answered with %q", answers)
	}
}

// end ends the user agent, which has forgotten everything.
func (m *tormentor) end(before int) {
	m.t.Helper()
	m.wantNothingLeft(before)
	m.stop()
	m.agent.Wait()
}

// TestTorture sends the torture messages of RFC 4475 and RFC 5118 from a trunk. Each has its reaction, exactly one
// response or none, and the user agent goes on.
func TestTorture(t *testing.T) {
	for _, tt := range []struct {
		rfc, ua, trunk string
		load           func() ([]torture.Message, error)
		want           int
	}{
		{"4475", "192.0.2.10:5060", "192.0.2.20", torture.RFC4475, 50},
		{"5118", "[2001:db8::10]:5060", "2001:db8::9:1", torture.RFC5118, 12},
	} {
		t.Run(tt.rfc, func(t *testing.T) {
			messages, err := tt.load()
			if err != nil || len(messages) != tt.want {
				t.Fatalf("got %d messages, %v, want %d", len(messages), err, tt.want)
			}
			synctest.Test(t, func(t *testing.T) {
				m := newTormentor(t, tt.ua, tt.trunk)
				before := goroutines()
				for _, message := range messages {
					m.torment(message)
				}
				m.end(before)
			})
		})
	}
}

func (m *tormentor) torment(message torture.Message) {
	responses, taken := m.send(message.Data)
	var got []int
	for _, r := range responses {
		if status := statusOf(r); status == 0 || status >= 200 {
			got = append(got, status)
		}
		if !strings.Contains(headOf(r), "\r\nTo: ") && message.Name != "insuf.dat" {
			m.t.Errorf("%s: response without To: %q", message.Name, r)
		}
	}
	var want []int
	if message.Status != 0 {
		want = []int{message.Status}
	}
	if !slices.Equal(got, want) || taken != message.Taken {
		m.t.Errorf("%s: answered with %v, a call: %v; want %v, %v (%s)", message.Name, got, taken, want, message.Taken, message.URL())
	}
	m.options()
	time.Sleep(time.Minute) // virtual: repetitions of a response end
}

// TestTortureByTCP sends the same over TCP connections, one each.
func TestTortureByTCP(t *testing.T) {
	l := newLoopbackWith(t, "tcp", siptest.Behaviour{}, func(c *sip.Config) {
		c.Incoming = func(in *sip.Incoming) func(sip.Event) {
			in.Refuse(sip.Refusal{Status: 603})
			return func(sip.Event) {}
		}
	})
	messages, err := torture.RFC4475()
	if err != nil {
		t.Fatal(err)
	}
	more, err := torture.RFC5118()
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range append(messages, more...) {
		if m.Stream == torture.Loses {
			continue // TestTorture has sent it
		}
		var want []int
		if m.Stream == torture.Same && m.Status != 0 {
			want = []int{m.Status}
		}
		if got := byTCP(t, l.ua.Addr("tcp").String(), ownBranch(m.Data, i), len(want)); !slices.Equal(got, want) {
			t.Errorf("%s: answered with %v, want %v (%s)", m.Name, got, want, m.URL())
		}
	}
	l.end()
	l.wantTidy(t)
}

// ownBranch gives a message a transaction of its own: some have the same, and a response to the second is a repeated one
// for the first, sent over its connection.
func ownBranch(data []byte, n int) []byte {
	const cookie = "z9hG4bK"
	end := max(0, bytes.Index(data, []byte("\r\n\r\n")))
	head := bytes.ReplaceAll(data[:end], []byte(cookie), fmt.Appendf(nil, "%s%d", cookie, n))
	return slices.Concat(head, data[end:])
}

// byTCP sends data over a connection of its own and reads n responses. Where there are none to read, the sending side of
// the connection is closed, and nothing may come before the other side closes it as well.
func byTCP(t *testing.T, address string, data []byte, n int) (got []int) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write(data); err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		_ = conn.(*net.TCPConn).CloseWrite()
		rest, err := io.ReadAll(conn)
		if timeout := net.Error(nil); len(rest) > 0 || errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("got %q, %v, want silence", rest, err)
		}
		return nil
	}
	r := bufio.NewReader(conn)
	for len(got) < n {
		var head []byte
		for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
			line, err := r.ReadBytes('\n')
			if err != nil {
				return got
			}
			head = append(head, line...)
		}
		if status := statusOf(string(head)); status == 0 || status >= 200 {
			got = append(got, status)
		}
	}
	return got
}

func headOf(message string) string {
	head, _, _ := strings.Cut(message, "\r\n\r\n")
	return head + "\r\n"
}

// statusOf is the status of a response, 0 for anything else.
func statusOf(message string) int {
	rest, ok := strings.CutPrefix(message, "SIP/2.0 ")
	if !ok || len(rest) < 3 {
		return 0
	}
	status, _ := strconv.Atoi(rest[:3])
	return status
}
