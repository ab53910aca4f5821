package offer

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"
)

func TestEar(t *testing.T) {
	v6 := strings.NewReplacer("c=IN IP4 192.0.2.20", "c=IN IP6 2001:db8::1")
	for _, tt := range []struct {
		what, answer string
		want         string // address and codec; empty: nothing can be played
	}{
		{"what both know", answer("m=audio 18000 RTP/AVP 0 101"), "192.0.2.20:18000 0"},
		{"the first of the two", answer("m=audio 18000 RTP/AVP 101 9 8 0", "a=rtpmap:8 pcma/8000/1"), "192.0.2.20:18000 8"},
		{"a stream with an address of its own", answer("m=audio 18000/2 RTP/AVP 8", "c=IN IP4 192.0.2.99", "a=recvonly"), "192.0.2.99:18000 8"},
		{"behind a refused one", answer("m=audio 0 RTP/AVP 0", "m=video 4 RTP/AVP 96", "m=audio 18002 RTP/AVP 8"), "192.0.2.20:18002 8"},
		{"IPv6", v6.Replace(answer("m=audio 18000 RTP/AVP 0")), "[2001:db8::1]:18000 0"},
		{"an IPv4 address in IPv6's clothes", answer("m=audio 18000 RTP/AVP 0", "c=IN IP6 ::ffff:192.0.2.7"), "192.0.2.7:18000 0"},

		{"it only speaks", answer("m=audio 18000 RTP/AVP 0", "a=sendonly"), ""},
		{"it is on hold", answer("a=inactive", "m=audio 18000 RTP/AVP 0"), ""},
		{"a hold of old", answer("m=audio 18000 RTP/AVP 0", "c=IN IP4 0.0.0.0"), ""},
		{"nowhere in IPv6, in full", answer("m=audio 18000 RTP/AVP 0", "c=IN IP6 0:0:0:0:0:0:0:0"), ""},
		{"a name", answer("m=audio 18000 RTP/AVP 0", "c=IN IP4 phone.example.com"), ""},
		{"a group", answer("m=audio 18000 RTP/AVP 0", "c=IN IP4 233.252.0.1/127"), ""},
		{"a group without its TTL", answer("m=audio 18000 RTP/AVP 0", "c=IN IP4 233.252.0.1"), ""},
		{"a zone", answer("m=audio 18000 RTP/AVP 0", "c=IN IP6 fe80::1%eth0"), ""},
		{"no address", strings.Replace(answer("m=audio 18000 RTP/AVP 0"), "c=IN IP4 192.0.2.20\r\n", "", 1), ""},
		{"only others", answer("m=audio 18000 RTP/AVP 9 18"), ""},
		{"a number that means something else", answer("m=audio 18000 RTP/AVP 0", "a=rtpmap:0 opus/48000/2"), ""},
		{"a number that we would not send", answer("m=audio 18000 RTP/AVP 96", "a=rtpmap:96 PCMU/8000"), ""},
		{"keys", answer("m=audio 18000 RTP/SAVP 0"), ""},
		{"all refused", answer("m=audio 0 RTP/AVP 0"), ""},
		{"rubbish", "hello", ""},
		{"our own parked one", parked, ""},
	} {
		at, codec, ok := Ear([]byte(tt.answer))
		got := ""
		if ok {
			got = at.String() + " " + string('0'+rune(codec))
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}

// FuzzEar: what can be played to is an address that can be sent to, and what pion reads there.
func FuzzEar(f *testing.F) {
	f.Add([]byte(rich))
	f.Add([]byte(answer("m=audio 18000 RTP/AVP 0 8", "c=IN IP6 2001:db8::1")))
	f.Add([]byte(answer("m=audio 0 RTP/AVP 0", "m=audio 18002/2 RTP/AVP 8")))
	f.Fuzz(func(t *testing.T, body []byte) {
		at, codec, ok := Ear(body)
		if !ok {
			return
		}
		if !at.IsValid() || at.Port() == 0 || at.Addr().IsUnspecified() || at.Addr().IsMulticast() || codec != 0 && codec != 8 {
			t.Fatalf("%v as %d", at, codec)
		}
		var d sdp.SessionDescription
		if d.Unmarshal(body) != nil {
			return
		}
		for _, m := range d.MediaDescriptions {
			if m.MediaName.Media != "audio" || m.MediaName.Port.Value == 0 {
				continue
			}
			c := m.ConnectionInformation
			if c == nil {
				c = d.ConnectionInformation
			}
			if ip, err := netip.ParseAddr(c.Address.Address); err != nil || ip.Unmap() != at.Addr() || m.MediaName.Port.Value != int(at.Port()) {
				t.Errorf("%v, pion has %v, port %v", at, c.Address, m.MediaName.Port)
			}
			return
		}
		t.Error("pion has no such stream")
	})
}

func TestPlaying(t *testing.T) {
	p := Params{SessionID: 4711, Version: 1, Host: "gw.example.com"}
	for host, kind := range map[string]string{"192.0.2.10": "IP4", "2001:db8::10": "IP6", "ringing.example.com": "IP4"} {
		body, err := Playing(p, host, 20000)
		var d sdp.SessionDescription
		if err != nil || d.Unmarshal(body) != nil || len(d.MediaDescriptions) != 1 {
			t.Fatalf("%s: %v\n%s", host, err, body)
		}
		m, c := d.MediaDescriptions[0], d.ConnectionInformation
		if c.AddressType != kind || c.Address.Address != host || m.MediaName.String() != "audio 20000 RTP/AVP 0 8 101" {
			t.Errorf("%s: c=%v m=%v", host, c, m.MediaName)
		}
		if _, ok := m.Attribute("sendrecv"); !ok || d.Origin.UnicastAddress != p.Host || d.Origin.SessionID != p.SessionID {
			t.Errorf("%s:\n%s", host, body)
		}
	}
	for _, tt := range []struct {
		p    Params
		host string
		port int
	}{
		{p, "192.0.2.10", 0}, {p, "192.0.2.10", 65536}, {p, "0.0.0.0", 20000}, {p, "::", 20000}, {p, "", 20000}, {p, "a b", 20000},
		{p, "192.0.2.10\r\na=x", 20000}, {Params{Host: "a b"}, "192.0.2.10", 20000},
	} {
		if body, err := Playing(tt.p, tt.host, tt.port); err == nil {
			t.Errorf("%v: no error:\n%s", tt, body)
		}
	}
}

func TestAudio(t *testing.T) {
	for _, tt := range []struct{ what, answer, want string }{
		{"an address, and both ways", answer("m=audio 18000 RTP/AVP 9"), "192.0.2.20:18000 sendrecv"},
		{"behind a refused one, with a direction", answer("m=audio 0 RTP/AVP 0", "m=audio 18002 RTP/AVP 8", "a=sendonly"), "192.0.2.20:18002 sendonly"},
		{"nobody to be reached", parked, "invalid AddrPort inactive"},
		{"all refused", answer("m=audio 0 RTP/AVP 0"), ""},
		{"no audio", answer("m=video 4 RTP/AVP 96"), ""},
	} {
		d, err := Parse([]byte(tt.answer))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if at, dir, ok := d.Audio(); ok {
			got = at.String() + " " + dir.String()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}
