package natsbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"tieline/bridge"
)

// closeTimeout bounds how long Close waits for outstanding acknowledgements.
const closeTimeout = 5 * time.Second

// Bus is the gateway's side of NATS.
type Bus struct {
	cfg    Config
	space  bridge.Space
	log    *slog.Logger
	server *embeddedServer // nil: NATS is elsewhere
	nc     *nats.Conn
	js     jetstream.JetStream
	asker  *asker
	upkeep aside
	endedc chan struct{} // closed when nats.go has made its last callback

	mu     sync.Mutex
	intake *intake       // nil until Intake
	gonec  chan struct{} // closed when the service is no longer announced; nil until it is
	closed bool
	err    error // of the first Close
}

// Open starts the embedded server if there is one, connects, and sees to it that stream
// and ledger exist as configured. While NATS cannot be reached it tries again, with
// growing pauses and a line in the log each time, until ctx ends. It returns an error at
// once when trying again is no use: bad configuration, credentials refused, a stream that
// another one stands in the way of.
func Open(ctx context.Context, cfg Config) (*Bus, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Bus{cfg: cfg, space: cfg.Space, log: cfg.Logger, asker: newAsker(), endedc: make(chan struct{})}
	if err := b.open(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Bus) open(ctx context.Context) (err error) {
	if b.cfg.Embedded != nil {
		if b.server, err = startServer(b.cfg); err != nil {
			return err
		}
		b.cfg.inProcess = b.server
	}
	if b.nc, err = b.address(b.cfg.Name).connect(ctx, b.log, b.callbacks()...); err != nil {
		return err
	}
	b.log.Info("connected to NATS", "server", b.where(b.nc))
	if err = b.asker.start(b.nc); err != nil {
		return fmt.Errorf("NATS: %w", err)
	}
	if b.js, err = jetstream.New(b.nc); err != nil {
		return fmt.Errorf("JetStream: %w", err)
	}
	return persist(ctx, b.log, "preparing the stream", func() error { return b.prepare(ctx) }, refusedForGood)
}

// where is the server, for a log.
func (b *Bus) where(nc *nats.Conn) string {
	switch e := b.cfg.Embedded; {
	case e == nil:
		return nc.ConnectedUrlRedacted()
	case e.Listen == "":
		return "in this process"
	default:
		return "in this process, for bridges at " + e.Listen
	}
}

func (b *Bus) address(name string) address {
	return address{url: b.cfg.URL, inProcess: b.cfg.inProcess, credentials: b.cfg.Credentials, caFile: b.cfg.CAFile, name: name}
}

// callbacks keep the connection for ever, and refuse to queue publications while it is
// down: the caller keeps the order and publishes again.
func (b *Bus) callbacks() []nats.Option {
	return []nats.Option{
		nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(), nats.ReconnectBufSize(-1),
		nats.CustomReconnectDelay(backOff), nats.FlusherTimeout(connectTimeout),
		nats.ConnectHandler(func(*nats.Conn) { b.state(true) }),
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if nc.IsClosed() {
				return
			}
			b.log.Warn("lost NATS, reconnecting", "error", err)
			b.asker.failAll(nats.ErrDisconnected)
			b.state(false)
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { b.log.Warn("NATS is still not reachable", "error", err) }),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			b.log.Info("reconnected to NATS", "server", b.where(nc))
			b.state(true)
			b.upkeep.do(b.repair)
		}),
		nats.ClosedHandler(func(*nats.Conn) {
			b.state(false)
			close(b.endedc)
		}),
		nats.ErrorHandler(b.asyncError),
	}
}

func (b *Bus) state(connected bool) {
	if b.cfg.OnState != nil {
		b.cfg.OnState(connected)
	}
}

func (b *Bus) asyncError(_ *nats.Conn, sub *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		dropped, _ := sub.Dropped() // 0 of a subscription that has ended
		b.log.Error("the gateway cannot keep up, requests are dropped", "subject", sub.Subject, "dropped", dropped)
		return
	}
	subject := ""
	if sub != nil {
		subject = sub.Subject
	}
	b.log.Error("NATS reported an error", "error", err, "subject", subject)
}

// repair makes stream and ledger again should the server that came back have lost them.
func (b *Bus) repair() {
	ctx, cancel := context.WithTimeout(context.Background(), ackTimeout)
	defer cancel()
	if err := b.prepare(ctx); err != nil && !b.nc.IsClosed() {
		b.log.Error("cannot prepare the stream", "error", err)
	}
}

// Connected tells whether the connection stands at this moment.
func (b *Bus) Connected() bool { return b.nc.IsConnected() }

// URL is where the embedded server listens for bridges in other processes; empty when it
// does not, or when NATS is elsewhere.
func (b *Bus) URL() string {
	if b.server == nil || b.server.Addr() == nil {
		return ""
	}
	return b.server.ClientURL()
}

// flush returns when the server has taken all that was sent. It does without
// nats.Conn.FlushTimeout, whose timers are shared by the whole process and would leave a
// testing/synctest bubble.
func (b *Bus) flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), ackTimeout)
	defer cancel()
	return b.nc.FlushWithContext(ctx)
}

// Close ends the intake, waits a few seconds for outstanding acknowledgements, closes the
// connection, and stops the embedded server last, its stores on disk. Whatever is not
// acknowledged by then is told ErrUnsure. When it returns, no goroutine of the bus is
// left and no callback will come. Calling it again returns the first call's error.
func (b *Bus) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return b.err
	}
	b.closed = true
	b.stopIntake(true)
	if b.nc != nil {
		if b.nc.IsConnected() {
			b.asker.settle(closeTimeout)
			_ = b.flush() // nothing more can be done about it
		}
		b.nc.Close()
		<-b.endedc
		if b.gonec != nil {
			<-b.gonec
		}
	}
	b.asker.close()
	b.upkeep.wait()
	if b.server != nil {
		b.err = b.server.stop()
	}
	return b.err
}
