package sip

import (
	"crypto/rand"
	"errors"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/trunk"
)

// ProbeResult is what came of an OPTIONS to a trunk.
type ProbeResult struct {
	Trunk string
	Reply trunk.Reply
	Took  time.Duration // from the OPTIONS to the answer, or to giving up
}

// prober asks a trunk by OPTIONS whether it is there, owned by a goroutine of its own like a call. [tieline/sip/trunk] says
// when, and what the answers mean. A trunk is there as long as one of its addresses is: they are asked in their order until
// one takes calls.
type prober struct {
	// settings
	ua    *UserAgent
	trunk *Trunk

	// in
	inbox mailbox

	// out
	ended chan struct{}

	// state, owned by run
	leg     *leg // of the OPTIONS under way; nil: none is
	sent    time.Time
	hops    []hop     // the addresses that have not been asked this time
	next    time.Time // when the next one goes out, or that under way is given up
	stopped bool
}

// startProbers starts those that are wanted.
func (u *UserAgent) startProbers() {
	for name, p := range u.probers {
		p.next = u.firstProbe(name)
		if u.enlist(p) {
			go p.run()
		}
	}
}

func newProber(u *UserAgent, t *Trunk) *prober {
	return &prober{ua: u, trunk: t, inbox: mailbox{wakec: make(chan struct{}, 1)}, ended: make(chan struct{})}
}

// Done is closed when nothing more of it can happen.
func (p *prober) Done() <-chan struct{} { return p.ended }

func (p *prober) leave() { p.inbox.post(func(time.Time) { p.stopped = true }) }

// hurry has the next OPTIONS go out now: a call has met nobody.
func (p *prober) hurry() {
	p.inbox.post(func(now time.Time) {
		if p.leg == nil {
			p.next = now
		}
	})
}

func (p *prober) run() {
	defer p.ua.dismiss(p)
	defer close(p.ended)
	p.ua.play(p, &p.inbox)
}

func (p *prober) begin(time.Time) {} // it waits for its time

func (p *prober) due() time.Time { return p.next }

func (p *prober) over() bool { return p.stopped }

func (p *prober) abandon() { p.stopped = true }

func (p *prober) forget() {
	if p.leg != nil {
		p.leg.close()
	}
}

func (p *prober) tick(now time.Time) {
	switch {
	case p.stopped || now.Before(p.next):
	case p.leg != nil:
		p.answered(now, trunk.Reply{}) // later answers are none
	default:
		if p.next = p.ua.quiet(p.trunk.Name); !p.next.After(now) {
			p.hops = p.ua.peers.hops(p.trunk)
			p.ask(now)
		}
	}
}

// ask sends OPTIONS to the next address (https://www.rfc-editor.org/rfc/rfc3261#section-11.1).
func (p *prober) ask(now time.Time) {
	p.sent, p.next = now, now.Add(p.trunk.Probe.Timeout)
	if len(p.hops) == 0 { // its name does not resolve
		p.told(now, trunk.Reply{})
		return
	}
	l := newLeg(p.ua, p.trunk, &p.inbox)
	p.leg = &l
	l.callID, l.localTag, l.next = rand.Text(), newTag(), p.hops[0]
	p.hops = p.hops[1:]
	target := p.trunk.uri("")
	l.remote = addressee(target)
	l.local = gosip.FromHeader{Address: p.trunk.person(""), Params: gosip.HeaderParams{{K: "tag", V: l.localTag}}}
	req := p.ua.newRequest(gosip.OPTIONS, target, l.next, newBranch())
	follow(req, p.trunk.proxyRoute())
	l.address(req, "", 1)
	req.AppendHeader(p.leg.contact(hopOf(req)))
	req.AppendHeader(gosip.NewHeader("Accept", "application/sdp"))
	req.SetBody(nil)
	l.request(req, l.donec, func(now time.Time, res *gosip.Response, err error) {
		switch {
		case p.leg != &l: // it was given up
		case err == nil, errors.Is(err, gosip.ErrTransactionTimeout):
			p.answered(now, replyOf(res))
		default:
			p.answered(now, trunk.Reply{Fault: p.ua.transportFault(l.next, err)})
		}
	})
}

// answered takes what came of an OPTIONS. Another address may be better, and is for calls, too, from now on
// (https://www.rfc-editor.org/rfc/rfc3263#section-4.3).
func (p *prober) answered(now time.Time, r trunk.Reply) {
	at := p.leg.next
	p.leg.close()
	p.leg = nil
	switch r.Status {
	case 0, 408, 503:
		p.ua.peers.rest(now, at, r.RetryAfter)
		if len(p.hops) > 0 {
			p.ask(now)
			return
		}
	default:
		p.ua.peers.wake(at)
	}
	p.told(now, r)
}

// told passes on how the trunk is.
func (p *prober) told(now time.Time, r trunk.Reply) {
	p.next = p.ua.probed(now, p.trunk.Name, r)
	if report := p.ua.cfg.Probed; report != nil {
		report(ProbeResult{Trunk: p.trunk.Name, Reply: r, Took: now.Sub(p.sent)})
	}
}
