package offer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const tel101 = "a=rtpmap:101 telephone-event/8000"

func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		what, answer string
		want         string // address, format and events; empty: no digits by RTP
	}{
		{"what both know", answer("m=audio 18000 RTP/AVP 0 101", tel101, "a=fmtp:101 0-15"), "192.0.2.20:18000 101 ffff"},
		{"its own number, in its own case", answer("m=audio 18000 RTP/AVP 8 96", "a=rtpmap:96 Telephone-Event/8000"), "192.0.2.20:18000 96 ffff"},
		{"events of wideband calls beside it", answer("m=audio 18000 RTP/AVP 0 100 101", "a=rtpmap:100 telephone-event/48000", tel101), "192.0.2.20:18000 101 ffff"},
		{"an address of its own", answer("m=audio 18000/2 RTP/AVP 8 101", "c=IN IP4 192.0.2.99", tel101, "a=recvonly"), "192.0.2.99:18000 101 ffff"},
		{"behind a refused one", answer("m=audio 0 RTP/AVP 0 101", tel101, "m=audio 18002 RTP/AVP 8 101", tel101), "192.0.2.20:18002 101 ffff"},
		{"behind one without events", answer("m=audio 18000 RTP/AVP 0", "m=audio 18002 RTP/AVP 8 101", tel101), "192.0.2.20:18002 101 ffff"},
		{"behind one with keys", answer("m=audio 18000 RTP/SAVP 0 101", tel101, "m=audio 18002 RTP/AVP 8 101", tel101), "192.0.2.20:18002 101 ffff"},
		{"no letters", answer("m=audio 18000 RTP/AVP 0 101", tel101, "a=fmtp:101 0-11,16"), "192.0.2.20:18000 101 0fff"},
		{"a list", answer("m=audio 18000 RTP/AVP 0 101", tel101, "a=fmtp:101 1, 3,15-20,66,x,9-7"), "192.0.2.20:18000 101 800a"},
		{"another format's list", answer("m=audio 18000 RTP/AVP 0 101 96", tel101, "a=fmtp:96 0-1"), "192.0.2.20:18000 101 ffff"},
		{"a list that cannot be read", answer("m=audio 18000 RTP/AVP 0 101", tel101, "a=fmtp:101 all"), "192.0.2.20:18000 101 ffff"},

		{"it only speaks", answer("m=audio 18000 RTP/AVP 0 101", tel101, "a=sendonly"), "holds 101 ffff"},
		{"it is on hold", answer("a=inactive", "m=audio 18000 RTP/AVP 0 101", tel101), "holds 101 ffff"},
		{"a hold of old", answer("m=audio 18000 RTP/AVP 0 101", "c=IN IP4 0.0.0.0", tel101), "holds 101 ffff"},

		{"no events", answer("m=audio 18000 RTP/AVP 0 8"), ""},
		{"a number that is not said to be one", answer("m=audio 18000 RTP/AVP 0 101"), ""},
		{"only those of wideband calls", answer("m=audio 18000 RTP/AVP 0 100", "a=rtpmap:100 telephone-event/48000"), ""},
		{"no voice of ours", answer("m=audio 18000 RTP/AVP 9 101", tel101), ""},
		{"a number that RTP does not have", answer("m=audio 18000 RTP/AVP 0 128", "a=rtpmap:128 telephone-event/8000"), ""},
		{"a name", answer("m=audio 18000 RTP/AVP 0 101", "c=IN IP4 phone.example.com", tel101), ""},
		{"a group", answer("m=audio 18000 RTP/AVP 0 101", "c=IN IP4 233.252.0.1/127", tel101), ""},
		{"all refused", answer("m=audio 0 RTP/AVP 0 101", tel101), ""},
		{"rubbish", "hello", ""},
		{"our own parked one", parked, "holds 101 ffff"},
	} {
		k, ok := Keys([]byte(tt.answer))
		got := ""
		if ok {
			at := "holds"
			if k.At.IsValid() {
				at = k.At.String()
			}
			got = fmt.Sprintf("%s %d %04x", at, k.Format, k.events)
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
	if k := (Keypad{events: 1<<15 | 1}); !k.Takes(0) || k.Takes(1) || !k.Takes(15) || k.Takes(16) {
		t.Error("events are taken that are listed, and no others")
	}
}

// FuzzKeys: whatever is said, what can be sent to is an address and a payload type, and an offer with keys can be answered.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(answer("m=audio 18000 RTP/AVP 0 101", tel101, "a=fmtp:101 0-15")))
	f.Add([]byte(answer("m=audio 18000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 1,2-300", "a=sendonly")))
	f.Fuzz(func(t *testing.T, body []byte) {
		k, ok := Keys(body)
		if !ok {
			return
		}
		if at := k.At; at.IsValid() && (at.Port() == 0 || at.Addr().IsUnspecified() || at.Addr().IsMulticast()) || k.Format > 127 || k.events == 0 {
			t.Errorf("%+v", k)
		}
		ours, err := Active(Params{Host: "192.0.2.10"}, body, "192.0.2.10", 7000)
		if err != nil {
			t.Fatal(err)
		}
		back, ok := Keys(ours)
		if !ok || k.At.IsValid() && back.Format != k.Format {
			t.Errorf("the answer has no keys, or others: %+v\n%s", back, ours)
		}
	})
}

