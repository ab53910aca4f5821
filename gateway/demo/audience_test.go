package demo

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"tieline/sip"
	"tieline/sip/offer/offertest"
)

// TestAudience plays calls, one message each: who, the way, what, its CSeq, and the description in brief.
func TestAudience(t *testing.T) {
	var a audience
	see := func(messages string) {
		t.Helper()
		for line := range strings.Lines(messages) {
			words, brief, _ := strings.Cut(strings.TrimSpace(line), " | ")
			f := strings.Fields(words)
			e := sip.TraceEvent{Out: f[1] == ">", Peer: "pbx", CallID: f[0], Line: f[2], CSeq: f[3] + " " + f[4], Body: offertest.Describe(brief)}
			switch f[2] {
			case "INVITE", "ACK", "BYE":
				e.Line += " sip:" + f[0] + "@pbx"
			}
			if got := a.see(e).Peer; got != strings.Replace(f[0], "1002", "phone", 1) {
				t.Errorf("%s is with %s", line, got)
			}
		}
	}
	wants := func(quiet bool, sentence string) {
		t.Helper()
		if got := a.String(); got != sentence || a.quiet() != quiet {
			t.Errorf("got %q, quiet: %v; want %q", got, a.quiet(), sentence)
		}
	}
	if e := a.see(sip.TraceEvent{Peer: "pbx", CallID: "600", Line: "INVITE sip:600@pbx"}); e.Peer != "pbx" {
		t.Errorf("nobody is followed yet: %s", e.Peer)
	}
	a.follow("1002")
	see(`1002 > INVITE 1 INVITE | 192.0.2.2:9000
	     1002 < 200 1 INVITE | 192.0.2.1:1`)
	wants(false, "phone waits")
	see(`1002 > ACK 1 ACK
	     600 > INVITE 1 INVITE | 192.0.2.1:1
	     600 < 200 1 INVITE | 192.0.2.1:2
	     600 > ACK 1 ACK`)
	wants(true, "phone ← 600")
	see(`1002 > INVITE 2 INVITE | 192.0.2.1:2
	     1002 < 200 2 INVITE | 192.0.2.1:1
	     1002 > ACK 2 ACK`)
	wants(true, "phone ⇄ 600")
	see(`600 > INVITE 2 INVITE | 192.0.2.1:1 sendonly
	     600 < 200 2 INVITE | 192.0.2.1:2 recvonly
	     600 > ACK 2 ACK`)
	wants(true, "phone → 600")
	see(`1002 > INVITE 3 INVITE | 192.0.2.1:2 inactive
	     1002 < 200 3 INVITE | 192.0.2.1:1 inactive
	     1002 > ACK 3 ACK`)
	wants(true, "phone waits, 600 waits")
	see(`1002 > BYE 4 BYE`)
	wants(false, "phone has left, 600 waits")
	see(`1002 < 200 4 BYE`)
	wants(true, "phone has left, 600 waits")
	see(`600 < BYE 1 BYE
	     600 > 200 1 BYE`)
	wants(true, "all have left")
}

// Who does not hear each other in time breaks a rule, and does not stop the demo.
func TestHush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s stage
		if err := s.hush(t.Context(), "phone ⇄ 600"); err != nil {
			t.Errorf("the rule tells, not an error: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.hush(ctx, "phone ⇄ 600"); !errors.Is(err, context.Canceled) {
			t.Errorf("who stops the demo does not wait: %v", err)
		}
	})
}
