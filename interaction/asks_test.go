package interaction

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"tieline/bridge"
)

// The same request is recognised however its body is written; other content is not the same.
func TestFingerprint(t *testing.T) {
	request := func(body string) Request {
		return Request{Subject: theChannel, Message: bridge.Message{
			Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: theChannel, RequestID: "r1", Body: json.RawMessage(body),
		}}
	}
	want := fingerprint(request(`{"destination":"600","timeout":5000}`))
	for _, same := range []string{
		`{ "timeout" : 5000, "destination" : "600" }`, `{"destination":"\u0036\u0030\u0030","timeout":5000}`, "{\"destination\":\"600\",\n\"timeout\":5000}",
	} {
		if fingerprint(request(same)) != want {
			t.Errorf("the same content: %s", same)
		}
	}
	for _, other := range []string{``, `{"destination":"600"}`, `{"destination":"601","timeout":5000}`, `{"destination":"600","timeout":"5000"}`, `{"destination":"600","timeout":5001}`} {
		if fingerprint(request(other)) == want {
			t.Errorf("other content: %s", other)
		}
	}
	if fingerprint(request(``)) != fingerprint(request(`{}`)) {
		t.Error("an empty payload is an empty body")
	}
	if fingerprint(request(`{"a":9007199254740993}`)) == fingerprint(request(`{"a":9007199254740992}`)) {
		t.Error("large numbers are told apart")
	}
	elsewhere, renamed, retried := request(`{}`), request(`{}`), request(`{}`)
	elsewhere.Message.Target, renamed.Message.Name = "s2.sales.1001", bridge.ChannelDispose
	retried.Message.RequestID, retried.ReplyTo.Subject, retried.Message.TraceParent = "r2", "inbox", "00-1"
	for name, r := range map[string]Request{"target": elsewhere, "name": renamed} {
		if fingerprint(r) == fingerprint(request(`{}`)) {
			t.Errorf("another %s is another request", name)
		}
	}
	if fingerprint(retried) != fingerprint(request(`{}`)) {
		t.Error("who asks does not matter")
	}
}

// protocol.md §8: interaction data are "strings or nested objects".
func TestCheckData(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + `"x"` + strings.Repeat(`}`, n) }
	for data, ok := range map[string]bool{
		``: true, `null`: true, `{}`: true, `{"a":"b"}`: true, `{"a":{"b":{"c":""}}}`: true, deep(32): true, deep(33): false, deep(5000): false,
		`[]`: false, `"a"`: false, `7`: false, `{"a":1}`: false, `{"a":null}`: false, `{"a":["b"]}`: false, `{"a":{"b":true}}`: false, `{"a":`: false,
	} {
		if e := checkData(json.RawMessage(data)); (e == nil) != ok || e != nil && e.Code != bridge.InvalidMessage {
			t.Errorf("%.40s: allowed %v, want %v", data, e == nil, ok)
		}
	}
}

// What is cut off from foreign text is whole characters: an error message travels in a header, too.
func TestClip(t *testing.T) {
	for _, s := range []string{strings.Repeat("ü", 60), "x" + strings.Repeat("ü", 60), strings.Repeat("語", 40), strings.Repeat("x", 200), "short"} {
		if got := clip(s); !utf8.ValidString(got) || len(got) > 83 || !strings.HasPrefix(s, strings.TrimSuffix(got, "…")) {
			t.Errorf("%q becomes %q", s, got)
		}
	}
}
