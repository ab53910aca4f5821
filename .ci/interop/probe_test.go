//go:build interop

package interop

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieline/bridge"
)

// adminAddress is where the gateway says how it is.
const adminAddress = "127.0.2.1:8080"

// probed is a gateway that asks its trunk every second.
func probed(t *testing.T) *process {
	t.Helper()
	return gateway{Peer: sippAddress, Admin: adminAddress, Probe: "{interval: 1s, timeout: 500ms, down-after: 2, up-after: 2}"}.start(t)
}

// startOptions runs SIPp as a peer that answers OPTIONS.
func startOptions(t *testing.T, status, phrase, header string) *process {
	t.Helper()
	p := sipp(t, append(messages(), "-sf", scenario(t, "options", struct{ Status, Phrase, Header string }{status, phrase, header}))...)
	eventually(t, "SIPp listens", func() bool { return listens(t, "udp", sippAddress) })
	return p
}

// scenario fills one of SIPp's in.
func scenario(t *testing.T, name string, values any) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("sipp", name+".xml"))
	must(t, err, "read the scenario")
	return fill(t, name+".xml", string(text), values)
}

// page is what the admin listener says; 0: nothing.
func page(path string) (int, string) {
	res, err := http.Get("http://" + adminAddress + path)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, ""
	}
	return res.StatusCode, string(body)
}

// awaitReady waits until /readyz has a status and says something.
func awaitReady(t *testing.T, sentence string, status int, says string) {
	t.Helper()
	eventually(t, sentence, func() bool {
		code, text := page("/readyz")
		return code == status && strings.Contains(text, says)
	})
}

// wantMetric demands a line of /metrics.
func wantMetric(t *testing.T, line string) {
	t.Helper()
	if _, text := page("/metrics"); !strings.Contains("\n"+text, "\n"+line+"\n") {
		t.Errorf("/metrics does not say %s:\n%s", line, text)
	}
}

// A trunk that is killed is down before a call finds out, and up again when it is back.
func TestSIPpIsProbed(t *testing.T) {
	peer := startOptions(t, "404", "Not Found", "X-Nothing: to see") // whoever answers is there
	tieline := probed(t)
	awaitReady(t, "the gateway is ready", http.StatusOK, "ready")
	agent := logIn(t)
	eventually(t, "the trunk is probed", func() bool {
		_, text := page("/metrics")
		return strings.Contains(text, `tieline_probes_total{result="answered",trunk="peer"}`)
	})
	wantMetric(t, `tieline_trunk_up{trunk="peer"} 1`)
	peer.kill(t)
	awaitReady(t, "it is not ready when its trunk is killed", http.StatusServiceUnavailable, "peer does not answer OPTIONS")
	wantMetric(t, `tieline_trunk_up{trunk="peer"} 0`)
	tieline.awaitLine(t, "the log says so", "a trunk is down", "trunk=peer", "does not answer OPTIONS", "see=trunks.peer.probe")
	if e := agent.dial("600").answer.Err(); e == nil || e.Code != bridge.NoTrunk {
		t.Errorf("a dial is refused at once with NO_TRUNK, not %v", e)
	}
	wantMetric(t, `tieline_calls_total{direction="outbound",outcome="NO_TRUNK"} 1`)
	startOptions(t, "200", "OK", "Accept: application/sdp")
	awaitReady(t, "it is ready when the trunk is back", http.StatusOK, "ready")
	wantMetric(t, `tieline_trunk_up{trunk="peer"} 1`)
	tieline.awaitLine(t, "the log says so", "a trunk is up", "trunk=peer")
}

// A peer that answers OPTIONS with 503 and Retry-After is left alone for that time, and up behind it.
func TestSIPpWantsToBeLeftAlone(t *testing.T) {
	peer := startOptions(t, "503", "Service Unavailable", "Retry-After: 3")
	tieline := probed(t)
	awaitReady(t, "the trunk wants to be left alone", http.StatusServiceUnavailable, "peer asked to be left alone for a time")
	wantMetric(t, `tieline_trunk_held{trunk="peer"} 1`)
	tieline.awaitLine(t, "the log says so", "a trunk is left alone", "trunk=peer", "see=sip.max-hold-down")
	peer.kill(t)
	startOptions(t, "200", "OK", "Accept: application/sdp")
	awaitReady(t, "it is up again", http.StatusOK, "ready")
	wantMetric(t, `tieline_trunk_held{trunk="peer"} 0`)
}

// Who asks us by OPTIONS hears what a call would get.
func TestSIPpAsks(t *testing.T) {
	gateway{Peer: sippAddress, Admin: adminAddress}.start(t)
	awaitReady(t, "the gateway is ready", http.StatusOK, "ready")
	ask(t, "480") // there is nobody
	logIn(t)
	ask(t, "200")
	wantMetric(t, "tieline_channels 1")
}

// ask has SIPp send OPTIONS, and hear a status.
func ask(t *testing.T, status string) {
	t.Helper()
	p := sipp(t, append(messages(), "-sf", scenario(t, "asks", struct{ Then string }{status}), "-m", "1", gatewayAddress)...)
	p.awaitExit(t, "SIPp asks and hears "+status, 0, patience)
}
