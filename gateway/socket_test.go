package gateway_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"tieline/bridge"
	"tieline/sip/siptest"
)

// The SIP socket fails in a call: the gateway ends with that error, but not before the bridge has been told what
// became of the call and of the session. NATS outlives the gateway: an embedded server would end with it, perhaps before it
// has handed on what it has stored.
func TestSocketLost(t *testing.T) {
	server := startServer(t, t.TempDir(), "127.0.0.1:0")
	defer stopServer(t, server)
	address := strings.TrimPrefix(server.URL(), "nats://")
	network := siptest.NewNetwork(1)
	socket := network.MustListen("192.0.2.1:5060")
	g := outageGateway(t, socket, address, io.Discard)
	if err := g.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Run(context.Background()) }()
	pbx, err := siptest.New(siptest.Config{Conn: network.MustListen("192.0.2.10:5060")})
	if err != nil {
		t.Fatal(err)
	}
	stopPBX := runInBackground(t, pbx.Run)

	b := newOutageBridge(t, address)
	defer b.peer.Close()
	added := b.dial(t)
	nextCall(t, pbx).Respond(180, "")
	b.open(t, added)
	if err := socket.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bridge.Name{bridge.InteractionEnded, bridge.SessionDisposed} {
		for name := bridge.Name(""); name != want; name = within(t, b.saidc).Name {
		}
	}
	if err := within(t, ended); err == nil || !strings.Contains(err.Error(), "socket failed") {
		t.Errorf("the gateway says why it ended: %v", err)
	}
	stopPBX()
}
