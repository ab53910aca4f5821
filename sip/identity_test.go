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
		{"restricted", []string{`From: "x" <sip:Restricted@pbx>;tag=a`}, "", "", "- -"},
		{"restricted by name, without a number", []string{`From: "Restricted" <sip:pbx>;tag=a`}, "", "", "- -"},
		{"anonymous by name, with a number all the same", []string{`From: "Anonymous" <sip:200@pbx>;tag=a`}, "200", "Anonymous", "200 Anonymous"},
		{"a name-like and a telephone URI", []string{from, `P-Asserted-Identity: "Ann B." <sip:ann@corp>, <tel:+4930>`}, "+4930", "Ann B.", ""},
		{"a telephone URI and one with a name", []string{from, `P-Asserted-Identity: <tel:+4930>`, `P-Asserted-Identity: "Ann B." <sip:ann@corp>`}, "+4930", "Ann B.", ""},
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
		{"sip:1001@gw", "<sip:pbx>", "1001", "1001"},
		{"sip:1001;x=y@gw", "sip:1001@gw", "1001", "1001"},
		{"sip:" + strings.Repeat("9", 300) + "@gw", "<sip:1@x>", strings.Repeat("9", 128), "1"},
	} {
		got := invitationOf(t, tt.uri, false, from, "To: "+tt.to)
		if got.Called != tt.called || got.Dialled != tt.dialled {
			t.Errorf("%s, %s: got %q %q, want %q %q", tt.uri, tt.to, got.Called, got.Dialled, tt.called, tt.dialled)
		}
	}
}

func TestCalledParty(t *testing.T) {
	headers := []string{"From: <sip:200@pbx>;tag=a", "To: <sip:5550100@pbx>", "P-Called-Party-ID: <sip:pbx>, <sip:+4930@pbx;user=phone>"}
	for trusted, want := range map[bool]string{true: "+4930", false: "5550100"} {
		if got := invitationOf(t, "sip:1001@gw", trusted, headers...).Dialled; got != want {
			t.Errorf("trusted %v: got %q, want %q", trusted, got, want)
		}
	}
}

// TestWithheld: who calls himself nobody is told apart from who has no number.
func TestWithheld(t *testing.T) {
	for from, want := range map[string]bool{
		`<sip:anonymous@anonymous.invalid>`: true, `"Restricted" <sip:pbx>`: true, `<sip:RESTRICTED@pbx>`: true, `<sip:pbx>`: false, `<sip:200@pbx>`: false,
	} {
		if got := invitationOf(t, "sip:1001@gw", false, "From: "+from+";tag=a", "To: <sip:1@pbx>"); got.Withheld != want {
			t.Errorf("%s: withheld %v", from, got.Withheld)
		}
	}
	party := invitationOf(t, "sip:1001@gw", true, "From: <sip:200@pbx>;tag=a", "To: <sip:1@pbx>", "Remote-Party-ID: <sip:300@pbx>;privacy=full")
	if !party.Withheld {
		t.Error("Remote-Party-ID with privacy: not withheld")
	}
}

func TestVerstat(t *testing.T) {
	for _, tt := range []struct{ headers, trusted string }{
		{"P-Asserted-Identity: <sip:+1555;verstat=TN-Validation-Passed-A@carrier;user=phone>", "TN-Validation-Passed-A"},
		{"P-Asserted-Identity: <tel:+1555;verstat=No-TN-Validation>", "No-TN-Validation"},
		{"P-Asserted-Identity: <sip:+1555@carrier;user=phone;verstat=TN-Validation-Failed-B>", "TN-Validation-Failed-B"},
		{"P-Asserted-Identity: <sip:+1555@carrier>;verstat=TN-Validation-Passed", "TN-Validation-Passed"},
		{"P-Asserted-Identity: <sip:+1555@carrier>", "From-Says"},
		{"P-Asserted-Identity: <sip:+1555;verstat=TN-Validation-Passed@carrier>\r\nPrivacy: id", ""},
	} {
		headers := []string{"From: <sip:200;verstat=From-Says@pbx>;tag=a", "To: <sip:1@pbx>", tt.headers}
		if got := invitationOf(t, "sip:1001@gw", true, headers...).Verstat; got != tt.trusted {
			t.Errorf("%s: got %q, want %q", tt.headers, got, tt.trusted)
		}
		if got := invitationOf(t, "sip:1001@gw", false, headers...).Verstat; got != "" {
			t.Errorf("%s: %q from a trunk without trust", tt.headers, got)
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
		for _, name := range []string{"From", "To", "P-Asserted-Identity", "Remote-Party-ID", "Privacy", "Diversion", "History-Info", "P-Called-Party-ID"} {
			req.AppendHeader(gosip.NewHeader(name, s))
		}
		for _, trusted := range []bool{true, false} {
			i := readInvitation(req, trusted)
			texts := []string{i.Called, i.Dialled, i.CallerNumber, i.CallerName, i.Verstat}
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
