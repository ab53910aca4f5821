package natsbus

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieline/bridge"
)

// logBook is a log that tests can read.
type logBook struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

func (l *logBook) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.lines.String(), s)
}

func (l *logBook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Stream and ledger survive a restart on the same directory (issue: idempotence across a restart).
// Two servers would ruin each other's store: the second gateway on a directory does not start.
func TestOneServerOnADirectory(t *testing.T) {
	cfg := memoryConfig()
	cfg.Embedded = &Embedded{Dir: t.TempDir()}
	first := open(t, cfg)
	if b, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "another process serves from the directory") {
		t.Errorf("the second one says why it does not start: %v %v", b, err)
	}
	if err := publish(t, first, event("s1.sales.c1", 1), "1"); err != nil {
		t.Errorf("the first one goes on: %v", err)
	}
	closeBus(t, first)
	closeBus(t, open(t, cfg))
}

func TestRestart(t *testing.T) {
	cfg := memoryConfig()
	cfg.Embedded = &Embedded{Dir: t.TempDir()}
	first := open(t, cfg)
	for _, id := range []string{"1", "2"} {
		if err := publish(t, first, event("s1.sales.c1", 41), id); err != nil {
			t.Fatal(err)
		}
	}
	first.Claim("request", []byte("claimed"), func([]byte, error) {})
	donec := make(chan struct{})
	first.Finish("request", []byte("answered"), func(error) { close(donec) })
	await(t, "finish", donec)
	closeBus(t, first)

	second := open(t, cfg)
	if seq, err := second.LastSeq(t.Context(), "s1.sales.c1"); seq != 41 || err != nil {
		t.Errorf("LastSeq after the restart: %d, %v", seq, err)
	}
	existingc := make(chan string, 1)
	second.Claim("request", []byte("again"), func(existing []byte, err error) { existingc <- string(existing) })
	if got := await(t, "claim", existingc); got != "answered" {
		t.Errorf("the claim after the restart finds %q", got)
	}
	if err := publish(t, second, event("s1.sales.c1", 42), "2"); err != nil {
		t.Error(err)
	}
	if seq, err := second.LastSeq(t.Context(), "s1.sales.c1"); seq != 41 || err != nil {
		t.Errorf("publication 2 was stored twice: LastSeq %d, %v", seq, err)
	}
	closeBus(t, second)
}

func TestStartsBeforeNATS(t *testing.T) {
	host := open(t, memoryConfig())
	c := &cable{server: host.server, out: true}
	log := &logBook{}
	cfg := memoryConfig()
	cfg.Embedded, cfg.InMemory, cfg.inProcess, cfg.Logger = nil, true, c, log.logger()
	openedc := make(chan *Bus, 1)
	go func() {
		b, err := Open(t.Context(), cfg)
		if err != nil {
			t.Errorf("open: %v", err)
		}
		openedc <- b
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for log.count("trying again") < 2 {
		<-tick.C
	}
	c.plug()
	b := await(t, "the bus", openedc)
	defer closeBus(t, b)
	if err := publish(t, b, event("s1.sales.c1", 1), "1"); err != nil {
		t.Error(err)
	}
}

// A server that comes back without the stream, as one without a disk does, gets it again.
func TestStreamIsMadeAgainAfterReconnecting(t *testing.T) {
	host := open(t, memoryConfig())
	b, setDown := cabled(t, host)
	setDown(true)
	if err := host.js.DeleteStream(t.Context(), streamName(space())); err != nil {
		t.Fatal(err)
	}
	setDown(false)
	var err error
	for range 1000 {
		if err = publish(t, b, event("s1.sales.c1", 1), "1"); err == nil {
			return
		}
		if !errors.Is(err, bridge.ErrUnsure) {
			break
		}
	}
	t.Errorf("publication: %v", err)
}

func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	cfg := memoryConfig()
	cfg.Embedded, cfg.InMemory, cfg.inProcess = nil, true, &cable{out: true}
	if b, err := Open(ctx, cfg); err == nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("open without a server: %v, %v; want the context's error", b, err)
	}
}

