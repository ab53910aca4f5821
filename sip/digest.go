package sip

import (
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"tieline/sip/invite"
)

// mostChallenges bounds how many challenges one attempt answers, whatever the peer invents.
const mostChallenges = 4

// credentials answers the challenges of one leg, in its INVITEs and everything inside its dialogs, with what all legs of
// the account know of the peer's realms.
type credentials struct {
	*account

	learned int
	signed  []realmKey // what the latest request was signed for
}

// learn takes what a final response says of digests: the challenges of a 401 or 407, of each realm the strongest we know
// (https://www.rfc-editor.org/rfc/rfc8760#section-2.4 leaves the choice to the client's policy), or the next nonce.
func (c *credentials) learn(res *gosip.Response) invite.Challenge {
	if c.username == "" {
		return invite.NoChallenge
	}
	if res.IsSuccess() {
		c.next(res)
	}
	if c.learned == mostChallenges || (res.StatusCode != 401 && res.StatusCode != 407) {
		return invite.NoChallenge
	}
	found := append(strongest(res, "WWW-Authenticate", "Authorization"),
		strongest(res, "Proxy-Authenticate", "Proxy-Authorization")...)
	if len(found) == 0 {
		return invite.NoChallenge
	}
	c.learned++
	var method gosip.RequestMethod
	if h := res.CSeq(); h != nil {
		method = gosip.RequestMethod(strings.Clone(string(h.MethodName)))
	}
	verdict := invite.FreshChallenge
	for _, f := range found {
		answered := slices.Contains(c.signed, f.key())
		if answered && f.challenge.Stale || !answered && len(c.signed) > 0 {
			// Or another realm on the way asks for the first time: what was sent before was good enough for the one
			// before it, exactly as with a stale nonce.
			verdict = invite.StaleChallenge
		}
		c.challenged(method, f, answered && !f.challenge.Stale)
	}
	return verdict
}

// authorise puts answers to challenges into req, whose Request-URI and method must be what is sent: to all that are
// known where one has just come, otherwise to those that are to be expected, so that a request that would be challenged
// needs no second try (https://www.rfc-editor.org/rfc/rfc3261#section-22.3,
// https://www.rfc-editor.org/rfc/rfc7616#section-3.6).
func (c *credentials) authorise(req *gosip.Request, asked bool) {
	c.signed = c.signed[:0]
	for _, a := range c.signatures(req, !asked) {
		c.signed = append(c.signed, a.key)
		req.AppendHeader(gosip.NewHeader(a.key.header, a.value))
	}
}

// strongest picks of each realm the strongest challenge that we can answer.
func strongest(res *gosip.Response, name, answer string) []realm {
	var best []realm
	for _, h := range res.GetHeaders(name) {
		chal, err := digest.ParseChallenge(h.Value())
		if err != nil || chal.Nonce == "" || strength(chal) == 0 || !useAuth(chal) {
			continue
		}
		i := slices.IndexFunc(best, func(r realm) bool { return r.challenge.Realm == chal.Realm })
		switch {
		case i < 0:
			best = append(best, realm{challenge: chal, header: answer})
		case strength(chal) > strength(best[i].challenge):
			best[i].challenge = chal
		}
	}
	return best
}

// strength orders the algorithms; 0: not known (https://www.rfc-editor.org/rfc/rfc8760#section-2.1).
func strength(c *digest.Challenge) int {
	switch strings.ToUpper(c.Algorithm) {
	case "", "MD5":
		return 1
	case "SHA-256":
		return 2
	case "SHA-512-256":
		return 3
	default:
		return 0
	}
}

// useAuth settles on qop auth, or none where none is offered. The library compares qop values with their spaces and
// would not find auth in "auth-int, auth".
func useAuth(c *digest.Challenge) bool {
	if len(c.QOP) == 0 {
		return true
	}
	for _, q := range c.QOP {
		if strings.EqualFold(strings.TrimSpace(q), "auth") {
			c.QOP = []string{"auth"}
			return true
		}
	}
	return false
}
