package siptest

import (
	"bytes"
	"crypto/subtle"
	"io"
	"slices"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// Auth is digest authentication by RFC 7616 and RFC 8760 (https://www.rfc-editor.org/rfc/rfc8760).
type Auth struct {
	Realm string
	// Users maps names to passwords.
	Users map[string]string
	// Status is 401 (when 0) or 407.
	Status int
	// Algorithms are offered side by side in this order: "MD5" (when nil), "SHA-256", …
	Algorithms []string
	// QOP is offered as it is; nil: "auth".
	QOP []string
	// Methods are challenged; nil: INVITE and REGISTER. Add BYE for a PBX such as Yate.
	Methods []gosip.RequestMethod
	// StaleOnce meets the first good answer with stale=true and a new nonce.
	StaleOnce bool
	// Reject is the status for wrong credentials; 0 challenges again.
	Reject int
}

// nonces are numbers: all those issued after the last that went stale are good.
type nonces struct{ issued, stale int }

func (n *nonces) next() string {
	n.issued++
	return "nonce-" + strconv.Itoa(n.issued)
}

func (n *nonces) good(nonce string) bool {
	number, err := strconv.Atoi(strings.TrimPrefix(nonce, "nonce-"))
	return err == nil && number > n.stale && number <= n.issued
}

// ForgetNonces makes every nonce issued so far too old.
func (p *PBX) ForgetNonces() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nonces.stale = p.nonces.issued
}

// challenge returns the refusal of a request that does not prove who sent it, or false. p.mu is held.
func (p *PBX) challenge(req *gosip.Request) (Response, bool) {
	a := p.config.Auth
	if a == nil || !a.challenges(req.Method) {
		return Response{}, false
	}
	cred := a.credentials(req)
	switch {
	case cred == nil:
		return p.challengeWith(false), true
	case !a.verify(req, cred):
		if a.Reject != 0 {
			return Reply(a.Reject, ""), true
		}
		return p.challengeWith(false), true
	case a.StaleOnce && p.nonces.stale == 0:
		p.nonces.stale = p.nonces.issued
		return p.challengeWith(true), true
	case !p.nonces.good(cred.Nonce):
		return p.challengeWith(true), true
	}
	return Response{}, false
}

func (a *Auth) challenges(method gosip.RequestMethod) bool {
	if a.Methods == nil {
		return method == gosip.INVITE || method == gosip.REGISTER
	}
	return slices.Contains(a.Methods, method)
}

// challengeWith makes the 401 or 407, one header per algorithm and one nonce for all.
func (p *PBX) challengeWith(stale bool) Response {
	a := p.config.Auth
	p.stats.Challenged++
	status, name := 401, "WWW-Authenticate"
	if a.Status == 407 {
		status, name = 407, "Proxy-Authenticate"
	}
	c := digest.Challenge{Realm: a.Realm, Nonce: p.nonces.next(), Stale: stale, QOP: a.QOP}
	if c.QOP == nil {
		c.QOP = []string{"auth"}
	}
	algorithms := a.Algorithms
	if algorithms == nil {
		algorithms = []string{"MD5"}
	}
	var opts []Option
	for _, c.Algorithm = range algorithms {
		opts = append(opts, Header(name, c.String()))
	}
	return Reply(status, "", opts...)
}

// credentials returns those of the request that are meant for this realm, or nil.
func (a *Auth) credentials(req *gosip.Request) *digest.Credentials {
	name := "Authorization"
	if a.Status == 407 {
		name = "Proxy-Authorization"
	}
	for _, h := range req.GetHeaders(name) {
		if c, err := digest.ParseCredentials(h.Value()); err == nil && c.Realm == a.Realm {
			return c
		}
	}
	return nil
}

// verify computes the response again from what the PBX knows (https://www.rfc-editor.org/rfc/rfc7616#section-3.4.1).
func (a *Auth) verify(req *gosip.Request, cred *digest.Credentials) bool {
	password, known := a.Users[cred.Username]
	if !known || cred.URI != req.Recipient.String() {
		return false
	}
	offered := a.Algorithms
	if offered == nil {
		offered = []string{"MD5"}
	}
	if cred.Algorithm != "" && !slices.Contains(offered, cred.Algorithm) {
		return false
	}
	chal := &digest.Challenge{Realm: a.Realm, Nonce: cred.Nonce, Algorithm: cred.Algorithm}
	if cred.QOP != "" {
		chal.QOP = []string{cred.QOP}
		if cred.Nc < 1 || cred.Cnonce == "" {
			return false
		}
	}
	want, err := digest.Digest(chal, digest.Options{
		Method: string(req.Method), URI: cred.URI, Username: cred.Username, Password: password,
		Cnonce: cred.Cnonce, Count: cred.Nc,
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(req.Body())), nil },
	})
	return err == nil && subtle.ConstantTimeCompare([]byte(want.Response), []byte(cred.Response)) == 1
}