func TestActive(t *testing.T) {
	const head = "v=0\r\no=- 7 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
	for _, tt := range []struct {
		what, offer string
		want        string // media lines; empty: nothing fits
	}{
		{"a call", answer("m=audio 18000 RTP/AVP 8 0 101", tel101, "a=fmtp:101 0-15", "a=sendrecv"),
			"m=audio 7000 RTP/AVP 8 0 101\r\n" + tel101 + "\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"},
		{"formats that are not ours", answer("m=audio 18000 RTP/AVP 9 8 96 110", "a=rtpmap:96 telephone-event/8000", "a=rtpmap:110 telephone-event/48000"),
			"m=audio 7000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=sendrecv\r\n"},
		{"a hold", answer("m=audio 18000 RTP/AVP 0 101", tel101, "a=sendonly"),
			"m=audio 7000 RTP/AVP 0 101\r\n" + tel101 + "\r\na=recvonly\r\n"},
		{"a hold of old", answer("m=audio 18000 RTP/AVP 0 101", "c=IN IP4 0.0.0.0", tel101),
			"m=audio 7000 RTP/AVP 0 101\r\n" + tel101 + "\r\na=recvonly\r\n"},
		{"who only listens", answer("m=audio 18000 RTP/AVP 0 101", tel101, "a=recvonly"),
			"m=audio 7000 RTP/AVP 0 101\r\n" + tel101 + "\r\na=sendonly\r\n"},
		{"neither", answer("m=audio 18000 RTP/AVP 0 101", tel101, "a=inactive"),
			"m=audio 7000 RTP/AVP 0 101\r\n" + tel101 + "\r\na=inactive\r\n"},
		{"the stream that has events", answer("m=video 4000 RTP/AVP 96", "m=audio 18000 RTP/AVP 0", "m=audio 18002 RTP/AVP 0 101", tel101),
			"m=video 0 RTP/AVP 96\r\nm=audio 0 RTP/AVP 0\r\nm=audio 7000 RTP/AVP 0 101\r\n" + tel101 + "\r\na=sendrecv\r\n"},
		{"no events", answer("m=audio 18000 RTP/AVP 0"), ""},
		{"keys", answer("m=audio 18000 RTP/SAVP 0 101", tel101), ""},
	} {
		got, err := Active(Params{SessionID: 7, Version: 2, Host: "192.0.2.10"}, []byte(tt.offer), "192.0.2.10", 7000)
		if tt.want == "" {
			if !errors.Is(err, ErrNothingFits) {
				t.Errorf("%s: %v", tt.what, err)
			}
			continue
		}
		if err != nil || strings.TrimPrefix(string(got), head) != tt.want {
			t.Errorf("%s: got %v\n%s\nwant\n%s", tt.what, err, got, head+tt.want)
		}
	}
	call := []byte(answer("m=audio 18000 RTP/AVP 0 101", tel101))
	for host, port := range map[string]int{"0.0.0.0": 7000, "a b": 7000, "192.0.2.10": 0} {
		if got, err := Active(Params{Host: "192.0.2.10"}, call, host, port); err == nil {
			t.Errorf("from %s, port %d:\n%s", host, port, got)
		}
	}
	if got, err := Active(Params{Host: "192.0.2.10"}, call, "2001:db8::1", 7000); err != nil || !strings.Contains(string(got), "c=IN IP6 2001:db8::1\r\n") {
		t.Errorf("IPv6: %v\n%s", err, got)
	}
}
