package sip

import (
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// extensions are the option tags (https://www.rfc-editor.org/rfc/rfc3261#section-19.2) that calls with the trunk can use;
// of nobody's, none.
func (t *Trunk) extensions() []string {
	if t == nil {
		return nil
	}
	var tags []string
	if t.SessionTimer.Expires > 0 {
		tags = append(tags, "timer")
	}
	if t.Prack != PrackOff {
		tags = append(tags, reliably)
	}
	return tags
}

// supported is our Supported header field; nothing where it would be empty.
func (t *Trunk) supported() []gosip.Header {
	return supporting(t.extensions())
}

func supporting(tags []string) []gosip.Header {
	if len(tags) == 0 {
		return nil
	}
	return []gosip.Header{gosip.NewHeader("Supported", strings.Join(tags, ", "))}
}

// lacking are the option tags that a request requires and that we do not know
// (https://www.rfc-editor.org/rfc/rfc3261#section-8.2.2.3).
func (t *Trunk) lacking(req *gosip.Request) []string {
	known := t.extensions()
	return slices.DeleteFunc(optionTags(req, "Require"), func(tag string) bool { return slices.Contains(known, tag) })
}

// optionTags are those of all header fields of a name, in lower case.
func optionTags(msg gosip.Message, names ...string) []string {
	var tags []string
	for _, name := range names {
		for _, h := range msg.GetHeaders(name) {
			for tag := range strings.SplitSeq(h.Value(), ",") {
				if tag = strings.ToLower(strings.TrimSpace(tag)); tag != "" {
					tags = append(tags, strings.Clone(tag))
				}
			}
		}
	}
	return tags
}

// badExtension is the refusal of a request that requires what we do not know; nil: it does not. A BYE may require what it
// likes: the call is over.
func (t *Trunk) badExtension(req *gosip.Request) *refusal {
	if req.Method == gosip.BYE || req.Method == gosip.ACK || req.Method == gosip.CANCEL {
		return nil
	}
	tags := t.lacking(req)
	if len(tags) == 0 {
		return nil
	}
	hs := append(t.supported(), gosip.NewHeader("Unsupported", strings.Join(tags, ", ")))
	return &refusal{gosip.StatusBadExtension, "Bad Extension", hs}
}

// extended refuses such a request.
func (u *UserAgent) extended(req *gosip.Request, tx *gosip.ServerTx, t *Trunk) bool {
	no := t.badExtension(req)
	if no != nil {
		u.respond(req, tx, no.status, no.phrase, no.headers...)
	}
	return no != nil
}
