package sip

import (
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// FuzzReaders: whatever a peer's header fields say, reading them ends, what is kept of them is bounded, and what goes back to
// the peer has no line of its making.
func FuzzReaders(f *testing.F) {
	for _, s := range []string{
		"Session-Expires: 90;refresher=uac\r\nMin-SE: 60\r\nSupported: timer,100rel\r\nRequire: x\r\nRSeq: 1\r\nRAck: 1 2 INVITE",
		"WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", qop=\"auth-int, auth\", algorithm=SHA-256, stale=TRUE, opaque=\"\\\"\"\r\n" +
			"Proxy-Authenticate: Digest realm=b,nonce=c",
		"Authentication-Info: nextnonce=\"x\", qop=auth, nc=00000001",
		"Contact: \"a\" <sip:gw@192.0.2.10>;expires=60, <sip:b@c;lr>;q=1;expires=99999999999999\r\nExpires: 5 (x)\r\nMin-Expires: 7",
		"Service-Route: <sip:a;lr>, <sip:b;lr>\r\nRecord-Route: <sip:a;lr=on;ftag=x>,<sip:b>\r\nPath: <sip:c;lr>",
		"Reason: Q.850;cause=16;text=\"x\", SIP ;cause=200\r\nRetry-After: 120 (x);duration=3600\r\nUnsupported: timer",
		"Allow: INVITE, UPDATE\r\nX-Id: 1\r\nIdentity: a;info=<b>\r\nDate: x\r\nUser-to-User: 00;encoding=hex\r\nAlert-Info: <b>",
		"Subscription-State: terminated;reason=timeout;retry-after=x\r\nEvent: refer;id=1\r\nContent-Type: message/sipfrag;version=2.0",
		"Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nP-Asserted-Identity: <sip:a@b>, <tel:+1>\r\nPrivacy: id;x",
	} {
		f.Add(s)
	}
	u := newTestAgent(f)
	parser := newParser()
	f.Fuzz(func(t *testing.T, fields string) {
		const rest = "Via: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:c@d>;tag=b\r\nCall-ID: i\r\nCSeq: 1 INVITE\r\n"
		for _, line := range []string{"SIP/2.0 401 No\r\n", "SIP/2.0 200 OK\r\n", "SIP/2.0 183 Wait\r\n", "INVITE sip:1001@gw SIP/2.0\r\n"} {
			msg, err := parser.ParseSIP([]byte(line + rest + fields + "\r\n\r\n"))
			if err != nil {
				return
			}
			readAll(t, u, msg)
		}
	})
}

func readAll(t *testing.T, u *UserAgent, msg gosip.Message) {
	trunk := u.trunks["pbx"]
	terms(msg, true)
	recorded(msg)
	allows(msg, gosip.UPDATE)
	if hs := taken(msg, []string{"X-Id", "Identity", "User-to-User"}); len(hs) > mostHeaders {
		t.Errorf("%d header fields are kept", len(hs))
	}
	if d := seconds(headerValue(msg, "Retry-After")); d < 0 || d > time.Duration(1<<31)*time.Second {
		t.Errorf("Retry-After becomes %v", d)
	}
	switch m := msg.(type) {
	case *gosip.Response:
		reliable(m)
		if d := granted(m, &gosip.ContactHeader{Address: gosip.Uri{Scheme: "sip", User: "gw", Host: "192.0.2.10", Port: 5060}}, time.Minute); d < 0 {
			t.Errorf("granted for %v", d)
		}
		if routes := serviceRoute(m); len(routes) > mostRoutes {
			t.Errorf("%d routes are kept", len(routes))
		}
		c := credentials{account: u.accounts["pbx"]}
		c.learn(m)
		req := gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: "600", Host: "pbx"})
		c.authorise(req, true)
		for _, h := range req.Headers() {
			if strings.ContainsAny(h.Value(), "\r\n\x00") {
				t.Errorf("a line of the peer's in %q", h.Value())
			}
		}
	case *gosip.Request:
		flawed(m)
		u.unfit(m, trunk)
		trunk.reliance(m)
		trunk.tooBrief(m)
		acknowledged(m)
		readInvitation(m, true)
		u.traceOf(m)
		parties(m)
	}
}
