package natsbus

import (
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"tieline/bridge"
	"tieline/bridge/bustest"
)

var _ bustest.Bus = (*Bus)(nil)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func space() bridge.Space { return bridge.Space{Prefix: "cti", Processor: "acme"} }

func memoryConfig() Config {
	return Config{Embedded: &Embedded{Memory: true}, Space: space(), Groups: []string{"sales"}}
}

func open(t *testing.T, cfg Config) *Bus {
	t.Helper()
	b, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { closeBus(t, b) })
	return b
}

func closeBus(t *testing.T, b *Bus) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func peer(t *testing.T, b *Bus) *Peer {
	t.Helper()
	p, err := b.Peer(t.Context())
	if err != nil {
		t.Fatalf("peer: %v", err)
	}
	t.Cleanup(p.Close)
	return p
}

func await[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	timer := time.NewTimer(20 * time.Second)
	defer timer.Stop()
	select {
	case v := <-c:
		return v
	case <-timer.C:
		t.Fatalf("%s: nothing came", what)
		panic("unreachable")
	}
}

func publish(t *testing.T, b *Bus, m bridge.Message, id string) error {
	t.Helper()
	donec := make(chan struct{}, 1)
	var result error
	b.Publish(m, id, func(err error) { result = err; donec <- struct{}{} })
	await(t, "acknowledgement of "+id, donec)
	return result
}

func event(target bridge.Target, seq uint64) bridge.Message {
	m := bridge.Event(bridge.ChannelReady, target, nil)
	m.Seq = seq
	return m
}

// cable connects a bus to a server in this process, and can be unplugged.
type cable struct {
	server nats.InProcessConnProvider
	mu     sync.Mutex
	conns  []net.Conn
	out    bool
}

func (c *cable) InProcessConn() (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out {
		return nil, errors.New("the cable is unplugged")
	}
	conn, err := c.server.InProcessConn()
	if err == nil {
		c.conns = append(c.conns, conn)
	}
	return conn, err
}

func (c *cable) unplug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = true
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

func (c *cable) plug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = false
}

// cabled opens a bus whose connection the test controls, on the server of host.
func cabled(t *testing.T, host *Bus) (b *Bus, setDown func(bool)) {
	t.Helper()
	c := &cable{server: host.server}
	statec := make(chan bool, 100)
	cfg := memoryConfig()
	cfg.Embedded, cfg.InMemory, cfg.inProcess = nil, host.cfg.InMemory, c
	cfg.OnState = func(connected bool) { statec <- connected }
	b = open(t, cfg)
	until := func(want bool) {
		for await(t, "change of state", statec) != want {
		}
	}
	until(true)
	return b, func(down bool) {
		if down {
			c.unplug()
		} else {
			c.plug()
		}
		until(!down)
	}
}

func harness(t *testing.T, cfg Config) bustest.Harness {
	host := open(t, cfg)
	bus, setDown := cabled(t, host)
	p := peer(t, host)
	return bustest.Harness{
		Space: space(), Group: "sales", Bus: bus, Other: host, SetDown: setDown,
		Send: func(d bridge.Delivery) error {
			return p.nc.PublishMsg(&nats.Msg{Subject: d.Subject, Reply: d.Reply, Header: nats.Header(d.Header), Data: d.Data})
		},
		Follow: func(f func(bridge.Message)) {
			if _, err := p.Follow(t.Context(), Start{All: true}, f); err != nil {
				t.Errorf("follow: %v", err)
			}
		},
		Inbox: func(subject string) <-chan bridge.Delivery {
			c := make(chan bridge.Delivery, 10)
			_, err := p.nc.Subscribe(subject, func(m *nats.Msg) {
				c <- bridge.Delivery{Subject: m.Subject, Header: bridge.Header(m.Header), Data: m.Data}
			})
			if err == nil {
				err = p.Flush(t.Context())
			}
			if err != nil {
				t.Errorf("inbox: %v", err)
			}
			return c
		},
	}
}

func TestConforms(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		bustest.Run(t, func(t *testing.T) bustest.Harness { return harness(t, memoryConfig()) })
	})
	t.Run("file", func(t *testing.T) {
		bustest.Run(t, func(t *testing.T) bustest.Harness {
			cfg := memoryConfig()
			cfg.Embedded = &Embedded{Dir: t.TempDir()}
			return harness(t, cfg)
		})
	})
}
