package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"tieline/bridge"
	"tieline/gateway"
	"tieline/gateway/config"
	"tieline/sip/siptest"
)

// childConfig is set in the environment of a gateway process that a test may kill.
const childConfig = "TIELINE_TEST_GATEWAY"

func TestMain(m *testing.M) {
	if path := os.Getenv(childConfig); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func child(path string) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	g, err := gateway.New(cfg, gateway.Options{})
	if err != nil {
		return err
	}
	if err := g.Open(context.Background()); err != nil {
		return err
	}
	return g.Run(context.Background())
}

// The gateway is killed while a dial is in progress. Its successor on the same data directory
// gives the one final answer, repeats are answered from the ledger, and nothing is dialled a
// second time.
func TestCrash(t *testing.T) {
	packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pbx, err := siptest.New(siptest.Config{Conn: packets})
	if err != nil {
		t.Fatal(err)
	}
	stopPBX := runInBackground(t, pbx.Run)
	address := freePort(t)
	path := t.TempDir() + "/tieline.yaml"
	text := fmt.Sprintf(`
processor: {id: acme}
nats: {embedded: {dir: %q, listen: %q}}
sip: {listen: ["udp://127.0.0.1:%d"]}
trunks: {pbx: {address: %q}}
channel-groups: {sales: {trunks: [pbx], destinations: {extensions: 1-6 digits}}}
admin: {listen: none}
`, t.TempDir(), address, portOf(t, freePort(t)), pbx.Address())
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	kill := startChild(t, path)
	b := newOutageBridge(t, address)
	b.dial(t) // request r6
	nextCall(t, pbx).Respond(486, "")
	b.awaitAnswer(t, "r6")
	if err := b.peer.Send(dialRequest("r7"), "s1.sales.c"); err != nil {
		t.Fatal(err)
	}
	nextCall(t, pbx)
	b.peer.Close()
	kill()

	kill = startChild(t, path)
	b = newOutageBridge(t, address)
	if m := b.awaitAnswer(t, "r7"); m.Err() == nil || m.Err().Code != bridge.Interrupted || m.Seq != 3 {
		t.Errorf("the interrupted dial gets its one answer, in its place: %s", m.Line())
	}
	b.awaitStarted(t)
	for id, code := range map[string]bridge.Code{"r6": bridge.Busy, "r7": bridge.Interrupted} {
		answer, err := b.peer.Request(t.Context(), dialRequest(id), "s1.sales.c")
		if err != nil || answer.Err() == nil || answer.Err().Code != code {
			t.Errorf("a repeat of %s gets the stored answer %s: %v %v", id, code, answer.Line(), err)
		}
	}
	b.peer.Close()
	kill()
	if n := pbx.Stats().Calls; n != 2 {
		t.Errorf("each requestId is dialled once: the PBX saw %d calls", n)
	}
	stopPBX()
}

// startChild starts a gateway in a process of its own; the result kills it.
func startChild(t *testing.T, path string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childConfig+"="+path)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Errorf("the gateway process was still there to be killed: %v", err)
		}
		_ = cmd.Wait() // it was killed, and says so
	})
	t.Cleanup(kill)
	return kill
}

func dialRequest(id string) bridge.Message {
	return bridge.Message{
		Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: "s1.sales.c", RequestID: id,
		Body: json.RawMessage(`{"destination":"600"}`),
	}
}

func (b *outageBridge) awaitAnswer(t *testing.T, id string) bridge.Message {
	t.Helper()
	for {
		if m := within(t, b.saidc); m.Type == bridge.TypeResponse && m.RequestID == id {
			return m
		}
	}
}

// freePort finds a loopback address for a server in another process.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	return l.Addr().String()
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	return a.Port
}
