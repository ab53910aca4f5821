//go:build interop

package interop

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// captureAddress is where Kamailio is told what has crossed the gateway's sockets.
const captureAddress = "127.0.30.9:9060"

// startCapture returns when Kamailio listens as a capture server.
func startCapture(t *testing.T) *process {
	t.Helper()
	text, err := os.ReadFile("kamailio/capture.cfg")
	must(t, err, "read Kamailio's configuration")
	config := fill(t, "capture.cfg", string(text), struct{ Addr, Dir string }{captureAddress, dir(t)})
	p := start(t, "kamailio", "kamailio", "-DD", "-E", "-m", "32", "-M", "4", "-f", config, "-P", dir(t)+"/kamailio.pid", "-Y", dir(t))
	eventually(t, "Kamailio listens", func() bool { return listens(t, "udp", captureAddress) })
	return p
}

// TestHEP: a capture server reads which messages a call had, and where each came from.
func TestHEP(t *testing.T) {
	capture := startCapture(t)
	sipp := startSIPp(t, "answer", 1, append(messages(), "-d", "300")...)
	gateway{Peer: sippAddress, HEP: `{address: "` + captureAddress + `", capture-id: 77, node: gw-1, password: homer}`}.start(t)
	c := logIn(t).dial("600")
	c.wantAdded()
	c.awaitStarted()
	c.hangUp()
	sipp.awaitExit(t, "SIPp saw the call through to the BYE", 0, patience)
	capture.awaitLine(t, "the answer to the BYE is captured", "captured 200 cseq 2 from")

	said, _ := capture.out.read()
	const ours, theirs = "127.0.2.1:5060", "127.0.30.1:5060"
	want := []string{
		"INVITE cseq 1 from " + ours, "180 cseq 1 from " + theirs, "200 cseq 1 from " + theirs, "ACK cseq 1 from " + ours,
		"BYE cseq 2 from " + ours, "200 cseq 2 from " + theirs,
	}
	var got []string
	calls := map[string]bool{}
	for _, m := range regexp.MustCompile(`captured (\w+ cseq \d+ from \S+) call (\S+)`).FindAllStringSubmatch(said, -1) {
		got = append(got, m[1])
		calls[m[2]] = true
	}
	if !slices.Equal(got, want) || len(calls) != 1 {
		t.Errorf("captured %q of %d calls, want %q of one", got, len(calls), want)
	}
}
