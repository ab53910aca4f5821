package sip

import (
	"net/netip"
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/locate"
)

// dialog is what in-dialog requests are built from (https://www.rfc-editor.org/rfc/rfc3261#section-12). Each fork of
// an INVITE that is answered has its own. Its strings are copies: a part of a message's text would keep the whole
// message in memory for as long as the call lives.
type dialog struct {
	leg       *leg
	remoteTag string
	inviteSeq uint32 // CSeq of our INVITE and of its ACK; 0: the INVITE was the peer's
	seq       uint32 // CSeq of our latest request other than ACK
	remoteSeq uint32 // and of the peer's
	ackBranch string // every copy of its ACK is the same
	offer     []byte // in the 2xx of an INVITE that had none, until the ACK
	acking    []byte // and the answer, which every copy of the ACK has
	target    gosip.Uri
	routes    []string // in the order of Route, each exactly as it came
	receipts  invite.Receipts
	said      string        // what a reliable provisional response described
	settled   bool          // and that was an answer, or was answered
	confirmed bool          // the 2xx has been seen
	updates   bool          // the peer takes UPDATE
	terms     invite.Terms  // of the 2xx
	held      netip.Addr    // next hop that is let in
	needed    locate.Target // and what is located, where that is a name
	source    hop           // where the peer has told its target from
}

// newDialog is one that an INVITE of ours begins.
func newDialog(l *leg, tag string, seq uint32, target gosip.Uri) *dialog {
	return &dialog{leg: l, remoteTag: strings.Clone(tag), inviteSeq: seq, seq: seq, ackBranch: newBranch(), target: target}
}

// newPeersDialog is one that an INVITE of the peer's begins: the route set is that of its Record-Route, as it came
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.1.1).
func newPeersDialog(l *leg, req *gosip.Request) *dialog {
	d := &dialog{leg: l, remoteTag: strings.Clone(fromTag(req)), remoteSeq: req.CSeq().SeqNo, confirmed: true, routes: recorded(req)}
	d.updates = allows(req, gosip.UPDATE)
	d.refresh(req)
	return d
}

// allows reports that the sender of a message takes a method.
func allows(msg gosip.Message, method gosip.RequestMethod) bool {
	return slices.Contains(optionTags(msg, "Allow"), strings.ToLower(string(method)))
}

// recorded is the content of all Record-Route header fields.
func recorded(msg gosip.Message) []string {
	var routes []string
	for _, h := range msg.GetHeaders("Record-Route") {
		routes = append(routes, splitList(strings.Clone(h.Value()))...)
	}
	return routes
}

// early takes route set and remote target from a provisional response (https://www.rfc-editor.org/rfc/rfc3261#section-12.1.2).
func (d *dialog) early(res *gosip.Response) {
	if !d.confirmed {
		d.routed(res)
	}
}

func (d *dialog) routed(res *gosip.Response) {
	d.updates = allows(res, gosip.UPDATE)
	d.routes = recorded(res)
	slices.Reverse(d.routes)
	d.refresh(res)
}

// confirm takes the route set and the remote target from a 2xx
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.1.2). A copy of it changes nothing.
func (d *dialog) confirm(res *gosip.Response) {
	if d.confirmed {
		return
	}
	d.confirmed = true
	d.inviteSeq = res.CSeq().SeqNo
	d.seq = max(d.seq, d.inviteSeq)
	d.terms = terms(res, false)
	d.routed(res)
}

// refresh takes a new remote target (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.2) and lets the next hop in.
func (d *dialog) refresh(msg interface {
	gosip.Message
	Contact() *gosip.ContactHeader
}) {
	if h := msg.Contact(); h != nil && reachable(h.Address.Scheme, gosip.NetworkToLower(msg.Transport())) && h.Address.Host != "" {
		d.target = *cloneURI(h.Address)
		d.target.Headers = nil // https://www.rfc-editor.org/rfc/rfc3261#section-19.1.1: not allowed in a Request-URI
	}
	d.source = hopTo(msg)
	d.release()
	uri := d.nextURI()
	if t := soughtBy(uri, d.leg.networkOf(uri, d.leg.network)); named(t) {
		d.needed = t
		d.leg.ua.peers.need(t)
	}
	if next := d.hop(); next.addr.IsValid() {
		d.held = next.addr.Addr()
		d.leg.ua.peers.hold(d.held)
	}
}

