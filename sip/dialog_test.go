package sip

import (
	"net"
	"slices"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// newTestDialog is a dialog confirmed by a 2xx with this Contact and these Record-Route headers.
func newTestDialog(t *testing.T, contact string, recordRoutes ...string) *dialog {
	t.Helper()
	u := newTestAgent(t)
	a, err := newAttempt(&Call{ua: u, dial: Dial{User: "600"}}, u.trunks["pbx"], u.peers.hops(u.trunks["pbx"])[0], limits{})
	if err != nil {
		t.Fatal(err)
	}
	a.invite = a.newInvite(3)
	text := "SIP/2.0 200 OK\r\nVia: " + a.invite.Via().Value() + "\r\nFrom: " + a.invite.From().Value() +
		"\r\nTo: <sip:600@192.0.2.20>;tag=b\r\nCall-ID: " + a.callID + "\r\nCSeq: 3 INVITE\r\nContact: " + contact + "\r\n"
	for _, r := range recordRoutes {
		text += "Record-Route: " + r + "\r\n"
	}
	msg, err := newParser().ParseSIP([]byte(text + "Content-Length: 0\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := a.dialog("b")
	d.confirm(msg.(*gosip.Response))
	t.Cleanup(a.forget)
	return d
}

// TestRouteSet: Record-Route reversed, parameters unchanged, loose and strict routing
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1).
func TestRouteSet(t *testing.T) {
	const contact = "<sip:1002-0x55@198.51.100.7:5066;transport=UDP>;expires=60"
	const target = "sip:1002-0x55@198.51.100.7:5066;transport=UDP"
	for _, tt := range []struct {
		what      string
		routes    []string
		uri, dest string
		want      []string
	}{
		{"no route", nil, target, "198.51.100.7:5066", nil},
		{"loose, two headers",
			[]string{"<sip:192.0.2.31;lr=on;ftag=x1;did=a.b>", "<sip:192.0.2.30:5070;r2=on;lr>"},
			target, "192.0.2.30:5070",
			[]string{"<sip:192.0.2.30:5070;r2=on;lr>", "<sip:192.0.2.31;lr=on;ftag=x1;did=a.b>"}},
		{"loose, one header, with quotes and header parameters",
			[]string{`"a, b" <sip:192.0.2.31;lr>;x="1,2", <sip:192.0.2.30;lr>`},
			target, "192.0.2.30:5060", []string{"<sip:192.0.2.30;lr>", `"a, b" <sip:192.0.2.31;lr>;x="1,2"`}},
		{"strict", []string{"<sip:192.0.2.31;lr>", "<sip:192.0.2.30:5070>"},
			"sip:192.0.2.30:5070", "192.0.2.30:5070", []string{"<sip:192.0.2.31;lr>", "<" + target + ">"}},
		{"a name is the trunk's", []string{"<sip:proxy.example.com;lr>"},
			target, "192.0.2.20:5060", []string{"<sip:proxy.example.com;lr>"}},
	} {
		d := newTestDialog(t, contact, tt.routes...)
		for _, method := range []gosip.RequestMethod{gosip.ACK, gosip.BYE} {
			req := d.request(method, 7)
			var routes []string
			for _, h := range req.GetHeaders("Route") {
				routes = append(routes, h.Value())
			}
			if req.Recipient.String() != tt.uri || req.Destination() != tt.dest || !slices.Equal(routes, tt.want) {
				t.Errorf("%s, %s: to %s by way of %s with %q, want %s, %s, %q",
					tt.what, method, req.Recipient.String(), req.Destination(), routes, tt.uri, tt.dest, tt.want)
			}
		}
	}
}

// TestAckIsStable: each copy of a 2xx gets the same ACK, in the INVITE's CSeq (sip.md pitfalls 8 and 9).
func TestAckIsStable(t *testing.T) {
	d := newTestDialog(t, "<sip:600@192.0.2.20>")
	d.seq = 9
	first, again := d.request(gosip.ACK, d.inviteSeq).String(), d.request(gosip.ACK, d.inviteSeq).String()
	if first != again || !strings.Contains(first, "\r\nCSeq: 3 ACK\r\n") {
		t.Errorf("got\n%s\nthen\n%s", first, again)
	}
}

// TestNextHopIsLetIn: while a dialog lives, its next hop may answer although it is no trunk.
func TestNextHopIsLetIn(t *testing.T) {
	d := newTestDialog(t, "<sip:600@198.51.100.7>")
	u := d.leg.ua
	hop := &net.UDPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 5060}
	if !u.peers.allowed(hop) {
		t.Error("the next hop is not let in")
	}
	d.leg.close()
	if u.peers.allowed(hop) {
		t.Error("the next hop is let in for ever")
	}
}
