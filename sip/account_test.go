package sip

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"tieline/sip/invite"
)

// asked is a challenge to a request of a method.
func asked(method gosip.RequestMethod, headers ...string) *gosip.Response {
	res := challenged(401, headers...)
	res.AppendHeader(&gosip.CSeqHeader{SeqNo: 1, MethodName: method})
	return res
}

func accepted(name, value string) *gosip.Response {
	res := gosip.NewResponse(200, "OK")
	res.AppendHeader(gosip.NewHeader(name, value))
	return res
}

// authorised signs a request as a leg does, without having been asked.
func authorised(c *credentials, method gosip.RequestMethod) string {
	req := gosip.NewRequest(method, gosip.Uri{Host: "pbx"})
	c.authorise(req, false)
	return headerValue(req, "Authorization")
}

// TestNonceIsShared: what one call has learned serves the next ones, each use of a nonce with a number of its own
// (https://www.rfc-editor.org/rfc/rfc7616#section-3.4), whoever asks for it when.
func TestNonceIsShared(t *testing.T) {
	shared := newAccount("gw", "secret")
	first := &credentials{account: shared}
	if got := authorised(first, gosip.INVITE); got != "" {
		t.Errorf("nobody has asked, but: %s", got)
	}
	first.learn(asked(gosip.INVITE, `Digest realm="a", nonce="n", qop="auth"`))
	if got := authorised(first, gosip.BYE); got != "" {
		t.Errorf("a BYE was never challenged, but: %s", got)
	}
	const calls, each = 50, 20
	var mu sync.Mutex
	seen := map[int]bool{}
	var running sync.WaitGroup
	for range calls {
		running.Go(func() {
			c := &credentials{account: shared}
			for range each {
				cred, err := digest.ParseCredentials(authorised(c, gosip.INVITE))
				mu.Lock()
				if err != nil || cred.Nonce != "n" || seen[cred.Nc] {
					t.Errorf("%v %v", cred, err)
				}
				seen[cred.Nc] = true
				mu.Unlock()
			}
		})
	}
	running.Wait()
	for nc := 1; nc <= calls*each; nc++ {
		if !seen[nc] {
			t.Fatalf("the nonce was never used for the %dth time", nc)
		}
	}
}

// TestPeerThatRefuses: somebody whose credentials are wrong does not show them unasked for ever.
func TestPeerThatRefuses(t *testing.T) {
	shared := newAccount("gw", "wrong")
	c := &credentials{account: shared}
	c.learn(asked(gosip.INVITE, `Digest realm="a", nonce="1"`))
	authorised(c, gosip.INVITE)
	if got := c.learn(asked(gosip.INVITE, `Digest realm="a", nonce="2"`)); got != invite.FreshChallenge {
		t.Errorf("got %v", got)
	}
	if got := authorised(&credentials{account: shared}, gosip.INVITE); got != "" {
		t.Errorf("shown again: %s", got)
	}
}

// TestNextNonce: what Authentication-Info says is used next, from one on (https://www.rfc-editor.org/rfc/rfc7616#section-3.5),
// unless it could be of several realms.
func TestNextNonce(t *testing.T) {
	c := &credentials{account: newAccount("gw", "secret")}
	c.learn(asked(gosip.INVITE, `Digest realm="a", nonce="1", qop="auth"`))
	authorised(c, gosip.INVITE)
	c.learn(accepted("Authentication-Info", `qop=auth, rspauth="0,1", nextnonce="2,\"b"`))
	if got := authorised(c, gosip.INVITE); !strings.Contains(got, `nonce="2,`) || !strings.Contains(got, "nc=00000001") {
		t.Errorf("got %s", got)
	}
	c.learn(accepted("Proxy-Authentication-Info", `nextnonce="3"`)) // nobody's
	c.learn(asked(gosip.INVITE, `Digest realm="b", nonce="4", qop="auth"`))
	c.learn(accepted("Authentication-Info", `nextnonce="5"`))
	req := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "pbx"})
	c.authorise(req, true)
	for _, h := range req.GetHeaders("Authorization") {
		if strings.Contains(h.Value(), `nonce="5"`) || strings.Contains(h.Value(), `nonce="3"`) {
			t.Errorf("got %s", h.Value())
		}
	}
}

// TestRealmsAreBounded: a peer that invents realms does not fill the memory, and gets no endless requests.
func TestRealmsAreBounded(t *testing.T) {
	shared := newAccount("gw", "secret")
	for i := range 1000 {
		c := &credentials{account: shared}
		c.learn(asked(gosip.RequestMethod(fmt.Sprint("M", i)), fmt.Sprintf(`Digest realm="%d", nonce="1"`, i), fmt.Sprintf(`Digest realm="b%d", nonce="1"`, i)))
	}
	if len(shared.realms) != mostRealms || shared.realms[mostRealms-1].challenge.Realm != "b999" {
		t.Errorf("%d realms", len(shared.realms))
	}
}