func TestFaultsOfTheConfiguration(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	host := memoryConfig()
	host.Embedded.Listen = "127.0.0.1:0"
	host.Credentials = Credentials{User: "gw", Password: "secret"}
	server := open(t, host)

	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"no server":       {func(c *Config) { c.Embedded = nil }, "neither a NATS URL nor an embedded server"},
		"no directory":    {func(c *Config) { c.Embedded = &Embedded{} }, "data directory"},
		"processor":       {func(c *Config) { c.Space.Processor = "a.b" }, `processor "a.b"`},
		"prefix":          {func(c *Config) { c.Space.Prefix = "$JS" }, "belong to NATS"},
		"group":           {func(c *Config) { c.Groups = []string{"*"} }, `channel group "*"`},
		"port taken":      {func(c *Config) { c.Embedded.Listen = taken.Addr().String() }, "address already in use"},
		"no address":      {func(c *Config) { c.Embedded.Listen = "nowhere" }, "listen address"},
		"no port":         {func(c *Config) { c.Embedded.Listen = "127.0.0.1:nats" }, `port "nats"`},
		"no such dir":     {func(c *Config) { c.Embedded = &Embedded{Dir: "/dev/null/x"} }, "embedded NATS server"},
		"wrong password":  {func(c *Config) { c.URL, c.Credentials = server.URL(), Credentials{User: "gw", Password: "guess"} }, "uthorization"},
		"no credentials":  {func(c *Config) { c.URL = server.URL() }, "uthorization"},
		"bad url":         {func(c *Config) { c.URL = "nats://[::1" }, "missing ']'"},
		"no creds file":   {func(c *Config) { c.URL, c.Credentials = server.URL(), Credentials{CredsFile: "/none"} }, "NATS credentials"},
		"no nkey file":    {func(c *Config) { c.URL, c.Credentials = server.URL(), Credentials{NKeyFile: "/none"} }, "NATS nkey"},
		"no ca file":      {func(c *Config) { c.URL, c.CAFile = server.URL(), "/none" }, "NATS certificate authority"},
		"too many copies": {func(c *Config) { c.Replicas = 3 }, "stream CTI_acme"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := memoryConfig()
			c.change(&cfg)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			b, err := Open(ctx, cfg)
			if err == nil {
				closeBus(t, b)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("open: %v; want %q at once", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "guess") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

func TestListensForOthers(t *testing.T) {
	cfg := memoryConfig()
	cfg.Embedded.Listen = "127.0.0.1:0"
	cfg.Credentials = Credentials{User: "gw", Password: "secret"}
	b := open(t, cfg)
	p, err := Connect(t.Context(), PeerConfig{URL: b.URL(), Credentials: cfg.Credentials, Space: space()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if inside := open(t, memoryConfig()); inside.URL() != "" {
		t.Errorf("a server that does not listen has URL %q", inside.URL())
	}
}

func TestServerSpeaksThroughOurLog(t *testing.T) {
	log := &logBook{}
	cfg := memoryConfig()
	cfg.Logger = log.logger()
	closeBus(t, open(t, cfg))
	if log.count("component=nats-server") == 0 || log.count("Server is ready") != 1 {
		t.Errorf("the server's lines are missing:\n%s", log.lines.String())
	}
}

func TestBackOffGrowsAndStaysInBounds(t *testing.T) {
	for attempt, want := range map[int]time.Duration{0: 100, 1: 100, 2: 200, 5: 1600, 7: 6400, 8: 10000, 100: 10000} {
		for range 100 {
			if d := backOff(attempt); d > want*time.Millisecond || d < want*time.Millisecond*3/4 {
				t.Errorf("attempt %d: pause %v, want three to four quarters of %v", attempt, d, want*time.Millisecond)
			}
		}
	}
}

func TestNamesAreSafeAndDistinct(t *testing.T) {
	if got := streamName(space()); got != "CTI_acme" {
		t.Errorf("stream of acme: %s", got)
	}
	seen := map[string]bool{}
	for _, s := range []bridge.Space{{Prefix: "cti", Processor: "ü"}, {Prefix: "cti", Processor: "ä"}, {Prefix: "cti", Processor: "a/b"}, {Prefix: "a.cti", Processor: "b"}, {Prefix: "a", Processor: "cti_b"}} {
		name := streamName(s)
		if seen[name] || strings.ContainsFunc(name, func(r rune) bool { return !plainKeyRune(r) }) {
			t.Errorf("stream of %v: %s", s, name)
		}
		seen[name] = true
	}
}

// The whole bus runs in virtual time: server, in-process connection, JetStream.
func TestVirtualTime(t *testing.T) {
	defer HoldClock()()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		b := open(t, memoryConfig())
		c, err := b.Intake()
		if err != nil {
			t.Fatal(err)
		}
		p := peer(t, b)
		seen := []uint64{}
		if _, err := p.Follow(t.Context(), Start{}, func(m bridge.Message) { seen = append(seen, m.Seq) }); err != nil {
			t.Fatal(err)
		}
		if err := p.Send(bridge.Message{Type: bridge.TypeQuery, Name: bridge.ChannelInit, Target: "s1.sales.c1", RequestID: "1"}, "s1.sales.c1"); err != nil {
			t.Fatal(err)
		}
		if d := <-c; d.Subject != "cti.acme.to.s1.sales.c1" {
			t.Errorf("delivery on %s", d.Subject)
		}
		for seq := range uint64(10) {
			if err := publish(t, b, event("s1.sales.c1", seq+1), "id"+string(rune('a'+seq))); err != nil {
				t.Error(err)
			}
		}
		if err := b.Entries(t.Context(), func(string, []byte) error { return nil }); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(seen) != 10 {
			t.Errorf("the peer saw %v", seen)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %v of virtual time", took)
		}
		time.Sleep(25 * time.Hour) // virtual: nothing drops the connection, and the stream forgets
		if seq, err := b.LastSeq(t.Context(), "s1.sales.c1"); seq != 0 || err != nil || !b.Connected() {
			t.Errorf("after a day: LastSeq %d, %v, connected %v", seq, err, b.Connected())
		}
	})
}
