package sip

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/siptest"
)

// fields are the header fields of an INVITE, in order, without those of the caller's.
var fields = []string{"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "User-Agent", "Contact", "Allow",
	"Content-Type", "Content-Length"}

// newTestAgent is a user agent on an in-memory network that never serves.
func newTestAgent(tb testing.TB) *UserAgent {
	tb.Helper()
	u, err := New(Config{
		PacketConn: siptest.NewNetwork(1).MustListen("192.0.2.10:5060"),
		Trunks:     policies(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ended, end := context.WithCancel(context.Background())
		end()
		if err := u.Run(ended); err != nil {
			tb.Error(err)
		}
	})
	return u
}

// policies are trunks, one for each way of telling who calls.
func policies() []Trunk {
	trunks := []Trunk{
		{Name: "pbx"},
		{Name: "account", Identity: Identity{From: FromAccount, Assert: AssertedByUs}, Trusted: true},
		{Name: "nobody", Identity: Identity{From: FromAnonymous, Assert: PreferredByUs, Privacy: []string{"id", "header"}}},
		{Name: "party", Identity: Identity{Assert: RemotePartyByUs, Number: func(s string) string { return s + s }}, Trusted: true},
	}
	for i := range trunks {
		trunks[i].Address, trunks[i].Username, trunks[i].Password = "192.0.2.20", "gw", "secret"
	}
	return trunks
}

// identityFields are the header fields in which a trunk is told who calls, besides From.
func identityFields(t *Trunk, d Dial) []string {
	var names []string
	if name := map[string]string{"account": "P-Asserted-Identity", "nobody": "P-Preferred-Identity", "party": "Remote-Party-ID"}[t.Name]; name != "" && d.CallerNumber != "" && (!d.Anonymous || t.Trusted) {
		names = append(names, name)
	}
	if d.Anonymous {
		names = append(names, "Privacy")
	}
	return names
}

// checkInvite holds the bytes of an INVITE for d against what the caller may influence: whatever he writes, the
// message has exactly our header fields and his one, each on one line, and our body.
func checkInvite(t *testing.T, u *UserAgent, trunk string, d Dial) {
	t.Helper()
	through := u.trunks[trunk]
	if d.check() != "" {
		return // refused, nothing leaves
	}
	a, err := newAttempt(&Call{ua: u, dial: d}, through, u.peers.hops(through)[0], limits{})
	if err != nil {
		t.Fatalf("%#v: %v", d, err)
	}
	defer a.forget()
	data := []byte(a.newInvite(1).String())
	head, body, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	if !bytes.Equal(body, a.body) {
		t.Errorf("%#v: the body is not ours: %q", d, data)
	}
	if bytes.ContainsAny(bytes.ReplaceAll(head, []byte("\r\n"), nil), "\r\n\x00") {
		t.Errorf("%#v: stray line break: %q", d, head)
	}
	lines := strings.Split(string(head), "\r\n")
	if !strings.HasPrefix(lines[0], "INVITE sip:") || !strings.HasSuffix(lines[0], " SIP/2.0") || strings.Count(lines[0], " ") != 2 {
		t.Errorf("%#v: request line %q", d, lines[0])
	}
	want := slices.Clone(fields)
	for _, h := range d.Headers {
		want = slices.Insert(want, 9, h.Name)
	}
	want = slices.Insert(want, 9, identityFields(through, d)...)
	var got []string
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(line, ":")
		got = append(got, name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%#v: header fields %q, want %q", d, got, want)
	}
	checkParsed(t, d, a, data)
}

// checkParsed: a parser finds in the message what was meant.
func checkParsed(t *testing.T, d Dial, a *attempt, data []byte) {
	t.Helper()
	msg, err := gosip.ParseMessage(data)
	if err != nil {
		t.Fatalf("%#v: does not parse: %v\n%s", d, err, data)
	}
	req := msg.(*gosip.Request)
	if req.From().Params.GetOr("tag", "") != a.localTag || req.CallID().Value() != a.callID {
		t.Errorf("%#v: From or Call-ID is not ours: %q", d, data)
	}
	if d.URI == "" && (req.Recipient.Host != "192.0.2.20" || req.To().Address.Host != "192.0.2.20") {
		t.Errorf("%#v: goes to %s", d, req.Recipient.Host)
	}
	host := "192.0.2.20"
	if d.Anonymous || a.trunk.Identity.From == FromAnonymous {
		host = "anonymous.invalid"
	}
	if req.From().Address.Host != host {
		t.Errorf("%#v: comes from %s", d, req.From().Address.Host)
	}
	for _, name := range []string{"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID"} {
		for _, value := range values(req, name) {
			if p := parseParty(value); !strings.HasSuffix(p.uri, "@192.0.2.20") || p.name != d.CallerName {
				t.Errorf("%#v: asserted is %q", d, value)
			}
		}
	}
}

func FuzzInvite(f *testing.F) {
	for _, s := range []string{
		"600", "+49 30 1234", "*72#", "a@b", "6\r\nX-Evil: 1", "600 SIP/2.0\r\n\r\n", "\"", `\`, `"><sip:evil@x>`,
		"600;transport=tcp", "600?Route=x", "%0d%0a", "sip:600@192.0.2.30", "sip:600@x;lr\r\nVia: y", "sip:a%0d@b",
		"sip:600@x?Subject=y", "sips:600@x", "sip:600:secret@x", "ü", "\xff", "\x00", strings.Repeat("9", 300), "X-Evil", "Via",
	} {
		f.Add(s, s, s, s, s)
		f.Add("600", s, "Caller", "X-Id", "1")
		f.Add("600", "100", "Caller", "X-Id", s)
	}
	f.Fuzz(func(t *testing.T, callee, number, name, header, value string) {
		u := newTestAgent(t)
		for _, trunk := range policies() {
			checkInvite(t, u, trunk.Name, Dial{User: callee, CallerNumber: number, CallerName: name})
			checkInvite(t, u, trunk.Name, Dial{User: "600", CallerNumber: number, CallerName: name, Anonymous: true})
			checkInvite(t, u, trunk.Name, Dial{User: "600", CallerName: name, Headers: []Header{{header, value}}})
			checkInvite(t, u, trunk.Name, Dial{URI: callee})
		}
	})
}

// TestInviteProperty is FuzzInvite with strings made of what does harm.
func TestInviteProperty(t *testing.T) {
	u := newTestAgent(t)
	pieces := []string{"\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", ";", "@", "<", ">", `"`, `\`, "%", "%0a", "?", "=", ",",
		"600", "sip:", "Via", "X-A", "SIP/2.0", "ü", "\xff", "\x00", "\x7f", "[", "]", "#", "lr"}
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range r.IntN(6) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		return b.String()
	}
	trunks := policies()
	for range 20000 {
		trunk := trunks[r.IntN(len(trunks))].Name
		checkInvite(t, u, trunk, Dial{User: text(), CallerNumber: text(), CallerName: text(), Headers: []Header{{text(), text()}}})
		checkInvite(t, u, trunk, Dial{User: "600", CallerNumber: text(), CallerName: text(), Anonymous: r.IntN(2) == 0})
		checkInvite(t, u, trunk, Dial{User: "600", CallerName: text(), Headers: []Header{{"X-A", text()}}})
		checkInvite(t, u, trunk, Dial{URI: "sip:" + text() + "@" + text()})
	}
}

// TestTargets: what a URI may be that is dialled as it is.
func TestTargets(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:600@pbx":                      "sip:600@pbx",
		"sip:600@pbx:5070;transport=tcp":   "sip:600@pbx:5070;transport=tcp",
		"sip:+4930123;phone-context=x@pbx": "sip:+4930123;phone-context=x@pbx",
		"sip:a%20b@[2001:db8::1]:5062":     "sip:a%20b@[2001:db8::1]:5062",
		"sip:600@pbx?Subject=x":            "",
		"sip:600:secret@pbx":               "",
		"sip:pbx":                          "",
		"sips:600@pbx":                     "",
		"tel:600":                          "",
		"sip:60 0@pbx":                     "",
		"sip:600@pb x":                     "",
		"sip:600@pbx:0":                    "",
		"sip:600@pbx;a=\r\nVia: x":         "",
	} {
		got, err := parseTarget(uri)
		if (err != nil) != (want == "") || (err == nil && got.String() != want) {
			t.Errorf("%q: got %q, %v, want %q", uri, got.String(), err, want)
		}
	}
}

func TestEscapeUser(t *testing.T) {
	for in, want := range map[string]string{
		"600": "600", "+4930": "+4930", "*72#": "*72%23", "a b": "a%20b", "a@b": "a%40b", "50%": "50%25", "ü": "%C3%BC",
		"<>": "%3C%3E", "": "", "a\r\nb": "", "\x00": "", "\xff": "",
	} {
		if got, err := escapeUser(in); got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
}
