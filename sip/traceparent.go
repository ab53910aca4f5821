package sip

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// traceParent is the header field that carries a trace from one party to the next. It is W3C's name, which SIP has none for.
const traceParent = "traceparent"

// TraceID is the id of the trace that a traceparent names (https://www.w3.org/TR/trace-context/#traceparent-header-field-values);
// empty: it is none.
func TraceID(s string) string {
	const whole = len("00-0123456789abcdef0123456789abcdef-0123456789abcdef-00")
	if len(s) < whole || len(s) > 4*whole || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return ""
	}
	version, trace, parent, flags, rest := s[:2], s[3:35], s[36:52], s[53:55], s[55:]
	const digits = "0123456789abcdef"
	switch {
	case !only(version+trace+parent+flags, digits) || version == "ff":
		return ""
	case strings.Trim(trace, "0") == "" || strings.Trim(parent, "0") == "":
		return ""
	case rest != "" && (version == "00" || rest[0] != '-' || !only(rest, tokenChars)): // a later version may say more
		return ""
	}
	return trace
}

// NewTrace begins a trace. It says that the trace may be recorded: who hears of it decides.
func NewTrace() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails: https://pkg.go.dev/crypto/rand#Read
	return "00-" + hex.EncodeToString(b[:16]) + "-" + hex.EncodeToString(b[16:]) + "-01"
}

// traceOf is the trace of an INVITE that begins a call: its own, where its trunk's are continued, or a new one.
func (u *UserAgent) traceOf(req *gosip.Request) string {
	if t := u.trunks[u.peers.at(req.Source())]; t != nil && t.TraceParent {
		if theirs := spelled(req, traceParent); len(theirs) == 1 && TraceID(theirs[0]) != "" {
			return theirs[0]
		}
	}
	return NewTrace()
}
