package sip

import (
	"slices"
	"strings"
	"sync"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// mostRealms bounds what is remembered of a peer that invents realms.
const mostRealms = 8

// account is a user name with its password, a trunk's or an end-point's, and what is known of the realms that ask for
// it: shared by all calls of the account, so that the next one answers in its first request
// (https://www.rfc-editor.org/rfc/rfc7616#section-3.6).
//
// Concurrency: safe for use from anywhere. A nonce counts without gaps or repetition whoever uses it.
type account struct {
	username, password string // never change

	mu     sync.Mutex
	realms []realm // the latest that was challenged last
}

// realm is the challenge that is answered in one realm. A proxy and the callee may each have one
// (https://www.rfc-editor.org/rfc/rfc3261#section-22.3).
type realm struct {
	challenge *digest.Challenge
	header    string                // what the answer is sent in
	count     int                   // how often the nonce was used
	methods   []gosip.RequestMethod // that it is known to challenge
}

type realmKey struct{ header, realm string }

func (r *realm) key() realmKey { return realmKey{r.header, r.challenge.Realm} }

func newAccount(username, password string) *account {
	return &account{username: username, password: password}
}

// challenged notes a challenge to a request of a method. Where that was signed already and is refused, the next ones
// wait until they are asked: an account that is wrong should not be so twice each time.
func (a *account) challenged(method gosip.RequestMethod, r realm, refused bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.IndexFunc(a.realms, func(o realm) bool { return o.key() == r.key() }); i >= 0 {
		if r.methods = a.realms[i].methods; a.realms[i].challenge.Nonce == r.challenge.Nonce {
			r.count = a.realms[i].count // the same one as to somebody else: it goes on counting
		}
		a.realms = slices.Delete(a.realms, i, i+1)
	}
	if len(a.realms) == mostRealms {
		a.realms = slices.Delete(a.realms, 0, 1)
	}
	switch {
	case refused:
		r.methods = nil
	case method != "" && len(r.methods) < mostRealms && !slices.Contains(r.methods, method):
		r.methods = append(slices.Clone(r.methods), method)
	}
	a.realms = append(a.realms, r)
}

// next takes the nonce that the next request is to use (https://www.rfc-editor.org/rfc/rfc7616#section-3.5). The header
// field names no realm: where there are several it says nothing.
func (a *account) next(res *gosip.Response) {
	for _, side := range []struct{ info, answer string }{
		{"Authentication-Info", "Authorization"}, {"Proxy-Authentication-Info", "Proxy-Authorization"},
	} {
		nonce := nextNonce(headerValue(res, side.info))
		if nonce == "" {
			continue
		}
		a.mu.Lock()
		var found []int
		for i := range a.realms {
			if a.realms[i].header == side.answer {
				found = append(found, i)
			}
		}
		if len(found) == 1 && a.realms[found[0]].challenge.Nonce != nonce {
			fresh := *a.realms[found[0]].challenge
			fresh.Nonce = nonce
			a.realms[found[0]].challenge, a.realms[found[0]].count = &fresh, 0
		}
		a.mu.Unlock()
	}
}

// nextNonce reads the nextnonce of an Authentication-Info; empty: there is none.
func nextNonce(value string) string {
	for _, part := range splitList(value) {
		if name, v, _ := strings.Cut(part, "="); strings.EqualFold(strings.TrimSpace(name), "nextnonce") {
			v = strings.TrimSpace(v)
			if rest, quoted := strings.CutPrefix(v, `"`); quoted {
				v, _ = unquote(rest)
			}
			return strings.Clone(v)
		}
	}
	return ""
}

// signature is the content of an Authorization or Proxy-Authorization.
type signature struct {
	key   realmKey
	value string
}

// signatures answer every challenge known; with expected, those that a request of its method is known to meet.
func (a *account) signatures(req *gosip.Request, expected bool) []signature {
	var all []signature
	for _, r := range a.use(req.Method, expected) {
		cred, err := digest.Digest(r.challenge, digest.Options{
			Method: req.Method.String(), URI: req.Recipient.String(), Count: r.count,
			Username: a.username, Password: a.password,
		})
		if err != nil {
			continue // cannot happen: strength and useAuth let only through what Digest knows
		}
		all = append(all, signature{r.key(), cred.String()})
	}
	return all
}

// use counts one more use of each nonce.
func (a *account) use(method gosip.RequestMethod, expected bool) []realm {
	a.mu.Lock()
	defer a.mu.Unlock()
	var used []realm
	for i := range a.realms {
		if r := &a.realms[i]; !expected || slices.Contains(r.methods, method) {
			r.count++
			used = append(used, *r)
		}
	}
	return used
}
