package sip

import (
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
)

func challenged(status int, headers ...string) *gosip.Response {
	res := gosip.NewResponse(status, "")
	name := "WWW-Authenticate"
	if status == 407 {
		name = "Proxy-Authenticate"
	}
	for _, h := range headers {
		res.AppendHeader(gosip.NewHeader(name, h))
	}
	return res
}

// TestStrongestChallenge: of each realm the strongest algorithm that we know, with qop auth (sip.md pitfall 19).
func TestStrongestChallenge(t *testing.T) {
	for _, tt := range []struct {
		what       string
		challenges []string
		want       []string // each in its own Authorization; none: not answerable
	}{
		{"one", []string{`Digest realm="a", nonce="n"`}, []string{`realm="a"`}},
		{"MD5 and SHA-256", []string{`Digest realm="a", nonce="1", algorithm=MD5`, `Digest realm="a", nonce="2", algorithm=SHA-256`},
			[]string{"algorithm=SHA-256"}},
		{"all three", []string{`Digest realm="a", nonce="1", algorithm=SHA-256`, `Digest realm="a", nonce="2", algorithm=SHA-512-256`,
			`Digest realm="a", nonce="3", algorithm=md5`}, []string{"algorithm=SHA-512-256"}},
		{"an unknown one first", []string{`Digest realm="a", nonce="1", algorithm=SHA3`, `Digest realm="a", nonce="2"`}, []string{`nonce="2"`}},
		{"two realms", []string{`Digest realm="a", nonce="1"`, `Digest realm="b", nonce="2"`}, []string{`realm="a"`, `realm="b"`}},
		{"auth among others", []string{`Digest realm="a", nonce="1", qop="auth-int, auth"`}, []string{"qop=auth, nc=00000001"}},
		{"auth-int only", []string{`Digest realm="a", nonce="1", qop="auth-int"`}, nil},
		{"Basic", []string{`Basic realm="a"`}, nil},
		{"rubbish", []string{`Digest`, `Digest realm=`, ``}, nil},
	} {
		c := credentials{account: newAccount("gw", "secret")}
		got := c.learn(challenged(401, tt.challenges...))
		if (got != invite.NoChallenge) != (tt.want != nil) {
			t.Errorf("%s: got %v", tt.what, got)
			continue
		}
		req := gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: "600", Host: "pbx", UriParams: gosip.HeaderParams{{K: "x", V: "y"}}})
		c.authorise(req, true)
		answers := req.GetHeaders("Authorization")
		if len(answers) != len(tt.want) {
			t.Errorf("%s: %d answers, want %d", tt.what, len(answers), len(tt.want))
			continue
		}
		for i, h := range answers {
			if !strings.Contains(h.Value(), tt.want[i]) || !strings.Contains(h.Value(), `uri="sip:600@pbx;x=y"`) {
				t.Errorf("%s: got %s, want %s", tt.what, h.Value(), tt.want[i])
			}
		}
	}
}

// TestNonceCount: a nonce used again counts on (https://www.rfc-editor.org/rfc/rfc7616#section-3.4).
func TestNonceCount(t *testing.T) {
	c := credentials{account: newAccount("gw", "")}
	c.learn(challenged(407, `Digest realm="a", nonce="1", qop="auth"`))
	for _, want := range []string{"nc=00000001", "nc=00000002"} {
		req := gosip.NewRequest(gosip.BYE, gosip.Uri{Host: "pbx"})
		c.authorise(req, true)
		if got := headerValue(req, "Proxy-Authorization"); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestChallengeVerdicts: fresh, stale, and a peer that never has enough.
func TestChallengeVerdicts(t *testing.T) {
	c := credentials{account: newAccount("gw", "")}
	for i, tt := range []struct {
		header string
		want   invite.Challenge
	}{
		{`Digest realm="a", nonce="1"`, invite.FreshChallenge},
		{`Digest realm="a", nonce="2"`, invite.FreshChallenge},
		{`Digest realm="a", nonce="3", stale=true`, invite.StaleChallenge},
		{`Digest realm="b", nonce="1"`, invite.StaleChallenge},
		{`Digest realm="c", nonce="1"`, invite.NoChallenge},
	} {
		if got := c.learn(challenged(401, tt.header)); got != tt.want {
			t.Errorf("%d: got %v, want %v", i, got, tt.want)
		}
		c.authorise(gosip.NewRequest(gosip.BYE, gosip.Uri{Host: "pbx"}), true)
	}
	if got := (&credentials{account: newAccount("", "")}).learn(challenged(401, `Digest realm="a", nonce="1"`)); got != invite.NoChallenge {
		t.Errorf("without a user name: got %v", got)
	}
}
