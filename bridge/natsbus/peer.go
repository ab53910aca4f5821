package natsbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"tieline/bridge"
)

// ErrNobody is what Peer.Request returns when no gateway serves the subject: nobody owns
// the channel group, or no gateway runs (protocol.md §2, "no responders").
var ErrNobody = errors.New("no gateway serves this destination")

// ErrNotReached is what following returns when it is to begin behind the end of the stream:
// the stream is not the one that had this sequence number, but one made anew.
var ErrNotReached = errors.New("the stream is shorter than this position")

// PeerConfig says how a processor bridge reaches NATS.
type PeerConfig struct {
	URL         string
	Credentials Credentials
	CAFile      string
	Space       bridge.Space
	Name        string       // "tieline-bridge" by default
	Logger      *slog.Logger // nil: nothing
}

// Peer is the bridge's side of NATS, for the command line tools and for tests.
type Peer struct {
	nc     *nats.Conn
	js     jetstream.JetStream
	space  bridge.Space
	log    *slog.Logger
	endedc chan struct{}
}

// Connect reaches NATS as a bridge does. It tries until ctx ends, as Open does.
func Connect(ctx context.Context, cfg PeerConfig) (*Peer, error) {
	if cfg.URL == "" {
		return nil, errors.New("no NATS URL is configured")
	}
	if err := checkSpace(cfg.Space); err != nil {
		return nil, err
	}
	setDefault(&cfg.Name, "tieline-bridge")
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	a := address{url: cfg.URL, credentials: cfg.Credentials, caFile: cfg.CAFile, name: cfg.Name}
	return a.peer(ctx, cfg.Space, cfg.Logger)
}

// Peer connects a bridge to the same NATS as the bus, on a connection of its own. Where
// the server is embedded, that takes no socket. Close it before the bus.
func (b *Bus) Peer(ctx context.Context) (*Peer, error) {
	return b.address(b.cfg.Name+"-bridge").peer(ctx, b.space, b.log)
}

func (a address) peer(ctx context.Context, space bridge.Space, log *slog.Logger) (*Peer, error) {
	p := &Peer{space: space, log: log, endedc: make(chan struct{})}
	var err error
	p.nc, err = a.connect(ctx, log,
		nats.MaxReconnects(-1), nats.CustomReconnectDelay(backOff),
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if !nc.IsClosed() {
				log.Warn("lost NATS, reconnecting", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("reconnected to NATS") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("NATS reported an error", "error", err) }),
		nats.ClosedHandler(func(*nats.Conn) { close(p.endedc) }))
	if err != nil {
		return nil, err
	}
	if p.js, err = jetstream.New(p.nc); err != nil {
		p.Close()
		return nil, fmt.Errorf("JetStream: %w", err)
	}
	return p, nil
}

// Close ends everything that the peer follows, and its connection.
func (p *Peer) Close() {
	p.nc.Close()
	<-p.endedc
}

// Start is where Follow begins. The zero value is what is stored from now on.
type Start struct {
	All  bool      // from the oldest message that the stream still holds
	Seq  uint64    // from this sequence number of the stream (not a channel's "seq"), see FollowAt
	Time time.Time // from the first message stored at or after this time
}

// Follow calls f with events and responses, in the order in which the gateway produced
// them, from one goroutine. It returns once the beginning is fixed: what is stored after
// it has returned is seen. It goes on over a loss of the connection, without a gap, until
// ctx ends or the peer is closed; then the returned Go channel is closed and f is not
// called any more. f may be slow, and may use the peer. Where no gateway has made the stream
// yet, Follow waits for it until ctx ends.
func (p *Peer) Follow(ctx context.Context, from Start, f func(bridge.Message)) (<-chan struct{}, error) {
	return p.FollowAt(ctx, from, func(m bridge.Message, _ uint64) { f(m) })
}

// FollowAt is Follow that also tells the sequence number of the stream under which each
// message is stored, so that somebody who keeps it can go on behind it with Start.Seq. Numbers
// grow, with gaps. What the stream no longer holds is passed over; what it has not reached by
// more than the next number is ErrNotReached.
func (p *Peer) FollowAt(ctx context.Context, from Start, f func(m bridge.Message, position uint64)) (<-chan struct{}, error) {
	name := streamName(p.space)
	if err := p.awaitStream(ctx, name); err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	cfg, err := p.consumer(ctx, name, from)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	c, err := p.js.OrderedConsumer(ctx, name, cfg)
	if err != nil {
		return nil, fmt.Errorf("following stream %s: %w", name, err)
	}
	msgs, err := c.Messages()
	if err != nil {
		return nil, fmt.Errorf("following stream %s: %w", name, err)
	}
	endedc := make(chan struct{})
	stop := context.AfterFunc(ctx, msgs.Stop)
	go func() {
		defer close(endedc)
		defer stop()
		defer msgs.Stop()
		p.pump(msgs, f)
	}()
	return endedc, nil
}

