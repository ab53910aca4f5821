package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const goodConfig = `
processor: {id: acme}
nats:
  embedded: {dir: "DIR", listen: none}
sip:
  listen: ["udp://127.0.0.1:5999"]
trunks:
  pbx: {address: "127.0.0.1:9"}
channel-groups:
  sales: {trunks: [pbx]}
admin: {listen: none}
log: {format: json}
`

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "tieline.yaml")
	text = strings.ReplaceAll(text, "DIR", dir)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCheckListsEveryFault(t *testing.T) {
	p := start("check", "-c", writeConfig(t, goodConfig))
	p.wants(t, "a valid file", exitOK)
	wantText(t, "a valid file", p.out.String(), "is valid: processor acme")

	bad := strings.NewReplacer("sales: {trunks: [pbx]}", "sales: {trunks: [pbx, other], colour: red}").Replace(goodConfig)
	p = start("check", "-c", writeConfig(t, bad))
	p.wants(t, "a file with faults", exitFailed)
	wantText(t, "the unknown key, with its place", p.err.String(), "tieline.yaml:10:33: ")
	wantText(t, "the unknown key", p.err.String(), "colour")
	wantText(t, "the unknown trunk", p.err.String(), "trunks[1]")
	wantText(t, "the count", p.err.String(), "2 faults")
}

func TestCheckReady(t *testing.T) {
	reason := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if reason != "" {
			http.Error(w, reason, http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	start("check", "-ready", s.URL).wants(t, "a gateway that is ready", exitOK)
	reason = "no trunk is up"
	p := start("check", "-ready", s.URL)
	p.wants(t, "a gateway that is not ready", exitFailed)
	wantText(t, "why it is not ready", p.err.String(), reason)
}

// freePort is free until somebody takes it: the configuration file wants a number.
func freePort(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}

func TestRunDrainsAtTheFirstSignal(t *testing.T) {
	p := start("run", "-c", writeConfig(t, strings.ReplaceAll(goodConfig, "127.0.0.1:5999", freePort(t))))
	p.err.await(t, `"the gateway is started"`)
	p.signalc <- syscall.SIGTERM
	p.wants(t, "a clean drain", exitOK)
	close(p.signalc)
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	p := start("run", "-c", writeConfig(t, strings.ReplaceAll(goodConfig, "127.0.0.1:5999", taken.LocalAddr().String())))
	p.wants(t, "a port that is taken", exitFailed)
	wantText(t, "a port that is taken", p.err.String(), "tieline run: ")
	close(p.signalc)
}

func TestRunCanBeStoppedWhileItWaitsForNATS(t *testing.T) {
	text := strings.Replace(goodConfig, `embedded: {dir: "DIR", listen: none}`, `url: "nats://127.0.0.1:1"`, 1)
	p := start("run", "-c", writeConfig(t, text))
	p.err.await(t, "trying again")
	p.signalc <- syscall.SIGINT
	p.wants(t, "told to stop", exitOK)
	close(p.signalc)
}
