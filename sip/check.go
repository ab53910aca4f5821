package sip

import (
	"cmp"
	"crypto/rand"
	"errors"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/trunk"
)

// defaultCheck bounds a check of credentials that sets no deadline of its own.
const defaultCheck = 10 * time.Second

// Credentials are somebody's at a trunk's registrar, to be checked.
type Credentials struct {
	Trunk    string // whose registrar
	User     string // the end-point: To and From
	Username string // of the digest; default: User
	Password string // kept only as long as the check takes
	// Deadline bounds the check. Zero: 10 s from now.
	Deadline time.Time
}

// Proof is what a registrar makes of credentials.
type Proof uint8

// The kinds of proof.
const (
	Unproved     Proof = iota // no answer that would say; Verification.Outcome tells why
	Proved                    // the registrar asked for a proof, and took it
	Disproved                 // it asked, and did not take it, or does not know the user
	Unchallenged              // it did not ask, which says nothing of the credentials
)

// String gives the proof in lower case.
func (p Proof) String() string {
	return [...]string{"unproved", "proved", "disproved", "unchallenged"}[p&3]
}

// Verification is what became of a check. Its Outcome has the Status, Phrase and Reason that came last, if any, and
//
//   - no Cause where Proof is Proved or Unchallenged;
//   - Forbidden where it is Disproved (401, 403, 404 or 407);
//   - else Network (nothing came in time, the transport failed, 408), Congestion (5xx), Unavailable (anything else; a
//     challenge that we cannot answer), NoTrunk or NotFound (it could not be asked as it stands), or Cancelled (the user
//     agent ends).
type Verification struct {
	Proof   Proof
	Outcome Outcome
}

// CheckCredentials asks a trunk's registrar whether it takes credentials, by a REGISTER without Contact, which changes
// nothing (https://www.rfc-editor.org/rfc/rfc3261#section-10.2.3). It returns at once; report is called exactly once,
// from another goroutine, at the deadline at the latest, and must not block. Nobody is told the password: neither log,
// trace nor outcome.
func (u *UserAgent) CheckCredentials(c Credentials, report func(Verification)) {
	k := &check{ask: c, report: report, ended: make(chan struct{}), ua: u}
	if k.ask.Deadline.IsZero() {
		k.ask.Deadline = time.Now().Add(defaultCheck)
	}
	k.inbox.wakec = make(chan struct{}, 1)
	if !u.enlist(k) {
		k.refused = true
	}
	go k.run()
}

// check is one of them, owned by a goroutine of its own like a call.
type check struct {
	// settings
	ua      *UserAgent
	ask     Credentials
	report  func(Verification)
	refused bool // the user agent is about to end

	// in
	inbox mailbox

	// out
	ended chan struct{}

	// state, owned by run
	leg    *leg
	target gosip.Uri
	try    int
	left   []hop         // addresses not tried yet
	quiet  time.Time     // when the next one is tried if nothing is heard; zero: not at all
	stopc  chan struct{} // closed when the one tried at present is given up
	told   bool
}

// Done is closed when nothing more of it can happen.
func (k *check) Done() <-chan struct{} { return k.ended }

func (k *check) leave() {
	k.inbox.post(func(time.Time) { k.fail(Cancelled, "shutting down") })
}

func (k *check) run() {
	defer k.ua.dismiss(k)
	defer close(k.ended)
	if k.refused {
		k.fail(Cancelled, "shutting down")
	}
	k.ua.play(k, &k.inbox)
}

func (k *check) due() time.Time { return sooner(k.ask.Deadline, k.quiet) }

func (k *check) over() bool { return k.told }

func (k *check) tick(now time.Time) {
	if !now.Before(k.ask.Deadline) {
		k.fail(Network, "no answer in time")
	}
	if !k.told && !k.quiet.IsZero() && !now.Before(k.quiet) && k.ua.peers.elsewhere(now, k.leg.next, trunk.Reply{}) {
		close(k.stopc)
		k.next(now)
	}
}

func (k *check) abandon() { k.fail(Cancelled, "shutting down") }

func (k *check) forget() {
	if k.leg != nil {
		k.leg.close()
	}
	k.ask, k.leg = Credentials{}, nil
}

