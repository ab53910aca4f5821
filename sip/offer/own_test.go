package offer

import (
	"strings"
	"testing"
)

func TestOwn(t *testing.T) {
	p := Params{SessionID: 4711, Version: 3, Host: "192.0.2.10"}
	theirs := answer("m=audio 18000 RTP/AVP 0", "a=sendrecv")
	want := strings.Replace(theirs, "o=root 1 1 IN IP4 192.0.2.20", "o=- 4711 3 IN IP4 192.0.2.10", 1)
	for _, tt := range []struct{ what, sdp, want string }{
		{"another's description", theirs, want},
		{"bare line feeds", strings.ReplaceAll(theirs, "\r\n", "\n"), strings.ReplaceAll(want, "\r\n", "\n")},
		{"no o= at all", "v=0\r\nm=audio 1 RTP/AVP 0\r\no=x\r\n", "v=0\r\nm=audio 1 RTP/AVP 0\r\no=x\r\n"},
		{"the last line", "v=0\no=x", "v=0\no=- 4711 3 IN IP4 192.0.2.10"},
		{"nothing", "", ""},
	} {
		if got := string(Own(p, []byte(tt.sdp))); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.what, got, tt.want)
		}
	}
	if got := string(Own(Params{Host: "a b"}, []byte(theirs))); got != theirs {
		t.Errorf("a host that cannot be written is:\n%s", got)
	}
}
