package sip_test

import (
	"strings"
	"testing"
	"time"

	"tieline/sip"
	"tieline/sip/trunk"
)

// TestTCPProbed: over TCP a trunk is asked by the connection that there is, or by a new one; a closed port is an answer that
// did not come.
func TestTCPProbed(t *testing.T) {
	resultc := make(chan sip.ProbeResult)
	endc := make(chan struct{})
	l := newLoopbackWith(t, "tcp", shortCall, func(c *sip.Config) {
		c.Trunks[0].Probe = trunk.Probing{Interval: 10 * time.Millisecond, Timeout: 5 * time.Second, DownAfter: 2, UpAfter: 1}
		c.Probed = func(r sip.ProbeResult) {
			select {
			case resultc <- r:
			case <-endc:
			}
		}
	})
	alive := func() {
		for range 3 {
			if r := <-resultc; r.Trunk != "pbx" || r.Reply.Status != 200 || r.Took <= 0 {
				t.Errorf("got %+v", r)
			}
		}
	}
	alive()
	wantEvents(t, l.dial(t, sip.Dial{User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
	alive() // and behind the call's last answer
	l.stopPBX()
	for bad := 0; bad < 2; {
		if r := <-resultc; r.Reply.Status == 0 {
			bad++
		}
	}
	if s := l.ua.Trunks()[0]; s.Why != trunk.Silent || !strings.HasPrefix(s.Reason(), "cannot be reached: transport failed") {
		t.Errorf("the trunk is %+v", s)
	}
	close(endc)
	l.end()
	l.wantTidy(t)
}