func (k *check) begin(now time.Time) {
	if k.told {
		return
	}
	t := k.ua.trunks[k.ask.Trunk]
	if t == nil {
		k.fail(NoTrunk, "no such trunk")
		return
	}
	user, err := escapeUser(k.ask.User)
	if err != nil || !safeText(k.ask.Username) {
		k.fail(NotFound, "user or user name that cannot be sent")
		return
	}
	hops := k.ua.peers.hops(t)
	if len(hops) == 0 {
		k.fail(Network, "trunk has no address")
		return
	}
	l := newLeg(k.ua, t, &k.inbox)
	l.localTag, k.left = newTag(), hops
	l.remote = addressee(t.uri(user))
	l.local = gosip.FromHeader{Address: l.remote.Address, Params: gosip.HeaderParams{{K: "tag", V: l.localTag}}}
	l.auth = credentials{account: newAccount(cmp.Or(k.ask.Username, k.ask.User), k.ask.Password)} // nobody else's
	k.leg, k.target = &l, t.uri("")
	k.next(now)
}

// next asks at the next address, by a request that is new to whoever has got the one before.
func (k *check) next(now time.Time) {
	k.leg.callID, k.leg.next, k.try = rand.Text(), k.left[0], 0
	k.left, k.quiet, k.stopc = k.left[1:], time.Time{}, make(chan struct{})
	if len(k.left) > 0 {
		k.quiet = now.Add(silence)
	}
	k.send()
}

// send asks, with whatever was learned of challenges.
func (k *check) send() {
	k.try++
	l := k.leg
	req := k.ua.newRequest(gosip.REGISTER, k.target, l.next, newBranch())
	follow(req, l.trunk.proxyRoute())
	l.address(req, "", uint32(k.try))
	l.auth.authorise(req, k.try > 1)
	req.SetBody(nil)
	if err := l.fit(req); err != nil {
		k.fail(Network, err.Error())
		return
	}
	l.request(req, k.stopc, func(now time.Time, res *gosip.Response, err error) {
		if l.callID == callID(req) { // otherwise it was given up
			k.answered(now, res, err)
		}
	})
}

// answered takes what came of a REGISTER.
func (k *check) answered(now time.Time, res *gosip.Response, err error) {
	k.quiet = time.Time{}
	switch {
	case k.told:
	case k.ua.peers.elsewhere(now, k.leg.next, replyOf(res)) && len(k.left) > 0:
		k.next(now)
	case errors.Is(err, gosip.ErrTransactionTimeout):
		k.fail(Network, "no answer")
	case err != nil:
		k.fail(Network, k.ua.transportFault(k.leg.next, err))
	case k.again(res):
		k.send()
	default:
		k.tell(k.judge(res))
	}
}

// again reports that a challenge is worth an answer: the first one, and any that says no more than that the nonce was
// stale or that another realm wants to know as well.
func (k *check) again(res *gosip.Response) bool {
	switch k.leg.auth.learn(res) {
	case invite.StaleChallenge:
		return true
	case invite.FreshChallenge:
		return k.try == 1
	default:
		return false
	}
}

// judge says what a final response means.
func (k *check) judge(res *gosip.Response) Verification {
	v := Verification{Outcome: Outcome{
		Status: res.StatusCode, Phrase: res.Reason, Reason: headerValue(res, "Reason"), Trunk: k.ask.Trunk, Attempts: 1,
		RetryAfter: seconds(headerValue(res, "Retry-After")),
	}}
	v.Outcome.Q850 = trunk.Q850(v.Outcome.Reason)
	signed := k.try > 1
	challenges := res.StatusCode == gosip.StatusUnauthorized || res.StatusCode == gosip.StatusProxyAuthRequired
	switch {
	case res.IsSuccess() && signed:
		v.Proof = Proved
	case res.IsSuccess():
		v.Proof = Unchallenged
	case challenges && signed, res.StatusCode == 403, res.StatusCode == 404:
		v.Proof, v.Outcome.Cause = Disproved, Forbidden
	case res.StatusCode == 408:
		v.Outcome.Cause, v.Outcome.Retryable = Network, true
	case res.StatusCode/100 == 5:
		v.Outcome.Cause, v.Outcome.Retryable = Congestion, true
	default:
		v.Outcome.Cause, v.Outcome.Retryable = Unavailable, !challenges
	}
	return v
}

func (k *check) fail(cause Cause, detail string) {
	k.tell(Verification{Outcome: Outcome{
		Cause: cause, Retryable: cause == Network || cause == Cancelled, Trunk: k.ask.Trunk, Detail: detail,
	}})
}

func (k *check) tell(v Verification) {
	if !k.told {
		k.told = true
		k.report(v)
	}
}
