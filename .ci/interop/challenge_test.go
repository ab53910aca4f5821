//go:build interop

package interop

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
)

// challengedCaller runs SIPp as a caller who is asked for his password, which it computes its answer from itself.
func challengedCaller(t *testing.T, transport, password string, right bool) *process {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("sipp", "challenged.xml"))
	must(t, err, "read the caller's scenario")
	scenario := fill(t, "challenged.xml", string(text), struct{ Right bool }{right})
	return sipp(t, append([]string{
		"-sf", scenario, "-m", "1", "-s", channel.ID(), "-t", transport[:1] + "1", "-au", "tieline", "-ap", password, "-auth_uri", channel.ID() + "@" + gatewayAddress, "-d", "300", gatewayAddress,
	}, messages()...)...)
}

// TestChallengedCaller: a trunk with challenge lets SIPp in with the password, not with another one, and not who sends
// again what SIPp has sent.
func TestChallengedCaller(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			gateway{Peer: sippAddress, Transport: transport, Challenge: true}.start(t)
			a := logIn(t)
			a.takeCalls()
			challengedCaller(t, transport, "wrong", false).awaitExit(t, "SIPp is challenged again", 0, patience)
			sipp := challengedCaller(t, transport, "secrettieline", true)
			c := a.offered()
			a.ask(bridge.InteractionAccept, c.interaction, c.interaction, nil)
			c.awaitStarted()
			c.wantEnded("released-by remote")
			sipp.awaitExit(t, "SIPp was let in, answered, and hung up", 0, patience)
			c.complete()
			if transport == "udp" {
				wantReplayRefused(t, signedInvite(t, sipp))
			}
		})
	}
}

// signedInvite is the INVITE that SIPp was let in with.
func signedInvite(t *testing.T, sipp *process) []byte {
	t.Helper()
	said, err := os.ReadFile(sipp.logs[0])
	must(t, err, "read what SIPp has sent")
	for message := range bytes.SplitSeq(said, []byte("-----------------------------------------------")) {
		if at := bytes.Index(message, []byte("INVITE sip:")); at >= 0 && bytes.Contains(message, []byte("\nAuthorization:")) {
			return append(bytes.TrimSpace(message[at:]), "\r\n"...)
		}
	}
	t.Fatal("SIPp has sent no credentials")
	return nil
}

// wantReplayRefused sends it once more from where it came from, as another call.
func wantReplayRefused(t *testing.T, invite []byte) {
	t.Helper()
	here, err := net.ResolveUDPAddr("udp4", sippAddress)
	must(t, err, "parse SIPp's address")
	there, err := net.ResolveUDPAddr("udp4", gatewayAddress)
	must(t, err, "parse the gateway's address")
	conn, err := net.DialUDP("udp4", here, there)
	must(t, err, "send from SIPp's address")
	defer conn.Close()
	invite = bytes.ReplaceAll(invite, []byte("branch=z9hG4bK"), []byte("branch=z9hG4bKagain"))
	invite = bytes.ReplaceAll(invite, []byte("Call-ID: "), []byte("Call-ID: again-"))
	_, err = conn.Write(invite)
	must(t, err, "send the INVITE again")
	must(t, conn.SetReadDeadline(time.Now().Add(patience)), "wait for the answer")
	answer := make([]byte, 1<<16)
	n, err := conn.Read(answer)
	must(t, err, "read the answer")
	if got := string(answer[:n]); !strings.HasPrefix(got, "SIP/2.0 401 ") || !strings.Contains(got, "stale=true") {
		t.Errorf("the same credentials once more get\n%s", got)
	}
}
