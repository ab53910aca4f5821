package hep

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"time"
)

const (
	queued       = 1024             // packets that may wait
	patience     = 5 * time.Second  // with a capture server that does not take a connection, or a packet
	again        = 2 * time.Second  // until the next attempt
	lastWords    = time.Second      // for what is queued at the end
	complaintGap = 10 * time.Minute // between log lines
)

// Config is where to send to.
type Config struct {
	Network, Address string // "udp" or "tcp", host:port
	Agent            Agent
	Log              *slog.Logger // nil: nothing is logged
	// Dial makes the connection; nil: by net.Dialer. For tests.
	Dial func(context.Context) (net.Conn, error)
}

// Exporter sends packets to a capture server. Make it with [New]; it works while [Exporter.Run] does.
//
// Concurrency: Send and Counts may be called from anywhere, at any time, and never block. Run is called once.
type Exporter struct {
	// settings
	agent Agent
	dial  func(context.Context) (net.Conn, error)
	log   *slog.Logger
	// in
	queuec chan []byte
	// state, of Run
	conn       net.Conn // nil: there is none
	notBefore  time.Time
	complained time.Time
	// state
	sent, dropped atomic.Uint64
}

// New makes an exporter. Nothing is opened yet.
func New(c Config) *Exporter {
	e := &Exporter{agent: c.Agent, dial: c.Dial, log: c.Log, queuec: make(chan []byte, queued)}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.dial == nil {
		e.dial = func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, c.Network, c.Address)
		}
	}
	return e
}

// Send queues a packet, whose payload is copied. Where the queue is full it is dropped, and counted.
func (e *Exporter) Send(p Packet) {
	b, ok := e.agent.Append(nil, p)
	if !ok {
		e.dropped.Add(1)
		return
	}
	select {
	case e.queuec <- b:
	default:
		e.dropped.Add(1)
	}
}

// Counts is how many packets were sent, and how many were not: too long, too many, or the capture server was not there.
func (e *Exporter) Counts() (sent, dropped uint64) { return e.sent.Load(), e.dropped.Load() }

// Run sends until ctx ends, and then what is still queued, for a second at most.
func (e *Exporter) Run(ctx context.Context) error {
	defer e.close()
	for ctx.Err() == nil {
		select {
		case b := <-e.queuec:
			e.deliver(ctx, b)
		case <-ctx.Done():
		}
	}
	e.finish()
	return nil
}

// finish sends what is queued.
func (e *Exporter) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	for {
		select {
		case b := <-e.queuec:
			if ctx.Err() != nil {
				e.dropped.Add(1)
			} else {
				e.deliver(ctx, b)
			}
		default:
			return
		}
	}
}

// deliver sends a packet now, or drops it: late news of a call are better than none, but not than those of the next one.
func (e *Exporter) deliver(ctx context.Context, b []byte) {
	if ctx.Err() != nil { // the end came first: what is sent now has its own time
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
	}
	if !e.connect(ctx) {
		e.dropped.Add(1)
		return
	}
	until := time.Now().Add(patience)
	if due, ok := ctx.Deadline(); ok && due.Before(until) {
		until = due
	}
	_ = e.conn.SetWriteDeadline(until)
	if _, err := e.conn.Write(b); err != nil { // by TCP perhaps half of it: the rest would be misread
		e.failed(err)
		e.dropped.Add(1)
		return
	}
	e.sent.Add(1)
}

// connect makes sure that there is a connection, at most one attempt in a while.
func (e *Exporter) connect(ctx context.Context) bool {
	if e.conn != nil {
		return true
	}
	if time.Now().Before(e.notBefore) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := e.dial(ctx)
	if err != nil {
		e.failed(err)
		return false
	}
	e.conn = conn
	return true
}

// failed gives up the connection and says so, once in a while.
func (e *Exporter) failed(err error) {
	e.close()
	now := time.Now()
	e.notBefore = now.Add(again)
	if e.complained.IsZero() || now.Sub(e.complained) >= complaintGap {
		e.complained = now
		e.log.Warn("the capture server does not take what it is sent", "error", err)
	}
}

func (e *Exporter) close() {
	if e.conn != nil {
		_ = e.conn.Close() // nothing is lost that was not lost before
		e.conn = nil
	}
}
