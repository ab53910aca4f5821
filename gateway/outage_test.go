package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
	"tieline/bridge/contract"
	"tieline/bridge/natsbus"
	"tieline/gateway"
	"tieline/gateway/config"
	"tieline/sip/siptest"
)

// patience bounds every wait of the tests in real time; none of them is expected to need it.
const patience = 30 * time.Second

// NATS down at start: the gateway tries until it is there. NATS lost in a call: the call lives
// on, and what was to be published is published when it is back, in order.
func TestNATSOutage(t *testing.T) {
	dir := t.TempDir()
	server := startServer(t, dir, "127.0.0.1:0")
	address := strings.TrimPrefix(server.URL(), "nats://")
	stopServer(t, server)

	log := &logLines{linec: make(chan string, 1000)}
	network := siptest.NewNetwork(1)
	g := outageGateway(t, network.MustListen("192.0.2.1:5060"), address, log)
	opened := make(chan error, 1)
	go func() { opened <- g.Open(t.Context()) }()
	log.await(t, "NATS")
	server = startServer(t, dir, address)
	if err := within(t, opened); err != nil {
		t.Fatalf("the gateway opens once NATS is there: %v", err)
	}
	stop := runInBackground(t, g.Run)
	pbx, err := siptest.New(siptest.Config{Conn: network.MustListen("192.0.2.10:5060")})
	if err != nil {
		t.Fatal(err)
	}
	stopPBX := runInBackground(t, pbx.Run)

	b := newOutageBridge(t, address)
	added := b.dial(t)
	call := nextCall(t, pbx)
	call.Respond(180, "")
	b.open(t, added)
	b.peer.Close()

	stopServer(t, server)
	call.Respond(200, "")
	call.Bye()
	log.await(t, "trying until it does")
	server = startServer(t, dir, address)

	b = newOutageBridge(t, address)
	var got []string
	for len(got) == 0 || got[len(got)-1] != string(bridge.InteractionEnded) {
		m := within(t, b.saidc)
		if m.Target.At(bridge.ObjectChannel) == "" {
			continue
		}
		got = append(got, string(m.Name))
		if int(m.Seq) != len(got) {
			t.Errorf("seq has no gap and no repetition: message %d has seq %d", len(got), m.Seq)
		}
	}
	want := "channel.query.init channel.interactionadded channel.request.dial interaction.query.init interaction.started interaction.ended"
	if strings.Join(got, " ") != want {
		t.Errorf("what happened during the outage is told in order:\n got %s\nwant %s", strings.Join(got, " "), want)
	}
	if pbx.Open() != 0 {
		t.Errorf("no leg is left: %d are", pbx.Open())
	}
	b.peer.Close()
	stop()
	stopPBX()
	stopServer(t, server)
}

func startServer(t *testing.T, dir, listen string) *natsbus.Bus {
	t.Helper()
	bus, err := natsbus.Open(t.Context(), natsbus.Config{
		Embedded: &natsbus.Embedded{Dir: dir, Listen: listen}, Space: bridge.Space{Prefix: "elsewhere", Processor: "server"},
	})
	if err != nil {
		t.Fatalf("a NATS server starts: %v", err)
	}
	return bus
}

func stopServer(t *testing.T, server *natsbus.Bus) {
	t.Helper()
	if err := server.Close(); err != nil {
		t.Fatalf("a NATS server stops: %v", err)
	}
}

