package bridge

import (
	"encoding/json"
	"time"
)

// Message is one query, request, response or event.
type Message struct {
	Type         Type
	Name         Name
	Target       Target
	RequestID    string // query, request, response
	Result       Result // response
	ErrorMessage string // response with Result Failure
	// Seq counts the responses and events of a channel and of everything below it, from 1;
	// 0 where the message has none (protocol.md §2).
	Seq         uint64
	Time        time.Time // response and event
	TraceParent string
	// Body is a JSON object; empty means {}.
	Body json.RawMessage
}

// Event makes an event of target with the given body (nil: none).
func Event(name Name, target Target, body any) Message {
	return Message{Type: TypeEvent, Name: name, Target: target, Body: marshal(body)}
}

// Succeed answers m with SUCCESS and the given body (nil: none).
func (m Message) Succeed(body any) Message {
	r := m.response()
	r.Result, r.Body = Success, marshal(body)
	return r
}

// Fail answers m with FAILURE, the error object and its message.
func (m Message) Fail(e *Error) Message {
	r := m.response()
	r.Result, r.ErrorMessage = Failure, e.Message
	r.Body = marshal(struct {
		Error *Error `json:"error"`
	}{e})
	return r
}

func (m Message) response() Message {
	return Message{Type: TypeResponse, Name: m.Name, Target: m.Target, RequestID: m.RequestID, TraceParent: m.TraceParent}
}

// Err returns the error object of a FAILURE, and nil of anything else.
func (m Message) Err() *Error {
	if m.Result != Failure {
		return nil
	}
	var body struct{ Error *Error }
	if err := json.Unmarshal(m.Body, &body); err != nil || body.Error == nil {
		body.Error = &Error{Code: Internal}
	}
	body.Error.Message = m.ErrorMessage
	return body.Error
}

// marshal encodes a body that this package or its caller defined; such a body always
// encodes, so that a failure is a programming error.
func marshal(body any) json.RawMessage {
	if body == nil {
		return nil
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic("bridge: body does not encode: " + err.Error())
	}
	return b
}
