package sip

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

const (
	sdpType = "application/sdp"
	// acceptable are the bodies that we take (https://www.rfc-editor.org/rfc/rfc5621#section-3.1).
	acceptable = sdpType + ", multipart/mixed"
	// mostParts bounds what is looked at of a body.
	mostParts = 16
)

// body is a body, or a part of one, without its content.
type body struct {
	kind        string // media type, in lower case
	params      map[string]string
	disposition string
	optional    bool // handling=optional
	required    bool // handling=required
	encoded     bool
}

// readBody reads the header fields that describe a body. What cannot be read is as if it were not there.
func readBody(field func(names ...string) string) body {
	var b body
	b.kind, b.params, _ = mime.ParseMediaType(field("Content-Type", "c"))
	disposition, params, _ := mime.ParseMediaType(field("Content-Disposition"))
	b.disposition = disposition
	b.optional = strings.EqualFold(params["handling"], "optional")
	b.required = strings.EqualFold(params["handling"], "required")
	encoding := field("Content-Encoding", "e")
	b.encoded = encoding != "" && !strings.EqualFold(encoding, "identity")
	return b
}

// isSDP reports a description of the session, and not of something else, such as another one for early media (RFC 3959).
func (b body) isSDP() bool {
	return b.kind == sdpType && !b.encoded && (b.disposition == "" || b.disposition == "session" || b.disposition == "render")
}

// unwrap leaves of a message's body what is for us: of several parts the description, of what is of no use to us and need
// not be, nothing (https://www.rfc-editor.org/rfc/rfc5621#section-3.3): ISUP beside the description, a location. What cannot be
// taken stays and is refused.
func unwrap(msg gosip.Message) {
	content := msg.Body()
	if len(content) == 0 {
		return
	}
	b := readBody(func(names ...string) string { return headerValue(msg, names...) })
	switch {
	case b.isSDP():
	case strings.HasPrefix(b.kind, "multipart/") && !b.encoded:
		if sdp, ok := descriptionIn(content, b.params["boundary"]); ok {
			rewrite(msg, sdp)
		} else if b.optional {
			rewrite(msg, nil)
		}
	case b.optional:
		rewrite(msg, nil)
	}
}

// descriptionIn is the first description of several parts. false: there is none, or one that we would have to understand
// and do not. A part that says nothing of that need not be understood: what is sent so in practice is for somebody else.
func descriptionIn(content []byte, boundary string) (sdp []byte, ok bool) {
	if boundary == "" {
		return nil, false
	}
	r := multipart.NewReader(bytes.NewReader(content), boundary)
	for range mostParts {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false
		}
		b := readBody(func(names ...string) string { return part.Header.Get(names[0]) })
		switch {
		case b.isSDP() && !ok:
			if sdp, err = io.ReadAll(part); err != nil {
				return nil, false
			}
			ok = true
		case b.required && !b.isSDP():
			return nil, false
		}
	}
	return sdp, ok
}

// rewrite gives a message that has come in another body: a description, or none.
func rewrite(msg gosip.Message, sdp []byte) {
	m, ok := msg.(interface{ RemoveHeader(name string) bool })
	if !ok {
		return
	}
	for _, name := range []string{"Content-Type", "c", "Content-Disposition"} {
		m.RemoveHeader(name)
	}
	if sdp != nil {
		msg.AppendHeader(gosip.NewHeader("Content-Type", sdpType))
	}
	msg.SetBody(sdp)
}

// plainSDP reports that the body is a session description and nothing else.
func plainSDP(msg gosip.Message) bool {
	return readBody(func(names ...string) string { return headerValue(msg, names...) }).isSDP()
}

// description is that of a response or an ACK, which cannot be refused: something else is none. Some peers do not say what
// it is.
func description(msg gosip.Message) []byte {
	if content := msg.Body(); plainSDP(msg) || headerValue(msg, "Content-Type", "c") == "" && bytes.HasPrefix(content, []byte("v=0")) {
		return content
	}
	return nil
}