func outageGateway(t *testing.T, socket net.PacketConn, address string, log io.Writer) *gateway.Gateway {
	t.Helper()
	cfg, err := config.Parse([]byte(strings.Replace(systemConfig, "{embedded: {listen: none}}", fmt.Sprintf("{url: %q}", "nats://"+address), 1)), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(cfg, gateway.Options{
		PacketConn: socket, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// runInBackground runs f until the returned function is called.
func runInBackground(t *testing.T, f func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	donec := make(chan error, 1)
	go func() { donec <- f(ctx) }()
	return func() {
		cancel()
		if err := within(t, donec); err != nil {
			t.Errorf("a part ends without an error: %v", err)
		}
	}
}

func nextCall(t *testing.T, pbx *siptest.PBX) *siptest.Call {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call, err := pbx.Next(ctx)
	if err != nil {
		t.Fatalf("the call reaches the PBX: %v", err)
	}
	return call
}

func within[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came in time")
	}
	panic("unreachable")
}

// outageBridge is a bridge that follows the stream from its beginning.
type outageBridge struct {
	peer  *natsbus.Peer
	saidc chan bridge.Message
}

func newOutageBridge(t *testing.T, address string) *outageBridge {
	t.Helper()
	peer, err := natsbus.Connect(t.Context(), natsbus.PeerConfig{URL: "nats://" + address, Space: bridge.Space{Prefix: "cti", Processor: "acme"}})
	if err != nil {
		t.Fatal(err)
	}
	b := &outageBridge{peer: peer, saidc: make(chan bridge.Message, 1000)}
	heard := contract.Heard(t)
	if _, err := peer.Follow(t.Context(), natsbus.Start{All: true}, func(m bridge.Message) { heard(m); b.saidc <- m }); err != nil {
		t.Fatal(err)
	}
	return b
}

// dial sets up a channel and dials on it; the result tells of the interaction.
func (b *outageBridge) dial(t *testing.T) <-chan bridge.Message {
	t.Helper()
	b.awaitStarted(t)
	for i, s := range []struct {
		kind            bridge.Type
		name            bridge.Name
		target, subject bridge.Target
		body            string
	}{
		{bridge.TypeRequest, bridge.ControlAddSession, bridge.Control, "s1", `{"session":"s1"}`},
		{bridge.TypeQuery, bridge.SessionInit, "s1", "s1", ""},
		{bridge.TypeRequest, bridge.SessionAddChannelGroup, "s1", "s1.sales", `{"channel-group":"sales"}`},
		{bridge.TypeQuery, bridge.GroupInit, "s1.sales", "s1.sales", ""},
		{bridge.TypeRequest, bridge.GroupAddChannel, "s1.sales", "s1.sales.c", `{"channel":"c","end-point":"1001","type":"Telephony"}`},
		{bridge.TypeQuery, bridge.ChannelInit, "s1.sales.c", "s1.sales.c", ""},
		{bridge.TypeRequest, bridge.ChannelDial, "s1.sales.c", "s1.sales.c", `{"destination":"600"}`},
	} {
		m := bridge.Message{Type: s.kind, Name: s.name, Target: s.target, RequestID: fmt.Sprint("r", i), Body: json.RawMessage(s.body)}
		if err := b.peer.Send(m, s.subject); err != nil {
			t.Fatal(err)
		}
	}
	return b.saidc
}

// awaitStarted waits until the gateway says that it takes messages.
func (b *outageBridge) awaitStarted(t *testing.T) {
	t.Helper()
	for within(t, b.saidc).Name != bridge.ControlStatus {
	}
}

// open waits for the interaction and opens it, so that its events are raised.
func (b *outageBridge) open(t *testing.T, saidc <-chan bridge.Message) {
	t.Helper()
	var body bridge.InteractionAdded
	for body.Interaction == "" {
		if m := within(t, saidc); m.Name == bridge.ChannelInteractionAdded {
			if err := bridge.DecodeBody(m, &body); err != nil {
				t.Fatal(err)
			}
		}
	}
	target := bridge.Target("s1.sales.c").Child(body.Interaction)
	answer, err := b.peer.Request(t.Context(), bridge.Message{Type: bridge.TypeQuery, Name: bridge.InteractionInit, Target: target, RequestID: "open"}, target)
	if err != nil || answer.Result != bridge.Success {
		t.Fatalf("the interaction is opened: %v %v", answer, err)
	}
}

// logLines hands log lines over to a test.
type logLines struct{ linec chan string }

func (l *logLines) Write(b []byte) (int, error) {
	select {
	case l.linec <- string(b):
	default:
	}
	return len(b), nil
}

func (l *logLines) await(t *testing.T, text string) {
	t.Helper()
	for !strings.Contains(within(t, l.linec), text) {
	}
}
