package sip

import (
	"fmt"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// fieldsOf are the header fields that a trunk with this list tells us by an INVITE.
func fieldsOf(t *testing.T, names []string, headers ...string) []Header {
	t.Helper()
	text := "INVITE sip:1001@gw SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK1\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n" +
		strings.Join(append(headers, "From: <sip:200@pbx>;tag=a", "To: <sip:1001@gw>"), "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
	msg, err := newParser().ParseSIP([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return taken(msg.(*gosip.Request), names)
}

func TestHeadersIn(t *testing.T) {
	const identity = `eyJhbGciOiJFUzI1NiJ9.e30.c2ln;info=<https://cert.example.org/a.pem>;alg=ES256;ppt="shaken"`
	long := strings.Repeat("x", longestHeader)
	for _, tt := range []struct {
		what    string
		names   []string
		headers []string
		want    string // NAME=VALUE, separated by |
	}{
		{"nothing is let in", nil, []string{"X-Account: 1"}, ""},
		{"what is listed, under the list's name and in its order", []string{"X-B", "X-Account"}, []string{"x-account:  4711 ", "X-B: 2", "X-C: 3"}, "X-B=2|X-Account=4711"},
		{"not there", []string{"X-B"}, []string{"X-C: 3"}, ""},
		{"parameters as they are", []string{"User-to-User"}, []string{`User-to-User: 56a3;purpose=isdn-uui;content=isdn-uui;encoding="hex"`}, `User-to-User=56a3;purpose=isdn-uui;content=isdn-uui;encoding="hex"`},
		{"several", []string{"User-to-User"}, []string{"User-to-User: 00", "User-to-User: 01,02"}, "User-to-User=00|User-to-User=01,02"},
		{"Identity brings Date", []string{"identity"}, []string{"Date: Thu, 26 Nov 2026 10:00:00 GMT", "Identity: " + identity}, "identity=" + identity + "|Date=Thu, 26 Nov 2026 10:00:00 GMT"},
		{"its compact form", []string{"Identity"}, []string{"y: " + identity}, "Identity=" + identity},
		{"as long as may be", []string{"X-A"}, []string{"X-A: " + long}, "X-A=" + long},
		{"too long is left out, not cut", []string{"X-A", "X-B"}, []string{"X-A: x" + long, "X-B: 1"}, "X-B=1"},
		{"too much in all", []string{"X-A", "X-B", "X-C", "X-D"}, []string{"X-A: " + long, "X-B: " + long, "X-C: " + long, "X-D: "}, "X-A=" + long + "|X-B=" + long + "|X-D="},
		{"control characters", []string{"X-A", "X-B"}, []string{"X-A: a\x01b", "X-B: 1"}, "X-B=1"},
	} {
		var got []string
		for _, h := range fieldsOf(t, tt.names, tt.headers...) {
			got = append(got, h.Name+"="+h.Value)
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, s, tt.want)
		}
	}
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprint("X-A: ", i))
	}
	if n := len(fieldsOf(t, []string{"X-A"}, many...)); n != mostHeaders {
		t.Errorf("%d header fields of a hundred are kept", n)
	}
}

func TestTraceID(t *testing.T) {
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for s, want := range map[string]string{
		"00-" + id + "-00f067aa0ba902b7-01":                      id,
		"00-" + id + "-00f067aa0ba902b7-00":                      id,
		"cc-" + id + "-00f067aa0ba902b7-01":                      id,
		"cc-" + id + "-00f067aa0ba902b7-01-more":                 id,
		"cc-" + id + "-00f067aa0ba902b7-01more":                  "",
		"00-" + id + "-00f067aa0ba902b7-01-more":                 "",
		"ff-" + id + "-00f067aa0ba902b7-01":                      "",
		"00-" + id + "-0000000000000000-01":                      "",
		"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01": "",
		"00-" + strings.ToUpper(id) + "-00f067aa0ba902b7-01":     "",
		"00-" + id + "-00f067aa0ba902b7":                         "",
		"cc-" + id + "-00f067aa0ba902b7-01-a\r\nX":               "",
		"":              "",
		"00-abc-def-01": "",
	} {
		if got := TraceID(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
	one, other := NewTrace(), NewTrace()
	if TraceID(one) == "" || TraceID(one) == TraceID(other) {
		t.Errorf("new traces are traces, each another one: %s, %s", one, other)
	}
}
