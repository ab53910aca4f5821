package siptest

import (
	"testing"
	"testing/synctest"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// authorize answers the challenge of a response for an algorithm with a password.
func authorize(t *testing.T, res *gosip.Response, method, uri, algorithm, password string) string {
	t.Helper()
	challenge, answer := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		challenge, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	for _, h := range res.GetHeaders(challenge) {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil {
			t.Fatal(err)
		}
		if c.Algorithm != algorithm {
			continue
		}
		cred, err := digest.Digest(c, digest.Options{Method: method, URI: uri, Username: "gw", Password: password})
		if err != nil {
			t.Fatal(err)
		}
		return answer + ": " + cred.String() + "\r\n"
	}
	t.Fatalf("no challenge for %s in\n%s", algorithm, res)
	return ""
}

// challenged sends an INVITE and the ACK of its challenge.
func (b *bed) challenged(status int) *gosip.Response {
	b.t.Helper()
	b.invite("609")
	res := b.wantResponse("the INVITE is challenged", status, "INVITE")
	b.send(req{method: "ACK", uri: "sip:609@pbx", branch: "1", seq: 1, tag: toTag(res)})
	return res
}

func (b *bed) authorized(branch string, seq int, headers string) {
	b.t.Helper()
	b.send(req{method: "INVITE", uri: "sip:609@pbx", branch: branch, seq: seq, headers: headers})
}

func TestDigest(t *testing.T) {
	both := []string{"SHA-256", "MD5"}
	for name, c := range map[string]struct {
		auth      Auth
		challenge int
		algorithm string
		password  string
		want      int
	}{
		"MD5 by 401":          {Auth{}, 401, "MD5", "secret", 200},
		"SHA-256 by 407":      {Auth{Status: 407, Algorithms: both}, 407, "SHA-256", "secret", 200},
		"MD5 of both":         {Auth{Algorithms: both}, 401, "MD5", "secret", 200},
		"wrong, asked again":  {Auth{Algorithms: both}, 401, "SHA-256", "guess", 401},
		"wrong, sent away":    {Auth{Reject: 403}, 401, "MD5", "guess", 403},
		"auth-int first":      {Auth{QOP: []string{"auth-int", "auth"}}, 401, "MD5", "secret", 200},
		"without any qop":     {Auth{QOP: []string{}}, 401, "MD5", "secret", 200},
		"stale nonce at once": {Auth{StaleOnce: true}, 401, "MD5", "secret", 401},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.auth.Realm, c.auth.Users = "pbx", map[string]string{"gw": "secret"}
				b := newBed(t, Config{Numbers: Numbers(0, 0), Auth: &c.auth})
				res := b.challenged(c.challenge)
				b.authorized("2", 2, authorize(t, res, "INVITE", "sip:609@pbx", c.algorithm, c.password))
				res = b.wantResponse("the outcome", c.want, "INVITE")
				if c.auth.StaleOnce {
					b.authorized("3", 3, authorize(t, res, "INVITE", "sip:609@pbx", c.algorithm, c.password))
					b.wantResponse("the new nonce is good", 200, "INVITE")
				}
			})
		})
	}
}

func TestDigestIsHeldAgainstTheRequestURI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Numbers: Numbers(0, 0), Auth: &Auth{Realm: "pbx", Users: map[string]string{"gw": "secret"}}})
		res := b.challenged(401)
		b.authorized("2", 2, authorize(t, res, "INVITE", "sip:609@elsewhere", "MD5", "secret"))
		b.wantResponse("credentials of another URI", 401, "INVITE")
	})
}

func TestByeIsChallenged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Numbers: Numbers(0, 0), Auth: &Auth{
			Realm: "pbx", Users: map[string]string{"gw": "secret"}, Methods: []gosip.RequestMethod{"BYE"},
		}})
		b.invite("609")
		res := b.wantResponse("only BYE is challenged", 200, "INVITE")
		b.send(inDialog("ACK", 1, res))
		b.send(inDialog("BYE", 2, res))
		challenge := b.wantResponse("the BYE is challenged", 401, "BYE")
		b.send(inDialog("BYE", 2, res))
		b.wantResponse("its copy, too", 401, "BYE")
		if b.pbx.Open() != 1 {
			t.Error("the call lives on")
		}
		bye := inDialog("BYE", 3, res)
		bye.headers = authorize(t, challenge, "BYE", bye.uri, "MD5", "secret")
		b.send(bye)
		b.wantResponse("credentials end it", 200, "BYE")
		b.wantNoComplaints()
		if b.pbx.Open() != 0 {
			t.Error("the call is over")
		}
	})
}
