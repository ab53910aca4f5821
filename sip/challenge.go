package sip

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"net/netip"
	"slices"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// nonceAge is how long a nonce of ours is good: long enough for a PBX that calls often, short enough for one that was
// overheard.
const nonceAge = 5 * time.Minute

// doorman asks who begins something whether he has the trunk's password (Trunk.Challenge,
// https://www.rfc-editor.org/rfc/rfc3261#section-22.2). Requests inside of dialogs are let through: they know our tag.
type doorman struct {
	realm  string
	nonces nonces
}

func newDoorman(realm string) *doorman {
	d := &doorman{realm: realm}
	_, _ = rand.Read(d.nonces.key[:]) // never fails
	return d
}

// challenges is the 401 to a request that does not prove that it is the trunk's; nil: it may come in, or is not asked.
func (d *doorman) challenges(now time.Time, req *gosip.Request, t *Trunk) *refusal {
	if t == nil || !t.Challenge || req.Method == gosip.ACK || req.Method == gosip.CANCEL {
		return nil // https://www.rfc-editor.org/rfc/rfc3261#section-22.1: neither of them can be repeated
	}
	from := sourceOf(req, t)
	cred := d.credentials(req)
	if cred == nil || !d.proves(req, cred, t) {
		return d.ask(now, from, t, false)
	}
	switch d.nonces.use(now, cred.Nonce, from, cred.Nc) {
	case nonceGood:
		return nil
	case nonceStale: // https://www.rfc-editor.org/rfc/rfc7616#section-3.3: right, but too old
		return d.ask(now, from, t, true)
	default:
		return d.ask(now, from, t, false)
	}
}

// algorithms are the trunk's, or SHA-256 and, for who cannot do that, MD5
// (https://www.rfc-editor.org/rfc/rfc8760#section-2.4). Some old peers read the first challenge alone.
func (t *Trunk) algorithms() []string {
	if len(t.ChallengeAlgorithms) > 0 {
		return t.ChallengeAlgorithms
	}
	return []string{"SHA-256", "MD5"}
}

func (d *doorman) ask(now time.Time, from string, t *Trunk, stale bool) *refusal {
	c := digest.Challenge{Realm: d.realm, Nonce: d.nonces.issue(now, from), Stale: stale, QOP: []string{"auth"}}
	no := &refusal{status: gosip.StatusUnauthorized, phrase: "Unauthorized"}
	for _, c.Algorithm = range t.algorithms() {
		no.headers = append(no.headers, gosip.NewHeader("WWW-Authenticate", c.String()))
	}
	return no
}

// credentials are those for our realm; nil: there are none.
func (d *doorman) credentials(req *gosip.Request) *digest.Credentials {
	for _, h := range req.GetHeaders("Authorization") {
		if c, err := digest.ParseCredentials(h.Value()); err == nil && c.Realm == d.realm {
			return c
		}
	}
	return nil
}

// proves computes the response again (https://www.rfc-editor.org/rfc/rfc7616#section-3.4.1).
func (d *doorman) proves(req *gosip.Request, cred *digest.Credentials, t *Trunk) bool {
	algorithm := cmp.Or(strings.ToUpper(cred.Algorithm), "MD5")
	if cred.Username != t.Username || !slices.Contains(t.algorithms(), algorithm) || !sameTarget(cred.URI, req.Recipient) {
		return false
	}
	chal := &digest.Challenge{Realm: d.realm, Nonce: cred.Nonce, Algorithm: algorithm}
	switch {
	case cred.QOP == "auth" && cred.Cnonce != "" && cred.Nc > 0:
		chal.QOP = []string{"auth"}
	case cred.QOP == "": // as of RFC 2069, which counts nothing: such a nonce is good for once
		cred.Nc = 1
	default:
		return false
	}
	want, err := digest.Digest(chal, digest.Options{
		Method: req.Method.String(), URI: cred.URI, Username: t.Username, Password: t.Password, Cnonce: cred.Cnonce, Count: cred.Nc,
	})
	return err == nil && subtle.ConstantTimeCompare([]byte(want.Response), []byte(cred.Response)) == 1
}

// sameTarget reports that what was signed is what is asked for; parameters and port may have been touched on the way
// (https://www.rfc-editor.org/rfc/rfc3261#section-22.4).
func sameTarget(signed string, target gosip.Uri) bool {
	var uri gosip.Uri
	return gosip.ParseUri(signed, &uri) == nil && uri.User == target.User && strings.EqualFold(uri.Host, target.Host)
}

// sourceOf is what a nonce is bound to.
func sourceOf(req *gosip.Request, t *Trunk) string {
	addr, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		return t.Name
	}
	return t.Name + " " + addr.Addr().Unmap().String()
}
