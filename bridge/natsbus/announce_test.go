package natsbus

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// described is what the three verbs of the service API answer (ADR-32 of NATS).
type described struct {
	Type      string
	Name      string
	ID        string
	Version   string
	Metadata  map[string]string
	Endpoints []any
	Started   time.Time
}

// discover asks as a stranger does, with a raw request.
func discover(t *testing.T, p *Peer, subject string) described {
	t.Helper()
	m, err := p.nc.RequestWithContext(t.Context(), subject, nil)
	if err != nil {
		t.Fatalf("%s: %v", subject, err)
	}
	var d described
	if err := json.Unmarshal(m.Data, &d); err != nil {
		t.Fatalf("%s: %v in %s", subject, err, m.Data)
	}
	return d
}

func announced() Config {
	cfg := memoryConfig()
	cfg.Groups = []string{"sales", "support"}
	cfg.Version, cfg.Metadata = "v1.2.3", map[string]string{"protocol-version": "1"}
	return cfg
}

// The gateway is found as a NATS service from its intake on (protocol.md §2).
func TestAnnouncedAsAService(t *testing.T) {
	b := open(t, announced())
	p := peer(t, b)
	if _, err := p.nc.RequestWithContext(t.Context(), "$SRV.PING.tieline", nil); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("who does not serve is not announced: %v", err)
	}
	before := time.Now()
	if _, err := b.Intake(); err != nil {
		t.Fatal(err)
	}
	ping := discover(t, p, "$SRV.PING.tieline")
	for _, subject := range []string{"$SRV.PING", "$SRV.INFO.tieline", "$SRV.STATS.tieline", "$SRV.INFO.tieline." + ping.ID} {
		d := discover(t, p, subject)
		if d.Name != "tieline" || d.Version != "1.2.3" || d.ID == "" || d.ID != ping.ID {
			t.Errorf("%s: %+v", subject, d)
		}
		for key, want := range map[string]string{"processor": "acme", "prefix": "cti", "groups": "sales support", "protocol-version": "1"} {
			if d.Metadata[key] != want {
				t.Errorf("%s: %s is %q, want %q", subject, key, d.Metadata[key], want)
			}
		}
		if len(d.Endpoints) != 0 {
			t.Errorf("%s: the intake is the only way in, there are endpoints: %v", subject, d.Endpoints)
		}
	}
	if ping.Type != "io.nats.micro.v1.ping_response" {
		t.Errorf("PING answers %s", ping.Type)
	}
	if stats := discover(t, p, "$SRV.STATS.tieline"); stats.Started.Before(before.Add(-time.Second)) || stats.Started.After(time.Now()) {
		t.Errorf("STATS says that it serves since %v", stats.Started)
	}
}

// Each of several gateways answers under its own id, until it is closed.
func TestEveryGatewayIsFound(t *testing.T) {
	host := open(t, announced())
	other, _ := cabled(t, host)
	for _, b := range []*Bus{host, other} {
		if _, err := b.Intake(); err != nil {
			t.Fatal(err)
		}
	}
	p := peer(t, host)
	inbox, idc := p.nc.NewInbox(), make(chan string, 10)
	if _, err := p.nc.Subscribe(inbox, func(m *nats.Msg) {
		var d described
		if err := json.Unmarshal(m.Data, &d); err != nil {
			t.Errorf("%v in %s", err, m.Data)
		}
		idc <- d.ID
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.nc.PublishRequest("$SRV.PING.tieline", inbox, nil); err != nil {
		t.Fatal(err)
	}
	ids := []string{await(t, "the first gateway", idc), await(t, "the second gateway", idc)}
	if ids[0] == ids[1] {
		t.Errorf("both are called %s", ids[0])
	}
	closeBus(t, other)
	gone := 0
	for _, id := range ids {
		if isGone(t, p, id) {
			gone++
		}
	}
	if gone != 1 {
		t.Errorf("%d of the two gateways are gone", gone)
	}
}

// isGone asks one gateway until it answers or the server says that there is nobody: just
// behind its end, the server may not have seen yet that its connection is closed.
func isGone(t *testing.T, p *Peer, id string) bool {
	t.Helper()
	for range 100 {
		_, err := p.nc.Request("$SRV.PING.tieline."+id, nil, 200*time.Millisecond)
		switch {
		case err == nil:
			return false
		case errors.Is(err, nats.ErrNoResponders):
			return true
		}
	}
	t.Fatal("neither an answer nor nobody")
	return false
}

// In a bubble of virtual time, and no goroutine is left in it behind Close.
func TestAnnouncedInVirtualTime(t *testing.T) {
	defer HoldClock()()
	synctest.Test(t, func(t *testing.T) {
		b := open(t, announced())
		if _, err := b.Intake(); err != nil {
			t.Fatal(err)
		}
		p := peer(t, b)
		if d := discover(t, p, "$SRV.INFO.tieline"); d.Version != "1.2.3" {
			t.Errorf("INFO: %+v", d)
		}
		b.StopIntake()
		if d := discover(t, p, "$SRV.INFO.tieline"); d.Version != "1.2.3" {
			t.Errorf("while it drains it is still found: %+v", d)
		}
	})
}

// An account that may not serve $SRV has a gateway nevertheless; only discovery is missing.
func TestAnnouncingIsNotVital(t *testing.T) {
	s, err := server.NewServer(&server.Options{
		DontListen: true, NoSigs: true, JetStream: true, DisableJetStreamBanner: true, StoreDir: t.TempDir(),
		Users: []*server.User{{Username: "gw", Password: "secret", Permissions: &server.Permissions{
			Subscribe: &server.SubjectPermission{Deny: []string{"$SRV.>"}},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if !s.ReadyForConnections(serverStart) {
		t.Fatal("the server does not start")
	}
	cfg, refusedc := announced(), make(watchedLog, 1)
	cfg.Embedded, cfg.InMemory, cfg.inProcess = nil, true, s
	cfg.Credentials, cfg.Logger = Credentials{User: "gw", Password: "secret"}, slog.New(slog.NewTextHandler(refusedc, nil))
	b, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer closeBus(t, b)
	c, err := b.Intake()
	if err != nil {
		t.Fatalf("the intake opens: %v", err)
	}
	p := peer(t, b)
	if err := p.nc.Publish("cti.acme.to.s1", nil); err != nil {
		t.Fatal(err)
	}
	if d := await(t, "a delivery", c); d.Subject != "cti.acme.to.s1" {
		t.Errorf("delivery on %s", d.Subject)
	}
	await(t, "a line of the log that says what is not allowed", refusedc)
}

// watchedLog has an item once the log has said that the gateway may not announce itself: the server
// refuses that beside everything else.
type watchedLog chan struct{}

func (l watchedLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("$SRV.PING")) {
		select {
		case l <- struct{}{}:
		default:
		}
	}
	return len(line), nil
}

func TestVersionsOfTheServiceAPI(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3": "1.2.3", "v1.2.3": "1.2.3", "v1.2.3-rc.1+dirty": "1.2.3-rc.1+dirty",
		"v0.0.0-20261123063450-087a8a1a7fb9": "0.0.0-20261123063450-087a8a1a7fb9",
		"(devel)":                            "0.0.0+devel", "(unknown)": "0.0.0+unknown", "01.2": "0.0.0+01-2", "": "0.0.0", "ü": "0.0.0",
	} {
		if got := semver(version); got != want {
			t.Errorf("version %q is announced as %q, want %q", version, got, want)
		}
	}
}
