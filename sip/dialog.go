package sip

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// dialog is what in-dialog requests are built from (https://www.rfc-editor.org/rfc/rfc3261#section-12). Each fork of
// an INVITE that is answered has its own. Its strings are copies: a part of a message's text would keep the whole
// message in memory for as long as the call lives.
type dialog struct {
	attempt   *attempt
	remoteTag string
	inviteSeq uint32 // CSeq of the INVITE and of its ACK
	seq       uint32 // CSeq of our latest request other than ACK
	remoteSeq uint32 // and of the peer's
	ackBranch string // every copy of the ACK is the same
	target    gosip.Uri
	routes    []string   // in the order of Route, each exactly as it came
	confirmed bool       // the 2xx has been seen
	held      netip.Addr // next hop that is let in
}

func newDialog(a *attempt, tag string) *dialog {
	seq := a.invite.CSeq().SeqNo
	return &dialog{attempt: a, remoteTag: strings.Clone(tag), inviteSeq: seq, seq: seq, ackBranch: newBranch(), target: a.target}
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
	for _, h := range res.GetHeaders("Record-Route") {
		d.routes = append(d.routes, splitList(strings.Clone(h.Value()))...)
	}
	slices.Reverse(d.routes)
	d.refresh(res)
}

// refresh takes a new remote target (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.2) and lets the next hop in.
func (d *dialog) refresh(msg interface{ Contact() *gosip.ContactHeader }) {
	if h := msg.Contact(); h != nil && h.Address.Scheme == "sip" && h.Address.Host != "" {
		address := *h.Address.Clone()
		if gosip.ParseUri(address.String(), &d.target) != nil {
			d.target = address
		}
		d.target.Headers = nil // https://www.rfc-editor.org/rfc/rfc3261#section-19.1.1: not allowed in a Request-URI
	}
	_, dest := d.hop()
	d.release()
	if addr, err := netip.ParseAddrPort(dest); err == nil {
		d.held = addr.Addr()
		d.attempt.call.ua.peers.hold(d.held)
	}
}

// release no longer lets the next hop in.
func (d *dialog) release() {
	if d.held.IsValid() {
		d.attempt.call.ua.peers.release(d.held)
		d.held = netip.Addr{}
	}
}

// request builds a request inside the dialog (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1).
func (d *dialog) request(method gosip.RequestMethod, seq uint32) *gosip.Request {
	a := d.attempt
	target, routes := d.target, d.routes
	if len(routes) > 0 && !loose(routes[0]) {
		// A strict router wants to find itself in the Request-URI and the target at the end of the route.
		last := d.target
		target = parseRoute(routes[0])
		routes = append(slices.Clone(routes[1:]), "<"+last.String()+">")
	}
	network, dest := d.hop()
	branch := newBranch()
	if method == gosip.ACK {
		branch = d.ackBranch
	}
	req := a.newRequest(method, target, network, dest, branch)
	for _, r := range routes {
		req.AppendHeader(gosip.NewHeader("Route", r))
	}
	a.address(req, d.remoteTag, seq)
	req.SetBody(nil)
	return req
}

// hop is where in-dialog requests go: the first route, or the target. A name is taken for the trunk's: resolving
// names other than trunks' is not done here.
func (d *dialog) hop() (network, dest string) {
	uri := d.target
	if len(d.routes) > 0 {
		uri = parseRoute(d.routes[0])
	}
	network = gosip.NetworkToLower(d.attempt.invite.Transport())
	if v, ok := uri.UriParams.Get("transport"); ok {
		switch strings.ToLower(v) {
		case tcp:
			network = tcp
		case udp:
			if len(d.attempt.call.ua.sockets) > 0 {
				network = udp
			}
		}
	}
	ip, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	if err != nil {
		return network, d.attempt.next
	}
	port := uri.Port
	if port == 0 {
		port = defaultPort
	}
	return network, net.JoinHostPort(ip.String(), strconv.Itoa(port))
}

// splitList splits a header value at its commas, but not at those in quotes or angle brackets.
func splitList(s string) []string {
	var list []string
	quotes, brackets, start := false, false, 0
	for i := range len(s) {
		switch s[i] {
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