// cloneURI copies a URI's text as well.
func cloneURI(uri gosip.Uri) *gosip.Uri {
	c := &gosip.Uri{}
	if gosip.ParseUri(uri.String(), c) != nil {
		return uri.Clone()
	}
	return c
}

// release no longer lets the next hop in, nor has it located.
func (d *dialog) release() {
	if d.held.IsValid() {
		d.leg.ua.peers.release(d.held)
		d.held = netip.Addr{}
	}
	if d.needed.Host != "" {
		d.leg.ua.peers.spare(d.needed)
		d.needed = locate.Target{}
	}
}

// request builds a request inside the dialog (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1).
func (d *dialog) request(method gosip.RequestMethod, seq uint32) *gosip.Request {
	l := d.leg
	target, routes := d.target, d.routes
	if len(routes) > 0 && !loose(routes[0]) {
		// A strict router wants to find itself in the Request-URI and the target at the end of the route.
		last := d.target
		target = parseRoute(routes[0])
		routes = append(slices.Clone(routes[1:]), "<"+last.String()+">")
	}
	branch := newBranch()
	if method == gosip.ACK && seq == d.inviteSeq {
		branch = d.ackBranch
	}
	req := l.ua.newRequest(method, target, d.hop(), branch)
	for _, r := range routes {
		req.AppendHeader(gosip.NewHeader("Route", r))
	}
	l.address(req, d.remoteTag, seq)
	req.SetBody(nil)
	return req
}

// nextURI is what in-dialog requests are sent to: the first route, or the target.
func (d *dialog) nextURI() gosip.Uri {
	if len(d.routes) > 0 {
		return parseRoute(d.routes[0])
	}
	return d.target
}

// hop is where in-dialog requests go.
func (d *dialog) hop() hop {
	if d.leg.trunk.AnswerToSource && d.source.addr.IsValid() {
		if d.source.network == udp || d.leg.ua.connected(d.source) {
			return d.source
		}
		return d.leg.next // its connection is gone, and nobody can connect to where it came from
	}
	return d.leg.wayTo(d.nextURI(), hop{d.leg.network, d.leg.next.addr})
}

// wayTo is where a request to a URI, or one that is routed there, goes. A name is located, where somebody needs it
// (https://www.rfc-editor.org/rfc/rfc3263#section-4); until it is found it is taken for the trunk's, and an address of the
// name that is in use already is kept to.
func (l *leg) wayTo(uri gosip.Uri, trunk hop) hop {
	network := l.networkOf(uri, trunk.network)
	used := hop{network, trunk.addr}
	t := soughtBy(uri, network)
	ip, err := netip.ParseAddr(t.Host)
	if err != nil {
		if h, ok := l.ua.peers.way(t, used); ok {
			return h
		}
		return used
	}
	port := uri.Port
	if port == 0 {
		port = portOf(network)
	}
	return newHop(network, netip.AddrPortFrom(ip, uint16(port)))
}

// networkOf is how a URI wants to be reached; what it leaves open is as before. A call of sips: URIs stays secure
// (https://www.rfc-editor.org/rfc/rfc3261#section-26.2.2), whatever a URI says.
func (l *leg) networkOf(uri gosip.Uri, before string) string {
	v, _ := uri.UriParams.Get("transport")
	switch v = strings.ToLower(v); {
	case l.sips, uri.Scheme == "sips", v == secure:
		return secure
	case v == tcp, v == udp && len(l.ua.sockets) > 0:
		return v
	}
	return before
}

// splitList splits a header value at its commas, but not at those in quotes or angle brackets.
func splitList(s string) []string {
	var list []string
	quotes, brackets, start := false, false, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if quotes {
				i++ // what is escaped means nothing
			}
		case '"':
			quotes = !quotes
		case '<':
			brackets = !quotes
		case '>':
			brackets = brackets && quotes
		case ',':
			if !quotes && !brackets {
				list = append(list, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		}
	}
	return append(list, strings.TrimSpace(s[start:]))
}

// parseRoute reads the URI of a route. One that cannot be read has no host and counts as loose.
func parseRoute(s string) gosip.Uri {
	var uri gosip.Uri
	if _, err := gosip.ParseAddressValue(s, &uri, &gosip.HeaderParams{}); err != nil {
		return gosip.Uri{}
	}
	return uri
}

// loose reports whether a route has the lr parameter, with or without a value.
func loose(route string) bool {
	uri := parseRoute(route)
	return uri.Host == "" || slices.ContainsFunc(uri.UriParams, func(kv gosip.HeaderKV) bool {
		return strings.EqualFold(kv.K, "lr")
	})
}
