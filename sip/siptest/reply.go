package siptest

import (
	"cmp"

	gosip "github.com/emiago/sipgo/sip"
)

// Response is a response still to be sent; make it with [Reply].
type Response struct{ parts }

// parts is what a test may choose in a message.
type parts struct {
	status  int
	phrase  string
	tag     string
	sdp     []byte
	kind    string // media type of what is in sdp; empty: it is a description
	noSDP   bool
	contact string
	headers []gosip.Header
	callID  string
	from    string
	to      string
}

// An Option chooses a part of a response or request.
type Option func(*parts)

// Reply describes a response; an empty phrase means the usual one.
func Reply(status int, phrase string, opts ...Option) Response {
	return Response{newParts(status, phrase, opts)}
}

func newParts(status int, phrase string, opts []Option) parts {
	x := parts{status: status, phrase: phrase}
	for _, o := range opts {
		o(&x)
	}
	return x
}

// Tag makes it a message of another dialog of the same INVITE: the To tag of a response (a fork), the dialog a BYE is
// sent in. Without it, it is the call's first dialog.
func Tag(tag string) Option { return func(x *parts) { x.tag = tag } }

// SDP sets the body.
func SDP(body []byte) Option { return func(x *parts) { x.sdp = body } }

// Body sets a body of another media type, such as the digits of an INFO.
func Body(mediaType string, body []byte) Option {
	return func(x *parts) { x.kind, x.sdp = mediaType, body }
}

// NoSDP leaves out the body where there would be one.
func NoSDP() Option { return func(x *parts) { x.noSDP = true } }

// Contact sets the Contact URI, such as "sip:600@192.0.2.11:5060".
func Contact(uri string) Option { return func(x *parts) { x.contact = uri } }

// CallID sets the Call-ID of a call that [PBX.Dial] makes: that of a call that is routed on, say.
func CallID(id string) Option { return func(x *parts) { x.callID = id } }

// From sets the From header of a call that [PBX.Dial] makes, without its tag: `"Ann" <sip:100@pbx>`.
func From(value string) Option { return func(x *parts) { x.from = value } }

// To sets the To header of a call that [PBX.Dial] makes: the number that was dialled, before anybody routed it.
func To(value string) Option { return func(x *parts) { x.to = value } }

// Header adds a header. The value is sent as it is.
func Header(name, value string) Option {
	return func(x *parts) { x.headers = append(x.headers, gosip.NewHeader(name, value)) }
}

// newResponse builds a response by https://www.rfc-editor.org/rfc/rfc3261#section-8.2.6. Headers that are not changed
// are shared with the request, which nobody changes any more.
func newResponse(req *gosip.Request, from peer, x parts) *gosip.Response {
	if x.phrase == "" {
		x.phrase = phrase(x.status)
	}
	res := gosip.NewResponse(x.status, x.phrase)
	for i, via := range req.GetHeaders("Via") {
		if v, ok := via.(*gosip.ViaHeader); ok && i == 0 {
			via = stampVia(v, from)
		}
		res.AppendHeader(via)
	}
	res.AppendHeader(req.From())
	to := req.To()
	if x.tag != "" && !to.Params.Has("tag") {
		tagged := &gosip.ToHeader{DisplayName: to.DisplayName, Address: to.Address, Params: to.Params.Clone()}
		tagged.Params.Add("tag", x.tag)
		to = tagged
	}
	res.AppendHeader(to)
	res.AppendHeader(req.CallID())
	res.AppendHeader(req.CSeq())
	for _, h := range x.headers {
		res.AppendHeader(h)
	}
	setBody(res, x)
	return res
}

// stampVia notes down the source address where the sender asked for it (RFC 3581 section 4).
func stampVia(v *gosip.ViaHeader, from peer) *gosip.ViaHeader {
	if rport, ok := v.Params.Get("rport"); !ok || rport != "" {
		return v
	}
	host, port := from.hostPort()
	v = v.Clone()
	v.Params.Add("rport", port)
	v.Params.Add("received", host)
	return v
}

func setBody(m gosip.Message, x parts) {
	if len(x.sdp) > 0 {
		m.AppendHeader(gosip.NewHeader("Content-Type", cmp.Or(x.kind, "application/sdp")))
	}
	m.SetBody(x.sdp)
}
