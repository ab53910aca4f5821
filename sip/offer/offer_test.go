package offer

import (
	"strings"
	"testing"

	"github.com/pion/sdp/v3"
)

// parked is the offer to the byte.
const parked = "v=0\r\n" +
	"o=- 4711 1 IN IP4 192.0.2.10\r\n" +
	"s=-\r\n" +
	"c=IN IP4 0.0.0.0\r\n" +
	"t=0 0\r\n" +
	"m=audio 9 RTP/AVP 0 8 101\r\n" +
	"a=rtpmap:0 PCMU/8000\r\n" +
	"a=rtpmap:8 PCMA/8000\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\n" +
	"a=fmtp:101 0-16\r\n" +
	"a=ptime:20\r\n" +
	"a=inactive\r\n"

func TestParked(t *testing.T) {
	got, err := Parked(Params{SessionID: 4711, Version: 1, Host: "192.0.2.10"})
	if err != nil || string(got) != parked {
		t.Errorf("got %v\n%s\nwant\n%s", err, got, parked)
	}
}

func TestParkedOrigin(t *testing.T) {
	for _, tt := range []struct {
		p    Params
		want string // the o= line; empty: an error
	}{
		{Params{1, 2, "2001:db8::1"}, "o=- 1 2 IN IP6 2001:db8::1"},
		{Params{1<<63 - 1, 1<<63 - 1, "gw.example.com"}, "o=- 9223372036854775807 9223372036854775807 IN IP4 gw.example.com"},
		{Params{1 << 63, 0, "192.0.2.1"}, ""},
		{Params{0, 1 << 63, "192.0.2.1"}, ""},
		{Params{1, 1, ""}, ""},
		{Params{1, 1, "192.0.2.1:5060"}, ""},
		{Params{1, 1, "[2001:db8::1]"}, ""},
		{Params{1, 1, "fe80::1%eth0"}, ""},
		{Params{1, 1, "a b"}, ""},
		{Params{1, 1, "a\r\na=sendrecv"}, ""},
	} {
		got, err := Parked(tt.p)
		if tt.want == "" {
			if err == nil {
				t.Errorf("%+v: no error", tt.p)
			}
			continue
		}
		if err != nil || !strings.Contains(string(got), "\r\n"+tt.want+"\r\n") {
			t.Errorf("%+v: got %v\n%s\nwant %s", tt.p, err, got, tt.want)
		}
	}
}

// answer is what a PBX says to a parked offer, with m= lines for the test.
func answer(lines ...string) string {
	return "v=0\r\no=root 1 1 IN IP4 192.0.2.20\r\ns=PBX\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n" + strings.Join(lines, "\r\n") + "\r\n"
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		what, answer string
		ok           bool
	}{
		{"our own offer", parked, true},
		{"an inactive stream", answer("m=audio 18000 RTP/AVP 0 101", "a=inactive"), true},
		{"audio behind a refused video", answer("m=video 0 RTP/AVP 96", "m=audio 18000 RTP/AVP 8"), true},
		{"SRTP is a stream, too", answer("m=audio 18000 RTP/SAVP 8"), true},
		{"audio refused", answer("m=audio 0 RTP/AVP 0"), false},
		{"no audio", answer("m=video 4000 RTP/AVP 96"), false},
		{"no stream at all", answer("a=inactive"), false},
		{"nothing", "", false},
		{"not SDP", "hello", false},
		{"bare line feeds", strings.ReplaceAll(parked, "\r\n", "\n"), true},
		{"too much", answer("m=audio 18000 RTP/AVP 0", "a=x:"+strings.Repeat("y", maxAnswer)), false},
	} {
		if err := Check([]byte(tt.answer)); (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want ok %v", tt.what, err, tt.ok)
		}
	}
}

// FuzzCheck: an answer is never a reason to panic, and what passes has audio.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(parked))
	f.Add([]byte(answer("m=audio 0 RTP/AVP 0")))
	f.Add([]byte("v=0\r\no=- 1 1 IN IP4 x\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if Check(body) != nil {
			return
		}
		var d sdp.SessionDescription
		if err := d.Unmarshal(body); err != nil || len(d.MediaDescriptions) == 0 {
			t.Fatalf("passed: %v", err)
		}
	})
}
