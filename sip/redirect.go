package sip

import (
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
)

// mostRedirects bounds how often a callee is looked for elsewhere, whatever a trunk allows.
const mostRedirects = 3

// Redirects is whether the peer may send our calls to somebody else by a 3xx. They go through the same trunk all the same.
type Redirects struct {
	Most  int      // in one dial, 3 at most; 0: none is followed
	Hosts []string // that Contacts may name besides the trunk's own: host, or host:port
}

// moves are where a call may go next, and has been.
type moves struct {
	count int
	been  []string // sip: URIs
	to    string   // the present one; empty: to whom the dial is for
}

// elsewhere is where a 3xx sends the call, the best first (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.3.4). 305 and 380
// mean something else than another callee.
func elsewhere(res *gosip.Response) []string {
	if res.StatusCode != 300 && res.StatusCode != 301 && res.StatusCode != 302 {
		return nil
	}
	type contact struct {
		uri string
		q   float64
	}
	var found []contact
	for _, h := range append(res.GetHeaders("Contact"), res.GetHeaders("m")...) {
		for _, value := range splitList(h.Value()) {
			p := parseParty(strings.Clone(value))
			q, err := strconv.ParseFloat(p.param("q"), 64)
			if err != nil {
				q = 1
			}
			found = append(found, contact{p.uri, q})
		}
	}
	slices.SortStableFunc(found, func(a, b contact) int {
		switch {
		case a.q > b.q:
			return -1
		case a.q < b.q:
			return 1
		default:
			return 0
		}
	})
	var uris []string
	for _, c := range found[:min(len(found), mostEarly)] {
		uris = append(uris, c.uri)
	}
	return uris
}

// permits reports that the trunk's calls may be sent to a URI.
func (t *Trunk) permits(uri gosip.Uri) bool {
	at := hostPort{strings.ToLower(uri.Host), uri.Port}
	return slices.ContainsFunc(append([]string{t.Domain, t.Address}, t.Redirects.Hosts...), func(allowed string) bool {
		host, port, err := splitAddress(allowed)
		if err != nil || !strings.EqualFold(uriHost(host), at.host) {
			return false
		}
		return port == at.port || at.port == 0 && port == defaultPort
	})
}

// redirected follows a redirection, where the trunk allows that and nobody's telephone has rung. false: it is not followed.
func (c *Call) redirected(now time.Time, a *attempt, o invite.Outcome) bool {
	if o.Kind != invite.Refused || c.alerted || o.Alerted || c.moves.count >= min(a.trunk.Redirects.Most, mostRedirects) {
		return false
	}
	for _, uri := range a.moved {
		target, err := parseTarget(uri)
		if err != nil || !a.trunk.permits(target) || slices.Contains(c.moves.been, uri) {
			continue
		}
		c.moves.count++
		c.moves.been = append(c.moves.been, uri)
		c.moves.to = uri
		c.ways = newWays(now, append([]hop{a.next}, c.ways.left...), tighter(c.dial.ProgressTimeout, a.trunk.ProgressTimeout))
		c.ua.enter(a.trunk.Name) // one leaves, one comes
		return c.try(now, a.trunk) == nil
	}
	return false
}

// target is the Request-URI of the next INVITE.
func (c *Call) target(t *Trunk) (gosip.Uri, error) {
	if c.moves.to != "" {
		return parseTarget(c.moves.to)
	}
	return c.dial.target(t)
}

// addressee is the To of the next INVITE: whom the dial is for, also where he is elsewhere.
func (c *Call) addressee(t *Trunk) (gosip.ToHeader, error) {
	first, err := c.dial.target(t)
	return addressee(first), err
}
