package sip

import (
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// TestGranted: of the contacts in a 2xx ours counts, then what is said of all, then what we asked for
// (https://www.rfc-editor.org/rfc/rfc3261#section-10.2.4).
func TestGranted(t *testing.T) {
	ours := &gosip.ContactHeader{Address: gosip.Uri{Scheme: "sip", User: "1001", Host: "192.0.2.10", Port: 5060}}
	for _, tt := range []struct {
		what, headers string
		want          time.Duration
	}{
		{"nothing said", "", time.Hour},
		{"of all", "Expires: 120\r\n", 2 * time.Minute},
		{"of ours", "Expires: 120\r\nContact: <sip:1001@192.0.2.10:5060>;expires=60\r\n", time.Minute},
		{"of ours by the default port", "Contact: <sip:1001@192.0.2.10>;expires=60\r\n", time.Minute},
		{"of ours, which has no time of its own", "Expires: 120\r\nContact: <sip:1001@192.0.2.10:5060>\r\n", 2 * time.Minute},
		{"ours among others", "Contact: <sip:1001@192.0.2.77>;expires=999, \"x, y\" <sip:1001@192.0.2.10:5060>;q=0.5;expires=60\r\n", time.Minute},
		{"in another header field", "Contact: <sip:1001@192.0.2.77>;expires=999\r\nContact: <sip:1001@192.0.2.10:5060>;expires=60\r\n", time.Minute},
		{"as seen through a NAT", "Contact: <sip:1001@198.51.100.1:1024>;expires=60\r\n", time.Minute},
		{"escaped otherwise", "Contact: <sip:%31001@192.0.2.10:5060>;expires=60\r\n", time.Minute},
		{"only somebody else's", "Contact: <sip:tieline@192.0.2.77>;expires=60\r\n", 0},
		{"nothing", "Contact: <sip:1001@192.0.2.10:5060>;expires=0\r\n", 0},
		{"rubbish", "Contact: <sip:1001@192.0.2.10:5060>;expires=soon\r\n", 0},
	} {
		msg, err := newParser().ParseSIP([]byte("SIP/2.0 200 OK\r\n" + tt.headers + "Content-Length: 0\r\n\r\n"))
		if err != nil {
			t.Fatalf("%s: %v", tt.what, err)
		}
		if got := granted(msg.(*gosip.Response), ours, time.Hour); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.what, got, tt.want)
		}
	}
}

// TestServiceRoute: as it came; nothing of one that is unreasonable.
func TestServiceRoute(t *testing.T) {
	for _, tt := range []struct {
		headers string
		want    int
	}{
		{"", 0},
		{"Service-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr=on;x=\"a,b\">\r\nService-Route: <sip:p3;lr>\r\n", 3},
		{"Service-Route: rubbish\r\n", 0},
		{"Service-Route: <sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>\r\n", 0},
	} {
		msg, err := newParser().ParseSIP([]byte("SIP/2.0 200 OK\r\n" + tt.headers + "Content-Length: 0\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := serviceRoute(msg.(*gosip.Response)); len(got) != tt.want {
			t.Errorf("%q: got %q", tt.headers, got)
		}
	}
}

// TestFollow: a loose route stands in Route, a strict one in the Request-URI.
func TestFollow(t *testing.T) {
	for _, tt := range []struct {
		routes    []string
		uri, want string
	}{
		{nil, "sip:600@pbx", ""},
		{[]string{"<sip:a;lr>", "<sip:b;lr>"}, "sip:600@pbx", "<sip:a;lr> <sip:b;lr>"},
		{[]string{"<sip:a>", "<sip:b;lr>"}, "sip:a", "<sip:b;lr> <sip:600@pbx>"},
	} {
		req := gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: "600", Host: "pbx"})
		follow(req, tt.routes)
		var got string
		for i, h := range req.GetHeaders("Route") {
			if i > 0 {
				got += " "
			}
			got += h.Value()
		}
		if got != tt.want || req.Recipient.String() != tt.uri {
			t.Errorf("%v: got %s, Route %s", tt.routes, req.Recipient.String(), got)
		}
	}
}
