package sip

import (
	"fmt"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

var guarded = &Trunk{Name: "pbx", Username: "gw", Password: "secret", Challenge: true}

// knock is a request of a trunk, as a caller with that account signs it when the doorman has asked.
type knock struct {
	method           gosip.RequestMethod
	user, password   string
	from             string // where it comes from when it is signed
	algorithm        string // that it prefers
	qop, uri, realm  string // instead of what was asked for
	count            int    // how often the nonce was used, this time included
	after            time.Duration
	trunk, elsewhere *Trunk // elsewhere: where the signed one arrives
}

func (k knock) request(from string) *gosip.Request {
	req := gosip.NewRequest(k.method, gosip.Uri{Scheme: "sip", User: "1001", Host: "192.0.2.10", Port: 5060})
	req.SetSource(from)
	return req
}

// play asks, and comes again with the answer.
func (k knock) play(t *testing.T, d *doorman, now time.Time) *refusal {
	t.Helper()
	no := d.challenges(now, k.request("192.0.2.20:5060"), k.trunk)
	if no == nil {
		return nil
	}
	return d.challenges(now.Add(k.after), k.signed(t, no), k.elsewhere)
}

func (k knock) signed(t *testing.T, no *refusal) *gosip.Request {
	t.Helper()
	req := k.request(k.from)
	for _, h := range no.headers {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil || c.Algorithm != k.algorithm {
			continue
		}
		if k.realm != "" {
			c.Realm = k.realm
		}
		if k.qop != "auth" {
			c.QOP = nil
		}
		cred, err := digest.Digest(c, digest.Options{Method: string(k.method), URI: k.uri, Count: k.count, Username: k.user, Password: k.password})
		if err != nil {
			t.Fatal(err)
		}
		if cred.Algorithm == "MD5" {
			cred.Algorithm = "" // as old phones do
		}
		req.AppendHeader(gosip.NewHeader("Authorization", cred.String()))
	}
	return req
}

func usualKnock() knock {
	return knock{
		method: gosip.INVITE, user: "gw", password: "secret", from: "192.0.2.20:5060", algorithm: "SHA-256", qop: "auth",
		uri: "sip:1001@192.0.2.10:5060", count: 1, trunk: guarded, elsewhere: guarded,
	}
}

// TestDoorman: who is let in (https://www.rfc-editor.org/rfc/rfc7616#section-3.4).
func TestDoorman(t *testing.T) {
	strict := &Trunk{Name: "pbx", Username: "gw", Password: "secret", Challenge: true, ChallengeAlgorithms: []string{"SHA-256"}}
	other := &Trunk{Name: "other", Username: "gw", Password: "secret", Challenge: true}
	for _, tt := range []struct {
		what   string
		change func(*knock)
		in     bool
		stale  bool
	}{
		{"as it should be", func(*knock) {}, true, false},
		{"with MD5", func(k *knock) { k.algorithm = "MD5" }, true, false},
		{"without qop", func(k *knock) { k.qop = "" }, true, false},
		{"another port", func(k *knock) { k.from = "192.0.2.20:1024" }, true, false},
		{"another parameter and port", func(k *knock) { k.uri = "sip:1001@192.0.2.10;x=y" }, true, false},
		{"another method", func(k *knock) { k.method = gosip.OPTIONS }, true, false},
		{"wrong password", func(k *knock) { k.password = "wrong" }, false, false},
		{"wrong user", func(k *knock) { k.user = "root" }, false, false},
		{"an algorithm that was not offered", func(k *knock) { k.algorithm = "SHA-512-256" }, false, false},
		{"another realm", func(k *knock) { k.realm = "elsewhere" }, false, false},
		{"for another number", func(k *knock) { k.uri = "sip:1002@192.0.2.10:5060" }, false, false},
		{"a nonce that was given to another host", func(k *knock) { k.from = "192.0.2.21:5060" }, false, false},
		{"a nonce that was given to another trunk", func(k *knock) { k.elsewhere = other }, false, false},
		{"just in time", func(k *knock) { k.after = nonceAge }, true, false},
		{"too late", func(k *knock) { k.after = nonceAge + time.Second }, false, true},
		{"too late, and wrong", func(k *knock) { k.after, k.password = nonceAge+time.Second, "wrong" }, false, false},
		{"a trunk that is not asked", func(k *knock) { k.trunk = &Trunk{Name: "pbx"} }, true, false},
		{"an ACK", func(k *knock) { k.method = gosip.ACK }, true, false},
		{"a CANCEL", func(k *knock) { k.method = gosip.CANCEL }, true, false},
		{"with MD5, where that is not wanted", func(k *knock) { k.algorithm, k.elsewhere = "MD5", strict }, false, false},
	} {
		k := usualKnock()
		tt.change(&k)
		no := k.play(t, newDoorman("tieline"), time.Unix(1e9, 0))
		if (no == nil) != tt.in {
			t.Errorf("%s: let in %v", tt.what, no == nil)
			continue
		}
		if no != nil && (no.status != 401 || len(no.headers) != len(k.elsewhere.algorithms())) {
			t.Errorf("%s: got %+v", tt.what, no)
		}
		if c, err := digest.ParseChallenge(headerOf(no)); no != nil && (err != nil || c.Stale != tt.stale) {
			t.Errorf("%s: stale %v, %v", tt.what, c.Stale, err)
		}
	}
}

func headerOf(no *refusal) string {
	if no == nil {
		return `Digest realm="a", nonce="b"`
	}
	return no.headers[0].Value()
}

// TestReplay: an answer is good for once, whatever its count; those that were overtaken are good all the same.
func TestReplay(t *testing.T) {
	d, now := newDoorman("tieline"), time.Unix(1e9, 0)
	k := usualKnock()
	no := d.challenges(now, k.request(k.from), guarded)
	for _, tt := range []struct {
		count int
		in    bool
	}{{1, true}, {1, false}, {3, true}, {2, true}, {3, false}, {2, false}, {200, true}, {137, true}, {137, false}, {136, false}, {201, true}, {4, false}} {
		k.count = tt.count
		if got := d.challenges(now, k.signed(t, no), guarded); (got == nil) != tt.in {
			t.Errorf("count %d: let in %v", tt.count, got == nil)
		}
	}
}

// TestNoncesAreBounded: however many are used, what is remembered of them is bounded, and none of them comes in twice.
func TestNoncesAreBounded(t *testing.T) {
	var n nonces
	now := time.Unix(1e9, 0)
	var issued []string
	for range 20_000 {
		now = now.Add(time.Millisecond)
		issued = append(issued, n.issue(now, "pbx"))
	}
	for _, nonce := range issued {
		if v := n.use(now, nonce, "pbx", 1); v != nonceGood && v != nonceStale {
			t.Fatalf("got %v", v)
		}
	}
	if len(n.used) > mostNonces || len(n.queue) != len(n.used) {
		t.Errorf("%d are remembered, %d in line", len(n.used), len(n.queue))
	}
	for i, nonce := range issued {
		if v := n.use(now, nonce, "pbx", 1); v != nonceStale {
			t.Fatalf("the %dth came in again: %v", i, v)
		}
	}
	now = now.Add(nonceAge + time.Second)
	if n.use(now, n.issue(now, "pbx"), "pbx", 1) != nonceGood || len(n.used) != 1 {
		t.Errorf("%d are remembered when they are too old", len(n.used))
	}
}

// FuzzDoorman: no credentials crash it, and none come in.
func FuzzDoorman(f *testing.F) {
	f.Add(`Digest username="gw", realm="tieline", nonce="", uri="sip:1001@192.0.2.10", response=""`)
	f.Add(`Digest username="gw", realm="tieline", nonce="AAAA", uri="sip:", response="x", qop=auth, nc=00000001, cnonce="a"`)
	f.Fuzz(func(t *testing.T, value string) {
		d := newDoorman("tieline")
		req := usualKnock().request("192.0.2.20:5060")
		req.AppendHeader(gosip.NewHeader("Authorization", value))
		if d.challenges(time.Unix(1e9, 0), req, guarded) == nil {
			t.Errorf("let in with %s", fmt.Sprintf("%q", value))
		}
	})
}
