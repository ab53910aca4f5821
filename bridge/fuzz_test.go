package bridge_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"tieline/bridge"
)

// FuzzDecode: nothing that a bridge sends can make the codec panic; a fault is INVALID_MESSAGE
// in one line and keeps the requestId that could be read; and what decodes comes back unchanged
// in both encodings. header is "key: value" lines; without a type line it is an envelope.
func FuzzDecode(f *testing.F) {
	f.Add("type: cti.request\nname: channel.request.dial\ntarget: s1.g1.c1\nrequestId: r1", []byte(`{"destination":"600"}`))
	f.Add("", []byte(`{"header":{"type":"cti.query","name":"cti.query.capabilities","target":"acme.CONTROL","requestId":"r1"}}`))
	f.Fuzz(func(t *testing.T, header string, payload []byte) {
		h := parseHeader(header)
		m, _, err := acme().Decode(h, payload)
		if err != nil {
			checkFault(t, h, m, err)
			return
		}
		if !unchanged(m) {
			return
		}
		again, _, err := acme().Decode(acme().Encode(m))
		if err != nil {
			t.Fatalf("what was decoded can be encoded and decoded: %v", err)
		}
		wantSame(t, "canonical", again, m)
		again, _, err = acme().Decode(nil, acme().EncodeEnvelope(m))
		if err != nil {
			t.Fatalf("what was decoded can be put in an envelope: %v", err)
		}
		wantSame(t, "envelope", again, m)
	})
}

func parseHeader(s string) bridge.Header {
	h := bridge.Header{}
	for line := range strings.Lines(s) {
		if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); ok {
			h[key] = append(h[key], value)
		}
	}
	return h
}

func checkFault(t *testing.T, h bridge.Header, m bridge.Message, err error) {
	t.Helper()
	var fault *bridge.Error
	if !errors.As(err, &fault) || fault.Code != bridge.InvalidMessage {
		t.Fatalf("a fault is INVALID_MESSAGE: %v", err)
	}
	if strings.ContainsAny(fault.Message, "\r\n") {
		t.Fatalf("a fault is one line: %q", fault.Message)
	}
	if id := h["requestId"]; len(h["type"]) > 0 && len(id) > 0 && plain(id[0]) && m.RequestID != id[0] {
		t.Fatalf("the requestId %q is kept: %q", id[0], m.RequestID)
	}
	if m.RequestID == "" {
		return
	}
	answer, _, err := acme().Decode(acme().Encode(m.Fail(fault)))
	if err != nil || answer.RequestID != m.RequestID || answer.Err().Code != bridge.InvalidMessage {
		t.Fatalf("the fault can be answered: %+v, %v", answer, err)
	}
}

func plain(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
}

// unchanged leaves out what the encodings are allowed to change: an error message without a
// FAILURE, what is not UTF-8, and years that RFC 3339 cannot write.
func unchanged(m bridge.Message) bool {
	year := m.Time.UTC().Year()
	return (m.Result == bridge.Failure || m.ErrorMessage == "") && year > 0 && year < 10000 &&
		utf8.ValidString(m.ErrorMessage) && utf8.ValidString(string(m.Result))
}
