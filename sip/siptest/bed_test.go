package siptest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	gatewayAddress = "192.0.2.1:5060"
	pbxAddress     = "192.0.2.10:5060"
)

// bed is a network with a running PBX and a gateway whose every message a test writes itself. Use it in a synctest
// bubble.
type bed struct {
	t       *testing.T
	network *Network
	pbx     *PBX
	conn    net.PacketConn
}

func newBed(t *testing.T, c Config) *bed {
	t.Helper()
	n := NewNetwork(1)
	c.Conn = n.MustListen(pbxAddress)
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{t: t, network: n, pbx: p, conn: n.MustListen(gatewayAddress)}
	t.Cleanup(run(t, p))
	t.Cleanup(func() { _ = b.conn.Close() })
	return b
}

// run runs a PBX until the function it returns is called.
func run(t *testing.T, p *PBX) func() {
	ctx, cancel := context.WithCancel(context.Background())
	donec := make(chan error)
	go func() { donec <- p.Run(ctx) }()
	return func() {
		cancel()
		if err := <-donec; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

// req is a request of the gateway; the zero fields get what a good one has.
type req struct {
	method  string
	uri     string
	branch  string
	seq     int
	tag     string // in To
	headers string
	body    string
}

func (b *bed) send(r req) {
	b.t.Helper()
	to := "<sip:callee@pbx>"
	if r.tag != "" {
		to += ";tag=" + r.tag
	}
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%s;rport\r\n"+
		"From: <sip:gw@192.0.2.1>;tag=gw-tag\r\nTo: %s\r\nCall-ID: call-1\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\n"+
		"Contact: <sip:gw@192.0.2.1:5060>\r\n%sContent-Length: %d\r\n\r\n%s",
		r.method, r.uri, r.branch, to, r.seq, r.method, r.headers, len(r.body), r.body)
	if _, err := b.conn.WriteTo([]byte(text), b.pbx.config.Conn.LocalAddr()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) invite(user string) {
	b.t.Helper()
	b.send(req{method: "INVITE", uri: "sip:" + user + "@pbx", branch: "1", seq: 1})
}

// read returns the next message at the gateway, or nil when none comes within a time.
func (b *bed) read(within time.Duration) gosip.Message {
	b.t.Helper()
	if err := b.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		b.t.Fatal(err)
	}
	buf := make([]byte, 1<<16)
	n, _, err := b.conn.ReadFrom(buf)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	if err != nil {
		b.t.Fatal(err)
	}
	m, err := gosip.ParseMessage(buf[:n])
	if err != nil {
		b.t.Fatalf("the PBX sent what does not parse: %v\n%s", err, buf[:n])
	}
	return m
}

func (b *bed) pbxPort() netip.AddrPort { return netip.MustParseAddrPort(pbxAddress) }

// wantResponse reads a response of a status to a method.
func (b *bed) wantResponse(why string, status int, method gosip.RequestMethod) *gosip.Response {
	b.t.Helper()
	m := b.read(time.Minute)
	res, ok := m.(*gosip.Response)
	if !ok || res.StatusCode != status || res.CSeq().MethodName != method {
		b.t.Fatalf("%s: got %v, want %d to %s", why, short(m), status, method)
	}
	return res
}

func (b *bed) wantRequest(why string, method gosip.RequestMethod) *gosip.Request {
	b.t.Helper()
	m := b.read(time.Minute)
	r, ok := m.(*gosip.Request)
	if !ok || r.Method != method {
		b.t.Fatalf("%s: got %v, want %s", why, short(m), method)
	}
	return r
}

func (b *bed) wantSilence(why string, d time.Duration) {
	b.t.Helper()
	if m := b.read(d); m != nil {
		b.t.Fatalf("%s: got %v", why, short(m))
	}
}

func (b *bed) wantNoComplaints() {
	b.t.Helper()
	if c := b.pbx.Complaints(); len(c) > 0 {
		b.t.Errorf("complaints about a good gateway:\n%s", strings.Join(c, "\n"))
	}
}

func (b *bed) wantComplaint(text string) {
	b.t.Helper()
	if c := b.pbx.Complaints(); !strings.Contains(strings.Join(c, "\n"), text) {
		b.t.Errorf("complaints %q lack %q", c, text)
	}
}

// inDialog is a request in the dialog of a 2xx.
func inDialog(method string, seq int, res *gosip.Response) req {
	r := req{method: method, uri: res.Contact().Address.String(), seq: seq, tag: toTag(res)}
	r.branch = fmt.Sprintf("%s%d%s", method, seq, r.tag)
	if rr := res.GetHeader("Record-Route"); rr != nil {
		r.headers = "Route: " + rr.Value() + "\r\n"
	}
	return r
}

func toTag(m gosip.Message) string {
	tag, _ := m.To().Params.Get("tag")
	return tag
}

func short(m gosip.Message) string {
	if m == nil {
		return "nothing"
	}
	line, _, _ := strings.Cut(m.String(), "\r\n")
	return line
}
