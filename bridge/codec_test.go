package bridge_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
)

func wantInvalid(t *testing.T, about string, err error, mentions string) {
	t.Helper()
	var e *bridge.Error
	if !errors.As(err, &e) || e.Code != bridge.InvalidMessage || !strings.Contains(e.Message, mentions) || strings.ContainsAny(e.Message, "\r\n") {
		t.Errorf("%s: one line, INVALID_MESSAGE, names %q: %v", about, mentions, err)
	}
}

// wantSame compares what travels: an absent body is {}, and JSON is compared by its meaning.
func wantSame(t *testing.T, about string, got, want bridge.Message) {
	t.Helper()
	if !reflect.DeepEqual(meaning(got.Body), meaning(want.Body)) {
		t.Errorf("%s: the body is the same: got %s, want %s", about, got.Body, want.Body)
	}
	if !got.Time.Equal(want.Time) {
		t.Errorf("%s: the time is the same: got %s, want %s", about, got.Time, want.Time)
	}
	got.Body, want.Body, got.Time, want.Time = nil, nil, time.Time{}, time.Time{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: the headers are the same:\n got %+v\nwant %+v", about, got, want)
	}
}

func meaning(body []byte) any {
	if len(body) == 0 {
		return map[string]any{}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(body)
	}
	return v
}

func TestHeadersOnTheWire(t *testing.T) {
	m := bridge.Message{
		Type: bridge.TypeResponse, Name: bridge.ChannelDial, Target: "s1.g1.c1", RequestID: "r1", Result: bridge.Failure, ErrorMessage: "The line is busy.",
		Seq: 12, Time: time.Date(2025, 2, 3, 4, 5, 6, 789, time.FixedZone("CET", 3600)), TraceParent: "00-a-b-01",
	}
	h, body := acme().Encode(m)
	want := bridge.Header{
		"type": {"cti.response"}, "name": {"channel.request.dial"}, "target": {"s1.g1.c1"}, "requestId": {"r1"}, "result": {"FAILURE"},
		"errorMessage": {"The line is busy."}, "seq": {"12"}, "time": {"2025-02-03T03:05:06.000000789Z"}, "traceparent": {"00-a-b-01"},
	}
	if !reflect.DeepEqual(h, want) || string(body) != "{}" {
		t.Errorf("canonical form:\n got %v %s\nwant %v {}", h, body, want)
	}
	const envelope = `{"header":{"errorMessage":"The line is busy.","name":"channel.request.dial","requestId":"r1","result":"FAILURE","seq":"12",` +
		`"target":"s1.g1.c1","time":"2025-02-03T03:05:06.000000789Z","traceparent":"00-a-b-01","type":"cti.response"},"body":{}}`
	if got := acme().EncodeEnvelope(m); string(got) != envelope {
		t.Errorf("envelope:\n got %s\nwant %s", got, envelope)
	}
}

// What a message does not have leaves no header behind.
func TestAbsentHeaders(t *testing.T) {
	h, _ := acme().Encode(bridge.Event(bridge.ControlStatus, bridge.Control, nil))
	if want := (bridge.Header{"type": {"cti.event"}, "name": {"cti.status"}, "target": {"acme.CONTROL"}}); !reflect.DeepEqual(h, want) {
		t.Errorf("an event without seq and time: %v", h)
	}
	h, _ = acme().Encode(bridge.Message{Type: bridge.TypeResponse, Name: "x", RequestID: "1", Result: bridge.Success, ErrorMessage: "leftover"})
	if h["errorMessage"] != nil {
		t.Errorf("errorMessage is on FAILURE only: %v", h)
	}
}

func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		m := anyMessage(r)
		got, encoding, err := acme().Decode(acme().Encode(m))
		if err != nil || encoding != bridge.HeadersAndBody {
			t.Fatalf("canonical %+v decodes: %v %v", m, encoding, err)
		}
		wantSame(t, "canonical", got, m)
		got, encoding, err = acme().Decode(nil, acme().EncodeEnvelope(m))
		if err != nil || encoding != bridge.Envelope {
			t.Fatalf("envelope of %+v decodes: %v %v", m, encoding, err)
		}
		wantSame(t, "envelope", got, m)
	}
}

