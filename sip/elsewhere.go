package sip

import (
	"slices"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/trunk"
)

// Requests outside of dialogs other than INVITE: which address of a trunk they go to, and when to the next one
// (https://www.rfc-editor.org/rfc/rfc3263#section-4.3).

// replyOf is what came of such a request; a nil response: nothing.
func replyOf(res *gosip.Response) trunk.Reply {
	if res == nil {
		return trunk.Reply{}
	}
	return trunk.Reply{Status: res.StatusCode, Phrase: res.Reason, RetryAfter: seconds(headerValue(res, "Retry-After"))}
}

// elsewhere takes what came of such a request at an address. It reports that it may be sent to the next address of the trunk;
// this one is then tried last for a while.
func (p *peers) elsewhere(now time.Time, at hop, r trunk.Reply) bool {
	o := invite.Outcome{Kind: invite.Transport}
	if r.Status != 0 {
		o = invite.Outcome{Kind: invite.Refused, Heard: true, Status: r.Status, Phrase: r.Phrase, RetryAfter: r.RetryAfter}
	}
	if !trunk.AtAddress(o) {
		p.wake(at)
		return false
	}
	p.rest(now, at, o.RetryAfter)
	return true
}

// stay is the address of a trunk that has been used, as long as it is one and has not failed; otherwise the one to try next.
// false: there is none.
func (p *peers) stay(t *Trunk, used hop) (hop, bool) {
	ways := p.hops(t)
	if len(ways) == 0 {
		return hop{}, false
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if slices.Contains(ways, used) && !p.resting[used].After(time.Now()) {
		return used, true
	}
	return ways[0], true
}

// another reports that a trunk has another address, which has not failed lately.
func (p *peers) another(t *Trunk, used hop) bool {
	ways := p.hops(t)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.ContainsFunc(ways, func(h hop) bool { return h != used && !p.resting[h].After(time.Now()) })
}
