package contract

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
)

func load(t *testing.T) *Contract {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// body returns a pointer to what a message's body is read into; nil where it has none, or none
// that the code has a name for.
func body(key string) any {
	switch name := bridge.Name(strings.TrimSuffix(key, response)); {
	case strings.HasSuffix(key, response):
		return answer(name)
	default:
		return told(name)
	}
}

func answer(name bridge.Name) any {
	switch name {
	case bridge.ControlCapabilities:
		return &bridge.Capabilities{}
	case bridge.SessionInit:
		return &bridge.SessionState{}
	case bridge.GroupInit:
		return &bridge.GroupState{}
	case bridge.ChannelInit:
		return &bridge.ChannelState{}
	case bridge.ChannelDial:
		return &bridge.Dialled{}
	case bridge.InteractionInit:
		return &bridge.InteractionInitState{}
	case bridge.InteractionDataQuery:
		return &bridge.InteractionData{}
	case bridge.InteractionConsult:
		return &bridge.Consulted{}
	case bridge.ConversationInit:
		return &bridge.ConversationInitState{}
	}
	return nil
}

func told(name bridge.Name) any {
	if body, err := (bridge.Message{Type: bridge.TypeEvent, Name: name}).Payload(); err == nil && body != nil {
		return reflect.New(reflect.TypeOf(body)).Interface()
	}
	switch name {
	case bridge.ControlValidateCredentials:
		return &bridge.Credentials{}
	case bridge.ControlServerStatus:
		return &bridge.ServerStatus{}
	case bridge.ControlAddSession:
		return &bridge.AddSession{}
	case bridge.SessionAddChannelGroup, bridge.SessionRemoveChannelGroup:
		return &bridge.GroupRef{}
	case bridge.GroupAddChannel:
		return &bridge.ChannelRef{}
	case bridge.GroupRemoveChannel:
		return &bridge.ChannelName{}
	case bridge.ChannelNotReadyRequest:
		return &bridge.NotReady{}
	case bridge.ChannelDial:
		return &bridge.Dial{}
	case bridge.ChannelPrepareInteraction:
		return &bridge.InteractionRemoved{}
	case bridge.InteractionReject:
		return &bridge.Reject{}
	case bridge.InteractionConsult:
		return &bridge.Consult{}
	case bridge.InteractionPrepareConversation:
		return &bridge.ConversationName{}
	case bridge.ConversationTransfer, bridge.ConversationConference:
		return &bridge.Callee{}
	case bridge.InteractionSetData:
		return &bridge.InteractionData{}
	case bridge.ConversationSendDTMF:
		return &bridge.Digits{}
	case failure:
		return &struct {
			Error *bridge.Error `json:"error"`
		}{}
	}
	return nil
}

// Every message has an example; every example validates, is read by the codec, and comes out of
// the struct of its body as it went in.
func TestExamples(t *testing.T) {
	c := load(t)
	for key, s := range c.messages {
		if len(s.examples) == 0 {
			t.Errorf("%s has an example", key)
		}
		for _, e := range s.examples {
			if err := validate(s.header, mustJSON(e.Header)); err != nil {
				t.Errorf("the headers of an example of %s validate: %v", key, err)
			}
			if err := validate(s.body, e.Body); err != nil {
				t.Errorf("the body of an example of %s validates: %v", key, err)
			}
			m := decoded(t, key, e)
			if err := c.Check(m); err != nil {
				t.Errorf("an example of %s is in the contract: %v", key, err)
			}
			if into := body(key); into != nil {
				sameBody(t, key, m, into)
			}
		}
	}
}

// decoded reads an example in both encodings.
func decoded(t *testing.T, key string, e example) bridge.Message {
	t.Helper()
	header := bridge.Header{}
	for k, v := range e.Header {
		header[k] = []string{v}
	}
	m, _, err := space().Decode(header, e.Body)
	if err != nil {
		t.Errorf("an example of %s is read: %v", key, err)
	}
	envelope, err := json.Marshal(map[string]any{"header": e.Header, "body": e.Body})
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := space().Decode(nil, envelope)
	if err != nil || !reflect.DeepEqual(fields(m), fields(again)) {
		t.Errorf("an example of %s is read the same from an envelope: %v", key, err)
	}
	if name := strings.TrimSuffix(key, response); key != failure && string(m.Name) != name {
		t.Errorf("an example of %s has the name %s", key, m.Name)
	}
	return m
}

// fields is m but for the white space of its body.
func fields(m bridge.Message) bridge.Message {
	var compact bytes.Buffer
	_ = json.Compact(&compact, m.Body) // valid: it was decoded
	m.Body = compact.Bytes()
	return m
}

func sameBody(t *testing.T, key string, m bridge.Message, into any) {
	t.Helper()
	if err := bridge.DecodeBody(m, into); err != nil {
		t.Errorf("an example of %s is read into its body: %v", key, err)
	}
	out, err := json.Marshal(into)
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if json.Unmarshal(m.Body, &want) != nil || json.Unmarshal(out, &got) != nil || !reflect.DeepEqual(want, got) {
		t.Errorf("an example of %s comes out of its body as it went in: %s", key, out)
	}
}

// Every message name of the code is in the document, and the other way round; each query and
// request has its answer.
func TestNames(t *testing.T) {
	c := load(t)
	want := map[string]bool{failure: true}
	for _, n := range coded(t) {
		want[n] = true
		if _, _, ok := bridge.Name(n).Asked(); ok {
			want[n+response] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.messages)) {
		if !want[key] {
			t.Errorf("%s is in the document and not in bridge/name.go", key)
		}
		delete(want, key)
	}
	for key := range want {
		t.Errorf("%s is in bridge/name.go and not in the document", key)
	}
}

// coded lists the constants of type Name.
func coded(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../name.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Name" {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		return true
	})
	if len(names) < len(bridge.AllAsked()) {
		t.Fatalf("bridge/name.go has only %d names", len(names))
	}
	return names
}

