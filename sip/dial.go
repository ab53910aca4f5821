package sip

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Dial is a call to be made.
type Dial struct {
	ID string // for traces
	// User is the number, extension or code to call at the trunk's domain. What a SIP user part cannot hold is escaped.
	User string
	// URI is a sip: URI to call instead of User, through the trunk all the same. Allowing it is the caller's business.
	URI string
	// CallerNumber and CallerName are what the callee sees, in the way that Trunk.Identity says. Default: the trunk's
	// FromUser, and no name.
	CallerNumber, CallerName string
	// Anonymous withholds both from the callee.
	Anonymous bool
	// Headers are added to the INVITE. Those that are the user agent's own fail the dial.
	Headers []Header
	// TraceParent is the trace that the call belongs to (https://www.w3.org/TR/trace-context/#traceparent-header). What is
	// none is left out.
	TraceParent string
	// Account is the user of a [Registration]: through a trunk where it is registered, the call has its credentials and its
	// Service-Route; elsewhere it has the trunk's. Empty: the trunk's everywhere.
	Account string
	// Trunks to try, in order. Empty: all, in the configured order.
	Trunks []string
	// Urgent has no limit of a trunk's keep the call out, and one that is not up tried where no other is: an emergency.
	Urgent bool
	// ProgressTimeout runs from each trunk's INVITE to its first response beyond 100, RingTimeout from there to the
	// answer. The trunk may have shorter ones. 0: the trunk's.
	ProgressTimeout, RingTimeout time.Duration
	// Deadline bounds everything up to the answer. Zero: none.
	Deadline time.Time
	// SDP is the offer. nil: a parked one, without media.
	SDP []byte
	// Delayed sends the INVITE without an offer (https://www.rfc-editor.org/rfc/rfc3725#section-4.3). The callee's comes with
	// Answered, and wants [Call.AnswerOffer] within 20 seconds: otherwise the call is hung up. One that came early, in a reliable
	// provisional response, was answered without media, and is answered anew by a re-INVITE.
	Delayed bool
	// PassOffers has the callee's offers reported as [PeerOffer], once the call is answered. Otherwise they are answered on
	// the spot, without media.
	PassOffers bool
	// Telephone names one that takes a call at a time: the INVITE waits until those to it that are being hung up are over there,
	// a second at most. Empty: that does not matter.
	Telephone string
}

// check finds what can never be sent.
func (d *Dial) check() string {
	if d.URI != "" {
		if _, err := parseTarget(d.URI); err != nil {
			return err.Error()
		}
	} else if _, err := escapeUser(d.User); err != nil {
		return "callee: " + err.Error()
	}
	if d.CallerNumber != "" {
		if _, err := escapeUser(d.CallerNumber); err != nil {
			return "caller: " + err.Error()
		}
	}
	if !safeText(d.CallerName) {
		return "caller's name has a control character"
	}
	for _, h := range d.Headers {
		if !validHeader(h) {
			return "header that may not be sent"
		}
	}
	return ""
}

// target is the Request-URI of a dial through a trunk. check has let the parts through.
func (d *Dial) target(t *Trunk) (gosip.Uri, error) {
	if d.URI != "" {
		uri, err := parseTarget(d.URI)
		uri.Scheme = t.scheme()
		return uri, err
	}
	user, err := escapeUser(d.User)
	return t.uri(user), err
}

// uri is a user at the trunk's domain.
func (t *Trunk) uri(user string) gosip.Uri {
	host, port, _ := splitAddressFor(t.Transport, t.Domain)
	if port == portOf(t.Transport) {
		port = 0
	}
	return gosip.Uri{Scheme: t.scheme(), User: user, Host: uriHost(host), Port: port}
}

// scheme is that of all URIs of a call through the trunk (https://www.rfc-editor.org/rfc/rfc3261#section-26.2.2).
func (t *Trunk) scheme() string {
	if t.SIPS {
		return "sips"
	}
	return "sip"
}

// addressee is the To header of a request to a target.
func addressee(target gosip.Uri) gosip.ToHeader {
	to := gosip.ToHeader{Address: *target.Clone()}
	to.Address.Port = 0
	return to
}
