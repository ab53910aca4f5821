package sip

import (
	"crypto/rand"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/register"
	"tieline/sip/trunk"
)

func newCallID() string { return rand.Text() }

// send sends a REGISTER: all of one registration have one Call-ID and count on
// (https://www.rfc-editor.org/rfc/rfc3261#section-10.2).
func (r *registrations) send(now time.Time, g *registration, e register.Send) {
	if !e.Auth {
		g.finish()
	}
	g.fault, g.asked = "", e
	req, err := r.newRegister(g, e)
	if err != nil {
		g.fault = err.Error()
		r.inbox.post(func(now time.Time) { r.step(now, g, register.Failed{Kind: invite.Transport}) })
		return
	}
	l := g.leg
	if g.silent = (time.Time{}); r.ua.peers.another(g.trunk, g.registrar) {
		g.silent = now.Add(silence)
	}
	l.heard = func(now time.Time) { // it works on it
		if g.leg == l {
			g.silent = time.Time{}
			r.put(g, g.machine.Deadline())
		}
	}
	l.request(req, nil, func(now time.Time, res *gosip.Response, err error) {
		if g.leg == l {
			g.silent = time.Time{}
			r.answered(now, g, e, req, res, err)
		}
	})
}

// unheard gives up an address that says nothing where there is another one, long before the transaction would.
func (r *registrations) unheard(now time.Time, g *registration) {
	e := g.asked
	g.finish()
	r.ua.peers.elsewhere(now, g.registrar, trunk.Reply{})
	g.fault = "no answer"
	if !r.elsewhere(now, g, e) {
		r.step(now, g, register.Failed{Kind: invite.Timeout})
	}
}

// elsewhere sends a REGISTER that has failed at its address to another one of the trunk that has not failed lately
// (https://www.rfc-editor.org/rfc/rfc3263#section-4.3), once around at most. false: there is none.
func (r *registrations) elsewhere(now time.Time, g *registration, e register.Send) bool {
	if g.moves++; g.moves >= len(r.ua.peers.hops(g.trunk)) {
		return false
	}
	if next, _ := r.ua.peers.stay(g.trunk, g.registrar); e.Auth || next == g.registrar || !r.ua.peers.another(g.trunk, g.registrar) {
		return false
	}
	r.send(now, g, e)
	r.put(g, sooner(g.machine.Deadline(), g.silent))
	return true
}

func (r *registrations) newRegister(g *registration, e register.Send) (*gosip.Request, error) {
	u, t := r.ua, g.trunk
	if g.leg == nil {
		l := newLeg(u, t, &r.inbox)
		l.callID, l.localTag = g.callID, g.tag
		l.remote = addressee(t.uri(g.user))
		l.local = gosip.FromHeader{Address: l.remote.Address, Params: gosip.HeaderParams{{K: "tag", V: g.tag}}}
		l.auth = credentials{account: g.account}
		g.leg = &l
	}
	l := g.leg
	var ok bool
	if l.next, ok = u.peers.stay(t, g.registrar); !ok {
		return nil, errors.New("trunk has no address")
	}
	g.registrar = l.next
	g.seq++
	req := u.newRequest(gosip.REGISTER, t.uri(""), l.next, newBranch())
	follow(req, t.proxyRoute()) // not the Service-Route (https://www.rfc-editor.org/rfc/rfc3608#section-6.1)
	l.address(req, "", g.seq)
	contact := l.contact(l.next)
	contact.Address.User = g.user
	req.AppendHeader(contact)
	req.AppendHeader(gosip.NewHeader("Expires", strconv.Itoa(int(e.Expires/time.Second))))
	req.AppendHeader(gosip.NewHeader("Supported", "path")) // https://www.rfc-editor.org/rfc/rfc3327#section-5.1
	req.AppendHeader(gosip.NewHeader("Allow", allow))
	l.auth.authorise(req, e.Auth)
	req.SetBody(nil)
	return req, l.fit(req)
}

