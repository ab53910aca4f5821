//go:build interop

package interop

import (
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
)

// sippAddress is where SIPp waits for calls.
const sippAddress = "127.0.30.1:5060"

// startSIPp runs SIPp as a callee that ends after the given number of calls; its exit code
// is 0 if each went exactly as the scenario says, up to the last ACK or BYE.
func startSIPp(t *testing.T, scenario string, calls int, more ...string) *process {
	t.Helper()
	p := sipp(t, append([]string{"-sf", peerFile(t, "sipp", scenario+".xml"), "-m", strconv.Itoa(calls)}, more...)...)
	table := "udp"
	if strings.Contains(strings.Join(more, " "), "-t t1") {
		table = "tcp"
	}
	eventually(t, "SIPp listens", func() bool { return listens(t, table, sippAddress) })
	return p
}

// sipp runs SIPp at its address.
func sipp(t *testing.T, options ...string) *process {
	t.Helper()
	return sippAt(t, "sipp", sippAddress, options...)
}

// unwatched: SIPp ends where its watchdog finds that it gets too little of the machine, which tells nothing of the gateway.
var unwatched = []string{"-nostdin", "-watchdog_interval", "0"}

// sippAt runs SIPp anywhere.
func sippAt(t *testing.T, name, address string, options ...string) *process {
	t.Helper()
	host, port, _ := net.SplitHostPort(address)
	p := start(t, name, slices.Concat([]string{"sipp", "-i", host, "-p", port, "-trace_err", "-error_file", name + "-errors.log"}, unwatched, options)...)
	p.logs = []string{filepath.Join(dir(t), name+"-messages.log"), filepath.Join(dir(t), name+"-errors.log")}
	return p
}

// listens looks for a local address in the kernel's table of sockets.
func listens(t *testing.T, table, address string) bool {
	t.Helper()
	sockets, err := os.ReadFile("/proc/net/" + table)
	must(t, err, "read the table of sockets")
	a, err := net.ResolveUDPAddr("udp4", address)
	must(t, err, "parse "+address)
	ip := a.IP.To4()
	// 127.0.30.1:5060 is written 011E007F:13C4.
	local := strings.ToUpper(hex.EncodeToString([]byte{ip[3], ip[2], ip[1], ip[0]}) + ":" +
		hex.EncodeToString([]byte{byte(a.Port >> 8), byte(a.Port)}))
	return strings.Contains(string(sockets), " "+local+" ")
}

// messages is SIPp's option to write every message to a file, for a failed test.
func messages() []string { return []string{"-trace_msg", "-message_file", "sipp-messages.log"} }

func TestSIPpAnswers(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			sipp := startSIPp(t, "answer", 1, append(messages(), "-d", "300", "-t", transport[:1]+"1")...)
			answered(t, sipp, gateway{Peer: sippAddress, Transport: transport})
		})
	}
}

func TestSIPpAsksForDigest(t *testing.T) {
	for _, status := range []string{"401", "407"} {
		t.Run(status, func(t *testing.T) {
			sipp := startSIPp(t, "digest"+status, 1, append(messages(), "-d", "300")...)
			answered(t, sipp, gateway{Peer: sippAddress})
		})
	}
}

// answered dials SIPp, hangs up once it has answered, and hears from SIPp that all was right.
func answered(t *testing.T, sipp *process, g gateway) {
	t.Helper()
	g.start(t)
	a := logIn(t)
	c := a.dial("600")
	c.wantAdded()
	c.awaitStarted()
	c.hangUp()
	c.wantLadder(
		"channel.interactionadded",
		"channel.request.dial SUCCESS",
		"interaction STARTED",
		"interaction.ended released-by agent",
	)
	sipp.awaitExit(t, "SIPp saw the call through to the BYE", 0, patience)
}

func TestSIPpRefuses(t *testing.T) {
	for _, want := range []struct {
		status    int
		phrase    string
		code      bridge.Code
		retryable bool
	}{
		{302, "Moved Temporarily", bridge.Rejected, false}, // not followed: the trunk does not allow it
		{404, "Not Found", bridge.NotFound, false},
		{480, "Temporarily Unavailable", bridge.Unavailable, true},
		{486, "Busy Here", bridge.Busy, true},
		{500, "Server Internal Error", bridge.Congestion, true},
		{503, "Service Unavailable", bridge.Congestion, true},
		{603, "Decline", bridge.Rejected, false},
	} {
		t.Run(strconv.Itoa(want.status), func(t *testing.T) {
			sipp := startSIPp(t, strconv.Itoa(want.status), 1,
				append(messages(), "-key", "target", "sip:601@"+sippAddress)...)
			gateway{Peer: sippAddress}.start(t)
			c := logIn(t).dial("600")
			c.wantRefused(want.code, want.status, want.phrase, want.retryable)
			c.wantLadder("channel.request.dial FAILURE " + string(want.code))
			sipp.awaitExit(t, "SIPp got its ACK", 0, patience)
		})
	}
}

// TestSIPpRedirects: the trunk allows it, and the call goes where the 302 says, which is through the same trunk.
func TestSIPpRedirects(t *testing.T) {
	sipp := startSIPp(t, "redirects", 2, append(messages(), "-d", "300", "-key", "target", "sip:601@"+sippAddress)...)
	answered(t, sipp, gateway{Peer: sippAddress, Redirects: "[127.0.30.1]"})
}

func TestSIPpRingsAndNobodyAnswers(t *testing.T) {
	sipp := startSIPp(t, "noanswer", 1, messages()...)
	gateway{Peer: sippAddress, RingTimeout: time.Second}.start(t)
	c := logIn(t).dial("600")
	c.wantAdded()
	begin := time.Now()
	c.awaitEnded()
	if took := time.Since(begin); took < 500*time.Millisecond || took > 1500*time.Millisecond {
		t.Errorf("the ring time-out of 1s passed after %v", took)
	}
	c.wantLadder(
		"channel.interactionadded",
		"channel.request.dial SUCCESS",
		"interaction.ended error NO_ANSWER",
	)
	sipp.awaitExit(t, "SIPp got its CANCEL and the ACK of the 487", 0, patience)
}
