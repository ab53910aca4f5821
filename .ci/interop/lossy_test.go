//go:build interop

package interop

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tieline/sip"
)

// lossyCalls is how many calls go each way, and lost how many percent of what SIPp sends and gets are lost.
const (
	lossyCalls = 60
	lost       = 10
)

// TestSIPpLosesMessages: whatever is lost, each call of either side is answered, or fails, and ends; none is left.
func TestSIPpLosesMessages(t *testing.T) {
	sip.QuietLibrary(slog.New(slog.DiscardHandler))
	var answered, over, sent atomic.Int64
	count := func(e sip.Event) {
		switch e.(type) {
		case sip.Answered:
			answered.Add(1)
		case sip.Ended, sip.Failed:
			over.Add(1)
		}
	}
	ua, err := sip.New(sip.Config{
		Listen: []sip.Listen{{Network: "udp", Address: gatewayAddress}},
		Trunks: []sip.Trunk{{Name: "peer", Address: sippAddress}},
		Trace: func(e sip.TraceEvent) {
			if e.Out && (strings.HasPrefix(e.Line, "INVITE ") || strings.HasPrefix(e.Line, "BYE ")) {
				sent.Add(1)
			}
		},
		Incoming: func(c *sip.Incoming) func(sip.Event) {
			c.Ring()
			c.Answer()
			return count
		},
	})
	must(t, err, "make a user agent")
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { must(t, ua.Run(ctx), "run the user agent") })
	loses := []string{"-lost", strconv.Itoa(lost), "-m", strconv.Itoa(lossyCalls)}
	sippAt(t, "sipp", sippAddress, append([]string{"-sf", peerFile(t, "sipp", "lossy.xml")}, loses...)...)
	eventually(t, "SIPp listens", func() bool { return listens(t, "udp", sippAddress) })
	caller := sippAt(t, "sipp-caller", callingSIPp+":5062", append([]string{"-sn", "uac", "-s", "1001", "-d", "20", "-r", "20", gatewayAddress}, loses...)...)
	dialAll(ua, lossyCalls, 20, count)
	<-caller.endedc
	within(t, "each call is over", 80*time.Second, func() bool { return over.Load() == 2*lossyCalls })
	within(t, "no call is left", 80*time.Second, func() bool { return ua.Calls() == 0 })
	if n := answered.Load(); n < 2*lossyCalls*3/4 { // an ACK that is lost may be overtaken by the BYE
		t.Errorf("%d of %d calls were answered: what is lost is sent again", n, 2*lossyCalls)
	}
	if n := sent.Load(); n <= 2*lossyCalls {
		t.Errorf("%d INVITEs and BYEs for %d calls: nothing was lost, and nothing is proven", n, lossyCalls)
	}
	t.Logf("%d of %d calls were answered; %d INVITEs and BYEs for %d", answered.Load(), 2*lossyCalls, sent.Load(), lossyCalls)
	stop()
	running.Wait()
}
