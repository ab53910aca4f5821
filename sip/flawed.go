package sip

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// flawed says what is wrong with a request by itself, whatever it is about and in whichever dialog
// (https://www.rfc-editor.org/rfc/rfc3261#section-8.2); nil: nothing.
func flawed(req *gosip.Request) *refusal {
	bad := func(phrase string) *refusal { return &refusal{status: gosip.StatusBadRequest, phrase: phrase} }
	switch {
	case !strings.EqualFold(req.SipVersion, "SIP/2.0"):
		req.SipVersion = "SIP/2.0" // the response's
		return &refusal{status: 505, phrase: "Version Not Supported"}
	case req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil:
		return bad("Header Field Missing")
	case repeated(req):
		return bad("Header Field Repeated") // https://www.rfc-editor.org/rfc/rfc3261#section-7.3.1
	case !strings.EqualFold(string(req.CSeq().MethodName), string(req.Method)): // https://www.rfc-editor.org/rfc/rfc3261#section-8.1.1.5
		return bad("CSeq Method Mismatch")
	case len(req.Recipient.Headers) > 0: // https://www.rfc-editor.org/rfc/rfc3261#section-19.1.1
		return bad("Header Fields In Request-URI")
	}
	return nil
}

// repeated reports that a header field is there twice whose value is no list.
func repeated(req *gosip.Request) bool {
	count := [6]int{}
	for _, h := range req.Headers() {
		var i int
		switch h.(type) {
		case *gosip.FromHeader:
			i = 0
		case *gosip.ToHeader:
			i = 1
		case *gosip.CallIDHeader:
			i = 2
		case *gosip.CSeqHeader:
			i = 3
		case *gosip.MaxForwardsHeader:
			i = 4
		case *gosip.ContentLengthHeader:
			i = 5
		default:
			continue
		}
		if count[i]++; count[i] > 1 {
			return true
		}
	}
	return false
}

// takesSDP reports whether a caller takes the description that our answer must have
// (https://www.rfc-editor.org/rfc/rfc3261#section-20.1).
func takesSDP(req *gosip.Request) bool {
	accept := req.GetHeaders("Accept")
	for _, h := range accept {
		for kind := range strings.SplitSeq(h.Value(), ",") {
			kind, _, _ = strings.Cut(kind, ";")
			switch strings.ToLower(strings.TrimSpace(kind)) {
			case "application/sdp", "application/*", "*/*":
				return true
			}
		}
	}
	return len(accept) == 0
}
