package gateway_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"tieline/bridge"
	"tieline/gateway"
	"tieline/gateway/config"
	"tieline/sip/siptest"
)

// The SIP socket fails in a call: the gateway ends with that error, but not before the bridge has been told what
// became of the call and of the session.
func TestSocketLost(t *testing.T) {
	cfg, err := config.Parse([]byte(strings.Replace(systemConfig, "{listen: none}}", "{listen: "+freePort(t)+"}}", 1)), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	network := siptest.NewNetwork(1)
	socket := network.MustListen("192.0.2.1:5060")
	g, err := gateway.New(cfg, gateway.Options{Memory: true, PacketConn: socket, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
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

	b := newOutageBridge(t, strings.TrimPrefix(g.NATS(), "nats://"))
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
