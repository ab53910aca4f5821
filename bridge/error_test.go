package bridge_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"tieline/bridge"
)

func pointer[T any](v T) *T { return &v }

func busy() *bridge.Error {
	return &bridge.Error{
		Code: bridge.Busy, Retryable: true, Message: "The line is busy.",
		Tried: &bridge.Tried{
			SIP:  &bridge.SIPStatus{Status: 486, Phrase: "Busy Here", Reason: `Q.850;cause=17;text="User busy"`},
			Q850: pointer(17), Trunk: "pbx-a", Attempts: 1,
		},
	}
}

// The example of protocol.md §2, to the byte.
func TestErrorObject(t *testing.T) {
	for _, row := range []struct {
		name string
		err  *bridge.Error
		want string
	}{
		{"a call was tried", busy(), `{"code":"BUSY","retryable":true,` +
			`"sip":{"status":486,"phrase":"Busy Here","reason":"Q.850;cause=17;text=\"User busy\""},` +
			`"q850":17,"retry-after":null,"trunk":"pbx-a","attempts":1,"alerted":false}`},
		{"a call was tried, nothing came back",
			&bridge.Error{Code: bridge.Unavailable, RetryAfter: pointer(30), Tried: &bridge.Tried{Alerted: true}},
			`{"code":"UNAVAILABLE","retryable":false,"sip":null,"q850":null,"retry-after":30,"trunk":"","attempts":0,"alerted":true}`},
		{"no call was tried", bridge.UnknownName.Error("x"), `{"code":"UNKNOWN_NAME","retryable":false}`},
		{"no call was tried, later it may be",
			&bridge.Error{Code: bridge.LimitExceeded, Retryable: true, RetryAfter: pointer(2)},
			`{"code":"LIMIT_EXCEEDED","retryable":true,"retry-after":2}`},
	} {
		got, err := json.Marshal(row.err)
		if err != nil || string(got) != row.want {
			t.Errorf("%s:\n got %s (%v)\nwant %s", row.name, got, err, row.want)
		}
		var back bridge.Error
		if err := json.Unmarshal(got, &back); err != nil {
			t.Errorf("%s: it can be read: %v", row.name, err)
		}
		back.Message = row.err.Message // travels in the errorMessage header
		if !reflect.DeepEqual(&back, row.err) {
			t.Errorf("%s: it comes back as it was: %+v", row.name, back)
		}
	}
}

// protocol.md §2: "A FAILURE body has one member, error".
func TestFailureBody(t *testing.T) {
	request := bridge.Message{
		Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: "s1.g1.c1", RequestID: "r1", TraceParent: "00-1", Body: json.RawMessage(`{"destination":"600"}`),
	}
	answer := request.Fail(busy())
	var body map[string]json.RawMessage
	if err := json.Unmarshal(answer.Body, &body); err != nil || len(body) != 1 || body["error"] == nil {
		t.Errorf("one member, error: %s (%v)", answer.Body, err)
	}
	if answer.Type != bridge.TypeResponse || answer.Result != bridge.Failure || answer.ErrorMessage != "The line is busy." ||
		answer.Name != request.Name || answer.Target != request.Target || answer.RequestID != "r1" || answer.TraceParent != "00-1" {
		t.Errorf("the answer repeats name, target, requestId and trace context: %+v", answer)
	}
	if got := answer.Err(); !reflect.DeepEqual(got, busy()) {
		t.Errorf("a bridge reads the error that was sent: %+v", got)
	}
	if got := answer.Err().Error(); got != "BUSY: The line is busy." {
		t.Errorf("as a Go error: %s", got)
	}
}

func TestErrOfOtherMessages(t *testing.T) {
	request := bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, RequestID: "r1"}
	if got := request.Succeed(bridge.Dialled{Interaction: "i1"}).Err(); got != nil {
		t.Errorf("a success has no error: %v", got)
	}
	for _, body := range []string{``, `{}`, `{"error":null}`, `{"error":7}`, `[]`, `{"error":{"code":7}}`} {
		m := bridge.Message{Type: bridge.TypeResponse, Result: bridge.Failure, ErrorMessage: "why", Body: json.RawMessage(body)}
		if got := m.Err(); got == nil || got.Message != "why" {
			t.Errorf("a FAILURE with the body %q is still an error: %v", body, got)
		}
	}
}