func (p *Peer) pump(msgs jetstream.MessagesContext, f func(bridge.Message, uint64)) {
	for {
		msg, err := msgs.Next()
		switch {
		case errors.Is(err, jetstream.ErrMsgIteratorClosed), errors.Is(err, nats.ErrConnectionClosed):
			return
		case err != nil && p.nc.IsClosed():
			return
		case err != nil:
			p.log.Warn("following the stream", "error", err)
			continue
		}
		m, _, err := p.space.Decode(bridge.Header(msg.Headers()), msg.Data())
		if err != nil {
			p.log.Warn("the stream holds a message that is not of the protocol", "subject", msg.Subject(), "error", err)
			continue
		}
		stored, err := msg.Metadata()
		if err != nil { // not from a stream: the server would be broken
			p.log.Warn("following the stream", "error", err)
			continue
		}
		f(m, stored.Sequence.Stream)
	}
}

func (p *Peer) consumer(ctx context.Context, stream string, from Start) (jetstream.OrderedConsumerConfig, error) {
	cfg := jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(from.Seq, 1)}
	switch {
	case from.All:
		cfg.OptStartSeq = 1
	case from.Seq > 0:
		last, err := p.lastPosition(ctx, stream)
		if err == nil && from.Seq > last+1 {
			err = fmt.Errorf("%w: it ends at %d, before %d", ErrNotReached, last, from.Seq)
		}
		return cfg, err
	case !from.Time.IsZero():
		cfg = jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &from.Time}
	default:
		// Not DeliverNew: should the consumer have to be made again before its first
		// message, what was stored in between would be skipped.
		last, err := p.lastPosition(ctx, stream)
		cfg.OptStartSeq = last + 1
		return cfg, err
	}
	return cfg, nil
}

// lastPosition is the sequence number of the newest message, also of one that is gone.
func (p *Peer) lastPosition(ctx context.Context, stream string) (uint64, error) {
	s, err := p.js.Stream(ctx, stream)
	if err != nil {
		return 0, err
	}
	return s.CachedInfo().State.LastSeq, nil
}

// Send puts a query or request on the subject of a destination in the canonical form and
// asks for no answer other than the one in the stream. For a setup request, to is the
// child and m.Target its parent. nil does not say that it arrived.
func (p *Peer) Send(m bridge.Message, to bridge.Target) error {
	return p.nc.PublishMsg(p.message(m, to))
}

// Request is Send that waits for the answer on a reply subject. It returns ErrNobody when
// nobody serves the destination. An answer with result FAILURE is not an error here; see
// bridge.Message.Err.
func (p *Peer) Request(ctx context.Context, m bridge.Message, to bridge.Target) (bridge.Message, error) {
	answer, err := p.nc.RequestMsgWithContext(ctx, p.message(m, to))
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return bridge.Message{}, fmt.Errorf("%s to %s: %w", m.Name, to, ErrNobody)
	case err != nil:
		return bridge.Message{}, fmt.Errorf("%s to %s: %w", m.Name, to, err)
	}
	r, _, err := p.space.Decode(bridge.Header(answer.Header), answer.Data)
	return r, err
}

func (p *Peer) message(m bridge.Message, to bridge.Target) *nats.Msg {
	h, data := p.space.Encode(m)
	return &nats.Msg{Subject: p.space.To(to), Header: nats.Header(h), Data: data}
}

// Asked calls f with the queries and requests of every bridge of this processor, as they
// pass, from one goroutine, until ctx ends. to is the destination that the subject names.
// What cannot be decoded comes with as much as could be read. Only for watching: between
// these and what Follow brings there is no order.
func (p *Peer) Asked(ctx context.Context, f func(m bridge.Message, to bridge.Target)) error {
	prefix := len(p.space.To(""))
	sub, err := p.nc.Subscribe(p.space.To(">"), func(msg *nats.Msg) {
		m, _, _ := p.space.Decode(bridge.Header(msg.Header), msg.Data)
		f(m, bridge.Target(msg.Subject[prefix:]))
	})
	if err != nil {
		return fmt.Errorf("watching requests: %w", err)
	}
	context.AfterFunc(ctx, func() { _ = sub.Unsubscribe() }) // fails only when it is over anyway
	return p.Flush(ctx)
}

// Flush returns when the server has taken everything sent before.
func (p *Peer) Flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	return p.nc.FlushWithContext(ctx)
}

const streamPoll = 100 * time.Millisecond

// awaitStream waits until a gateway has made the stream: a bridge may well start first.
func (p *Peer) awaitStream(ctx context.Context, name string) error {
	pause := time.NewTicker(streamPoll)
	defer pause.Stop()
	for {
		_, err := p.js.Stream(ctx, name)
		if err == nil || !errors.Is(err, jetstream.ErrStreamNotFound) && !errors.Is(err, nats.ErrNoResponders) {
			return err
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: no gateway has made it: %w", ctx.Err(), err)
		}
	}
}
