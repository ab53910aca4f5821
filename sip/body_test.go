package sip_test

import (
	"strconv"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip"
)

// TestBodies: what is left of what a peer sends.
func TestBodies(t *testing.T) {
	sdp := string(description("pbx 1 1", "a=sendrecv"))
	part := func(heads, content string) string { return "--b\r\n" + heads + "\r\n\r\n" + content + "\r\n" }
	isSDP, isup := "Content-Type: application/sdp", "Content-Type: application/ISUP;version=itu-t92+\r\nContent-Disposition: signal"
	for _, tt := range []struct {
		what, heads, body string
		want              string // "sdp", "none", or "other": it is refused
	}{
		{"a description", isSDP, sdp, "sdp"},
		{"in compact form, with a parameter", "c: application/SDP; charset=utf-8", sdp, "sdp"},
		{"of the session", isSDP + "\r\nContent-Disposition: session;handling=required", sdp, "sdp"},
		{"of early media alone, which need not be understood", isSDP + "\r\nContent-Disposition: early-session;handling=optional", sdp, "none"},
		{"of early media alone", isSDP + "\r\nContent-Disposition: early-session", sdp, "other"},
		{"a packed one", isSDP + "\r\nContent-Encoding: gzip", sdp, "other"},
		{"with ISUP behind it", "Content-Type: multipart/mixed;boundary=b", part(isSDP, sdp) + part(isup, "\x01\x11\x00") + "--b--\r\n", "sdp"},
		{"with ISUP before it", `Content-Type: multipart/mixed; boundary="b"`, part(isup+";handling=optional", "\x01\x11\r\n") + part(isSDP, sdp) + "--b--\r\n", "sdp"},
		{"with ISUP that has to be understood", "Content-Type: multipart/mixed;boundary=b", part(isup+";handling=required", "\x01") + part(isSDP, sdp) + "--b--\r\n", "other"},
		{"with a location", "Content-Type: multipart/mixed;boundary=b", part("Content-Type: application/pidf+xml\r\nContent-ID: <a@b>", "<presence/>") + part(isSDP, sdp) + "--b--\r\n", "sdp"},
		{"with a preamble", "Content-Type: multipart/mixed;boundary=b", "ignore me\r\n" + part(isSDP, sdp) + "--b--\r\n", "sdp"},
		{"cut off", "Content-Type: multipart/mixed;boundary=b", part(isSDP, sdp), "other"},
		{"without a boundary", "Content-Type: multipart/mixed", part(isSDP, sdp) + "--b--\r\n", "other"},
		{"parts without a description", "Content-Type: multipart/mixed;boundary=b", part(isup, "\x01") + "--b--\r\n", "other"},
		{"of which none is needed", "Content-Type: multipart/mixed;boundary=b\r\nContent-Disposition: session;handling=optional", part(isup, "\x01") + "--b--\r\n", "none"},
		{"something else", "Content-Type: application/json", "{}", "other"},
		{"that need not be understood", "Content-Type: application/json\r\nContent-Disposition: render;handling=optional", "{}", "none"},
	} {
		text := "INVITE sip:1@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKa\r\nFrom: <sip:a@192.0.2.20>;tag=a\r\n" +
			"To: <sip:1@192.0.2.10>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n" + tt.heads + "\r\n" +
			"Content-Length: " + strconv.Itoa(len(tt.body)) + "\r\n\r\n" + tt.body
		msg, err := gosip.NewParser().ParseSIP([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", tt.what, err)
		}
		isDescription := sip.Unwrap(msg)
		got := "other"
		switch body := string(msg.Body()); {
		case body == sdp && isDescription:
			got = "sdp"
		case body == "":
			got = "none"
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s: %q", tt.what, got, tt.want, msg.Body())
		}
	}
}

// FuzzParts: whatever comes, what is found in it is a part of it.
func FuzzParts(f *testing.F) {
	f.Add([]byte("--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n"), "b")
	f.Add([]byte("--b\n\nv=0\n--b--"), "b")
	f.Fuzz(func(t *testing.T, content []byte, boundary string) {
		if sdp, ok := sip.DescriptionIn(content, boundary); ok && !strings.Contains(string(content), string(sdp)) {
			t.Errorf("found %q in %q", sdp, content)
		}
	})
}
