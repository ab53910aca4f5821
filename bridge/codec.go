package bridge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Header is a set of NATS message headers. Keys are case-sensitive.
type Header map[string][]string

// Encoding is the form in which a message travels (protocol.md §2).
type Encoding int

// The two encodings.
const (
	// HeadersAndBody is canonical: headers beside a JSON body. The stream always has it.
	HeadersAndBody Encoding = iota
	// Envelope is one JSON object {"header":{…},"body":{…}}.
	Envelope
)

const (
	keyType         = "type"
	keyName         = "name"
	keyTarget       = "target"
	keyRequestID    = "requestId"
	keyResult       = "result"
	keyErrorMessage = "errorMessage"
	keySeq          = "seq"
	keyTime         = "time"
	keyTraceParent  = "traceparent"
)

const (
	maxRequestID = 128
	maxWord      = 256 // of a name or trace context
)

// Encode writes m in the canonical form.
func (s Space) Encode(m Message) (Header, []byte) {
	h := Header{}
	for k, v := range s.header(m) {
		h[k] = []string{v}
	}
	return h, bodyOf(m)
}

// EncodeEnvelope writes m as one JSON object.
func (s Space) EncodeEnvelope(m Message) []byte {
	return marshal(struct {
		Header map[string]string `json:"header"`
		Body   json.RawMessage   `json:"body"`
	}{s.header(m), bodyOf(m)})
}

func bodyOf(m Message) json.RawMessage {
	if len(m.Body) == 0 {
		return json.RawMessage("{}")
	}
	return m.Body
}

func (s Space) header(m Message) map[string]string {
	h := map[string]string{
		keyType: string(m.Type), keyName: string(m.Name), keyTarget: s.HeaderTarget(m.Target),
		keyRequestID: m.RequestID, keyResult: string(m.Result), keyTraceParent: m.TraceParent,
	}
	if m.Result == Failure {
		h[keyErrorMessage] = m.ErrorMessage
	}
	if m.Seq > 0 {
		h[keySeq] = strconv.FormatUint(m.Seq, 10)
	}
	if !m.Time.IsZero() {
		h[keyTime] = m.Time.UTC().Format(time.RFC3339Nano)
	}
	maps.DeleteFunc(h, func(k, v string) bool { return v == "" && k != keyErrorMessage })
	return h
}

// Decode reads a message in either encoding. When it fails, the error is an *Error with
// code INVALID_MESSAGE, and the message holds whatever could be read, so that the caller
// can still answer if there is a RequestID. A missing target is not an error here: the
// subject names one too.
func (s Space) Decode(h Header, payload []byte) (Message, Encoding, error) {
	if len(h[keyType]) > 0 {
		flat := make(map[string]string, len(h))
		for k, v := range h {
			if len(v) > 0 {
				flat[k] = v[0]
			}
		}
		m, err := s.decode(flat, payload)
		return m, HeadersAndBody, err
	}
	header, body, err := openEnvelope(payload)
	m, headerErr := s.decode(header, body)
	if err == nil {
		err = headerErr
	}
	return m, Envelope, err
}

func openEnvelope(payload []byte) (map[string]string, json.RawMessage, error) {
	var e struct {
		Header map[string]json.RawMessage `json:"header"`
		Body   json.RawMessage            `json:"body"`
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, nil, invalid("no type header, and the payload is not an envelope: %v", err)
	}
	var err error
	flat := make(map[string]string, len(e.Header))
	for _, k := range slices.Sorted(maps.Keys(e.Header)) {
		var v string
		if utf8.Valid(e.Header[k]) && json.Unmarshal(e.Header[k], &v) == nil { // it would come out as something else
			flat[k] = v
		} else if slices.Contains(knownKeys(), k) {
			err = invalid("header %q must be a JSON string", k)
		}
	}
	return flat, e.Body, err
}

func knownKeys() []string {
	return []string{keyType, keyName, keyTarget, keyRequestID, keyResult, keyErrorMessage, keySeq, keyTime, keyTraceParent}
}

