package offer

import (
	"strings"
	"testing"
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
