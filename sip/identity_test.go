package sip

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	gosip "github.com/emiago/sipgo/sip"
)

// invitationOf reads an INVITE with these header fields.
func invitationOf(t *testing.T, uri string, trusted bool, headers ...string) Invitation {
	t.Helper()
	text := "INVITE " + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK1\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n" +
		strings.Join(headers, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
	msg, err := newParser().ParseSIP([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return readInvitation(msg.(*gosip.Request), trusted)
}

func TestCaller(t *testing.T) {
	const from = `From: "Ann" <sip:200@pbx>;tag=a`
	const nobody = `From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=a`
	for _, tt := range []struct {
		what         string
		headers      []string
		number, name string // of a trusted trunk
		untrusted    string // number and name of another one; empty: as in from
	}{
		{"From alone", []string{from}, "200", "Ann", ""},
		{"asserted", []string{from, `P-Asserted-Identity: "Ann B." <sip:+4930@pbx;user=phone>`}, "+4930", "Ann B.", ""},
		{"asserted without name", []string{from, `P-Asserted-Identity: <sip:+4930@pbx>`}, "+4930", "", ""},
		{"asserted as tel", []string{from, `P-Asserted-Identity: <tel:+49-30-(123).4;ext=5>`}, "+49301234", "", ""},
		{"asserted, no brackets", []string{from, `P-Asserted-Identity: sip:300@pbx;x=y`}, "300", "", ""},
		{"the first URI that can be dialled", []string{from, `P-Asserted-Identity: <mailto:a@b>, "C, D" <sip:301@pbx>, <tel:5>`}, "301", "C, D", ""},
		{"two header fields", []string{from, `P-Asserted-Identity: <urn:x>`, `P-Asserted-Identity: <tel:302>`}, "302", "", ""},
		{"asserted goes before party", []string{from, `Remote-Party-ID: <sip:9@pbx>`, `P-Asserted-Identity: <sip:8@pbx>`}, "8", "", ""},
		{"party", []string{from, `Remote-Party-ID: "Bob" <sip:300@pbx>;party=calling;screen=yes;privacy=off`}, "300", "Bob", ""},
		{"party of unsaid side", []string{from, `Remote-Party-ID: <sip:300@pbx>;screen=yes`}, "300", "", ""},
		{"party of the other side", []string{from, `Remote-Party-ID: <sip:300@pbx>;party=called`}, "200", "Ann", ""},
		{"party withheld", []string{from, `Remote-Party-ID: "Bob" <sip:300@pbx>;party=calling;privacy=full`}, "", "", ""},
		{"party's URI withheld", []string{nobody, `Remote-Party-ID: "Bob" <sip:300@pbx>;privacy="uri"`}, "", "", "- -"},
		{"party's name withheld", []string{from, `Remote-Party-ID: "Bob" <sip:300@pbx>;privacy=name`}, "300", "", ""},
		{"privacy id", []string{nobody, `P-Asserted-Identity: "Ann" <sip:+4930@pbx>`, "Privacy: critical; ID"}, "", "", "- -"},
		{"privacy id, but From says it", []string{from, `P-Asserted-Identity: "Ann" <sip:+4930@pbx>`, "Privacy: id"}, "", "", "- -"},
		{"privacy user", []string{from, "Privacy: header;user"}, "", "", "- -"},
		{"privacy none", []string{from, `P-Asserted-Identity: <sip:+4930@pbx>`, "Privacy: none"}, "+4930", "", ""},
		{"anonymous, whatever the name", []string{`From: "Bob" <sip:Anonymous@pbx>;tag=a`}, "", "", "- -"},
		{"anonymous.invalid, whatever the user", []string{`From: "Bob" <sip:5@anonymous.invalid>;tag=a`}, "", "", "- -"},
		{"asserted as anonymous", []string{from, `P-Asserted-Identity: "x" <sip:anonymous@pbx>`}, "", "", ""},
		{"parameters of the user part", []string{`From: <sip:+4930;phone-context=x@pbx;user=phone>;tag=a`}, "+4930", "", "+4930 -"},
		{"escapes and a password", []string{`From: <sip:a%20b%2a:secret@pbx>;tag=a`}, "a b*", "", "a b* -"},
		{"quotes in the name", []string{`From: "Ann \"the \\ boss\"" <sip:200@pbx>;tag=a`}, "200", `Ann "the \ boss"`, `200 Ann "the \ boss"`},
		{"a bare name", []string{"From: Ann B <sip:200@pbx>;tag=a"}, "200", "Ann B", "200 Ann B"},
		{"compact", []string{`f: "Ann" <sip:200@pbx>;tag=a`}, "200", "Ann", ""},
		{"control characters", []string{"From: \"A\x00\x1bn\u202en\" <sip:2%0d%0a00@pbx>;tag=a"}, "200", "Ann", ""},
		{"not UTF-8", []string{"From: \"A\xffnn\" <sip:200@pbx>;tag=a"}, "200", "Ann", ""},
		{"no user", []string{`From: <sip:pbx>;tag=a`}, "", "", "- -"},
		{"rubbish asserted", []string{from, `P-Asserted-Identity: "`, `Remote-Party-ID: <<>>;;=`}, "200", "Ann", ""},
	} {
		headers := append(tt.headers, "To: <sip:5550100@pbx>")
		got := invitationOf(t, "sip:1001@gw", true, headers...)
		if got.CallerNumber != tt.number || got.CallerName != tt.name {
			t.Errorf("%s: got %q %q, want %q %q", tt.what, got.CallerNumber, got.CallerName, tt.number, tt.name)
		}
		want := tt.untrusted
		if want == "" {
			want = "200 Ann"
		}
		other := invitationOf(t, "sip:1001@gw", false, headers...)
		if s := orDash(other.CallerNumber) + " " + orDash(other.CallerName); s != want {
			t.Errorf("%s, from a trunk without trust: got %q, want %q", tt.what, s, want)
		}
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func TestCalled(t *testing.T) {
	const from = "From: <sip:200@pbx>;tag=a"
	for _, tt := range []struct{ uri, to, called, dialled string }{
		{"sip:1001@gw", "<sip:5550100@pbx>", "1001", "5550100"},
		{"sip:sales%20desk@gw;transport=udp", `"x" <sip:%2B4930@pbx;user=phone>`, "sales desk", "+4930"},
		{"sip:*72%23@gw", "<tel:+49-30;phone-context=x>", "*72#", "+4930"},
		{"sip:gw", "<sip:pbx>", "", ""},
		{"sip:1001;x=y@gw", "sip:1001@gw", "1001", "1001"},
		{"sip:" + strings.Repeat("9", 300) + "@gw", "<sip:1@x>", strings.Repeat("9", 128), "1"},
	} {
		got := invitationOf(t, tt.uri, false, from, "To: "+tt.to)
		if got.Called != tt.called || got.Dialled != tt.dialled {
			t.Errorf("%s, %s: got %q %q, want %q %q", tt.uri, tt.to, got.Called, got.Dialled, tt.called, tt.dialled)
		}
	}
}

func TestDiversion(t *testing.T) {
	for value, want := range map[string]*Diversion{
		"": nil,
		`"Desk" <sip:100@pbx>;reason=no-answer;counter=1`:                   {"100", "Desk", "no-answer"},
		`<tel:+4930>;reason="User-Busy", <sip:99@pbx>;reason=deflection`:    {"+4930", "", "user-busy"},
		`"Desk, Front" <sip:100@pbx;user=phone>;privacy=full;reason=away`:   {"", "", "away"},
		`"Desk" <sip:100@pbx>;privacy=name`:                                 {"100", "", ""},
		`"Desk" <sip:anonymous@anonymous.invalid>;reason=unconditional;x=1`: {"", "", "unconditional"},
		`;;;`: {"", "", ""},
	} {
		got := diversion(value)
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: got %+v, want %+v", value, got, want)
		}
	}
}

// FuzzIdentity: whatever a peer writes, what is made of it is short, valid and harmless.
func FuzzIdentity(f *testing.F) {
	for _, s := range []string{
		`"Ann" <sip:200@pbx>;party=calling`, "<tel:+49>", `"`, `\`, "<", "%", "%0", "%0d%0a", "sip:", "sip:a@", "a:b@c;d", "\xff\xfe",
		"\u202e", strings.Repeat("ü", 200), `"a\"b" <sip:x@y>, <sip:z@y>`, ",,,", "anonymous", ";privacy=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		req := gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: s, Host: "gw"})
		for _, name := range []string{"From", "To", "P-Asserted-Identity", "Remote-Party-ID", "Privacy", "Diversion"} {
			req.AppendHeader(gosip.NewHeader(name, s))
		}
		for _, trusted := range []bool{true, false} {
			i := readInvitation(req, trusted)
			texts := []string{i.Called, i.Dialled, i.CallerNumber, i.CallerName}
			if d := i.Diversion; d != nil {
				texts = append(texts, d.Number, d.Name, d.Reason)
			}
			for _, text := range texts {
				if len(text) > longestName || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
					t.Errorf("%q becomes %q", s, text)
				}
			}
		}
	})
}
