package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Line writes m as one line of a ladder, without time and direction:
//
//	cti.event    channel.interactionadded s1.g1.c1 #7 {"interaction":"i1"}
//	cti.response channel.request.dial     s1.g1.c1 #8 SUCCESS
//	cti.response channel.request.dial     s1.g1.c1 #8 FAILURE The line is busy. {"error":{…}}
//
// A password is left out.
func (m Message) Line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s %-24s %s", m.Type, m.Name, m.Target)
	if m.Seq > 0 {
		fmt.Fprintf(&b, " #%d", m.Seq)
	}
	for _, word := range []string{string(m.Result), m.ErrorMessage} {
		if word != "" {
			b.WriteString(" " + word)
		}
	}
	var body bytes.Buffer
	if json.Compact(&body, Redacted(m)) == nil && body.Len() > len("{}") {
		b.WriteString(" " + body.String())
	}
	return b.String()
}

// Redacted is the body of m without what must never be shown, logged or kept: a password
// (protocol.md §4). The body of a cti.request.validatecredentials that cannot be read is left out whole.
func Redacted(m Message) json.RawMessage {
	if m.Name != ControlValidateCredentials && !bytes.Contains(bytes.ToLower(m.Body), []byte("password")) {
		return m.Body
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(m.Body, &body) != nil {
		return nil
	}
	for key := range body {
		// Decoding takes keys of any case, and of two that differ only so the last one.
		if strings.EqualFold(key, "password") {
			delete(body, key)
		}
	}
	redacted, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	return redacted
}
