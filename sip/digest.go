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

// credentials answers the challenges of one attempt, in its INVITEs and its BYEs.
type credentials struct {
	username, password string

	realms  []realm
	learned int
}

// realm is the challenge that is answered in one realm. A proxy and the callee may each have one
// (https://www.rfc-editor.org/rfc/rfc3261#section-22.3).
type realm struct {
	challenge *digest.Challenge
	header    string // what the answer is sent in
	count     int    // how often the nonce was used
}

// learn takes the challenges of a 401 or 407: of each realm the strongest we know
// (https://www.rfc-editor.org/rfc/rfc8760#section-2.4 leaves the choice to the client's policy).
func (c *credentials) learn(res *gosip.Response) invite.Challenge {
	if c.username == "" || c.learned == mostChallenges || (res.StatusCode != 401 && res.StatusCode != 407) {
		return invite.NoChallenge
	}
	found := append(strongest(res, "WWW-Authenticate", "Authorization"),
		strongest(res, "Proxy-Authenticate", "Proxy-Authorization")...)
	if len(found) == 0 {
		return invite.NoChallenge
	}
	c.learned++
	verdict := invite.FreshChallenge
	for _, f := range found {
		i := slices.IndexFunc(c.realms, func(r realm) bool {
			return r.header == f.header && r.challenge.Realm == f.challenge.Realm
		})
		switch {
		case i >= 0:
			if f.challenge.Stale {
				verdict = invite.StaleChallenge
			}
			c.realms[i] = f
		case len(c.realms) > 0:
			// Another realm on the way asks for the first time: what was sent before was good enough for the one
			// before it, exactly as with a stale nonce.
			verdict = invite.StaleChallenge
			fallthrough
		default:
			c.realms = append(c.realms, f)
		}
	}
	return verdict
}

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

// sign puts an answer to every challenge learned into req, whose Request-URI and method must be what is sent.
func (c *credentials) sign(req *gosip.Request) {
	for i := range c.realms {
		r := &c.realms[i]
		r.count++
		cred, err := digest.Digest(r.challenge, digest.Options{
			Method: req.Method.String(), URI: req.Recipient.String(), Count: r.count,
			Username: c.username, Password: c.password,
		})
		if err != nil {
			continue // cannot happen: strength and useAuth let only through what Digest knows
		}
		req.AppendHeader(gosip.NewHeader(r.header, cred.String()))
	}
}