// answered takes what came of a REGISTER. One that failed at its address goes to another, and the next one, too.
func (r *registrations) answered(now time.Time, g *registration, e register.Send, req *gosip.Request, res *gosip.Response, err error) {
	if r.ua.peers.elsewhere(now, g.registrar, replyOf(res)) && r.elsewhere(now, g, e) {
		return
	}
	switch {
	case errors.Is(err, gosip.ErrTransactionTimeout):
		g.fault = "no answer"
		r.step(now, g, register.Failed{Kind: invite.Timeout})
	case err != nil:
		g.fault = r.ua.transportFault(hopOf(req), err)
		r.step(now, g, register.Failed{Kind: invite.Transport})
	default:
		if res.IsSuccess() {
			g.flow = flowOf(req)
		}
		r.step(now, g, register.Response{
			Status: res.StatusCode, Phrase: strings.Clone(res.Reason), Reason: strings.Clone(headerValue(res, "Reason")),
			Granted: granted(res, req.Contact(), e.Expires), MinExpires: seconds(headerValue(res, "Min-Expires")),
			RetryAfter: seconds(headerValue(res, "Retry-After")), Challenge: g.leg.auth.learn(res), Routes: serviceRoute(res),
		})
	}
}

// flowOf is the other end of the connection that a request went over; invalid: there is none.
func flowOf(req *gosip.Request) netip.AddrPort {
	if to := hopOf(req); to.network != udp {
		return to.addr
	}
	return netip.AddrPort{}
}

// granted is for how long a 2xx has our contact: what it says of it, else of all (Expires), else what was asked for
// (https://www.rfc-editor.org/rfc/rfc3261#section-10.2.4). Registrars that see through a NAT list it at another address
// than ours. 0: it is not there, although others are.
func granted(res *gosip.Response, ours *gosip.ContactHeader, asked time.Duration) time.Duration {
	all := asked
	if v := headerValue(res, "Expires"); v != "" {
		all = seconds(v)
	}
	contacts := res.GetHeaders("Contact")
	if len(contacts) == 0 {
		return all
	}
	var same, alike time.Duration
	for _, h := range contacts {
		for _, value := range splitList(h.Value()) {
			p := parseParty(value)
			expires := all
			if v := p.param("expires"); v != "" {
				expires = seconds(v)
			}
			var uri gosip.Uri
			if gosip.ParseUri(p.uri, &uri) != nil || unescape(uri.User) != unescape(ours.Address.User) {
				continue
			}
			if alike = max(alike, expires); strings.EqualFold(uri.Host, ours.Address.Host) && uriPort(uri) == uriPort(ours.Address) {
				same = max(same, expires)
			}
		}
	}
	if same > 0 {
		return same
	}
	return alike
}

func uriPort(uri gosip.Uri) int {
	switch v, _ := uri.UriParams.Get("transport"); {
	case uri.Port != 0:
		return uri.Port
	case uri.Scheme == "sips", strings.EqualFold(v, secure):
		return securePort
	}
	return defaultPort
}

// mostRoutes bounds what of a Service-Route is kept; each has the length of a URI at most.
const mostRoutes = 8

// serviceRoute is the content of all Service-Route header fields; none of one that is unreasonable.
func serviceRoute(res *gosip.Response) []string {
	var routes []string
	for _, h := range res.GetHeaders("Service-Route") {
		for _, value := range splitList(strings.Clone(h.Value())) {
			if parseRoute(value).Host != "" {
				routes = append(routes, value)
			}
		}
	}
	if len(routes) > mostRoutes || slices.ContainsFunc(routes, func(r string) bool { return len(r) > 2*longestUser }) {
		return nil
	}
	return routes
}

// follow has a request outside of any dialog go by a route (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.1.1). A
// strict router gets what it expects (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1).
func follow(req *gosip.Request, routes []string) {
	if len(routes) > 0 && !loose(routes[0]) {
		last := req.Recipient
		req.Recipient = parseRoute(routes[0])
		routes = append(slices.Clone(routes[1:]), "<"+last.String()+">")
	}
	for _, route := range routes {
		req.AppendHeader(gosip.NewHeader("Route", route))
	}
}