func (s Space) decode(h map[string]string, body []byte) (Message, error) {
	m := Message{
		Type: Type(h[keyType]), Name: Name(h[keyName]), Result: Result(h[keyResult]),
		ErrorMessage: h[keyErrorMessage],
	}
	if v := h[keyTraceParent]; isWord(v) {
		m.TraceParent = v
	}
	var faults []error
	fault := func(err error) {
		if err != nil {
			faults = append(faults, err)
		}
	}
	fault(checkRequestID(&m, h[keyRequestID]))
	if t := h[keyTarget]; t != "" {
		var err error
		m.Target, err = s.ParseHeaderTarget(t)
		fault(err)
	}
	fault(checkKind(&m))
	if v := h[keySeq]; v != "" {
		var err error
		if m.Seq, err = strconv.ParseUint(v, 10, 64); err != nil {
			m.Seq = 0
			fault(fmt.Errorf("header %q is not a whole number", keySeq))
		}
	}
	if v := h[keyTime]; v != "" {
		var err error
		if m.Time, err = time.Parse(time.RFC3339Nano, v); err != nil {
			fault(fmt.Errorf("header %q is not a time of RFC 3339", keyTime))
		}
	}
	fault(checkBody(body))
	if len(faults) > 0 {
		return m, invalid("%v", faults[0])
	}
	if len(body) > 0 {
		m.Body = bytes.TrimSpace(body)
	}
	return m, nil
}

// checkRequestID keeps an unusable id out of m: it must be able to stand in a header and
// to name an effect for ever.
func checkRequestID(m *Message, id string) error {
	switch {
	case id == "" && (m.Type == TypeEvent || m.Type == TypeResponse): // a response to what had none
		return nil
	case id == "":
		return fmt.Errorf("header %q is missing", keyRequestID)
	case len(id) > maxRequestID || !isWord(id):
		return fmt.Errorf("header %q is not a GUID", keyRequestID)
	}
	m.RequestID = id
	return nil
}

// isWord tells whether s can stand in a header, and comes back from there as it was.
func isWord(s string) bool {
	if s == "" || len(s) > maxWord || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// checkKind keeps an unusable name out of m: a response repeats it in a header.
func checkKind(m *Message) error {
	name := m.Name
	if !isWord(string(name)) {
		m.Name = ""
	}
	switch m.Type {
	case TypeQuery, TypeRequest, TypeEvent:
	case TypeResponse:
		if m.Result != Success && m.Result != Failure {
			return fmt.Errorf("header %q must be SUCCESS or FAILURE", keyResult)
		}
	case "":
		return fmt.Errorf("header %q is missing", keyType)
	default:
		return fmt.Errorf("header %q has an unknown value", keyType)
	}
	switch {
	case name == "" && m.Type == TypeResponse:
		return nil // to a request without a name
	case name == "":
		return fmt.Errorf("header %q is missing", keyName)
	case m.Name == "":
		return fmt.Errorf("header %q is not a message name", keyName)
	}
	return nil
}

func checkBody(body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if body[0] != '{' || !json.Valid(body) {
		return fmt.Errorf("body is not a JSON object")
	}
	if !utf8.Valid(body) { // encoding/json passes it on, other parsers refuse it
		return fmt.Errorf("body is not UTF-8")
	}
	return nil
}

// DecodeBody reads a body into the struct that v points to. Unknown keys are ignored, a
// known key of the wrong JSON type is INVALID_MESSAGE (protocol.md §2).
func DecodeBody(m Message, v any) error {
	body := bodyOf(m)
	if !plainKeys(body) {
		body = exact(body, reflect.TypeOf(v))
	}
	d := json.NewDecoder(bytes.NewReader(body))
	err := d.Decode(v)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && wrong.Field != "":
		return invalid("body key %q must not be a JSON %s", wrong.Field, wrong.Value)
	case errors.Is(err, io.EOF):
		return nil
	default:
		return invalid("body: %v", err)
	}
}

// plainKeys tells, at little cost, that no key could be taken for another one: all known keys are in lower case.
func plainKeys(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '"' {
			continue
		}
		plain := true
		for i++; i < len(body) && body[i] != '"'; i++ {
			if c := body[i]; c == '\\' {
				plain = false
				i++
			} else if 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf {
				plain = false
			}
		}
		if !plain && bytes.HasPrefix(bytes.TrimLeft(body[min(i+1, len(body)):], " \t\r\n"), []byte(":")) {
			return false
		}
	}
	return true
}

// exact leaves out the keys that differ from a known one in case only: encoding/json would take them for it, and to
// every other reader of the body they are unknown.
func exact(body []byte, t reflect.Type) []byte {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var members map[string]json.RawMessage
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) || json.Unmarshal(body, &members) != nil {
		return body
	}
	changed := false
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		for key, value := range members {
			switch {
			case key == name:
				inner := exact(value, f.Type)
				changed = changed || len(inner) != len(value)
				members[key] = inner
			case name != "" && strings.EqualFold(key, name):
				delete(members, key)
				changed = true
			}
		}
	}
	if !changed {
		return body
	}
	return marshal(members)
}

func invalid(format string, args ...any) *Error {
	return InvalidMessage.Error("The message is invalid: " + fmt.Sprintf(format, args...) + ".")
}