// Every code of the protocol is in the document, and the other way round.
func TestCodes(t *testing.T) {
	c := load(t)
	file, err := parser.ParseFile(token.NewFileSet(), "../error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Code" {
			codes++
			code := spec.Values[0].(*ast.BasicLit).Value
			if err := validate(c.messages[failure].body, []byte(`{"error":{"code":`+code+`,"retryable":false}}`)); err != nil {
				t.Errorf("%s is in bridge/error.go and not in the document", code)
			}
		}
		return true
	})
	if inDocument := len(c.codes(t)); inDocument != codes {
		t.Errorf("the document has %d codes, bridge/error.go %d", inDocument, codes)
	}
}

func (c *Contract) codes(t *testing.T) []any {
	t.Helper()
	schema := c.messages[failure].body.Properties["error"].Ref.OneOf[0].Properties["code"].Ref
	if schema == nil || schema.Enum == nil {
		t.Fatal("the document has an enumeration of codes")
	}
	return schema.Enum.Values
}

// The contract refuses what is not in it.
func TestCheckRefuses(t *testing.T) {
	c := load(t)
	const channel bridge.Target = "s1.sales.1001"
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	event := func(name bridge.Name, target bridge.Target, body string) bridge.Message {
		return bridge.Message{Type: bridge.TypeEvent, Name: name, Target: target, Seq: 1, Time: at, Body: json.RawMessage(body)}
	}
	asked := func(body string) bridge.Message {
		return bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: channel, RequestID: "d1", Body: json.RawMessage(body)}
	}
	answered := func(body string) bridge.Message {
		m := asked(body)
		m.Type, m.Result, m.Seq, m.Time = bridge.TypeResponse, bridge.Success, 2, at
		return m
	}
	failed := func(name bridge.Name, body string) bridge.Message {
		m := answered(body)
		m.Name, m.Result, m.ErrorMessage = name, bridge.Failure, "It failed."
		return m
	}
	uncounted := event(bridge.ChannelActivated, channel, "")
	uncounted.Seq = 0
	counted := event(bridge.SessionDisposed, "s1", `{"reason":"disposed"}`)
	speechless := failed(bridge.ChannelDial, `{"error":{"code":"BUSY","retryable":true}}`)
	speechless.ErrorMessage = ""
	for _, test := range []struct {
		sentence string
		m        bridge.Message
		right    bool
	}{
		{"a request may have unknown keys", asked(`{"destination":"600","colour":"red"}`), true},
		{"a request needs its keys", asked(`{}`), false},
		{"a known key has its type", asked(`{"destination":600}`), false},
		{"interaction data are strings", asked(`{"destination":"600","data":{"a":{"b":1}}}`), false},
		{"an answer has its body", answered(`{"interaction":"i1"}`), true},
		{"an answer has no unknown key", answered(`{"interaction":"i1","colour":"red"}`), false},
		{"an answer lacks no key", answered(`{}`), false},
		{"a failure has a code of the list", failed(bridge.ChannelDial, `{"error":{"code":"TIRED","retryable":true}}`), false},
		{"a failure of a tried call has all its keys", failed(bridge.ChannelDial, `{"error":{"code":"BUSY","retryable":true,"attempts":1}}`), false},
		{"a failure has an error message", speechless, false},
		{"an unknown name is repeated by a failure", failed("channel.request.paint", `{"error":{"code":"UNKNOWN_NAME","retryable":false}}`), true},
		{"an event is in the document", event("channel.painted", channel, ""), false},
		{"an event is on its own kind of destination", event(bridge.ChannelActivated, channel+".i1", ""), false},
		{"an event without body has none", event(bridge.ChannelActivated, channel, `{"reason":"lunch"}`), false},
		{"an event of a channel is counted", uncounted, false},
		{"an event above the channels is not counted", counted, false},
		{"a state event has its state", event(bridge.InteractionStarted, channel+".i1", `{"interaction-state":"ENDED","actions":[]}`), false},
		{"HELD says by whom", event(bridge.ConversationHeld, channel+".i1.v1", `{"conversation-state":"HELD","actions":[]}`), false},
		{"only HELD says by whom", event(bridge.ConversationRetrieved, channel+".i1.v1", `{"conversation-state":"CONNECTED","held-by":["agent"],"actions":[]}`), false},
		{"one conversation is left", event(bridge.InteractionConversationRemoved, channel+".i1", `{"conversation":"v1","conversations":{}}`), false},
		{"an end has one reason", event(bridge.InteractionEnded, channel+".i1", `{"interaction-state":"ENDED","actions":[]}`), false},
		{"an outbound interaction names its dial", event(bridge.ChannelInteractionAdded, channel,
			`{"interaction":"i1","type":"Telephony","direction":"OUTBOUND","interaction-state":"DIALING","remote":{"number":"600","name":""},"conversations":{"primary":{"id":"v1"}}}`), false},
	} {
		if err := c.Check(test.m); (err == nil) != test.right {
			t.Errorf("%s: %v", test.sentence, err)
		}
	}
}
