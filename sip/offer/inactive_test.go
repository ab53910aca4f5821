package offer

import (
	"strings"
	"testing"
)

func TestInactive(t *testing.T) {
	const head = "v=0\r\no=- 7 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
	for _, tt := range []struct {
		what, offer string
		want        string // media lines; empty: an error
	}{
		{"a hold", answer("m=audio 18000 RTP/AVP 8 0 101", "a=rtpmap:101 telephone-event/8000", "a=sendonly"),
			"m=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=inactive\r\n"},
		{"codecs we do not know are left out", answer("m=audio 18000 RTP/AVP 9 8 110", "a=rtpmap:110 telephone-event/48000"),
			"m=audio 9 RTP/AVP 8\r\na=inactive\r\n"},
		{"video is refused, in its place", answer("m=video 4000 RTP/AVP 96", "m=audio 18000 RTP/AVP 0"),
			"m=video 0 RTP/AVP 96\r\nm=audio 9 RTP/AVP 0\r\na=inactive\r\n"},
		{"one stream is enough", answer("m=audio 18000 RTP/AVP 0", "m=audio 18002 RTP/AVP 0"),
			"m=audio 9 RTP/AVP 0\r\na=inactive\r\nm=audio 0 RTP/AVP 0\r\n"},
		{"a fax, too, and no time", strings.Replace(answer("m=audio 18000 RTP/AVP 0 18", "m=image 18002 udptl t38"), "t=0 0\r\n", "", 1),
			"m=audio 9 RTP/AVP 0\r\na=inactive\r\nm=image 0 udptl t38\r\n"},
		{"keys first, then without", answer("m=audio 18000 RTP/SAVP 0", "m=audio 18002 RTP/AVP 8"),
			"m=audio 0 RTP/SAVP 0\r\nm=audio 9 RTP/AVP 8\r\na=inactive\r\n"},
		{"SRTP only", answer("m=audio 18000 RTP/SAVP 0"), ""},
		{"events only", answer("m=audio 18000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"), ""},
		{"nothing", answer("a=inactive"), ""},
		{"not SDP", "hello", ""},
	} {
		got, err := Inactive(Params{SessionID: 7, Version: 2, Host: "192.0.2.10"}, []byte(tt.offer))
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s: no error", tt.what)
			}
			continue
		}
		if err != nil || strings.TrimPrefix(string(got), head) != tt.want {
			t.Errorf("%s: got %v\n%s\nwant\n%s", tt.what, err, got, head+tt.want)
		}
	}
}