func anyMessage(r *rand.Rand) bridge.Message {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	m := bridge.Message{
		Type:      bridge.Type(pick("cti.query", "cti.request", "cti.response", "cti.event")),
		Name:      bridge.AllAsked()[r.IntN(len(bridge.AllAsked()))],
		Target:    bridge.Target(pick("", "CONTROL", "s1", "s1.sales", "s1.sales.1001", "sé.grüppe.客服.<&.v")),
		RequestID: pick("1", "0197c1a2-0000-7000-8000-000000000001", "<&>\"'\\", "ü"),
		Seq:       r.Uint64N(3) * r.Uint64(), TraceParent: pick("", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
		Body: json.RawMessage(pick("", "{}", `{"destination":"600"}`, `{"a":"<&>\u2028","b":{"c":[1,2.50,1e400,null,true]}}`, ` {"white" : "space"} `)),
	}
	if r.IntN(2) == 0 {
		m.Time = time.Unix(r.Int64N(1<<32), r.Int64N(1e9))
	}
	switch {
	case m.Type == bridge.TypeEvent && r.IntN(2) == 0:
		m.RequestID = ""
	case m.Type == bridge.TypeResponse:
		m.Result = bridge.Result(pick("SUCCESS", "FAILURE"))
		if m.Result == bridge.Failure {
			m.ErrorMessage = pick("", "The line is busy.", "“Quoted” – and ünïcode <&>")
		}
	}
	return m
}

func request() bridge.Header {
	return bridge.Header{"type": {"cti.request"}, "name": {"channel.request.dial"}, "target": {"s1.g1.c1"}, "requestId": {"r1"}}
}

// protocol.md §2: "An empty payload is an empty body. Unknown headers and body keys are ignored".
func TestForwardCompatibility(t *testing.T) {
	for _, payload := range []string{"", " \r\n", "{}", `{"unknown":[{"deep":7}]}`} {
		h := request()
		h["x-unknown"] = []string{"1", "2"}
		h["empty"] = nil
		m, _, err := acme().Decode(h, []byte(payload))
		if err != nil || m.RequestID != "r1" {
			t.Errorf("payload %q with unknown headers: %+v, %v", payload, m, err)
		}
		if err := bridge.DecodeBody(m, &bridge.Dial{}); err != nil {
			t.Errorf("body %q: %v", payload, err)
		}
	}
	m, _, err := acme().Decode(nil, []byte(`{"header":{"type":"cti.query","name":"n","requestId":"r1","more":{"x":1}},"extra":1}`))
	if err != nil || m.RequestID != "r1" || m.Body != nil {
		t.Errorf("an envelope with unknown members: %+v, %v", m, err)
	}
}

// Header keys are camelCase and mean nothing in another case (protocol.md, introduction).
func TestHeaderKeyCase(t *testing.T) {
	h := request()
	delete(h, "requestId")
	h["RequestId"], h["Requestid"], h["request-id"] = []string{"r1"}, []string{"r1"}, []string{"r1"}
	m, encoding, err := acme().Decode(h, nil)
	wantInvalid(t, "requestId in another case", err, `"requestId" is missing`)
	if m.RequestID != "" || encoding != bridge.HeadersAndBody {
		t.Errorf("it is not there: %+v", m)
	}
	_, encoding, err = acme().Decode(bridge.Header{"Type": {"cti.request"}}, nil)
	wantInvalid(t, "type in another case", err, "envelope")
	if encoding != bridge.Envelope {
		t.Errorf("without a type header it is taken for an envelope: %v", encoding)
	}
}

// protocol.md §10: "Anything that can be tied to a requestId and a target gets a FAILURE with a
// clear errorMessage": the fault keeps what could be read.
func TestFaults(t *testing.T) {
	with := func(key string, values ...string) bridge.Header {
		h := request()
		h[key] = values
		if values == nil {
			delete(h, key)
		}
		return h
	}
	for _, row := range []struct {
		name     string
		header   bridge.Header
		payload  string
		mentions string
		id       string
	}{
		{"no name", with("name"), "", `"name" is missing`, "r1"},
		{"a name that cannot stand in a header", with("name", "a\r\nresult: SUCCESS"), "", `"name" is not`, "r1"},
		{"a name with white space", with("name", " channel.request.dial"), "", `"name" is not`, "r1"},
		{"an endless name", with("name", strings.Repeat("x", 300)), "", `"name" is not`, "r1"},
		{"unknown type", with("type", "cti.command"), "", `"type"`, "r1"},
		{"empty type", with("type", ""), "", `"type"`, "r1"},
		{"response without result", with("type", "cti.response"), "", `"result"`, "r1"},
		{"bad target", with("target", "a..b"), "", "target", "r1"},
		{"target with a newline", with("target", "a\nb"), "", "target", "r1"},
		{"bad seq", with("seq", "-1"), "", `"seq"`, "r1"},
		{"bad time", with("time", "yesterday\n"), "", `"time"`, "r1"},
		{"body is no JSON", request(), "hello", "body", "r1"},
		{"body is an array", request(), "[]", "body", "r1"},
		{"body is null", request(), "null", "body", "r1"},
		{"body is half an object", request(), `{"a":`, "body", "r1"},
		{"two bodies", request(), `{}{}`, "body", "r1"},
		{"no requestId", with("requestId"), "", `"requestId" is missing`, ""},
		{"requestId with a newline", with("requestId", "a\nb"), "", `"requestId"`, ""},
		{"requestId with a space", with("requestId", "a b"), "", `"requestId"`, ""},
		{"requestId that is not UTF-8", with("requestId", "\xff"), "", `"requestId"`, ""},
		{"endless requestId", with("requestId", strings.Repeat("x", 129)), "", `"requestId"`, ""},
		{"envelope: no JSON", nil, `hello`, "envelope", ""},
		{"envelope: empty", nil, ``, "envelope", ""},
		{"envelope: no header", nil, `{"body":{}}`, `"requestId" is missing`, ""},
		{"envelope: header is a list", nil, `{"header":[]}`, "envelope", ""},
		{"envelope: requestId is a number", nil, `{"header":{"type":"cti.query","name":"n","requestId":7}}`, `"requestId" must be a JSON string`, ""},
		{"envelope: name is a number", nil, `{"header":{"type":"cti.query","name":7,"requestId":"r1"}}`, `"name" must be a JSON string`, "r1"},
		{"envelope: target is null-like", nil, `{"header":{"type":"cti.query","name":"n","target":{},"requestId":"r1"}}`, `"target" must be a JSON string`, "r1"},
		{"envelope: body is a string", nil, `{"header":{"type":"cti.query","name":"n","requestId":"r1"},"body":"{}"}`, "body", "r1"},
	} {
		m, _, err := acme().Decode(row.header, []byte(row.payload))
		wantInvalid(t, row.name, err, row.mentions)
		if m.RequestID != row.id {
			t.Errorf("%s: what could be read of the requestId is kept: %q, want %q", row.name, m.RequestID, row.id)
		}
	}
}

// A trace context is passed through if it can stand in a header, and is never a fault.
func TestTraceParent(t *testing.T) {
	h := request()
	h["traceparent"] = []string{"00-x\r\nresult: SUCCESS"}
	if m, _, err := acme().Decode(h, nil); err != nil || m.TraceParent != "" {
		t.Errorf("an unusable trace context is dropped: %q, %v", m.TraceParent, err)
	}
	h["traceparent"] = []string{"00-x-y-01"}
	if m, _, err := acme().Decode(h, nil); err != nil || m.TraceParent != "00-x-y-01" {
		t.Errorf("a usable one is kept: %q, %v", m.TraceParent, err)
	}
}

// protocol.md §2: "a known key of the wrong JSON type is an error"; it names the key.
func TestDecodeBody(t *testing.T) {
	for _, row := range []struct {
		body string
		into any
		key  string
	}{
		{`{"destination":600}`, &bridge.Dial{}, `"destination"`},
		{`{"destination":["600"]}`, &bridge.Dial{}, `"destination"`},
		{`{"destination":"600","timeout":"5000"}`, &bridge.Dial{}, `"timeout"`},
		{`{"destination":"600","timeout":1.5}`, &bridge.Dial{}, `"timeout"`},
		{`{"destination":"600","timeout":1e99}`, &bridge.Dial{}, `"timeout"`},
		{`{"caller-id":"600"}`, &bridge.Dial{}, `"caller-id"`},
		{`{"caller-id":{"number":600}}`, &bridge.Dial{}, `"caller-id.number"`},
		{`{"headers":{"X-A":1}}`, &bridge.Dial{}, `"headers`},
		{`{"session":{},"agent":{}}`, &bridge.AddSession{}, `"session"`},
		{`{"session":"s1","agent":{"id":true}}`, &bridge.AddSession{}, `"agent.id"`},
		{`{"channel":"1","end-point":1001}`, &bridge.ChannelRef{}, `"end-point"`},
	} {
		wantInvalid(t, row.body, bridge.DecodeBody(bridge.Message{Body: json.RawMessage(row.body)}, row.into), row.key)
	}
	for _, body := range []string{"", "{}", `{"destination":null}`, `{"Other":600}`} {
		if err := bridge.DecodeBody(bridge.Message{Body: json.RawMessage(body)}, &bridge.Dial{}); err != nil {
			t.Errorf("%q is not wrong: %v", body, err)
		}
	}
}

// A request without a usable name can be answered, and the answer be read.
func TestAnswerToNameless(t *testing.T) {
	h := request()
	h["name"] = []string{"no\nname"}
	m, _, fault := acme().Decode(h, nil)
	var e *bridge.Error
	if !errors.As(fault, &e) {
		t.Fatalf("it is a fault: %v", fault)
	}
	answer, _, err := acme().Decode(acme().Encode(m.Fail(e)))
	if err != nil || answer.RequestID != "r1" || answer.Name != "" || answer.Err().Code != bridge.InvalidMessage {
		t.Errorf("the answer: %+v, %v", answer, err)
	}
}

// A key that differs from a known one in case only is unknown, as it is to every other reader of JSON (protocol.md §2).
func TestKeysAreExact(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{`{"destination":"600"}`, "600"},
		{`{"Destination":"601"}`, ""},
		{`{"destination":"600","DESTINATION":"601"}`, "600"},
		{`{"DESTINATION":"601","destination":"600"}`, "600"},
		{`{"destination" :"600","De\u0073tination" : "601"}`, "600"},
		{`{"destination":"600","deſtination":"601"}`, "600"}, // folds to the same
		{`{"destination":"A \" quote: B"}`, `A " quote: B`},
	} {
		var dial bridge.Dial
		if err := bridge.DecodeBody(bridge.Message{Body: json.RawMessage(tt.body)}, &dial); err != nil || dial.Destination != tt.want {
			t.Errorf("%s names %q (%v), want %q", tt.body, dial.Destination, err, tt.want)
		}
	}
	var dial bridge.Dial
	body := json.RawMessage(`{"destination":"600","caller-id":{"Number":"1","number":"2","name":"x"},"data":{"Number":"3"}}`)
	if err := bridge.DecodeBody(bridge.Message{Body: body}, &dial); err != nil || dial.CallerID.Number != "2" || string(dial.Data) != `{"Number":"3"}` {
		t.Errorf("below the top, too, but not in what is data: %+v %s %v", dial.CallerID, dial.Data, err)
	}
}
